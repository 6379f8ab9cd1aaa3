"""Finds the chunks that a question is about."""

from collections.abc import Sequence

from aistack.rag.analysis import query_terms
from aistack.rag.documents import Library
from aistack.rag.lexical import LexicalIndex
from aistack.rag.wire import Hit
from aistack.stores.records import AnyRow

SPARE = 16  # index entries that may be on their way out, beyond those asked for


class Retrieval:
    """Search over one collection: the index proposes, the records decide what is live."""

    def __init__(self, library: Library, lexical: LexicalIndex) -> None:
        self.library = library
        self.lexical = lexical

    async def search(self, query: str, collection: str, top_k: int) -> list[Hit]:
        """At most `top_k` hits, best first. Raises NotFound when there is no such collection."""
        return await self.find(await self.collection_id(collection), query_terms(query), top_k)

    async def collection_id(self, name: str) -> int:
        """Raises NotFound."""
        return (await self.library.collection(name)).id

    async def find(self, collection_id: int, terms: Sequence[str], top_k: int) -> list[Hit]:
        """At most `top_k` hits for these index terms, best first."""
        limit = top_k + SPARE
        while True:
            found = await self.lexical.search(collection_id, terms, limit)
            live = await self.library.live_chunks([chunk_id for chunk_id, _ in found])
            if len(live) >= top_k or len(found) < limit:
                scored = [(live[chunk_id], score) for chunk_id, score in found if chunk_id in live]
                return [_hit(row, score) for row, score in scored[:top_k]]
            limit *= 4  # many of the best are on their way in or out


def _hit(row: AnyRow, score: float) -> Hit:
    return Hit(
        document=row.document_id,
        name=row.name,
        title=row.title,
        page=row.page,
        heading=row.heading,
        start=row.start,
        end=row.end,
        text=row.text,
        score=round(score, 4),
        scores={"lexical": round(score, 4)},
    )
