"""The graphs of the collections: made from the records when they are asked for, kept until something changed."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import delete, func, insert, select
from sqlalchemy.exc import IntegrityError

from aistack.chassis.errors import Conflict, NotFound
from aistack.rag.documents import LIVE, Revision, live_revision
from aistack.rag.graph.knowledge_graph import Entity, Graph
from aistack.rag.tables import Chunk, Document, GraphEdit, Link, Mention
from aistack.stores.records import AnyRow, Records

QUICK_SECONDS = 0.3  # a graph that took longer to make is made anew in the background,
LOOK_SECONDS = 1.0  # and taken as current for so long
EDITS_MAX = 10_000


@dataclass(slots=True)
class _Kept:
    graph: Graph
    revision: Revision
    looked: float
    seconds: float
    making: asyncio.Task[None] | None = None
    edited: bool = False  # whoever edits sees it at once


class Graphs:
    """`of` a collection; edits by hand, which outlive every ingest."""

    def __init__(self, records: Records) -> None:
        self._records = records
        self._kept: dict[int, _Kept] = {}
        self._turns: dict[int, asyncio.Lock] = {}

    async def of(self, collection_id: int) -> Graph:
        """The graph as the documents are now; of a large collection, as they were a moment ago."""
        kept = self._kept.get(collection_id)
        slow = kept is not None and kept.seconds > QUICK_SECONDS and not kept.edited
        if kept is not None and slow and time.monotonic() - kept.looked < LOOK_SECONDS:
            return kept.graph
        async with self._turns.setdefault(collection_id, asyncio.Lock()):
            kept = self._kept.get(collection_id)
            revision = await self._revision(collection_id)
            if kept is not None and kept.revision == revision:
                kept.looked = time.monotonic()
            elif kept is not None and kept.seconds > QUICK_SECONDS and not kept.edited:
                kept.looked = time.monotonic()
                if kept.making is None or kept.making.done():
                    kept.making = asyncio.create_task(self._make(collection_id, revision), name="graph:make")
            else:
                await self._make(collection_id, revision)
            return self._kept[collection_id].graph

    def forget(self, collection_id: int) -> None:
        """Lets go of the graph of a collection that is deleted."""
        kept = self._kept.pop(collection_id, None)
        self._turns.pop(collection_id, None)
        if kept is not None and kept.making is not None:
            kept.making.cancel()

    async def close(self) -> None:
        for kept in self._kept.values():
            if kept.making is not None:
                kept.making.cancel()

    async def edit(self, collection_id: int, kind: str, key: str, value: str = "") -> None:
        """Notes an edit of the entity with this key, in the place of an earlier one. Raises Conflict."""
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
                raise Conflict("somebody else edits this entity right now; try again") from None
        self._look_again(collection_id)

    async def edits(self, collection_id: int) -> Sequence[AnyRow]:
        """In the order they were made."""
        query = select(GraphEdit).where(GraphEdit.collection_id == collection_id).order_by(GraphEdit.id)
        async with self._records.read() as connection:
            return (await connection.execute(query)).all()

    async def undo(self, collection_id: int, edit_id: int) -> None:
        """Raises NotFound."""
        where = (GraphEdit.collection_id == collection_id, GraphEdit.id == edit_id)
        async with self._records.write() as connection:
            if not (await connection.execute(delete(GraphEdit).where(*where))).rowcount:
                raise NotFound(f"there is no edit {edit_id}")
        self._look_again(collection_id)

    def _look_again(self, collection_id: int) -> None:
        if collection_id in self._kept:
            self._kept[collection_id].edited = True
            self._kept[collection_id].revision = ()

    async def _revision(self, collection_id: int) -> Revision:
        """Numbers that change whenever the graph may."""
        edits = select(func.count(GraphEdit.id), func.coalesce(func.max(GraphEdit.id), 0))
        async with self._records.read() as connection:
            live = await live_revision(connection, collection_id)
            edited = (await connection.execute(edits.where(GraphEdit.collection_id == collection_id))).one()
        return (*live, *map(int, edited))

    async def _make(self, collection_id: int, revision: Revision) -> None:
        begun = time.monotonic()
        mentions = select(Mention.chunk_id, Mention.key, Mention.name, Mention.kind, Mention.count)
        mentions = mentions.join(Chunk, Chunk.id == Mention.chunk_id).join(Document, LIVE)
        links = select(Link.chunk_id, Link.source, Link.target, Link.phrase, Link.start, Link.end)
        links = links.join(Chunk, Chunk.id == Link.chunk_id).join(Document, LIVE)
        async with self._records.read() as connection:
            where, order = Mention.collection_id == collection_id, (Mention.chunk_id, Mention.key)
            named: list[Any] = [tuple(row) for row in await connection.execute(mentions.where(where).order_by(*order))]
            linked = await connection.execute(links.where(Link.collection_id == collection_id).order_by(Link.id))
            tied: list[Any] = [tuple(row) for row in linked]
        edits = [(row.kind, row.key, row.value) for row in await self.edits(collection_id)]
        graph = await asyncio.to_thread(Graph, named, tied, edits)
        now = time.monotonic()
        self._kept[collection_id] = _Kept(graph, revision, now, now - begun)


def entity_of(graph: Graph, entity_id: str) -> Entity:
    """Raises NotFound."""
    entity = graph.entities.get(entity_id)
    if entity is None:
        raise NotFound(f"there is no entity {entity_id}; GET /v1/rag/graph/entities?q=NAME finds it")
    return entity
