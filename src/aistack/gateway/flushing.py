"""Sends what a turn of the event loop has written, at the end of the turn.

A head and its body leave in one system call, and the writes of one turn follow each other closely: the
peers are woken once, not once for every message, which costs more than anything else on the way.
"""

import asyncio
from typing import Protocol


class Flushable(Protocol):
    """A connection with written data to send."""

    def flush(self) -> None: ...


class Flusher:
    """Remembers who has something to send."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._waiting: list[Flushable] = []

    def soon(self, connection: Flushable) -> None:
        """Calls `connection.flush()` at the end of this turn."""
        if not self._waiting:
            self._loop.call_soon(self._flush)
        self._waiting.append(connection)

    def _flush(self) -> None:
        waiting, self._waiting = self._waiting, []
        for connection in waiting:
            connection.flush()
