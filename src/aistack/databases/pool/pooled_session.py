"""A session of a pool that replaces itself: one that turns out dead is found by use, not by time."""

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

from aistack.databases.schema import Schema
from aistack.databases.session import (
    Column,
    DatabaseFailed,
    Limits,
    Mode,
    PreparesExports,
    Probe,
    Result,
    Row,
    Session,
    WritesCsv,
)

REOPENED_MAX = 2  # for one statement: one that makes its server crash does not run for ever


class PooledSession:
    """When its server is gone, a read that has delivered nothing yet runs again in the session that `reopen` gives."""

    def __init__(self, session: Session, reopen: Callable[[], Awaitable[Session]]) -> None:
        self.session = session
        self._reopen = reopen
        self._reopened = 0

    @property
    def broken(self) -> bool:
        return self.session.broken

    @asynccontextmanager
    async def run(
        self, sql: str, values: Sequence[object], limits: Limits, mode: Mode = "read"
    ) -> AsyncGenerator[Result]:
        while True:
            async with AsyncExitStack() as held:
                try:
                    result = await held.enter_async_context(self.session.run(sql, values, limits, mode))
                    first = await anext(result.batches, None) if mode == "read" else None
                except DatabaseFailed as error:
                    if mode == "apply" or error.kind != "unreachable" or self._reopened == REOPENED_MAX:
                        raise
                else:
                    if mode == "read":
                        result.batches = _chained(first, result.batches)
                    yield result
                    return
            await self._replace()

    async def probe(self) -> Probe:
        return await self.session.probe()

    async def schema(self) -> Schema:
        return await self.session.schema()

    async def close(self) -> None:
        await self.session.close()

    async def _replace(self) -> None:
        """Another session takes the place of a dead one. Raises DatabaseFailed."""
        self._reopened += 1
        await self.session.close()
        self.session = await self._reopen()


class PooledCsvSession(PooledSession):
    """The same for a session whose server encodes CSV; on PostgreSQL it also prepares exports."""

    async def export_query(self, sql: str, values: Sequence[object], limits: Limits) -> tuple[str, list[Column]]:
        while True:
            assert isinstance(self.session, PreparesExports)
            try:
                return await self.session.export_query(sql, values, limits)
            except DatabaseFailed as error:
                if error.kind != "unreachable" or self._reopened == REOPENED_MAX:
                    raise
            await self._replace()

    async def csv(
        self, sql: str, values: Sequence[object], limits: Limits, sink: Callable[[bytes], Awaitable[None]]
    ) -> int:
        begun = False

        async def take(data: bytes) -> None:
            nonlocal begun
            begun = True
            await sink(data)

        while True:
            assert isinstance(self.session, WritesCsv)
            try:
                return await self.session.csv(sql, values, limits, take)
            except DatabaseFailed as error:
                if begun or error.kind != "unreachable" or self._reopened == REOPENED_MAX:
                    raise
            await self._replace()


async def _chained(first: Sequence[Row] | None, rest: AsyncIterator[Sequence[Row]]) -> AsyncIterator[Sequence[Row]]:
    if first is not None:
        yield first
        async for batch in rest:
            yield batch
