"""Sends what a turn of the event loop has written, at the end of the turn.

The writes of one turn follow each other closely: peers that sleep are woken once for many messages, not once for each,
which costs more than anything else on the way.
"""

import asyncio


class Outbox:
    """What waits for the end of the turn, in the order in which it was written."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._waiting: list[tuple[asyncio.Transport, bytes]] = []

    def put(self, transport: asyncio.Transport, data: bytes) -> None:
        waiting = self._waiting
        if not waiting:
            self._loop = self._loop or asyncio.get_running_loop()
            self._loop.call_soon(self.flush)
        waiting.append((transport, data))

    def flush(self) -> None:
        """Hands everything to the transports now; also called before one of them is closed."""
        waiting, self._waiting = self._waiting, []
        for transport, data in waiting:
            try:
                transport.write(data)
            except RuntimeError:  # uvloop's answer when the peer is gone; its connection_lost tells the owner
                continue
