"""Session pools, one for each connection: waiting is fair and bounded, and a dead database affects no other one."""

import asyncio
import time
from collections.abc import AsyncGenerator, Hashable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aistack.databases.pool.pooled_session import PooledCsvSession, PooledSession
from aistack.databases.pool.session_factory import open_session
from aistack.databases.pool.ssh_tunnels import Tunnels
from aistack.databases.session import DatabaseFailed, Session, WritesCsv
from aistack.databases.target import Target

FAILURE_CACHED_SECONDS = 1.0
RESTART_SECONDS_MAX = 10.0  # a server that was there a moment ago is waited for this long
RETRY_SECONDS = 0.1
POOLED = ("postgres", "mysql")  # engines whose sessions are replaced when their server is gone


@dataclass(slots=True)
class _Idle:
    session: Session
    since: float


class Pool:
    """At most `size` sessions of one target. Waiting callers are served in order."""

    def __init__(self, target: Target, size: int, connect_seconds: float, tunnels: Tunnels) -> None:
        self._tunnels = tunnels
        self.target = target
        self.size = size
        self._connect_seconds = connect_seconds
        self._slots = asyncio.Semaphore(size)
        self._idle: list[_Idle] = []
        self._failed: tuple[float, DatabaseFailed] | None = None
        self._was_reached = False
        self.in_use = 0
        self.closed = False

    @asynccontextmanager
    async def session(self, wait_seconds: float) -> AsyncGenerator[Session]:
        """A session for exclusive use. Raises DatabaseFailed: "busy" after `wait_seconds`, or why connecting failed."""
        async with self.slot(wait_seconds):
            used = self._pooled(self._kept() or await self._open(wait_seconds), wait_seconds)
            lost = False
            try:
                yield used
            except DatabaseFailed as error:
                lost = error.kind == "unreachable"
                raise
            finally:
                session = used.session if isinstance(used, PooledSession) else used
                if session.broken or lost or self.closed:
                    await session.close()
                else:
                    self._idle.append(_Idle(session, time.monotonic()))
                if lost:
                    await self.close_idle(0)  # they are as old as the one that was lost

    @asynccontextmanager
    async def slot(self, wait_seconds: float) -> AsyncGenerator[None]:
        """A slot for one more connection. Raises DatabaseFailed: "busy" after `wait_seconds`."""
        try:
            async with asyncio.timeout(wait_seconds):
                await self._slots.acquire()
        except TimeoutError:
            message = (
                f"all {self.size} connections to this database have been in use for {wait_seconds:g} s; try again later"
            )
            raise DatabaseFailed("busy", message) from None
        self.in_use += 1
        try:
            yield
        finally:
            self.in_use -= 1
            self._slots.release()

    def _pooled(self, session: Session, wait_seconds: float) -> Session:
        if self.target.engine not in POOLED:
            return session

        async def reopen() -> Session:
            await self.close_idle(0)
            return await self._open(wait_seconds)

        kind = PooledCsvSession if isinstance(session, WritesCsv) else PooledSession
        return kind(session, reopen)

    def _kept(self) -> Session | None:
        """The session that was used last, if it still has its server."""
        while self._idle:
            session = self._idle.pop().session
            if not session.broken:
                return session
        return None

    async def _open(self, wait_seconds: float) -> Session:
        """A new session. A server that was reached before may be restarting, so it is tried again for a while."""
        if self._failed is not None and time.monotonic() - self._failed[0] < FAILURE_CACHED_SECONDS:
            raise DatabaseFailed(self._failed[1].kind, str(self._failed[1]))
        until = time.monotonic() + (min(RESTART_SECONDS_MAX, wait_seconds) if self._was_reached else 0.0)
        while True:
            begun = time.monotonic()
            try:
                target = await self._tunnels.reach(self.target, self._connect_seconds)
                session = await open_session(target, self._connect_seconds)
            except DatabaseFailed as error:
                hangs = time.monotonic() - begun > self._connect_seconds / 2
                if error.kind != "unreachable" or hangs or time.monotonic() >= until:
                    self._failed, self._was_reached = (time.monotonic(), error), False
                    raise
                await asyncio.sleep(RETRY_SECONDS)
            else:
                self._was_reached = True
                return session

    async def close_idle(self, idle_seconds: float) -> None:
        """Closes sessions that have been idle for this long."""
        now = time.monotonic()
        old = [one for one in self._idle if now - one.since >= idle_seconds]
        self._idle = [one for one in self._idle if now - one.since < idle_seconds]
        for one in old:
            await one.session.close()

    async def close(self) -> None:
        self.closed = True
        await self.close_idle(0)


class Pools:
    """A pool for each connection. A new revision of a connection gets a new pool."""

    def __init__(self, connect_seconds: float, idle_seconds: float) -> None:
        self._connect_seconds = connect_seconds
        self._idle_seconds = idle_seconds
        self._pools: dict[Hashable, tuple[int, Pool]] = {}
        self._tunnels = Tunnels()

    async def of(self, key: Hashable, revision: int, target: Target, size: int) -> Pool:
        held = self._pools.get(key)
        if held is not None and held[0] == revision:
            return held[1]
        pool = Pool(target, size, self._connect_seconds, self._tunnels)
        self._pools[key] = (revision, pool)
        if held is not None:
            await held[1].close()
        return pool

    async def reach(self, target: Target) -> Target:
        """The target as it can be connected to from this machine, see `Tunnels.reach`. Raises DatabaseFailed."""
        return await self._tunnels.reach(target, self._connect_seconds)

    async def close_idle(self) -> None:
        """Closes idle sessions of all pools. Called periodically."""
        for _, pool in list(self._pools.values()):
            await pool.close_idle(self._idle_seconds)

    async def close(self) -> None:
        for _, pool in list(self._pools.values()):
            await pool.close()
        self._pools.clear()
        await self._tunnels.close()
