"""Connections to the URLs of models: plain or TLS, kept open between calls."""

import asyncio
import ssl
from collections import deque
from functools import cache

from aistack.chassis.runtime.tasks import Tasks
from aistack.gateway.http1.io_batching import IoBatch
from aistack.gateway.models.table.compiled import Target
from aistack.gateway.upstream.connection import UpstreamConnection
from aistack.gateway.upstream.connector import ConnectionReceiver, open_connection

IDLE_MAX = 256
IDLE_SECONDS_MAX, IDLE_TLS_SECONDS_MAX = 4.0, 30.0  # below what most servers keep; a handshake is worth keeping longer
Place = tuple[str, int, bool]


@cache
def client_tls() -> ssl.SSLContext:
    """How certificates of upstreams are verified: by the system's authorities, or those of `SSL_CERT_FILE`."""
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    return context


class Pool:
    """The idle connections to one host and port."""

    __slots__ = ("closed", "idle", "seconds_max", "swept_at")

    def __init__(self, tls: bool) -> None:
        self.idle: deque[UpstreamConnection] = deque()
        self.seconds_max = IDLE_TLS_SECONDS_MAX if tls else IDLE_SECONDS_MAX
        self.swept_at = 0.0
        self.closed = False

    def take(self) -> UpstreamConnection | None:
        while self.idle:
            connection = self.idle.pop()
            if connection.open:
                return connection
        return None

    def keep_idle(self, connection: UpstreamConnection) -> None:
        if self.closed or len(self.idle) >= IDLE_MAX:
            connection.close()
        else:
            connection.idle_since = self.swept_at
            self.idle.append(connection)

    def sweep(self, now: float) -> None:
        self.swept_at = now
        while self.idle and self.idle[0].idle_since < now - self.seconds_max:
            self.idle.popleft().close()

    def close(self) -> None:
        self.closed = True
        while self.idle:
            self.idle.pop().close()


class Pools:
    """All pools of one data plane, and the connection attempts in progress."""

    def __init__(self, io: IoBatch, connect_seconds: float) -> None:
        self.connect_seconds = connect_seconds
        self._io = io
        self._pools: dict[Place, Pool] = {}
        self._tasks = Tasks()

    def connect(self, receiver: ConnectionReceiver, target: Target) -> None:
        """Hands over an idle connection at once, or a new one later."""
        pool = self._pool(target)
        connection = pool.take()
        if connection is not None:
            receiver.connected(connection)
            return
        self._tasks.start(self._open(receiver, target, pool), "models:connect")

    def open_new(self, receiver: ConnectionReceiver, target: Target) -> None:
        """Hands over a new connection later, whatever is idle: those that were kept may all be closed."""
        self._tasks.start(self._open(receiver, target, self._pool(target)), "models:connect")

    def _pool(self, target: Target) -> Pool:
        place = target.host, target.port, target.tls
        pool = self._pools.get(place)
        if pool is None:
            pool = self._pools[place] = Pool(target.tls)
        return pool

    def keep_only(self, places: set[Place]) -> None:
        """Closes what leads to other places: the table has changed."""
        for place in self._pools.keys() - places:
            self._pools.pop(place).close()

    def sweep(self, now: float) -> None:
        for pool in self._pools.values():
            pool.sweep(now)

    async def _open(self, receiver: ConnectionReceiver, target: Target, pool: Pool) -> None:
        async def connect(connection: UpstreamConnection) -> None:
            await asyncio.get_running_loop().create_connection(
                lambda: connection,
                target.host,
                target.port,
                ssl=client_tls() if target.tls else None,
                server_hostname=target.host if target.tls else None,
            )

        await open_connection(receiver, UpstreamConnection(pool, self._io), connect, self.connect_seconds)

    def close(self) -> None:
        self._tasks.cancel()
        for pool in self._pools.values():
            pool.close()
