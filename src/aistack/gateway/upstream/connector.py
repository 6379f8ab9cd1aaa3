"""Connections for exchanges: idle ones, new ones, and upgraded ones that become tunnels."""

import asyncio
import errno
import time
from typing import TYPE_CHECKING

from aistack.chassis.runtime.tasks import Tasks
from aistack.gateway.http1.io_batching import Turn
from aistack.gateway.upstream.cluster import Instance
from aistack.gateway.upstream.connection import UpstreamConnection

if TYPE_CHECKING:
    from aistack.gateway.proxy.client_connection import ClientConnection
    from aistack.gateway.proxy.dispatch import Journey
    from aistack.gateway.proxy.exchange import Exchange
    from aistack.gateway.proxy.hedging import Hedge
    from aistack.gateway.upstream.connection import UpstreamConnection


OURS = frozenset((errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM))  # faults of this process or machine


class Connector:
    """Owns the attempts under way. Each ends in the exchange's `connected` or `connect_failed`."""

    def __init__(self, timeout_seconds: float, turn: Turn) -> None:
        self._turn = turn
        self.timeout_seconds = timeout_seconds
        self._tasks = Tasks()

    def reach(self, exchange: "Journey | Hedge", instance: Instance) -> None:
        """Gives the exchange an idle connection at once, or a new one later."""
        connection = instance.take_idle()
        if connection is not None:
            exchange.connected(connection)
            return
        self._tasks.start(self._connect(exchange, instance), "gateway:connect")

    async def _connect(self, exchange: "Journey | Hedge", instance: Instance) -> None:
        loop = asyncio.get_running_loop()
        connection = UpstreamConnection(instance, self._turn)
        spec = instance.spec
        try:
            async with asyncio.timeout(self.timeout_seconds):
                if spec.unix_path:
                    await loop.create_unix_connection(lambda: connection, spec.unix_path)
                else:
                    await loop.create_connection(lambda: connection, spec.host, spec.port)
        except (OSError, TimeoutError) as error:
            connection.close()
            if exchange.done:
                return
            if error.errno in OURS:
                exchange.cannot_connect(str(error))
            else:
                exchange.connect_failed(str(error) or "timed out")
            return
        if exchange.done or not connection.open:
            instance.keep_idle(connection)
            if not exchange.done:
                exchange.connect_failed("closed at once")
        else:
            exchange.connected(connection)

    def stop(self) -> None:
        self._tasks.cancel()


class Tunnel:
    """Both ends of an upgraded exchange. `progress` is when bytes last passed."""

    def __init__(self, exchange: "Exchange", client: "ClientConnection", upstream: "UpstreamConnection") -> None:
        self.exchange = exchange
        self.progress = time.monotonic()
        self._client = client
        self._upstream = upstream

    def from_client(self, data: bytes) -> None:
        self.progress = time.monotonic()
        self.exchange.received += len(data)
        self._upstream.write(data)

    def from_upstream(self, data: bytes) -> None:
        self.progress = time.monotonic()
        self.exchange.sent += len(data)
        self._client.writer.write(data)

    def closed(self) -> None:
        """The instance's end is gone: the client's follows once it has what was sent."""
        self.exchange.tunnel_closed()
