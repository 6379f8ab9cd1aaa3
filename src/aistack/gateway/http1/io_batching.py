"""Batches the reads and the writes of one iteration of the event loop, over all connections.

Reading, processing and writing each run in one go. So the code and data of each stage stay in the processor's caches,
and a sleeping peer is woken once for many messages; both cost more than the work itself.
"""

import asyncio
from typing import Protocol

from aistack.chassis.telemetry.logs import get_log


class Receiver(Protocol):
    def received(self, data: bytes) -> None: ...

    def failed(self) -> None:
        """Handling the data failed because of a bug in the gateway."""


class IoBatch:
    """The data that was received and the data to be sent, each in order."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._in: list[tuple[Receiver, bytes]] = []
        self._out: list[tuple[asyncio.Transport, bytes]] = []
        self._scheduled = False

    def receive(self, receiver: Receiver, data: bytes) -> None:
        """Queues what a connection received; its `received` is called in the same iteration."""
        self._in.append((receiver, data))
        if not self._scheduled:
            self._schedule()

    def write(self, transport: asyncio.Transport, data: bytes) -> None:
        """Queues what a connection sends."""
        self._out.append((transport, data))
        if not self._scheduled:
            self._schedule()

    def _schedule(self) -> None:
        self._scheduled = True
        self._loop = self._loop or asyncio.get_running_loop()
        self._loop.call_soon(self._run)

    def _run(self) -> None:
        self._scheduled = False
        self.deliver()
        self.flush()

    def deliver(self) -> None:
        """Processes what was received. Also called before a connection handles the loss of its peer."""
        while self._in:
            taken, self._in = self._in, []
            for receiver, data in taken:
                try:
                    receiver.received(data)
                except Exception:  # a bug costs this connection, not those after it
                    get_log("gateway").exception("connection.failed")
                    receiver.failed()

    def flush(self) -> None:
        """Hands the queued data to the transports. Also called before a transport is closed."""
        waiting, self._out = self._out, []
        for transport, data in waiting:
            try:
                transport.write(data)
            except RuntimeError:  # how uvloop reports that the peer is gone; connection_lost follows
                continue
