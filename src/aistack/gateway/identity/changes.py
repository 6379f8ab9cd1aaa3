"""Changes of who may call: written one at a time, and noticed by every gateway that shares the records.

Each transaction first increments a counter in the records. That row is its lock, so what it checks (that one owner is
left, that groups have no cycle) still holds when it commits. Gateways compare the counter and load again what changed.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from aistack.gateway.tables import Revision
from aistack.stores.records import Records

PEOPLE = "people"

Load = Callable[[AsyncConnection], Awaitable[None]]


class Changes:
    """`loads` are called in order with a connection whenever something changed, here or at another gateway."""

    def __init__(self, records: Records) -> None:
        self.records = records
        self.loads: list[Load] = []
        self.on_change: Callable[[], None] = lambda: None  # called when this gateway changed something
        self._seen = -1
        self._refreshing = asyncio.Lock()

    @asynccontextmanager
    async def write(self) -> AsyncGenerator[AsyncConnection]:
        """A transaction, of which there is one at a time. Its changes are in force when the block has ended."""
        async with self.records.write() as connection:
            await connection.execute(
                update(Revision).where(Revision.name == PEOPLE).values(revision=Revision.revision + 1)
            )
            yield connection
        await self.refresh()
        self.on_change()

    async def refresh(self) -> None:
        """Loads what changed. Cheap enough to call every second."""
        async with self._refreshing, self.records.read() as connection:
            revision = await connection.scalar(select(Revision.revision).where(Revision.name == PEOPLE)) or 0
            if revision == self._seen:
                return
            for load in self.loads:
                await load(connection)
            self._seen = revision
