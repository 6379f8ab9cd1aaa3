"""Event loop lag: anything that blocks the loop delays every caller, and shows here first."""

import asyncio
import time
from collections import deque

SAMPLE_SECONDS = 0.25
WINDOW_SECONDS = 30.0
STEP_SECONDS = 0.05


class LoopLag:
    """Samples the running loop until `stop`. `seconds` is the longest delay of a timer in the last 30 s."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._seen: deque[float] = deque(maxlen=int(WINDOW_SECONDS / SAMPLE_SECONDS))
        self._due = 0.0
        self._wait()

    @property
    def seconds(self) -> float:
        overdue = max(0.0, time.monotonic() - self._due)
        return max(overdue, max(self._seen, default=0.0))

    def stop(self) -> None:
        self._timer.cancel()

    def _wait(self) -> None:
        self._due = time.monotonic() + SAMPLE_SECONDS
        self._timer = self._loop.call_later(SAMPLE_SECONDS, self._look)

    def _look(self) -> None:
        self._seen.append(max(0.0, time.monotonic() - self._due))
        self._wait()


class LostTime:
    """Sums up the lag of the running loop, in `seconds`, while it is held.

    An answer may have arrived during the lag without being read, so deadlines are extended by this time.
    """

    def __init__(self) -> None:
        self._lost = 0.0
        self._due = 0.0
        self._holders = 0
        self._timer: asyncio.TimerHandle | None = None

    @property
    def seconds(self) -> float:
        return self._lost + (max(0.0, time.monotonic() - self._due) if self._timer is not None else 0.0)

    def hold(self) -> None:
        self._holders += 1
        if self._timer is None:
            self._wait()

    def release(self) -> None:
        self._holders -= 1
        if not self._holders and self._timer is not None:
            self._lost = self.seconds
            self._timer.cancel()
            self._timer = None

    def _wait(self) -> None:
        self._due = time.monotonic() + STEP_SECONDS
        self._timer = asyncio.get_running_loop().call_later(STEP_SECONDS, self._look)

    def _look(self) -> None:
        self._lost += max(0.0, time.monotonic() - self._due)
        self._wait()
