"""Search over several collections as if they were one: BM25 over exactly the collections that the caller may search.

The scores depend on how frequent a term is, so an index that collections of different people share would show what
others store. Here the postings of each collection are kept apart and merged for a set of collections on demand. The
merged postings are cached until one of the collections changes. Collections that are too large to merge are searched on
their own, and the rankings are fused.
"""

import threading
from array import array
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aistack.rag.indexes.lexical import PRECOMPUTED_CHUNKS_MIN, LexicalIndex
from aistack.rag.indexes.precomputed_bm25 import Impacts, contributions, term_counts

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MERGED_CHUNKS_MAX = 50_000  # of one set
CACHED_CHUNKS_MAX = 100_000  # of the postings of collections, and of merged sets
TERMS_MAX = 500_000  # in the vocabulary, before all caches are emptied

Found = list[tuple[int, float]]


@dataclass(frozen=True, slots=True)
class Postings:
    """The postings of one collection, and its revision. `lengths` and `ids` are by row."""

    revision: int
    ids: "NDArray[np.int64]"
    lengths: "NDArray[np.float32]"
    terms: "NDArray[np.int32]"
    rows: "NDArray[np.int32]"
    counts: "NDArray[np.float32]"


class MergedImpacts(Impacts):
    """The impacts of a set of collections. `numbers` is the vocabulary."""

    def __init__(self, parts: Sequence[Postings], numbers: dict[str, int]) -> None:
        import numpy as np

        starts = np.cumsum([0, *(len(one.ids) for one in parts)])
        terms = np.concatenate([one.terms for one in parts])
        order = np.argsort(terms, kind="stable")
        self.ids = np.concatenate([one.ids for one in parts])
        rows = np.concatenate([one.rows + start for one, start in zip(parts, starts[:-1], strict=True)])
        self.rows = rows[order].astype(np.int32)
        counts = np.concatenate([one.counts for one in parts])[order]
        self.contributions = contributions(counts, self.rows, np.concatenate([one.lengths for one in parts]))
        self._terms = terms[order]
        self._numbers = numbers

    def span(self, term: str) -> tuple[int, int]:
        import numpy as np

        number = self._numbers.get(term)
        if number is None:
            return 0, 0
        start, end = np.searchsorted(self._terms, (number, number + 1))
        return int(start), int(end)


class MergedBM25:
    """Searches sets of collections in the lexical index."""

    def __init__(self, lexical: LexicalIndex) -> None:
        self._lexical = lexical
        self._lock = threading.Lock()
        self._numbers: dict[str, int] = {}
        self._postings: OrderedDict[int, Postings] = OrderedDict()
        self._cached_chunks = 0
        self._merged: OrderedDict[tuple[int, ...], tuple[tuple[int, ...], MergedImpacts | None, list[int]]] = (
            OrderedDict()
        )

    def query_terms(self, collection_ids: Sequence[int], query: str) -> list[str]:
        """The terms by which the collections are searched for a query."""
        return self._lexical.query_terms(collection_ids, query)

    async def search(
        self, collection_ids: Sequence[int], terms: Sequence[str], limit: int, among: Sequence[int] | None = None
    ) -> list[Found]:
        """Rankings of `(chunk id, score)`, best first, to be fused: usually one, more if some collections are large."""
        if len(collection_ids) == 1:
            return [await self._lexical.search(collection_ids[0], terms, limit, among)]
        ranking, apart = await self._lexical.read(self._search, tuple(collection_ids), terms, limit, among)
        return [ranking, *[await self._lexical.search(one, terms, limit, among) for one in apart]]

    async def document_frequencies(
        self, collection_ids: Sequence[int], terms: Sequence[str]
    ) -> tuple[int, dict[str, int]]:
        """The number of indexed chunks, and in how many of them each term occurs."""
        if len(collection_ids) == 1:
            return await self._lexical.document_frequencies(collection_ids[0], terms)
        merged, apart = await self._lexical.read(self._set_of, tuple(collection_ids))
        count, frequencies = 0, dict.fromkeys(terms, 0)
        for one in apart:
            more, found = await self._lexical.document_frequencies(one, terms)
            count += more
            frequencies = {term: frequencies[term] + found[term] for term in frequencies}
        if merged is not None:
            count += len(merged.ids)
            for term in frequencies:
                start, end = merged.span(term)
                frequencies[term] += end - start
        return count, frequencies

    def _search(
        self, collection_ids: tuple[int, ...], terms: Sequence[str], limit: int, among: Sequence[int] | None
    ) -> tuple[Found, list[int]]:
        merged, apart = self._set_of(collection_ids)
        return [] if merged is None else merged.search(terms, limit, among), apart

    def _set_of(self, collection_ids: tuple[int, ...]) -> tuple[MergedImpacts | None, list[int]]:
        """The merged impacts, None if they have no chunks, and the collections that are too large to merge."""
        revisions = tuple(map(self._lexical.revision, collection_ids))
        known = self._merged.get(collection_ids)
        if known is not None and known[0] == revisions:
            return known[1:]
        with self._lock:
            return self._merge(collection_ids, revisions)

    def _merge(
        self, collection_ids: tuple[int, ...], revisions: tuple[int, ...]
    ) -> tuple[MergedImpacts | None, list[int]]:
        if len(self._numbers) > TERMS_MAX:
            self._numbers = {}
            self._postings.clear()
            self._cached_chunks = 0
            self._merged.clear()
        parts: list[Postings] = []
        apart: list[int] = []
        total = 0
        for collection_id in collection_ids:
            known = self._known_postings(collection_id)
            count = self._lexical.count(collection_id) if known is None else len(known.ids)
            if count >= PRECOMPUTED_CHUNKS_MIN or total + count > MERGED_CHUNKS_MAX:
                apart.append(collection_id)
            elif count:
                total += count
                parts.append(known or self._new_postings(collection_id))
        merged = MergedImpacts(parts, self._numbers) if parts else None
        self._merged.pop(collection_ids, None)
        self._merged[collection_ids] = revisions, merged, apart
        while len(self._merged) > 1 and _chunks(self._merged.values()) > CACHED_CHUNKS_MAX:
            self._merged.popitem(last=False)
        return merged, apart

    def _known_postings(self, collection_id: int) -> Postings | None:
        known = self._postings.get(collection_id)
        if known is None or known.revision != self._lexical.revision(collection_id):
            return None
        self._postings.move_to_end(collection_id)
        return known

    def _new_postings(self, collection_id: int) -> Postings:
        import numpy as np

        revision = self._lexical.revision(collection_id)
        known = self._postings.pop(collection_id, None)
        ids, lengths = array("q"), array("f")
        terms, rows, counts = array("i"), array("i"), array("f")
        for row, (chunk_id, heading, body) in enumerate(self._lexical.entries(collection_id)):
            counted, length = term_counts(heading, body, self._numbers)
            ids.append(chunk_id)
            lengths.append(length)
            terms.extend(counted)
            rows.extend([row] * len(counted))
            counts.extend(counted.values())
        made = Postings(
            revision, np.frombuffer(ids, dtype=np.int64), np.frombuffer(lengths, dtype=np.float32),
            np.frombuffer(terms, dtype=np.int32), np.frombuffer(rows, dtype=np.int32),
            np.frombuffer(counts, dtype=np.float32),
        )  # fmt: skip
        self._postings[collection_id] = made
        self._cached_chunks += len(made.ids) - (0 if known is None else len(known.ids))
        while self._cached_chunks > CACHED_CHUNKS_MAX:
            self._cached_chunks -= len(self._postings.popitem(last=False)[1].ids)
        return made


def _chunks(sets: Iterable[tuple[tuple[int, ...], MergedImpacts | None, list[int]]]) -> int:
    return sum(len(merged.ids) for _, merged, _ in sets if merged is not None)
