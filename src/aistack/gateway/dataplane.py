"""The data plane: listeners, client connections, the once-a-second sweep, and the drain."""

import asyncio
import contextlib
import socket
import time

from aistack.chassis.logs import get_log
from aistack.gateway.downstream import ClientConnection
from aistack.gateway.exchange import Exchange
from aistack.gateway.flushing import Flusher
from aistack.gateway.identity import Keyring
from aistack.gateway.measures import Measures
from aistack.gateway.registry import Registry
from aistack.gateway.settings import GatewaySettings
from aistack.gateway.upstream import UpstreamConnection
from aistack.gateway.upstreams import Instance

SWEEP_SECONDS = 1.0
RETRY_SHARE = 0.2
RETRY_RESERVE = 10.0


class DataPlane:
    """Accepts connections and carries requests to instances until it is drained."""

    def __init__(self, settings: GatewaySettings, registry: Registry, measures: Measures) -> None:
        self.settings = settings
        self.registry = registry
        self.measures = measures
        self.keyring = Keyring(settings.api_keys)
        self.clients: set[ClientConnection] = set()
        self.draining = False
        self.flusher = Flusher()
        self.log = get_log("gateway")
        self._servers: list[asyncio.Server] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._sweeper: asyncio.Task[None] | None = None
        self._retry_balance = RETRY_RESERVE

    async def start(self, listeners: list[socket.socket]) -> None:
        loop = asyncio.get_running_loop()
        for listener in listeners:
            self._servers.append(await loop.create_server(lambda: ClientConnection(self), sock=listener))
        self._sweeper = asyncio.create_task(self._sweep(), name="gateway:sweep")

    def spend_retry(self) -> bool:
        """Whether the retry budget (a share of the traffic, and a small reserve) allows one more."""
        if self._retry_balance < 1:
            return False
        self._retry_balance -= 1
        return True

    def connect(self, exchange: Exchange, instance: Instance) -> None:
        """Opens a connection for an exchange; the answer is `connected` or `connect_failed`."""
        task = asyncio.create_task(self._connect(exchange, instance))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _connect(self, exchange: Exchange, instance: Instance) -> None:
        loop = asyncio.get_running_loop()
        self._retry_balance = min(self._retry_balance + RETRY_SHARE, 10 * RETRY_RESERVE)
        connection = UpstreamConnection(instance, self.flusher)
        try:
            async with asyncio.timeout(self.settings.connect_timeout_seconds):
                if instance.unix_path:
                    await loop.create_unix_connection(lambda: connection, instance.unix_path)
                else:
                    await loop.create_connection(lambda: connection, instance.host, instance.port)
        except (OSError, TimeoutError) as error:
            connection.close()
            if not exchange.done:
                exchange.connect_failed(str(error) or "timed out")
            return
        if exchange.done:
            instance.keep_idle(connection)
        else:
            exchange.connected(connection)

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            now = time.monotonic()
            try:
                self.registry.sweep(now)
                for client in tuple(self.clients):
                    client.check_clocks(now)
            except Exception:
                self.log.exception("gateway.sweep_failed")

    async def drain(self) -> None:
        """Stops accepting, lets what is in flight finish within `drain_seconds`, then closes the rest."""
        self.draining = True
        for server in self._servers:
            server.close()
        for client in tuple(self.clients):
            client.close_if_idle()
        deadline = time.monotonic() + self.settings.drain_seconds
        while self.clients and time.monotonic() < deadline:  # noqa: ASYNC110 -- connections end by themselves
            await asyncio.sleep(0.01)
        if self.clients:
            self.log.warning("gateway.drain_cut", connections=len(self.clients))
        for client in tuple(self.clients):
            client.abort()

    async def stop(self) -> None:
        if self._sweeper is not None:
            self._sweeper.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._sweeper
        for task in tuple(self._tasks):
            task.cancel()
        for service in self.registry.services.values():
            for instance in service.instances.values():
                instance.close_stale(float("inf"))
