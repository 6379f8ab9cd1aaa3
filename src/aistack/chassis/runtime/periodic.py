"""Periodic work, with an owner that stops it.

Each call runs in its own task, and timers of the loop schedule it: no exception, stray cancellation or hanging call can
prevent the next one.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable

from aistack.chassis.telemetry.logs import get_log

STALLED_SECONDS_MIN = 60.0
STALLED_INTERVALS = 10
STOP_SECONDS = 10.0

Work = Callable[[], Awaitable[None] | None]


class Periodic:
    """Calls `work` `seconds` after its last call ended, until `stop`. Needs a running loop.

    A failed call is logged with its traceback; the same failure again, only when its number in a row doubles, in one
    line. The first call that succeeds afterwards is logged too. A call that takes longer than `stalled_after_seconds`
    (by default ten intervals, at least a minute) is cancelled and abandoned. `restarts` counts the calls that failed,
    were cancelled or were abandoned.
    """

    def __init__(self, seconds: float, work: Work, name: str, stalled_after_seconds: float | None = None) -> None:
        self.restarts = 0
        self._seconds = seconds
        self._work = work
        self._name = name
        self._stalled_after_seconds = stalled_after_seconds
        self._loop = asyncio.get_running_loop()
        self._call: asyncio.Task[None] | None = None
        self._abandoned: set[asyncio.Task[None]] = set()
        self._stopped = False
        self._failed_in_a_row, self._last_failure = 0, ""
        self._ended_at = time.monotonic()
        self._timer = self._loop.call_later(seconds, self._begin)

    def every(self, seconds: float) -> None:
        """Changes the interval; the time since the last call counts."""
        if seconds == self._seconds or self._stopped:
            return
        self._seconds = seconds
        if self._call is None:
            self._timer.cancel()
            left = self._ended_at + seconds - time.monotonic()
            self._timer = self._loop.call_later(max(0.0, left), self._begin)

    async def stop(self) -> None:
        """Cancels the current call and waits for its end, at most 10 s. No call starts afterwards."""
        self._stopped = True
        self._timer.cancel()
        held = {*self._abandoned, *((self._call,) if self._call is not None else ())}
        for task in held:
            task.cancel()
        if held:
            await asyncio.wait(held, timeout=STOP_SECONDS)

    def _begin(self) -> None:
        limit = self._stalled_after_seconds or max(STALLED_SECONDS_MIN, STALLED_INTERVALS * self._seconds)
        self._call = call = self._loop.create_task(self._run(), name=self._name)
        self._timer = self._loop.call_later(limit, self._abandon, call, limit)
        call.add_done_callback(self._ended)

    async def _run(self) -> None:
        pending = self._work()
        if pending is not None:
            await pending

    def _ended(self, call: "asyncio.Task[None]") -> None:
        self._abandoned.discard(call)
        failure = asyncio.CancelledError() if call.cancelled() else call.exception()
        if call is not self._call:
            return
        self._call = None
        if self._stopped:
            return
        if failure is not None:
            self.restarts += 1
            self._log_failure(failure)
        elif self._failed_in_a_row:
            get_log("stack").info("periodic.recovered", work=self._name, failures=self._failed_in_a_row)
            self._failed_in_a_row, self._last_failure = 0, ""
        self._schedule()

    def _log_failure(self, failure: BaseException) -> None:
        self._failed_in_a_row += 1
        said = f"{type(failure).__name__}: {failure}"
        fields = {"work": self._name, "restarts": self.restarts, "failures": self._failed_in_a_row}
        if said != self._last_failure:
            get_log("stack").error("periodic.failed", **fields, exc_info=failure)
        elif self._failed_in_a_row.bit_count() == 1:
            get_log("stack").error("periodic.failed", **fields, error=said)
        self._last_failure = said

    def _abandon(self, call: "asyncio.Task[None]", seconds: float) -> None:
        self.restarts += 1
        get_log("stack").error("periodic.stalled", work=self._name, restarts=self.restarts, seconds=seconds)
        self._call = None
        self._abandoned.add(call)
        call.cancel()
        self._schedule()

    def _schedule(self) -> None:
        self._timer.cancel()
        self._ended_at = time.monotonic()
        self._timer = self._loop.call_later(self._seconds, self._begin)
