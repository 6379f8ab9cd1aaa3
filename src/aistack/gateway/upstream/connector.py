"""Gives requests connections to endpoints: idle ones from the pool, or new ones."""

import asyncio
import errno
from typing import Protocol

from aistack.chassis.runtime.tasks import Tasks
from aistack.gateway.http1.io_batching import IoBatch
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
        loop = asyncio.get_running_loop()
        connection = UpstreamConnection(endpoint, self._io)
        spec = endpoint.spec
        try:
            async with asyncio.timeout(self.timeout_seconds):
                if spec.unix_path:
                    await loop.create_unix_connection(lambda: connection, spec.unix_path)
                else:
                    await loop.create_connection(lambda: connection, spec.host, spec.port)
        except (OSError, TimeoutError) as error:
            connection.close()
            if receiver.done:
                return
            if error.errno in OWN_ERRORS:
                receiver.cannot_connect(str(error))
            else:
                receiver.connect_failed(str(error) or "timed out")
            return
        if receiver.done or not connection.open:
            endpoint.keep_idle(connection)
            if not receiver.done:
                receiver.connect_failed("closed at once")
        else:
            receiver.connected(connection)

    def stop(self) -> None:
        self._tasks.cancel()
