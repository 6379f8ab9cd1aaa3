"""The retriever: searches the indexes and the graph, fuses their rankings, and keeps the chunks that are live."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement

from aistack.chassis.errors import Conflict, Unavailable
from aistack.chassis.telemetry.logs import get_log
from aistack.llm.embeddings import EmbedderFailed
from aistack.llm.reranker import Reranker
from aistack.rag.contents import reference
from aistack.rag.documents import DocumentStore
from aistack.rag.graph.random_walk import added_to, start_of, term_weights, walked
from aistack.rag.graph.store import GraphStore
from aistack.rag.indexes.embedders import passage
from aistack.rag.indexes.merged_bm25 import MergedBM25
from aistack.rag.indexes.semantic import SemanticIndex
from aistack.rag.retrieval.feedback import Feedback
from aistack.rag.retrieval.filters import condition
from aistack.rag.retrieval.fusion import (
    Ranking,
    distinct,
    diversified,
    reciprocal_rank_fusion,
    rounded_scores,
    stitched,
)
from aistack.rag.wire import Hit, Mode
from aistack.stores.records import AnyRow

ATTEMPTS_MAX = 10  # for one search; each attempt reads deeper, or a newer index
DEPTH_MARGIN = 16  # further entries to read, because some may belong to deleted chunks
FUSED_RANKS = 4  # of a fused ranking, by which the share of the best score is halved
RERANK_DEPTH = 50  # hits that the reranker scores
GRAPHS_MAX = 20  # collections whose graphs are walked in one search
DEPTH_MIN = 100  # entries of each ranking that are read for the fusion


@dataclass(frozen=True, slots=True)
class Search:
    """The parameters of a search. `collection_ids` are in the database; `filter` is described in `filters`.

    Whoever creates it has checked that the caller may view the collections.
    """

    query: str
    collection_ids: Sequence[int]
    top_k: int = 10
    mode: Mode = "auto"
    filter: Mapping[str, Any] = field(default_factory=dict[str, Any])
    diversity: float = 0.0
    stitch: bool = False


class Retriever:
    """Searches collections."""

    def __init__(
        self,
        documents: DocumentStore,
        lexical: MergedBM25,
        semantic: SemanticIndex,
        graphs: GraphStore,
        feedback: Feedback,
        reranker: Reranker | None = None,
    ) -> None:
        self.documents = documents
        self.lexical = lexical
        self.semantic = semantic
        self.graphs = graphs
        self.feedback = feedback
        self.reranker = reranker

    async def search(self, search: Search) -> tuple[Mode, list[Hit]]:
        """The mode that was used, and at most `top_k` hits, best first.

        Raises InvalidInput for an invalid filter, Conflict if the mode needs an embedder and none is set, Unavailable
        if the embedder fails in semantic mode.
        """
        among = matching = None
        if search.filter:
            matching = condition(search.filter)
            among = await self.documents.filtered_chunk_ids(search.collection_ids, matching)
        mode = self._mode(search.mode)
        hits: list[Hit] = []
        extra = 2 if search.diversity or search.stitch else 1
        depth = max(DEPTH_MIN, search.top_k * extra) + DEPTH_MARGIN
        previous: Ranking = []
        for _ in range(ATTEMPTS_MAX):
            rankings = await self._rankings(search.collection_ids, search.query, mode, depth, among)
            hits = await self._hits(rankings, matching)
            if len(hits) >= search.top_k:
                break
            if any(len(one) >= depth for one in rankings.parts.values()):
                depth *= 4  # many of the best entries are not live
            elif len(hits) == len(rankings.order) or rankings.order == previous:
                break
            previous = rankings.order  # a document was replaced during the search: its new chunks are indexed now
        hits = await self._reranked(search.query, hits)
        if search.stitch:
            best = hits[: search.top_k * extra]
            hits = stitched(best, await self.documents.texts({hit.document for hit in best}))
        candidates = hits[: max(search.top_k * extra, search.top_k + DEPTH_MARGIN)]
        return mode, diversified(candidates, search.diversity, search.top_k)

    async def _reranked(self, query: str, hits: list[Hit]) -> list[Hit]:
        """The first hits in the reranker's order, then the others. Unchanged if there is no reranker or it fails."""
        first = hits[:RERANK_DEPTH]
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
        return [*sorted(scored, key=lambda hit: -hit.scores["rerank"]), *hits[RERANK_DEPTH:]]

    def _mode(self, requested: Mode) -> Mode:
        has_embedder = self.semantic.serving is not None
        if requested in ("semantic", "hybrid") and not has_embedder:
            raise Conflict(f"mode {requested} needs an embedder and none is set; set RAG_EMBEDDER or use mode lexical")
        if requested == "auto":
            return "hybrid" if has_embedder else "lexical"
        return requested

    async def _rankings(
        self, collection_ids: Sequence[int], query: str, mode: Mode, depth: int, among: Sequence[int] | None
    ) -> "Rankings":
        parts: dict[str, Ranking] = {}
        allowed = None if among is None else set(among)
        if mode != "semantic":
            terms = self.lexical.query_terms(collection_ids, query)
            found = await self.lexical.search(collection_ids, terms, depth, among)
            parts["lexical"] = found[0] if len(found) == 1 else reciprocal_rank_fusion(found)[:depth]
        if mode != "lexical":
            found = await self.semantic.search(collection_ids, query, depth, among)
            if found is not None:
                parts["semantic"] = found
            elif mode == "semantic":
                raise Unavailable("the embedder is not available; see the log of the rag service")
        recorded = await self.feedback.chunks_for(collection_ids, query)
        if recorded and mode != "semantic":
            parts["experience"] = [one for one in recorded if allowed is None or one[0] in allowed]
        order = next(iter(parts.values())) if len(parts) == 1 else reciprocal_rank_fusion(parts.values())
        if mode != "graph":
            return Rankings(parts, order)
        shares = _shares(order, is_fused=len(parts) > 1 or len(collection_ids) > 1)
        added = await self._walk(collection_ids, query, shares)
        if allowed is not None:
            added = {chunk: score for chunk, score in added.items() if chunk in allowed}
        parts["graph"] = sorted(added.items(), key=lambda one: (-one[1], one[0]))[:depth]
        return Rankings(parts, added_to(shares, dict(parts["graph"])))

    async def _walk(self, collection_ids: Sequence[int], query: str, found: Ranking) -> dict[int, float]:
        """What the walks over the graphs, each within its collection, add to the scores of chunks.

        Of many collections, only those with the best hits are walked.
        """
        if len(collection_ids) > GRAPHS_MAX:
            best = await self.documents.live_chunks([chunk for chunk, _ in found[:DEPTH_MIN]])
            first = dict.fromkeys(best[chunk].collection_id for chunk, _ in found if chunk in best)
            collection_ids = list(first)[:GRAPHS_MAX]
        added: dict[int, float] = {}
        for collection_id in collection_ids:
            graph = await self.graphs.get(collection_id)
            start = start_of(graph, query, found)
            rows = await self.documents.live_chunks(list(start.chunks))
            texts = {row.id: (row.title, row.text) for row in rows.values() if row.collection_id == collection_id}
            frequencies = await self.lexical.document_frequencies([collection_id], list(start.terms))
            added |= walked(start, texts, term_weights(*frequencies))
        return added

    async def _hits(self, rankings: "Rankings", matching: ColumnElement[bool] | None) -> list[Hit]:
        """The live chunks with distinct texts, in the fused order, each with a document that matches the filter."""
        live = await self.documents.live_chunks([chunk for chunk, _ in rankings.order], matching)
        parts = {name: rounded_scores(ranking) for name, ranking in rankings.parts.items()}
        hits = [
            _hit(live[chunk], score, {name: part[chunk] for name, part in parts.items() if chunk in part})
            for chunk, score in rankings.order
            if chunk in live
        ]
        return distinct(hits)


@dataclass(frozen=True, slots=True)
class Rankings:
    """The rankings by name, and their fused order."""

    parts: Mapping[str, Ranking]
    order: Ranking


def _shares(order: Ranking, *, is_fused: bool) -> Ranking:
    """The ranking with scores from 0 to 1: the share of the best BM25 score, or by rank if it is a fused ranking."""
    if is_fused:
        return [(chunk, FUSED_RANKS / (FUSED_RANKS + rank)) for rank, (chunk, _) in enumerate(order)]
    return [(chunk, score / order[0][1]) for chunk, score in order]


def _hit(row: AnyRow, score: float, scores: dict[str, float]) -> Hit:
    return Hit(
        chunk=reference(row.document_id, str(row.start), row.text),
        row=row.id,
        collection=row.collection,
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
