"""Keeping this instance's lexical index in step with the records: at the start, and while others change them."""

import asyncio

from aistack.chassis.telemetry.logs import get_log
from aistack.language.analysis import index_terms
from aistack.rag.documents import Library, Revision, live_revision
from aistack.rag.indexes.lexical import Entry, LexicalIndex
from aistack.rag.indexes.semantic import SemanticIndex

BATCH = 500


async def reconcile(library: Library, lexical: LexicalIndex) -> int:
    """Makes the index hold exactly the live chunks; returns how many entries were added or removed.

    Only while nobody ingests: entries that are about to become live would go.
    """
    changed = 0
    wanted = [row.id for row in await library.collections()]
    for gone in await lexical.collections() - set(wanted):
        await lexical.drop(gone)
    for collection_id in wanted:
        live = await library.live_chunk_ids(collection_id)
        held = await lexical.chunk_ids(collection_id)
        await lexical.remove(collection_id, held - live)
        changed += len(held - live) + await _add_missing(library, lexical, collection_id, live - held)
    return changed


class Follower:
    """Looks every few seconds whether another instance changed a collection, and follows."""

    def __init__(self, library: Library, lexical: LexicalIndex, semantic: SemanticIndex) -> None:
        self._library = library
        self._lexical = lexical
        self._semantic = semantic
        self._seen: dict[int, Revision] = {}

    async def look(self) -> None:
        collections = [row.id for row in await self._library.collections()]
        for gone in await self._lexical.collections() - set(collections):
            await self._lexical.drop(gone)
        for collection_id in collections:
            async with self._library.records.read() as connection:
                revision = await live_revision(connection, collection_id)
            if revision != self._seen.get(collection_id):
                await self._follow(collection_id)
                self._seen[collection_id] = revision

    async def _follow(self, collection_id: int) -> None:
        """Adds what is live and missing; removes what is nowhere in the records, not even on its way to become live."""
        held = await self._lexical.chunk_ids(collection_id)
        live = await self._library.live_chunk_ids(collection_id)
        added = await _add_missing(self._library, self._lexical, collection_id, live - held)
        gone = held - await self._library.chunk_ids(collection_id)
        await self._lexical.remove(collection_id, gone)
        await self._semantic.follow(collection_id, gone)
        if added or gone:
            get_log("rag").info("lexical.followed", collection=collection_id, added=added, removed=len(gone))


async def _add_missing(library: Library, lexical: LexicalIndex, collection_id: int, missing: set[int]) -> int:
    ordered = sorted(missing)
    for at in range(0, len(ordered), BATCH):
        batch = await library.live_chunks(ordered[at : at + BATCH])
        rows = [(row.id, " ".join((row.title, *row.heading)), row.text) for row in batch.values()]
        await lexical.add(collection_id, await asyncio.to_thread(_entries, rows))
    return len(ordered)


def _entries(rows: list[tuple[int, str, str]]) -> list[Entry]:
    return [Entry(chunk, " ".join(index_terms(heading)), " ".join(index_terms(text))) for chunk, heading, text in rows]
