"""The graph as its callers see it: entities, relations and their evidence in the form that travels."""

from collections.abc import Iterable

from aistack.chassis.errors import NotFound
from aistack.rag.documents import Library
from aistack.rag.graph.knowledge_graph import Entity, Evidence, Graph, Relation
from aistack.rag.graph_wire import EntityView, RelationView
from aistack.rag.wire import Place
from aistack.stores.records import AnyRow

EVIDENCE_SHOWN = 20
SUMMARY_SENTENCES = 3
COMMUNITY_ENTITIES = 20


def central(graph: Graph, entities: Iterable[Entity], limit: int) -> list[Entity]:
    return sorted(entities, key=lambda one: (-graph.centrality[one.id], -one.count, one.name))[:limit]


def common(graph: Graph, chunks: Iterable[int]) -> list[str]:
    """The entities that the first chunks name."""
    return list(dict.fromkeys(one for chunk in list(chunks)[:3] for one in graph.entities_of.get(chunk, ())))[:10]


def named_or_id(graph: Graph, given: str) -> Entity:
    """An entity by its id or its name. Raises NotFound."""
    if given in graph.entities:
        return graph.entities[given]
    found = graph.find(given, 1)
    if not found:
        raise NotFound(f"there is no entity {given!r}; GET /v1/rag/graph/entities?q=NAME finds it")
    return found[0]


def tying(graph: Graph, held: list[str]) -> list[Evidence]:
    """Sentences on the strongest relations among the central entities of a community."""
    relations = sorted(graph.between(held[:COMMUNITY_ENTITIES]), key=lambda one: (-one.weight, one.source))
    return list(dict.fromkeys(one.evidence[0] for one in relations if one.evidence))[:SUMMARY_SENTENCES]


def entity_view(graph: Graph, one: Entity) -> EntityView:
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


async def places_of(library: Library, ids: list[int]) -> list[Place]:
    rows = await library.live_chunks(ids[:EVIDENCE_SHOWN])
    return [_place(row, row.start, row.end) for row in rows.values()]


async def sentences_of(library: Library, evidence: list[Evidence]) -> list[Place]:
    """Each span with its text; those whose chunk is gone by now are left out."""
    rows = await library.live_chunks([one.chunk for one in evidence])
    return [_place(rows[one.chunk], one.start, one.end) for one in evidence if one.chunk in rows]


def _place(row: AnyRow, start: int, end: int) -> Place:
    return Place(
        document=row.document_id,
        name=row.name,
        title=row.title,
        page=row.page,
        heading=row.heading,
        start=start,
        end=end,
        text=row.text[start - row.start : end - row.start],
    )
