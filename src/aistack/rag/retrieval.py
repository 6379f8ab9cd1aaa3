"""Finds the chunks that a question is about."""

from aistack.rag.analysis import query_terms
from aistack.rag.documents import Library
from aistack.rag.lexical import LexicalIndex
from aistack.rag.wire import Hit

SPARE = 16  # index entries that may be on their way out, beyond those asked for


class Retrieval:
    """Search over one collection: the index proposes, the records decide what is live."""

    def __init__(self, library: Library, lexical: LexicalIndex) -> None:
        self.library = library
        self.lexical = lexical

    async def search(self, query: str, collection: str, top_k: int) -> list[Hit]:
        """At most `top_k` hits, best first. Raises NotFound when there is no such collection."""
        collection_id = (await self.library.collection(collection)).id
        found = await self.lexical.search(collection_id, query_terms(query), top_k + SPARE)
        live = await self.library.live_chunks([chunk_id for chunk_id, _ in found])
        hits: list[Hit] = []
        for chunk_id, score in found:
            row = live.get(chunk_id)
            if row is not None and len(hits) < top_k:
                hits.append(
                    Hit(
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
                )
        return hits
