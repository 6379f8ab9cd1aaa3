"""Keeps this instance's lexical index in sync with the records: at start, and while other instances change them."""

import asyncio
from collections.abc import Sequence

from aistack.chassis.telemetry.logs import get_log
from aistack.language.analysis import index_terms
from aistack.rag.contents import Revision, live_revision
from aistack.rag.documents import DocumentStore
from aistack.rag.indexes.lexical import Entry, LexicalIndex
from aistack.rag.indexes.semantic import SemanticIndex

BATCH = 500


async def reconcile(documents: DocumentStore, lexical: LexicalIndex) -> int:
    """Makes the index contain exactly the live chunks. Returns how many entries were added or removed.

    Call it only while no ingest is running: it removes the entries of chunks that are not live yet.
    """
    changed = 0
    collection_ids = await documents.collection_ids()
    for deleted in await lexical.collections() - set(collection_ids):
        await lexical.drop(deleted)
    for collection_id in collection_ids:
        live = await documents.live_chunk_ids(collection_id)
        indexed = await lexical.chunk_ids(collection_id)
        await lexical.remove(collection_id, indexed - live)
        changed += len(indexed - live) + await _add_missing(documents, lexical, collection_id, live - indexed)
    return changed


class IndexSync:
    """Applies the changes of other instances to this instance's indexes. Call `check` every few seconds."""

    def __init__(self, documents: DocumentStore, lexical: LexicalIndex, semantic: SemanticIndex) -> None:
        self._documents = documents
        self._lexical = lexical
        self._semantic = semantic
        self._revisions: dict[int, Revision] = {}

    async def check(self) -> None:
        """Syncs the collections that have changed since the last call."""
        collection_ids = await self._documents.collection_ids()
        for deleted in await self._lexical.collections() - set(collection_ids):
            await self._lexical.drop(deleted)
        for collection_id in collection_ids:
            async with self._documents.records.read() as connection:
                revision = await live_revision(connection, collection_id)
            if revision != self._revisions.get(collection_id):
                await self._sync(collection_id)
                self._revisions[collection_id] = revision

    async def _sync(self, collection_id: int) -> None:
        """Adds missing live chunks. Removes chunks that are deleted, but not those that are not live yet."""
        indexed = await self._lexical.chunk_ids(collection_id)
        live = await self._documents.live_chunk_ids(collection_id)
        added = await _add_missing(self._documents, self._lexical, collection_id, live - indexed)
        deleted = indexed - await self._documents.chunk_ids(collection_id)
        await self._lexical.remove(collection_id, deleted)
        await self._semantic.sync(collection_id, deleted)
        if added or deleted:
            get_log("rag").info("lexical.synchronized", collection=collection_id, added=added, removed=len(deleted))


async def _add_missing(documents: DocumentStore, lexical: LexicalIndex, collection_id: int, missing: set[int]) -> int:
    ordered = sorted(missing)
    for at in range(0, len(ordered), BATCH):
        await lexical.add(collection_id, await entries_of(documents, ordered[at : at + BATCH]))
    return len(ordered)


async def entries_of(documents: DocumentStore, chunk_ids: Sequence[int]) -> list[Entry]:
    """The index entries of those of the chunks that are live."""
    batch = await documents.live_chunks(chunk_ids)
    rows = [(row.id, " ".join((row.title, *row.heading)), row.text) for row in batch.values()]
    return await asyncio.to_thread(_entries, rows)


def _entries(rows: list[tuple[int, str, str]]) -> list[Entry]:
    return [Entry(chunk, " ".join(index_terms(heading)), " ".join(index_terms(text))) for chunk, heading, text in rows]
