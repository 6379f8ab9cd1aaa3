"""Finds the chunks that a question is about: several indexes propose, the records decide what is live."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from aistack.chassis.errors import Conflict, Unavailable
from aistack.chassis.telemetry.logs import get_log
from aistack.language.analysis import query_terms
from aistack.llm.embeddings import EmbedderFailed
from aistack.llm.reranker import Reranker
from aistack.rag.documents import Library
from aistack.rag.graph.random_walk import chunks_near
from aistack.rag.graph.store import Graphs
from aistack.rag.indexes.lexical import LexicalIndex
from aistack.rag.indexes.semantic import SemanticIndex, passage
from aistack.rag.retrieval.feedback import Experiences
from aistack.rag.retrieval.filters import condition
from aistack.rag.retrieval.fusion import Ranking, fused, normalised, stitched, varied
from aistack.rag.wire import Hit, Mode
from aistack.stores.records import AnyRow

LOOKS_MAX = 10  # for one search, each of them wider than the one before or of a newer index
SPARE = 16  # index entries that may be on their way out, beyond those asked for
GRAPH_K = 5  # small: what is linked stands in the walk alone, and its first places must count beside many middling ones
WALK_WEIGHT, LOOSE_WALK_WEIGHT = 2.0, 0.1  # from what the question names; from what was found first
RERANKED = 50  # hits that a reranker reads
DEPTH_MIN = 100  # how far down each ranking is read before they are fused


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

    def __init__(
        self,
        library: Library,
        lexical: LexicalIndex,
        semantic: SemanticIndex,
        graphs: Graphs,
        experiences: Experiences,
        reranker: Reranker | None = None,
    ) -> None:
        self.library = library
        self.lexical = lexical
        self.semantic = semantic
        self.graphs = graphs
        self.experiences = experiences
        self.reranker = reranker

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
        hits: list[Hit] = []
        extra = 2 if wanted.diversity or wanted.stitch else 1
        depth = max(DEPTH_MIN, wanted.top_k * extra) + SPARE
        before: Ranking = []
        for _ in range(LOOKS_MAX):
            rankings = await self._rankings(collection_id, wanted.query, mode, depth, among)
            hits = await self._hits(rankings)
            if len(hits) >= wanted.top_k:
                break
            if any(len(one) >= depth for one in rankings.parts.values()):
                depth *= 4  # many of the best are on their way in or out
            elif len(hits) == len(rankings.order) or rankings.order == before:
                break
            before = rankings.order  # a document was replaced between the two looks: its new chunks are there now
        hits = await self._reranked(wanted.query, hits)
        if wanted.stitch:
            read = hits[: wanted.top_k * extra]
            hits = stitched(read, await self.library.texts({hit.document for hit in read}))
        return mode, varied(hits[: max(wanted.top_k * extra, wanted.top_k + SPARE)], wanted.diversity, wanted.top_k)

    async def _reranked(self, query: str, hits: list[Hit]) -> list[Hit]:
        """The first hits as the reranker orders them, the others behind; as they are when there is none or it fails."""
        first = hits[:RERANKED]
        if self.reranker is None or len(first) < 2:
            return hits
        try:
            scores = await self.reranker.scores(query, [passage(hit.title, hit.heading, hit.text) for hit in first])
        except EmbedderFailed as error:
            get_log("rag").warning("rerank.failed", error=str(error))
            return hits
        scored = [
            hit.model_copy(update={"scores": hit.scores | {"rerank": round(score, 4)}})
            for hit, score in zip(first, scores, strict=True)
        ]
        return [*sorted(scored, key=lambda hit: -hit.scores["rerank"]), *hits[RERANKED:]]

    def _mode(self, asked: Mode) -> Mode:
        has_meaning = self.semantic.serving is not None
        if asked in ("semantic", "hybrid") and not has_meaning:
            raise Conflict(f"mode {asked} needs an embedder and none is set; set RAG_EMBEDDER, or ask in mode lexical")
        if asked == "auto":
            return "hybrid" if has_meaning else "lexical"
        return asked

    async def _rankings(
        self, collection_id: int, query: str, mode: Mode, depth: int, among: Sequence[int] | None
    ) -> "Rankings":
        parts: dict[str, Ranking] = {}
        inside = None if among is None else set(among)
        if mode != "semantic":
            parts["lexical"] = await self.lexical.search(collection_id, query_terms(query), depth, among)
        if mode != "lexical":
            found = await self.semantic.search(collection_id, query, depth, among)
            if found is not None:
                parts["semantic"] = found
            elif mode == "semantic":
                raise Unavailable("the embedder does not answer; the service's log says why")
        known = await self.experiences.chunks_for(collection_id, query)
        if known and mode != "semantic":
            parts["experience"] = [one for one in known if inside is None or one[0] in inside]
        order = next(iter(parts.values())) if len(parts) == 1 else fused(parts.values())
        if mode != "graph":
            return Rankings(parts, order)
        graph = await self.graphs.of(collection_id)
        anchors = graph.anchors(query)
        walked = chunks_near(graph, anchors, order, depth)
        parts["graph"] = [one for one in walked if inside is None or one[0] in inside]
        weight = WALK_WEIGHT if anchors else LOOSE_WALK_WEIGHT
        return Rankings(parts, fused((order, parts["graph"]), GRAPH_K, (1.0, weight)))

    async def _hits(self, rankings: "Rankings") -> list[Hit]:
        """The live chunks, in order."""
        live = await self.library.live_chunks([chunk for chunk, _ in rankings.order])
        parts = {name: normalised(ranking) for name, ranking in rankings.parts.items()}
        return [
            _hit(live[chunk], score, {name: part[chunk] for name, part in parts.items() if chunk in part})
            for chunk, score in rankings.order
            if chunk in live
        ]


@dataclass(frozen=True, slots=True)
class Rankings:
    """What each index proposes, and what they make together."""

    parts: Mapping[str, Ranking]
    order: Ranking


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
