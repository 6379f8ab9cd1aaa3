"""How many entries one cause may write to a log one by one: a burst, then a trickle; what is above is counted.

Token buckets as for requests, but of causes instead of callers, and few: those that are idle are forgotten first.
"""

import time
from collections import OrderedDict
from dataclasses import dataclass

BURST = 300
SECONDS_EACH = 6.0
CAUSES_MAX = 1024


@dataclass(slots=True)
class Allowance:
    """What is left for one cause, as of `at` (of `time.monotonic()`, in seconds)."""

    left: float
    at: float


class Allowances:
    """An allowance for every cause: `burst` at once, and one more every `seconds_each`.

    When there are more causes than can be kept, those that are not known share one allowance, so that many names do
    not write more than many times one.
    """

    def __init__(self, burst: int = BURST, seconds_each: float = SECONDS_EACH, causes_max: int = CAUSES_MAX) -> None:
        self._burst = burst
        self._seconds_each = seconds_each
        self._causes_max = causes_max
        self._held: OrderedDict[str, Allowance] = OrderedDict()
        self._others = Allowance(burst, time.monotonic())

    def take(self, cause: str) -> bool:
        """Whether one more may be written; counts it when so."""
        now = time.monotonic()
        held = self._held.get(cause)
        if held is None:
            held = self._new(cause, now)
        else:
            self._held.move_to_end(cause)
        self._fill(held, now)
        if held.left < 1:
            return False
        held.left -= 1
        return True

    def _new(self, cause: str, now: float) -> Allowance:
        while len(self._held) >= self._causes_max:
            oldest = next(iter(self._held.values()))
            self._fill(oldest, now)
            if oldest.left < self._burst:
                return self._others
            self._held.popitem(last=False)
        held = self._held[cause] = Allowance(self._burst, now)
        return held

    def _fill(self, held: Allowance, now: float) -> None:
        held.left = min(self._burst, held.left + (now - held.at) / self._seconds_each)
        held.at = now
