"""What all connections of an event loop write while one of them handles what it received; it leaves right after."""

import asyncio
from collections.abc import Callable
from typing import Protocol
from weakref import WeakKeyDictionary


class Flushed(Protocol):
    """A connection with something to write."""

    def flush(self) -> None: ...


class WriteBatch:
    """A relay writes once to each of its peers for each read, and no later than in the same iteration of the loop.

    What need not happen before that is done after it: `later`.
    """

    __slots__ = ("__weakref__", "connections", "is_open", "later")

    def __init__(self) -> None:
        self.is_open = False
        self.connections: list[Flushed] = []
        self.later: list[tuple[Callable[[bytes], None], bytes]] = []

    def flush(self) -> None:
        self.is_open = False
        connections, self.connections = self.connections, []
        for connection in connections:
            connection.flush()
        while self.later:
            later, self.later = self.later, []
            for work, data in later:
                work(data)


_batches: WeakKeyDictionary[asyncio.AbstractEventLoop, WriteBatch] = WeakKeyDictionary()


def batch_of(loop: asyncio.AbstractEventLoop) -> WriteBatch:
    """The batch that all connections of a loop share."""
    return _batches.setdefault(loop, WriteBatch())
