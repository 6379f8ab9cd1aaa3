"""Gives requests connections to endpoints: idle ones from the pool, or new ones."""

import asyncio
import errno
from collections.abc import Awaitable, Callable
from typing import Protocol

from aistack.chassis.runtime.tasks import Tasks
from aistack.gateway.http1.io_batching import IoBatch
from aistack.gateway.identity.authorization import CONTROL
from aistack.gateway.upstream.cluster import Endpoint
from aistack.gateway.upstream.connection import UpstreamConnection

OWN_ERRORS = frozenset((errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM))  # of this process or machine


class ConnectionReceiver(Protocol):
    """What waits for a connection. One of the three methods is called, unless it is `done` before."""

    @property
    def done(self) -> bool: ...

    def connected(self, connection: UpstreamConnection) -> None: ...

    def connect_failed(self, error: str) -> None:
        """The endpoint could not be reached."""

    def cannot_connect(self, error: str) -> None:
        """The gateway itself lacks a resource, such as file descriptors."""


async def open_connection(
    receiver: ConnectionReceiver,
    connection: UpstreamConnection,
    connect: Callable[[UpstreamConnection], Awaitable[None]],
    seconds: float,
) -> None:
    """Hands over a connection once `connect` has made it, at most after `seconds`, or says why that failed.

    Where nobody waits for it any more, it is kept for others.
    """
    try:
        async with asyncio.timeout(seconds):
            await connect(connection)
    except (OSError, TimeoutError) as error:  # certificates that do not verify are OSErrors too
        connection.close()
        if receiver.done:
            return
        if error.errno in OWN_ERRORS:
            receiver.cannot_connect(str(error))
        else:
            receiver.connect_failed(str(error) or f"no connection within {seconds:g} s")
        return
    if receiver.done or not connection.open:
        connection.keep_idle()
        if not receiver.done:
            receiver.connect_failed("closed at once")
    else:
        receiver.connected(connection)


class Connector:
    """Owns the connection attempts in progress."""

    def __init__(self, timeout_seconds: float, io: IoBatch) -> None:
        self._io = io
        self.timeout_seconds = timeout_seconds
        self._tasks = Tasks()

    def connect(self, receiver: ConnectionReceiver, endpoint: Endpoint) -> None:
        """Hands over an idle connection at once, or a new one later."""
        connection = endpoint.take_idle()
        if connection is not None:
            receiver.connected(connection)
            return
        self._tasks.start(self._open(receiver, endpoint), "gateway:connect")

    async def _open(self, receiver: ConnectionReceiver, endpoint: Endpoint) -> None:
        loop, spec = asyncio.get_running_loop(), endpoint.spec

        async def connect(connection: UpstreamConnection) -> None:
            if spec.unix_path:
                await loop.create_unix_connection(lambda: connection, spec.unix_path)
            else:
                await loop.create_connection(lambda: connection, spec.host, spec.port)

        connection = UpstreamConnection(endpoint, self._io, own=endpoint.cluster.name == CONTROL)
        await open_connection(receiver, connection, connect, self.timeout_seconds)

    def stop(self) -> None:
        self._tasks.cancel()
