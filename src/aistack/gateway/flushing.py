"""Sends what a turn of the event loop has written, at the end of the turn.

A head and its body leave in one system call, and the writes of one turn follow each other closely: the
peers are woken once, not once for every message, which costs more than anything else on the way.
"""

import asyncio


class Flusher:
    """Remembers which connections have something to send."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._waiting: list[FlushedConnection] = []

    def soon(self, connection: "FlushedConnection") -> None:
        """Calls `connection.flush()` at the end of this turn."""
        if not self._waiting:
            self._loop.call_soon(self._flush)
        self._waiting.append(connection)

    def _flush(self) -> None:
        waiting, self._waiting = self._waiting, []
        for connection in waiting:
            connection.flush()


class FlushedConnection(asyncio.Protocol):
    """A connection whose writes leave together. `transport` is None before it is made and after it is lost."""

    def __init__(self, flusher: Flusher) -> None:
        self.transport: asyncio.Transport | None = None
        self._flusher = flusher
        self._unsent: list[bytes] = []

    def write(self, data: bytes) -> None:
        if not self._unsent:
            self._flusher.soon(self)
        self._unsent.append(data)

    def flush(self) -> None:
        """Hands what was written to the transport."""
        unsent, self._unsent = self._unsent, []
        if unsent and self.transport is not None:
            self.transport.write(unsent[0] if len(unsent) == 1 else b"".join(unsent))
