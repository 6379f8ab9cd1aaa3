"""Event loop lag: anything that blocks the loop delays every caller, and shows here first."""

import asyncio
import time
from collections import deque
from collections.abc import Callable

SAMPLE_SECONDS = 0.25
WINDOW_SECONDS = 30.0
STEP_SECONDS = 0.05


class LoopTimer:
    """A timer of the running loop that runs every `seconds` until `stop`. `on_run` is told how late each run was."""

    def __init__(self, seconds: float, on_run: Callable[[float], None]) -> None:
        self._seconds = seconds
        self._on_run = on_run
        self._loop = asyncio.get_running_loop()
        self._wait()

    @property
    def overdue(self) -> float:
        """How late the next run is by now, in seconds."""
        return max(0.0, time.monotonic() - self._due)

    def stop(self) -> None:
        self._timer.cancel()

    def _wait(self) -> None:
        self._due = time.monotonic() + self._seconds
        self._timer = self._loop.call_later(self._seconds, self._run)

    def _run(self) -> None:
        self._on_run(self.overdue)
        self._wait()


class LoopLag:
    """Samples the running loop until `stop`. `seconds` is the longest delay of a timer in the last 30 s."""

    def __init__(self) -> None:
        self._seen: deque[float] = deque(maxlen=int(WINDOW_SECONDS / SAMPLE_SECONDS))
        self._timer = LoopTimer(SAMPLE_SECONDS, self._seen.append)

    @property
    def seconds(self) -> float:
        return max(self._timer.overdue, max(self._seen, default=0.0))

    def stop(self) -> None:
        self._timer.stop()


class LostTime:
    """Sums up the lag of the running loop, in `seconds`, while it is `watch`ed.

    An answer may have arrived during the lag without being read, so deadlines are extended by this time.
    """

    def __init__(self) -> None:
        self._lost = 0.0
        self._timer: LoopTimer | None = None

    @property
    def seconds(self) -> float:
        return self._lost + (self._timer.overdue if self._timer is not None else 0.0)

    def watch(self, on: bool) -> None:
        """Starts or stops sampling; repeating either changes nothing."""
        if on and self._timer is None:
            self._timer = LoopTimer(STEP_SECONDS, self._add)
        elif not on and self._timer is not None:
            self._lost = self.seconds
            self._timer.stop()
            self._timer = None

    def _add(self, late: float) -> None:
        self._lost += late
