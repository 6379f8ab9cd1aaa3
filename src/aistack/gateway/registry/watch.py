"""The watch stream: the registry's changes, numbered, for watchers that read at their own pace.

All watchers read one shared list of the newest changes, so a slow one costs no memory. A watcher that falls behind that
list gets a `reset` and reads the registry again, as with the watches of etcd and Kubernetes.
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
        """The change as a server-sent event; encoded once for all watchers."""
        data = json.dumps({"service": self.service, "instance": self.instance})
        return f"id: {self.revision}\nevent: {self.kind}\ndata: {data}\n\n"


def last_revision(last_event_id: str) -> int | None:
    """The revision in a `Last-Event-ID`; None if it is not a revision."""
    return int(last_event_id) if re.fullmatch(r"[0-9]{1,18}", last_event_id) else None


class ChangeFeed:
    """Keeps the newest changes."""

    def __init__(self) -> None:
        self.revision = 0
        self._kept: deque[Change] = deque(maxlen=CHANGES_KEPT)
        self._changed = asyncio.Event()
        self._watchers: Counter[str] = Counter()

    def add(self, kind: str, service: str, instance: str) -> None:
        self.revision += 1
        self._kept.append(Change(self.revision, kind, service, instance))
        self._changed.set()
        self._changed = asyncio.Event()

    def check_watcher(self, who: str = "") -> None:
        """Raises Unavailable at the limit of watchers, in all or of one caller; `who` is empty for unknown callers."""
        if self._watchers.total() >= WATCHERS_MAX:
            raise Unavailable(f"{WATCHERS_MAX} clients already watch the registry, the limit; try again later")
        if who and self._watchers[who] >= WATCHERS_OF_ONE_MAX:
            raise Unavailable(
                f"this key already watches the registry {WATCHERS_OF_ONE_MAX} times, the limit; stop some watches"
            )

    async def follow(self, after: int | None, who: str = "") -> AsyncGenerator[Change]:
        """Every change after a revision, without end. A `reset` replaces changes that are no longer kept."""
        seen = self.revision if after is None else after
        self._watchers[who] += 1
        try:
            while True:
                changed_event = self._changed
                oldest = self.revision - len(self._kept) + 1
                if seen > self.revision or seen < oldest - 1:
                    seen = self.revision
                    yield Change(seen, "reset", "", "")
                elif seen < self.revision:
                    for change in tuple(islice(self._kept, seen + 1 - oldest, seen + 1 - oldest + CHANGES_AT_ONCE)):
                        seen = change.revision
                        yield change
                else:
                    await changed_event.wait()
        finally:
            self._watchers[who] -= 1
            if not self._watchers[who]:
                del self._watchers[who]
