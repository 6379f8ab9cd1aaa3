"""The knowledge graphs of the collections: built from the database on request, cached until something changes."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import delete, func, insert, select
from sqlalchemy.exc import IntegrityError

from aistack.chassis.errors import Conflict, NotFound
from aistack.rag.contents import LIVE, Revision, live_revision
from aistack.rag.graph.knowledge_graph import KnowledgeGraph, entity_id
from aistack.rag.graph.subjects import OPENING_CHARACTERS
from aistack.rag.tables import Chunk, Content, Document, GraphEdit, Link, Mention
from aistack.stores.records import AnyRow, Records

FAST_BUILD_SECONDS = 0.3  # a graph that takes longer to build is rebuilt in the background
STALE_SECONDS_MAX = 1.0  # for this long such a graph is used without a check for changes
EDITS_MAX = 10_000


@dataclass(slots=True)
class _CachedGraph:
    graph: KnowledgeGraph
    revision: Revision
    checked_at: float
    build_seconds: float
    rebuild: asyncio.Task[None] | None = None
    is_edited: bool = False  # then the next request waits for the rebuild, so that an edit is visible at once


class GraphStore:
    """`get` builds and caches graphs. Manual edits are stored apart from the documents and survive every ingest."""

    def __init__(self, records: Records) -> None:
        self._records = records
        self._cached: dict[int, _CachedGraph] = {}
        self._locks: dict[int, asyncio.Lock] = {}

    async def get(self, collection_id: int) -> KnowledgeGraph:
        """The current graph of a collection. The graph of a large collection may lag behind by a few seconds."""
        cached = self._cached.get(collection_id)
        is_slow = cached is not None and cached.build_seconds > FAST_BUILD_SECONDS and not cached.is_edited
        if cached is not None and is_slow and time.monotonic() - cached.checked_at < STALE_SECONDS_MAX:
            return cached.graph
        async with self._locks.setdefault(collection_id, asyncio.Lock()):
            cached = self._cached.get(collection_id)
            revision = await self._revision(collection_id)
            if cached is not None and cached.revision == revision:
                cached.checked_at = time.monotonic()
            elif cached is not None and cached.build_seconds > FAST_BUILD_SECONDS and not cached.is_edited:
                cached.checked_at = time.monotonic()
                if cached.rebuild is None or cached.rebuild.done():
                    cached.rebuild = asyncio.create_task(self._build(collection_id, revision), name="graph:make")
            else:
                await self._build(collection_id, revision)
            return self._cached[collection_id].graph

    def drop(self, collection_id: int) -> None:
        """Removes the graph of a deleted collection from the cache."""
        cached = self._cached.pop(collection_id, None)
        self._locks.pop(collection_id, None)
        if cached is not None and cached.rebuild is not None:
            cached.rebuild.cancel()

    async def close(self) -> None:
        """Cancels rebuilds in the background."""
        for cached in self._cached.values():
            if cached.rebuild is not None:
                cached.rebuild.cancel()

    async def edit(self, collection_id: int, kind: str, key: str, value: str = "") -> None:
        """Stores an edit of the entity with this key and replaces an earlier one.

        `kind` is MERGE, RENAME or HIDE; `value` is the key to merge into, or the new name. Raises Conflict.
        """
        async with self._records.write() as connection:
            count = await connection.scalar(select(func.count()).where(GraphEdit.collection_id == collection_id)) or 0
            if count >= EDITS_MAX:
                raise Conflict(f"the graph has {EDITS_MAX} edits; undo some first")
            where = (GraphEdit.collection_id == collection_id, GraphEdit.key == key)
            await connection.execute(delete(GraphEdit).where(*where))
            row = {"collection_id": collection_id, "kind": kind, "key": key, "value": value}
            try:
                await connection.execute(insert(GraphEdit).values(created_at=datetime.now(UTC), **row))
            except IntegrityError:
                raise Conflict("another request is editing this entity; try again") from None
        self._invalidate(collection_id)

    async def edits(self, collection_id: int) -> Sequence[AnyRow]:
        """The edits of a collection, oldest first."""
        query = select(GraphEdit).where(GraphEdit.collection_id == collection_id).order_by(GraphEdit.id)
        async with self._records.read() as connection:
            return (await connection.execute(query)).all()

    async def undo(self, collection_id: int, edited: str) -> None:
        """Deletes the edit of the entity with this id. Raises NotFound."""
        keys = {row.key for row in await self.edits(collection_id) if entity_id(row.key) == edited}
        where = (GraphEdit.collection_id == collection_id, GraphEdit.key.in_(keys))
        async with self._records.write() as connection:
            if not (await connection.execute(delete(GraphEdit).where(*where))).rowcount:
                raise NotFound(f"there is no edit {edited}")
        self._invalidate(collection_id)

    def _invalidate(self, collection_id: int) -> None:
        if collection_id in self._cached:
            self._cached[collection_id].is_edited = True
            self._cached[collection_id].revision = ()

    async def _revision(self, collection_id: int) -> Revision:
        """Numbers that change whenever the chunks or edits change."""
        edits = select(func.count(GraphEdit.id), func.coalesce(func.max(GraphEdit.id), 0))
        async with self._records.read() as connection:
            live = await live_revision(connection, collection_id)
            edited = (await connection.execute(edits.where(GraphEdit.collection_id == collection_id))).one()
        return (*live, *map(int, edited))

    async def _build(self, collection_id: int, revision: Revision) -> None:
        started = time.monotonic()
        mentions = select(Mention.chunk_id, Mention.key, Mention.name, Mention.kind, Mention.count)
        mentions = mentions.join(Chunk, Chunk.id == Mention.chunk_id).join(Content, LIVE)
        mentions = mentions.where(Mention.collection_id == collection_id).order_by(Mention.chunk_id, Mention.key)
        links = select(Link.chunk_id, Link.source, Link.target, Link.phrase, Link.start, Link.end)
        links = links.join(Chunk, Chunk.id == Link.chunk_id).join(Content, LIVE)
        links = links.where(Link.collection_id == collection_id).order_by(Link.id)
        opening = func.substr(Chunk.text, 1, OPENING_CHARACTERS)
        openings = select(Chunk.id, Document.title, Chunk.heading, opening).join(Content, LIVE)
        openings = openings.join(Document, Document.content_id == Content.id)
        openings = openings.where(Chunk.collection_id == collection_id).order_by(Chunk.id)
        async with self._records.read() as connection:
            mention_rows: list[Any] = [tuple(row) for row in await connection.execute(mentions)]
            link_rows: list[Any] = [tuple(row) for row in await connection.execute(links)]
            opening_rows: list[Any] = [tuple(row) for row in await connection.execute(openings)]
        edits = [(row.kind, row.key, row.value) for row in await self.edits(collection_id)]
        graph = await asyncio.to_thread(KnowledgeGraph, mention_rows, link_rows, edits, opening_rows)
        now = time.monotonic()
        self._cached[collection_id] = _CachedGraph(graph, revision, now, now - started)
