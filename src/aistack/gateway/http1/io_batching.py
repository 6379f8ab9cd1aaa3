"""What one turn of the event loop brought, handled together, and what it sends, sent together.

Reading, deciding and writing each run in one go over all connections of the turn. Code and data of each stay in the
processor's caches, and peers that sleep are woken once for many messages; both cost more than the work itself.
"""

import asyncio
from typing import Protocol

from aistack.chassis.telemetry.logs import get_log


class Receiver(Protocol):
    def received(self, data: bytes) -> None: ...

    def failed(self) -> None:
        """The data could not be handled, for a reason that is ours."""


class Turn:
    """The messages that came in and those that wait to go out, in their order."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._in: list[tuple[Receiver, bytes]] = []
        self._out: list[tuple[asyncio.Transport, bytes]] = []
        self._scheduled = False

    def take(self, receiver: Receiver, data: bytes) -> None:
        """Notes what a connection received; its `received` is called before the turn ends."""
        self._in.append((receiver, data))
        if not self._scheduled:
            self._schedule()

    def put(self, transport: asyncio.Transport, data: bytes) -> None:
        """Notes what a connection sends."""
        self._out.append((transport, data))
        if not self._scheduled:
            self._schedule()

    def _schedule(self) -> None:
        self._scheduled = True
        self._loop = self._loop or asyncio.get_running_loop()
        self._loop.call_soon(self._end)

    def _end(self) -> None:
        self._scheduled = False
        self.settle()
        self.flush()

    def settle(self) -> None:
        """Handles what came in now; also called before a connection is told that its peer is gone."""
        while self._in:
            taken, self._in = self._in, []
            for receiver, data in taken:
                try:
                    receiver.received(data)
                except Exception:  # a fault of ours costs this connection, not those that come after it
                    get_log("gateway").exception("connection.failed")
                    receiver.failed()

    def flush(self) -> None:
        """Hands what waits to the transports now; also called before one of them is closed."""
        waiting, self._out = self._out, []
        for transport, data in waiting:
            try:
                transport.write(data)
            except RuntimeError:  # uvloop's answer when the peer is gone; its connection_lost tells the owner
                continue
