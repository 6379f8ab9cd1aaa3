"""HTTP in and out of the knowledge graph."""

from itertools import pairwise
from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from aistack.chassis.errors import InvalidInput, NotFound
from aistack.rag.documents import Library
from aistack.rag.graph import export as graph_export
from aistack.rag.graph.knowledge_graph import HIDE, MERGE, RENAME, Graph
from aistack.rag.graph.store import Graphs, entity_of
from aistack.rag.graph.views import (
    COMMUNITY_ENTITIES,
    EVIDENCE_SHOWN,
    central,
    common,
    entity_view,
    named_or_id,
    places_of,
    relation_view,
    sentences_of,
    tying,
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
from aistack.rag.retrieval.retriever import Retrieval, Search
from aistack.rag.wire import COLLECTION_PATTERN, Place

SHOWN_MAX = 5000

CollectionName = Annotated[str, Query(pattern=COLLECTION_PATTERN)]
EntityId = Annotated[str, Path(pattern=ENTITY_PATTERN)]
Limit = Annotated[int, Query(ge=1, le=SHOWN_MAX)]


def graph_routes(graphs: Graphs, library: Library, retrieval: Retrieval) -> APIRouter:
    """`/v1/rag/graph`: asked, walked, exported, corrected."""
    router = APIRouter(prefix="/v1/rag/graph", tags=["graph"])

    async def graph_of(collection: str) -> tuple[int, Graph]:
        collection_id = (await library.collection(collection)).id
        return collection_id, await graphs.of(collection_id)

    @router.get("")
    async def drawn(collection: CollectionName = "default", limit: Limit = 500) -> GraphView:
        """The central part of the graph: the entities with the strongest relations, and the relations among them."""
        _, graph = await graph_of(collection)
        related = [one for one in graph.entities.values() if graph.centrality[one.id] > 0]
        chosen = central(graph, related, limit)
        return GraphView(
            entities=[entity_view(graph, one) for one in chosen],
            relations=[relation_view(one) for one in graph.between(one.id for one in chosen)],
        )

    @router.get("/entities")
    async def entities(q: str = "", collection: CollectionName = "default", limit: Limit = 50) -> EntityList:
        """Entities whose name holds `q`; without it, the central ones."""
        _, graph = await graph_of(collection)
        found = graph.find(q, limit) if q.strip() else central(graph, graph.entities.values(), limit)
        return EntityList(total=len(graph.entities), entities=[entity_view(graph, one) for one in found])

    @router.get("/entities/{entity_id}")
    async def show_entity(entity_id: EntityId, collection: CollectionName = "default") -> EntityDetail:
        """An entity with its relations and the chunks that name it."""
        _, graph = await graph_of(collection)
        entity = entity_of(graph, entity_id)
        near = [(graph.entities[other], relation) for other, relation in graph.neighbours(entity_id)][:100]
        places = await places_of(library, entity.chunks[:EVIDENCE_SHOWN])
        return EntityDetail(
            **entity_view(graph, entity).model_dump(),
            relations=[relation_view(relation) for _, relation in near],
            neighbours=[entity_view(graph, other) for other, _ in near],
            evidence=places,
        )

    @router.get("/entities/{entity_id}/neighbours")
    async def neighbours(
        entity_id: EntityId,
        depth: Annotated[int, Query(ge=1, le=4)] = 1,
        collection: CollectionName = "default",
        limit: Limit = 100,
    ) -> Neighbourhood:
        """What is at most `depth` relations away, the strongest first."""
        _, graph = await graph_of(collection)
        entity_of(graph, entity_id)
        far = graph.around([entity_id], depth, limit)
        return Neighbourhood(
            entities=[entity_view(graph, graph.entities[one]) for one in far],
            relations=[relation_view(one) for one in graph.between(far)],
            distance=far,
        )

    @router.get("/path")
    async def path(
        source: Annotated[str, Query(alias="from")], target: Annotated[str, Query(alias="to")],
        collection: CollectionName = "default",
    ) -> PathView:  # fmt: skip
        """How two entities hang together; `from` and `to` are ids or names."""
        _, graph = await graph_of(collection)
        ends = [named_or_id(graph, one) for one in (source, target)]
        way = graph.path(ends[0].id, ends[1].id)
        if not way:
            raise NotFound(f"nothing connects {ends[0].name} and {ends[1].name}")
        steps = [graph.relations[one][other] for one, other in pairwise(way)]
        return PathView(
            entities=[entity_view(graph, graph.entities[one]) for one in way],
            relations=[
                EvidenceView(**relation_view(one).model_dump(), evidence=await sentences_of(library, one.evidence))
                for one in steps
            ],
        )

    @router.get("/communities")
    async def communities(
        collection: CollectionName = "default", limit: Annotated[int, Query(ge=1, le=100)] = 20
    ) -> list[CommunityView]:
        """The themes of the collection: entities that belong together, and sentences that tie them."""
        _, graph = await graph_of(collection)
        return [
            CommunityView(
                id=number,
                title=", ".join(graph.entities[one].name for one in held[:3]),
                size=len(held),
                entities=[entity_view(graph, graph.entities[one]) for one in held[:COMMUNITY_ENTITIES]],
                summary=await sentences_of(library, tying(graph, held)),
            )
            for number, held in enumerate(graph.communities[:limit])
        ]

    @router.post("/query")
    async def query(asked: GraphQuery) -> GraphAnswer:
        """The part of the graph that a question, or some entities, are about, with the chunks that support it."""
        if not asked.question.strip() and not asked.entities:
            raise InvalidInput("give a question or the ids of entities")
        _, graph = await graph_of(asked.collection)
        named = list(
            dict.fromkeys((*(entity_of(graph, one).id for one in asked.entities), *graph.in_text(asked.question)))
        )
        hits = []
        if asked.question.strip():
            _, hits = await retrieval.search(Search(asked.question, asked.collection, EVIDENCE_SHOWN, "graph"))
        starts = named or common(graph, [hit.chunk for hit in hits])
        far = graph.around(starts, asked.depth, asked.limit)
        places = [Place(**hit.model_dump(include=set(Place.model_fields))) for hit in hits]
        if not places:
            places = await places_of(library, [chunk for one in named for chunk in graph.entities[one].chunks])
        return GraphAnswer(
            named=named,
            entities=[entity_view(graph, graph.entities[one]) for one in far],
            relations=[relation_view(one) for one in graph.between(far)],
            evidence=places,
        )

    @router.get("/export", response_class=Response)
    async def export(
        form: Annotated[graph_export.Form, Query(alias="format")] = "graphml", collection: CollectionName = "default"
    ) -> Response:
        """The whole graph as GraphML, JSON-LD, or CSV (relations; `csv-entities` for the entities)."""
        _, graph = await graph_of(collection)
        media_type, name, text = graph_export.written(graph, form)
        disposition = f'attachment; filename="{collection}-{name}"'
        return Response(text, media_type=media_type, headers={"content-disposition": disposition})

    @router.post("/entities/{entity_id}/merge")
    async def merge(entity_id: EntityId, wanted: Merge, collection: CollectionName = "default") -> EntityView:
        """Makes an entity another name of a second one, from now on and after every ingest."""
        collection_id, graph = await graph_of(collection)
        one, other = entity_of(graph, entity_id), entity_of(graph, wanted.into)
        if one.id == other.id:
            raise InvalidInput("an entity cannot be merged into itself")
        await graphs.edit(collection_id, MERGE, one.key, other.key)
        _, graph = await graph_of(collection)
        return entity_view(graph, entity_of(graph, graph.lookup[other.key]))

    @router.patch("/entities/{entity_id}")
    async def rename(entity_id: EntityId, wanted: Rename, collection: CollectionName = "default") -> EntityView:
        """Gives an entity another name to be shown by."""
        collection_id, graph = await graph_of(collection)
        one = entity_of(graph, entity_id)
        await graphs.edit(collection_id, RENAME, one.key, " ".join(wanted.name.split()) or one.name)
        _, graph = await graph_of(collection)
        return entity_view(graph, entity_of(graph, entity_id))

    @router.delete("/entities/{entity_id}", status_code=204)
    async def hide(entity_id: EntityId, collection: CollectionName = "default") -> None:
        """Leaves an entity out of the graph, also when documents name it again."""
        collection_id, graph = await graph_of(collection)
        await graphs.edit(collection_id, HIDE, entity_of(graph, entity_id).key)

    @router.get("/edits")
    async def edits(collection: CollectionName = "default") -> list[EditView]:
        """What was corrected by hand."""
        rows = await graphs.edits((await library.collection(collection)).id)
        return [EditView(id=row.id, kind=row.kind, key=row.key, value=row.value) for row in rows]

    @router.delete("/edits/{edit_id}", status_code=204)
    async def undo(edit_id: int, collection: CollectionName = "default") -> None:
        await graphs.undo((await library.collection(collection)).id, edit_id)

    return router
