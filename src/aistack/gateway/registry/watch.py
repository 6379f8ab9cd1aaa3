"""The registry's changes as they are watched: numbered, the newest kept, followed at each watcher's own pace.

A watcher holds a place in the one list that all share, so a slow one costs no memory; one that falls behind what is
kept is told `reset` and reads the registry again, as with the watch of etcd and Kubernetes.
"""

import asyncio
import json
import re
from collections import Counter, deque
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from functools import cached_property
from itertools import islice

from aistack.chassis.errors import Unavailable

CHANGES_KEPT = 1024
CHANGES_AT_ONCE = 64
WATCHERS_MAX = 256
WATCHERS_OF_ONE_MAX = 64


@dataclass(frozen=True)
class Change:
    """One event of the watch stream."""

    revision: int
    kind: str
    service: str
    instance: str

    @cached_property
    def event(self) -> str:
        """The change as a server-sent event; made once for all watchers."""
        data = json.dumps({"service": self.service, "instance": self.instance})
        return f"id: {self.revision}\nevent: {self.kind}\ndata: {data}\n\n"


def last_revision(last_event_id: str) -> int | None:
    """The revision that a `Last-Event-ID` names; None for a text that is none."""
    return int(last_event_id) if re.fullmatch(r"[0-9]{1,18}", last_event_id) else None


class ChangeFeed:
    """Keeps the newest changes."""

    def __init__(self) -> None:
        self.revision = 0
        self._kept: deque[Change] = deque(maxlen=CHANGES_KEPT)
        self._grown = asyncio.Event()
        self._watchers: Counter[str] = Counter()

    def add(self, kind: str, service: str, instance: str) -> None:
        self.revision += 1
        self._kept.append(Change(self.revision, kind, service, instance))
        self._grown.set()
        self._grown = asyncio.Event()

    def refuse_watcher(self, who: str = "") -> None:
        """Raises Unavailable when as many watch as may, or as many of one caller; `who` is empty for nobody known."""
        if self._watchers.total() >= WATCHERS_MAX:
            raise Unavailable(f"{WATCHERS_MAX} clients watch the registry already; try again later")
        if who and self._watchers[who] >= WATCHERS_OF_ONE_MAX:
            raise Unavailable(f"this key watches the registry {WATCHERS_OF_ONE_MAX} times already; end some of them")

    async def follow(self, after: int | None, who: str = "") -> AsyncGenerator[Change]:
        """Every change after a revision, for ever. Where some are not kept any more, a `reset` stands for them."""
        seen = self.revision if after is None else after
        self._watchers[who] += 1
        try:
            while True:
                grown = self._grown
                oldest = self.revision - len(self._kept) + 1
                if seen > self.revision or seen < oldest - 1:
                    seen = self.revision
                    yield Change(seen, "reset", "", "")
                elif seen < self.revision:
                    for change in tuple(islice(self._kept, seen + 1 - oldest, seen + 1 - oldest + CHANGES_AT_ONCE)):
                        seen = change.revision
                        yield change
                else:
                    await grown.wait()
        finally:
            self._watchers[who] -= 1
            if not self._watchers[who]:
                del self._watchers[who]
