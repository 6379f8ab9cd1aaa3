"""A session of a pool that replaces itself: one that turns out dead is found by use, not by time."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

from aistack.databases.schema import Schema
from aistack.databases.session import DatabaseFailed, Limits, Mode, Probe, Result, Session, WritesCsv


class PooledSession:
    """`is_kept` says that the session was idle before, so that the server may be gone since.

    When it is, a statement that only reads and has delivered nothing yet runs again in the session that `reopen` gives.
    """

    def __init__(self, session: Session, is_kept: bool, reopen: Callable[[], Awaitable[Session]]) -> None:
        self.session = session
        self._is_kept, self._reopen = is_kept, reopen

    @property
    def broken(self) -> bool:
        return self.session.broken

    @asynccontextmanager
    async def run(
        self, sql: str, values: Sequence[object], limits: Limits, mode: Mode = "read"
    ) -> AsyncGenerator[Result]:
        async with AsyncExitStack() as held:
            try:
                result = await held.enter_async_context(self.session.run(sql, values, limits, mode))
            except DatabaseFailed as error:
                if mode == "apply" or not await self._replaced(error):
                    raise
                result = await held.enter_async_context(self.session.run(sql, values, limits, mode))
            yield result

    async def probe(self) -> Probe:
        return await self.session.probe()

    async def schema(self) -> Schema:
        return await self.session.schema()

    async def close(self) -> None:
        await self.session.close()

    async def _replaced(self, error: DatabaseFailed) -> bool:
        """Whether another session took the place of a dead one."""
        if error.kind != "unreachable" or not self._is_kept:
            return False
        self._is_kept = False
        await self.session.close()
        self.session = await self._reopen()
        return True


class PooledCsvSession(PooledSession):
    """The same for a session whose server encodes CSV."""

    async def csv(
        self, sql: str, values: Sequence[object], limits: Limits, sink: Callable[[bytes], Awaitable[None]]
    ) -> int:
        begun = False

        async def take(data: bytes) -> None:
            nonlocal begun
            begun = True
            await sink(data)

        assert isinstance(self.session, WritesCsv)
        try:
            return await self.session.csv(sql, values, limits, take)
        except DatabaseFailed as error:
            if begun or not await self._replaced(error):
                raise
        assert isinstance(self.session, WritesCsv)
        return await self.session.csv(sql, values, limits, take)
