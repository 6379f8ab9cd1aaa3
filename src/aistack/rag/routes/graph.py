"""Routes of the knowledge graph."""

from itertools import pairwise
from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from aistack.access.rules import needs
from aistack.chassis.errors import InvalidInput, NotFound
from aistack.rag.collections import COLLECTION, Collections
from aistack.rag.graph.export import Format, export_graph
from aistack.rag.graph.knowledge_graph import HIDE, MERGE, RENAME, KnowledgeGraph, entity_id
from aistack.rag.graph.store import GraphStore
from aistack.rag.graph.views import (
    COMMUNITY_ENTITIES_MAX,
    EVIDENCE_MAX,
    chunk_places,
    community_summary,
    entities_of_top_chunks,
    entity_by_id,
    entity_by_id_or_name,
    entity_view,
    evidence_places,
    most_central,
    relation_view,
)
from aistack.rag.graph_wire import (
    ENTITY_PATTERN,
    CommunityView,
    EditView,
    EntityDetail,
    EntityList,
    EntityView,
    EvidenceView,
    GraphAnswer,
    GraphQuery,
    GraphView,
    Merge,
    Neighbourhood,
    PathView,
    Rename,
)
from aistack.rag.retrieval.retriever import Retriever, Search
from aistack.rag.wire import CollectionName, Place

VIEW, EDIT = needs(COLLECTION, "view"), needs(COLLECTION, "edit")
ENTITIES_MAX = 5000
RELATIONS_MAX = 100  # of one entity

EntityId = Annotated[str, Path(pattern=ENTITY_PATTERN)]
Limit = Annotated[int, Query(ge=1, le=ENTITIES_MAX)]


def graph_routes(graphs: GraphStore, collections: Collections, retriever: Retriever) -> APIRouter:
    """`/v1/rag/graph`: queries, neighbourhoods, paths, export and manual corrections."""
    router = APIRouter(prefix="/v1/rag/graph", tags=["graph"])
    documents = retriever.documents

    async def graph_of(collection: str) -> tuple[int, KnowledgeGraph]:
        collection_id = (await collections.find(collection)).id
        return collection_id, await graphs.get(collection_id)

    @router.get("", dependencies=[VIEW])
    async def show_graph(collection: CollectionName = "default", limit: Limit = 500) -> GraphView:
        """The entities with the strongest relations, and the relations among them."""
        _, graph = await graph_of(collection)
        related = [one for one in graph.entities.values() if graph.centrality[one.id] > 0]
        chosen = most_central(graph, related, limit)
        return GraphView(
            entities=[entity_view(graph, one) for one in chosen],
            relations=[relation_view(one) for one in graph.relations_among(one.id for one in chosen)],
        )

    @router.get("/entities", dependencies=[VIEW])
    async def entities(
        q: str = "", document: str = "", collection: CollectionName = "default", limit: Limit = 50
    ) -> EntityList:
        """Entities whose name contains `q`, or those that a document mentions. Otherwise the most central entities."""
        collection_id, graph = await graph_of(collection)
        if document:
            _, chunks = await documents.text_and_chunks(await documents.document(collection_id, document))
            named = dict.fromkeys(one for chunk in chunks for one in graph.entities_of.get(chunk.id, ()))
            mentioned = most_central(graph, [graph.entities[one] for one in named], limit)
            return EntityList(total=len(named), entities=[entity_view(graph, one) for one in mentioned])
        found = graph.find(q, limit) if q.strip() else most_central(graph, graph.entities.values(), limit)
        return EntityList(total=len(graph.entities), entities=[entity_view(graph, one) for one in found])

    @router.get("/entities/{entity_id}", dependencies=[VIEW])
    async def show_entity(entity_id: EntityId, collection: CollectionName = "default") -> EntityDetail:
        """An entity with its relations and the chunks that mention it."""
        _, graph = await graph_of(collection)
        entity = entity_by_id(graph, entity_id)
        related = [(graph.entities[other], relation) for other, relation in graph.neighbours(entity_id)]
        related = related[:RELATIONS_MAX]
        places = await chunk_places(documents, entity.chunks[:EVIDENCE_MAX])
        return EntityDetail(
            **entity_view(graph, entity).model_dump(),
            relations=[relation_view(relation) for _, relation in related],
            neighbours=[entity_view(graph, other) for other, _ in related],
            evidence=places,
        )

    @router.get("/entities/{entity_id}/neighbours", dependencies=[VIEW])
    async def neighbours(
        entity_id: EntityId,
        depth: Annotated[int, Query(ge=1, le=4)] = 1,
        collection: CollectionName = "default",
        limit: Limit = 100,
    ) -> Neighbourhood:
        """Entities at most `depth` relations away, nearest and strongest first."""
        _, graph = await graph_of(collection)
        entity_by_id(graph, entity_id)
        distance = graph.neighbourhood([entity_id], depth, limit)
        return Neighbourhood(
            entities=[entity_view(graph, graph.entities[one]) for one in distance],
            relations=[relation_view(one) for one in graph.relations_among(distance)],
            distance=distance,
        )

    @router.get("/path", dependencies=[VIEW])
    async def path(
        source: Annotated[str, Query(alias="from")], target: Annotated[str, Query(alias="to")],
        collection: CollectionName = "default",
    ) -> PathView:  # fmt: skip
        """The shortest path between two entities. `from` and `to` are ids or names."""
        _, graph = await graph_of(collection)
        ends = [entity_by_id_or_name(graph, one) for one in (source, target)]
        found = graph.path(ends[0].id, ends[1].id)
        if not found:
            raise NotFound(f"there is no path between {ends[0].name} and {ends[1].name}")
        steps = [graph.relations[one][other] for one, other in pairwise(found)]
        return PathView(
            entities=[entity_view(graph, graph.entities[one]) for one in found],
            relations=[
                EvidenceView(**relation_view(one).model_dump(), evidence=await evidence_places(documents, one.evidence))
                for one in steps
            ],
        )

    @router.get("/communities", dependencies=[VIEW])
    async def communities(
        collection: CollectionName = "default", limit: Annotated[int, Query(ge=1, le=100)] = 20
    ) -> list[CommunityView]:
        """The topics of the collection: closely related entities, with sentences that relate them."""
        _, graph = await graph_of(collection)
        return [
            CommunityView(
                id=number,
                title=", ".join(graph.entities[one].name for one in members[:3]),
                size=len(members),
                entities=[entity_view(graph, graph.entities[one]) for one in members[:COMMUNITY_ENTITIES_MAX]],
                summary=await evidence_places(documents, community_summary(graph, members)),
            )
            for number, members in enumerate(graph.communities[:limit])
        ]

    @router.post("/query", dependencies=[VIEW])
    async def query(request: GraphQuery) -> GraphAnswer:
        """The subgraph around a question or some entities, with the chunks that support it."""
        if not request.question.strip() and not request.entities:
            raise InvalidInput("set question or entities")
        collection_id, graph = await graph_of(request.collection)
        given = [entity_by_id(graph, one).id for one in request.entities]
        named = list(dict.fromkeys((*given, *graph.mentioned_in(request.question))))
        hits = []
        if request.question.strip():
            _, hits = await retriever.search(Search(request.question, [collection_id], EVIDENCE_MAX, "graph"))
        starts = named or entities_of_top_chunks(graph, [hit.row for hit in hits])
        chosen = graph.neighbourhood(starts, request.depth, request.limit)
        places = [Place(**hit.model_dump(include=set(Place.model_fields))) for hit in hits]
        if not places:
            places = await chunk_places(documents, [chunk for one in named for chunk in graph.entities[one].chunks])
        return GraphAnswer(
            named=named,
            entities=[entity_view(graph, graph.entities[one]) for one in chosen],
            relations=[relation_view(one) for one in graph.relations_among(chosen)],
            evidence=places,
        )

    @router.get("/export", response_class=Response, dependencies=[VIEW])
    async def export(
        form: Annotated[Format, Query(alias="format")] = "graphml", collection: CollectionName = "default"
    ) -> Response:
        """The whole graph as GraphML, JSON-LD, or CSV (relations; `csv-entities` for the entities)."""
        _, graph = await graph_of(collection)
        media_type, name, text = export_graph(graph, form)
        disposition = f'attachment; filename="{collection}-{name}"'
        return Response(text, media_type=media_type, headers={"content-disposition": disposition})

    @router.post("/entities/{entity_id}/merge", dependencies=[EDIT])
    async def merge(entity_id: EntityId, request: Merge, collection: CollectionName = "default") -> EntityView:
        """Merges an entity into another one. The merge also applies to documents that are added later."""
        collection_id, graph = await graph_of(collection)
        one, other = entity_by_id(graph, entity_id), entity_by_id(graph, request.into)
        if one.id == other.id:
            raise InvalidInput("an entity cannot be merged into itself")
        await graphs.edit(collection_id, MERGE, one.key, other.key)
        _, graph = await graph_of(collection)
        return entity_view(graph, entity_by_id(graph, graph.lookup[other.key]))

    @router.patch("/entities/{entity_id}", dependencies=[EDIT])
    async def rename(entity_id: EntityId, request: Rename, collection: CollectionName = "default") -> EntityView:
        """Changes the name that an entity is shown with."""
        collection_id, graph = await graph_of(collection)
        one = entity_by_id(graph, entity_id)
        await graphs.edit(collection_id, RENAME, one.key, " ".join(request.name.split()) or one.name)
        _, graph = await graph_of(collection)
        return entity_view(graph, entity_by_id(graph, entity_id))

    @router.delete("/entities/{entity_id}", status_code=204, dependencies=[EDIT])
    async def hide(entity_id: EntityId, collection: CollectionName = "default") -> None:
        """Hides an entity. It stays hidden if documents that are added later mention it."""
        collection_id, graph = await graph_of(collection)
        await graphs.edit(collection_id, HIDE, entity_by_id(graph, entity_id).key)

    @router.get("/edits", dependencies=[VIEW])
    async def edits(collection: CollectionName = "default") -> list[EditView]:
        """The manual corrections, oldest first."""
        rows = await graphs.edits((await collections.find(collection)).id)
        return [EditView(id=entity_id(row.key), kind=row.kind, key=row.key, value=row.value) for row in rows]

    @router.delete("/edits/{edit_id}", status_code=204, dependencies=[EDIT])
    async def undo(edit_id: EntityId, collection: CollectionName = "default") -> None:
        """Undoes a correction."""
        await graphs.undo((await collections.find(collection)).id, edit_id)

    return router
