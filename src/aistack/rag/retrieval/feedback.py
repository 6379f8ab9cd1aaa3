"""Experience: what a retrieval led to. It is searched again in the light of the result, and kept for next time."""

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import lru_cache

from sqlalchemy import delete, func, insert, select

from aistack.language.analysis import index_terms, query_terms
from aistack.rag.indexes.lexical import LexicalIndex
from aistack.rag.tables import Experience
from aistack.stores.records import Records

KEPT_MAX = 10_000  # of a collection; the oldest go first
READ_MAX = 500
ALIKE_MIN = 0.5
TELLING_MAX = 8
CHUNKS_KEPT = 10
SHARE_MAX = 0.2  # a term in more of the chunks than this tells nothing


class Experiences:
    """The pairs of question and result of each collection."""

    def __init__(self, records: Records, lexical: LexicalIndex) -> None:
        self._records = records
        self._lexical = lexical

    async def in_light_of(self, collection_id: int, query: str, result: str) -> str:
        """The question with the words of the result that tell most: those that few chunks hold, but some do."""
        terms = list(dict.fromkeys(index_terms(result)))[:200]
        count, frequencies = await self._lexical.document_frequencies(collection_id, terms)
        asked = set(query_terms(query))
        telling = [term for term in terms if 0 < frequencies.get(term, 0) <= max(1, count * SHARE_MAX)]
        chosen = sorted((one for one in telling if one not in asked), key=lambda one: frequencies[one])[:TELLING_MAX]
        return " ".join((query, *chosen))

    async def keep(self, collection_id: int, query: str, result: str, chunks: Sequence[int]) -> None:
        row = {"collection_id": collection_id, "query": query, "result": result, "chunks": list(chunks)[:CHUNKS_KEPT]}
        mine = Experience.collection_id == collection_id
        async with self._records.write() as connection:
            await connection.execute(insert(Experience).values(created_at=datetime.now(UTC), **row))
            count = await connection.scalar(select(func.count()).where(mine)) or 0
            if count > KEPT_MAX:
                oldest = select(Experience.id).where(mine).order_by(Experience.id).limit(count - KEPT_MAX)
                await connection.execute(delete(Experience).where(Experience.id.in_(oldest)))

    async def chunks_for(self, collection_id: int, query: str) -> list[tuple[int, float]]:
        """Chunks that questions like this one led to, with how alike the questions are; the most alike first."""
        asked = _terms(query)
        recent = (
            select(Experience.query, Experience.chunks)
            .where(Experience.collection_id == collection_id)
            .order_by(Experience.id.desc())
            .limit(READ_MAX)
        )
        found: dict[int, float] = {}
        async with self._records.read() as connection:
            for row in await connection.execute(recent):
                known = _terms(row.query)
                alike = len(asked & known) / (len(asked | known) or 1)
                if alike >= ALIKE_MIN:
                    for chunk in row.chunks:
                        found[chunk] = max(found.get(chunk, 0.0), alike)
        return sorted(found.items(), key=lambda one: -one[1])


@lru_cache(maxsize=2 * READ_MAX)
def _terms(query: str) -> frozenset[str]:
    return frozenset(query_terms(query))
