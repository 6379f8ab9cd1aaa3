"""Finds the chunks that a question is about: several indexes propose, the records decide what is live."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from aistack.chassis.errors import Conflict
from aistack.rag.analysis import query_terms
from aistack.rag.documents import Library
from aistack.rag.filters import condition
from aistack.rag.fusion import Ranking, fused, normalised, stitched, varied
from aistack.rag.graphs import Graphs
from aistack.rag.lexical import LexicalIndex
from aistack.rag.semantic import SemanticIndex
from aistack.rag.walk import chunks_near
from aistack.rag.wire import Hit, Mode
from aistack.stores.records import AnyRow

SPARE = 16  # index entries that may be on their way out, beyond those asked for
STARTS = 10  # chunks found first, from which the graph is walked
DEPTH_MIN = 100  # how far down each ranking is read before they are fused
WEIGHTS = {"lexical": 1.0, "semantic": 1.0, "graph": 1.0}


@dataclass(frozen=True, slots=True)
class Search:
    """What is looked for. `filter` is as `filters.condition` takes it."""

    query: str
    collection: str = "default"
    top_k: int = 10
    mode: Mode = "auto"
    filter: Mapping[str, Any] = field(default_factory=dict[str, Any])
    diversity: float = 0.0
    stitch: bool = False


class Retrieval:
    """Search over one collection."""

    def __init__(self, library: Library, lexical: LexicalIndex, semantic: SemanticIndex, graphs: Graphs) -> None:
        self.library = library
        self.lexical = lexical
        self.semantic = semantic
        self.graphs = graphs

    async def collection_id(self, name: str) -> int:
        """Raises NotFound."""
        return (await self.library.collection(name)).id

    async def search(self, wanted: Search) -> tuple[Mode, list[Hit]]:
        """How it was searched, and at most `top_k` hits, best first.

        Raises NotFound when there is no such collection, InvalidInput for a filter that cannot be understood, Conflict
        when the mode needs an embedder and there is none.
        """
        collection_id = await self.collection_id(wanted.collection)
        among = None
        if wanted.filter:
            among = await self.library.filtered_chunk_ids(collection_id, condition(wanted.filter))
        mode = self._mode(wanted.mode)
        extra = 2 if wanted.diversity or wanted.stitch else 1
        depth = max(DEPTH_MIN, wanted.top_k * extra) + SPARE
        while True:
            rankings = await self._rankings(collection_id, wanted.query, mode, depth, among)
            hits = await self._hits(rankings)
            if len(hits) >= wanted.top_k or all(len(one) < depth for one in rankings.values()):
                break
            depth *= 4  # many of the best are on their way in or out
        if wanted.stitch:
            read = hits[: wanted.top_k * extra]
            hits = stitched(read, await self.library.texts({hit.document for hit in read}))
        return mode, varied(hits[: max(wanted.top_k * extra, wanted.top_k + SPARE)], wanted.diversity, wanted.top_k)

    def _mode(self, asked: Mode) -> Mode:
        has_meaning = self.semantic.serving is not None
        if asked in ("semantic", "hybrid") and not has_meaning:
            raise Conflict(f"mode {asked} needs an embedder and none is set; set RAG_EMBEDDER, or ask in mode lexical")
        if asked == "auto":
            return "hybrid" if has_meaning else "lexical"
        return asked

    async def _rankings(
        self, collection_id: int, query: str, mode: Mode, depth: int, among: Sequence[int] | None
    ) -> dict[str, Ranking]:
        rankings: dict[str, Ranking] = {}
        if mode != "semantic":
            rankings["lexical"] = await self.lexical.search(collection_id, query_terms(query), depth, among)
        if mode != "lexical":
            found = await self.semantic.search(collection_id, query, depth, among)
            if found is not None:
                rankings["semantic"] = found
        if mode == "graph":
            rankings["graph"] = await self._walked(collection_id, query, rankings, depth, among)
        return rankings

    async def _walked(
        self,
        collection_id: int,
        query: str,
        rankings: Mapping[str, Ranking],
        depth: int,
        among: Sequence[int] | None,
    ) -> Ranking:
        """Chunks by way of what the question names and of what the other rankings have first."""
        graph = await self.graphs.of(collection_id)
        found = [chunk for chunk, _ in fused(rankings, WEIGHTS)[:STARTS]]
        near = chunks_near(graph, graph.in_text(query), found, depth)
        wanted = None if among is None else set(among)
        return [one for one in near if wanted is None or one[0] in wanted]

    async def _hits(self, rankings: Mapping[str, Ranking]) -> list[Hit]:
        """Live chunks in the order of their fused ranks; a single ranking keeps its own scores."""
        order = next(iter(rankings.values())) if len(rankings) == 1 else fused(rankings, WEIGHTS)
        live = await self.library.live_chunks([chunk for chunk, _ in order])
        parts = {name: normalised(ranking) for name, ranking in rankings.items()}
        return [
            _hit(live[chunk], score, {name: part[chunk] for name, part in parts.items() if chunk in part})
            for chunk, score in order
            if chunk in live
        ]


def _hit(row: AnyRow, score: float, scores: dict[str, float]) -> Hit:
    return Hit(
        chunk=row.id,
        document=row.document_id,
        name=row.name,
        title=row.title,
        page=row.page,
        heading=row.heading,
        start=row.start,
        end=row.end,
        text=row.text,
        score=round(score, 4),
        scores=scores,
    )
