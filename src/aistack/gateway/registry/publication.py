"""When the data plane hears of changes: at once while they are few, together when they come fast.

Making a snapshot and applying it takes time that grows with the registry, on the same loop as requests. After each
one the next waits a multiple of what that took, so a flood of registrations has a bounded share of the loop.
"""

import asyncio
from collections.abc import Callable

from aistack.chassis.telemetry.logs import get_log

REST = 4.0  # the loop is left alone for so many times what the last publication took
REST_SECONDS_MAX = 0.25


class Publisher:
    """Calls `publish` soon after `changed`; who changed something can wait until it is out."""

    def __init__(self, publish: Callable[[], None]) -> None:
        self._publish = publish
        self._timer: asyncio.TimerHandle | None = None
        self._next = 0.0
        self._out: asyncio.Future[None] | None = None

    def changed(self) -> None:
        """Something that routing goes by is different now."""
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
            self._next = ended + min((ended - begun) * REST, REST_SECONDS_MAX)
            if out is not None and not out.done():
                out.set_result(None)

    async def published(self) -> None:
        """Waits until everything that has changed so far is out."""
        if self._out is not None:
            await asyncio.shield(self._out)

    def stop(self) -> None:
        """Gives up what is not out yet; nobody waits for it any more."""
        if self._timer is not None:
            self._timer.cancel()
        if self._out is not None and not self._out.done():
            self._out.set_result(None)
        self._timer = self._out = None
