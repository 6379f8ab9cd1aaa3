"""Looks up entities and evidence for API responses, and converts them to wire models."""

from collections.abc import Iterable, Sequence

from aistack.chassis.errors import NotFound
from aistack.rag.documents import DocumentStore
from aistack.rag.graph.knowledge_graph import Entity, Evidence, KnowledgeGraph, Relation
from aistack.rag.graph_wire import EntityView, RelationView
from aistack.rag.wire import Place
from aistack.stores.records import AnyRow

EVIDENCE_MAX = 20
SUMMARY_SENTENCES_MAX = 3
COMMUNITY_ENTITIES_MAX = 20
TOP_CHUNKS = 3
TOP_CHUNK_ENTITIES_MAX = 10


def most_central(graph: KnowledgeGraph, entities: Iterable[Entity], limit: int) -> list[Entity]:
    """At most `limit` of the entities, by descending centrality."""
    return sorted(entities, key=lambda one: (-graph.centrality[one.id], -one.count, one.name))[:limit]


def entities_of_top_chunks(graph: KnowledgeGraph, chunks: Sequence[int]) -> list[str]:
    """The ids of the entities in the first chunks."""
    found = dict.fromkeys(one for chunk in chunks[:TOP_CHUNKS] for one in graph.entities_of.get(chunk, ()))
    return list(found)[:TOP_CHUNK_ENTITIES_MAX]


def entity_by_id(graph: KnowledgeGraph, entity_id: str) -> Entity:
    """Raises NotFound."""
    entity = graph.entities.get(entity_id)
    if entity is None:
        raise NotFound(f"there is no entity {entity_id}; GET /v1/rag/graph/entities?q=NAME finds entities by name")
    return entity


def entity_by_id_or_name(graph: KnowledgeGraph, given: str) -> Entity:
    """Raises NotFound."""
    if given in graph.entities:
        return graph.entities[given]
    found = graph.find(given, 1)
    if not found:
        raise NotFound(f"there is no entity {given!r}; GET /v1/rag/graph/entities?q=NAME finds entities by name")
    return found[0]


def community_summary(graph: KnowledgeGraph, community: list[str]) -> list[Evidence]:
    """Sentences about the strongest relations among the central entities of a community."""
    relations = graph.relations_among(community[:COMMUNITY_ENTITIES_MAX])
    relations = sorted(relations, key=lambda one: (-one.weight, one.source))
    return list(dict.fromkeys(one.evidence[0] for one in relations if one.evidence))[:SUMMARY_SENTENCES_MAX]


def entity_view(graph: KnowledgeGraph, one: Entity) -> EntityView:
    return EntityView(
        id=one.id,
        name=one.name,
        kind=one.kind,
        aliases=one.aliases,
        mentions=one.count,
        chunks=len(one.chunks),
        centrality=round(graph.centrality[one.id], 3),
    )


def relation_view(one: Relation) -> RelationView:
    return RelationView(
        source=one.source, target=one.target, phrases=one.phrases, count=one.count, weight=round(one.weight, 3)
    )


async def chunk_places(documents: DocumentStore, chunk_ids: list[int]) -> list[Place]:
    """At most EVIDENCE_MAX chunks with their documents. Chunks that were deleted in the meantime are left out."""
    rows = await documents.live_chunks(chunk_ids[:EVIDENCE_MAX])
    return [_place(row, row.start, row.end) for row in rows.values()]


async def evidence_places(documents: DocumentStore, evidence: list[Evidence]) -> list[Place]:
    """The sentences with their documents. Those whose chunk was deleted in the meantime are left out."""
    rows = await documents.live_chunks([one.chunk for one in evidence])
    return [_place(rows[one.chunk], one.start, one.end) for one in evidence if one.chunk in rows]


def _place(row: AnyRow, start: int, end: int) -> Place:
    return Place(
        collection=row.collection,
        document=row.document_id,
        name=row.name,
        title=row.title,
        page=row.page,
        heading=row.heading,
        start=start,
        end=end,
        text=row.text[start - row.start : end - row.start],
    )
