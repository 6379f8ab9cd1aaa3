"""Who may run: requests that share places and a cache of tokens; the others wait by priority, then by arrival."""

import asyncio
import heapq
import itertools
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from aistack.inference.backends.backend import PredictFailed

WAITING_MAX = 512


class Place:
    """A running request's place and its share of the cache."""

    def __init__(self, admission: "Admission", tokens: int) -> None:
        self._admission = admission
        self.tokens = tokens

    def shrink(self, tokens: int) -> None:
        """Gives back what was reserved beyond `tokens`."""
        if tokens < self.tokens:
            self._admission.give_back(0, self.tokens - tokens)
            self.tokens = tokens


class Admission:
    """`places` requests at once, which together reserve at most `tokens`."""

    def __init__(self, places: int, tokens: int) -> None:
        self._places = places
        self._tokens = tokens
        self._tokens_max = tokens
        self._waiting: list[tuple[int, int, int, asyncio.Future[None]]] = []
        self._arrivals = itertools.count()
        self.running = 0

    @property
    def waiting(self) -> int:
        return len(self._waiting)

    @asynccontextmanager
    async def place(self, tokens: int, priority: int) -> AsyncGenerator[Place]:
        """A place with `tokens` reserved, once there is one. Raises PredictFailed when too many wait."""
        tokens = min(tokens, self._tokens_max)
        if len(self._waiting) >= WAITING_MAX:
            raise PredictFailed(
                429, "queue_full", f"{WAITING_MAX} requests are waiting for this model; try again later"
            )
        turn = asyncio.get_running_loop().create_future()
        entry = (-priority, next(self._arrivals), tokens, turn)
        heapq.heappush(self._waiting, entry)
        self._admit()
        try:
            await turn
        except asyncio.CancelledError:
            if turn.cancelled() or not turn.done():
                self._waiting = [one for one in self._waiting if one is not entry]
                heapq.heapify(self._waiting)
                self._admit()
            else:
                self._leave(tokens)
            raise
        held = Place(self, tokens)
        try:
            yield held
        finally:
            self._leave(held.tokens)

    def give_back(self, places: int, tokens: int) -> None:
        self._places += places
        self._tokens += tokens
        self._admit()

    def _leave(self, tokens: int) -> None:
        self.running -= 1
        self.give_back(1, tokens)

    def _admit(self) -> None:
        while self._waiting and self._places and self._waiting[0][2] <= self._tokens:
            _, _, tokens, turn = heapq.heappop(self._waiting)
            if turn.done():
                continue
            self._places -= 1
            self._tokens -= tokens
            self.running += 1
            turn.set_result(None)
