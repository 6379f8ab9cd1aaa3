"""Publishes snapshots to the data plane: at once while changes are few, batched when they come fast.

Building and applying a snapshot takes time that grows with the registry, on the same event loop as requests. After each
one, the next waits for a multiple of that time, so a flood of registrations gets a bounded share of the loop.
"""

import asyncio
from collections.abc import Callable

from aistack.chassis.telemetry.logs import get_log

PAUSE_FACTOR = 4.0  # the pause, as a multiple of the time that the last publication took
PAUSE_SECONDS_MAX = 0.25


class Publisher:
    """Calls `publish` soon after `changed`; `published` waits until it has been called."""

    def __init__(self, publish: Callable[[], None]) -> None:
        self._publish = publish
        self._timer: asyncio.TimerHandle | None = None
        self._next = 0.0
        self._out: asyncio.Future[None] | None = None

    def changed(self) -> None:
        """Something that affects routing has changed."""
        if self._timer is None:
            loop = asyncio.get_running_loop()
            self._out = loop.create_future()
            self._timer = loop.call_at(max(self._next, loop.time()), self.now)

    def now(self) -> None:
        """Publishes without waiting."""
        loop = asyncio.get_running_loop()
        out, timer = self._out, self._timer
        self._out = self._timer = None
        if timer is not None:
            timer.cancel()
        begun = loop.time()
        try:
            self._publish()
        except Exception:
            get_log("gateway").exception("registry.not_published")
        finally:
            ended = loop.time()
            self._next = ended + min((ended - begun) * PAUSE_FACTOR, PAUSE_SECONDS_MAX)
            if out is not None and not out.done():
                out.set_result(None)

    async def published(self) -> None:
        """Waits until all changes so far are published."""
        if self._out is not None:
            await asyncio.shield(self._out)

    def stop(self) -> None:
        """Drops what is not published yet, and releases those that wait for it."""
        if self._timer is not None:
            self._timer.cancel()
        if self._out is not None and not self._out.done():
            self._out.set_result(None)
        self._timer = self._out = None
