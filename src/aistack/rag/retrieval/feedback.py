"""Relevance feedback, which the API calls experience: what came of a search improves this search and later ones.

A query is expanded by terms of its result (pseudo-relevance feedback), and the chunks found with it are recorded for
similar queries.
"""

import time
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import lru_cache

from sqlalchemy import delete, func, insert, select

from aistack.language.analysis import index_terms, query_terms
from aistack.rag.indexes.lexical import LexicalIndex
from aistack.rag.tables import Experience
from aistack.stores.records import Records

LOOKED_AT_SECONDS = 1.0
STORED_MAX = 10_000  # per collection; the oldest are deleted first
READ_MAX = 500
SIMILARITY_MIN = 0.5
RESULT_TERMS_MAX = 200  # of a result that are looked up
EXPANSION_TERMS_MAX = 8
CHUNKS_MAX = 10  # stored per query
SHARE_MAX = 0.2  # terms in a larger share of the chunks are not used for expansion


class Feedback:
    """The queries of each collection with their results and chunks."""

    def __init__(self, records: Records, lexical: LexicalIndex) -> None:
        self._records = records
        self._lexical = lexical
        self._recorded: set[int] = set()  # collections with experiences
        self._looked_at = float("-inf")

    async def expanded_query(self, collection_id: int, query: str, result: str) -> str:
        """The query with the most specific terms of the result: those that occur in the fewest chunks."""
        terms = list(dict.fromkeys(index_terms(result)))[:RESULT_TERMS_MAX]
        count, frequencies = await self._lexical.document_frequencies(collection_id, terms)
        known = set(query_terms(query))
        specific = [term for term in terms if 0 < frequencies.get(term, 0) <= max(1, count * SHARE_MAX)]
        added = sorted((term for term in specific if term not in known), key=lambda term: frequencies[term])
        return " ".join((query, *added[:EXPANSION_TERMS_MAX]))

    async def record(self, collection_id: int, query: str, result: str, chunks: Sequence[int]) -> None:
        """Stores a query with its result and chunk ids. The oldest entries above STORED_MAX are deleted."""
        row = {"collection_id": collection_id, "query": query, "result": result, "chunks": list(chunks)[:CHUNKS_MAX]}
        in_collection = Experience.collection_id == collection_id
        async with self._records.write() as connection:
            await connection.execute(insert(Experience).values(created_at=datetime.now(UTC), **row))
            count = await connection.scalar(select(func.count()).where(in_collection)) or 0
            if count > STORED_MAX:
                oldest = select(Experience.id).where(in_collection).order_by(Experience.id).limit(count - STORED_MAX)
                await connection.execute(delete(Experience).where(Experience.id.in_(oldest)))
        self._recorded.add(collection_id)

    async def _with_experiences(self, collection_ids: Sequence[int]) -> Sequence[int]:
        """Of many collections, those that have experiences; other instances' count after LOOKED_AT_SECONDS."""
        if len(collection_ids) == 1:
            return collection_ids
        now = time.monotonic()
        if now - self._looked_at > LOOKED_AT_SECONDS:
            async with self._records.read() as connection:
                self._recorded = set(await connection.scalars(select(Experience.collection_id).distinct()))
            self._looked_at = now
        return [one for one in collection_ids if one in self._recorded]

    async def chunks_for(self, collection_ids: Sequence[int], query: str) -> list[tuple[int, float]]:
        """Chunks recorded for similar queries, as `(chunk id, similarity)`, most similar first."""
        collection_ids = await self._with_experiences(collection_ids)
        if not collection_ids:
            return []
        terms = _terms(query)
        recent = (
            select(Experience.query, Experience.chunks)
            .where(Experience.collection_id.in_(collection_ids))
            .order_by(Experience.id.desc())
            .limit(READ_MAX)
        )
        found: dict[int, float] = {}
        async with self._records.read() as connection:
            for row in await connection.execute(recent):
                recorded = _terms(row.query)
                similarity = len(terms & recorded) / (len(terms | recorded) or 1)
                if similarity >= SIMILARITY_MIN:
                    for chunk in row.chunks:
                        found[chunk] = max(found.get(chunk, 0.0), similarity)
        return sorted(found.items(), key=lambda one: -one[1])


@lru_cache(maxsize=2 * READ_MAX)
def _terms(query: str) -> frozenset[str]:
    return frozenset(query_terms(query))
