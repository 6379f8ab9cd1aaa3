"""Rate limits for log entries, per source: a burst, then one entry every few seconds.

Token buckets as for requests, but by source instead of caller, and few: idle ones are dropped first.
"""

import time
from collections import OrderedDict
from dataclasses import dataclass

BURST = 300
SECONDS_EACH = 6.0
SOURCES_MAX = 1024


@dataclass(slots=True)
class LogBucket:
    """The entries left for one source, as of `at` (of `time.monotonic()`, in seconds)."""

    left: float
    at: float


class LogRateLimits:
    """One limit per source: `burst` entries at once, and one more every `seconds_each`.

    When there are more sources than can be kept, the new ones share one bucket, so that making up names does not get
    around the limit.
    """

    def __init__(self, burst: int = BURST, seconds_each: float = SECONDS_EACH, sources_max: int = SOURCES_MAX) -> None:
        self._burst = burst
        self._seconds_each = seconds_each
        self._sources_max = sources_max
        self._buckets: OrderedDict[str, LogBucket] = OrderedDict()
        self._shared = LogBucket(burst, time.monotonic())

    def take(self, source: str) -> bool:
        """Whether one more entry may be written; counts it if so."""
        now = time.monotonic()
        bucket = self._buckets.get(source)
        if bucket is None:
            bucket = self._new(source, now)
        else:
            self._buckets.move_to_end(source)
        self._fill(bucket, now)
        if bucket.left < 1:
            return False
        bucket.left -= 1
        return True

    def _new(self, source: str, now: float) -> LogBucket:
        while len(self._buckets) >= self._sources_max:
            oldest = next(iter(self._buckets.values()))
            self._fill(oldest, now)
            if oldest.left < self._burst:
                return self._shared
            self._buckets.popitem(last=False)
        bucket = self._buckets[source] = LogBucket(self._burst, now)
        return bucket

    def _fill(self, bucket: LogBucket, now: float) -> None:
        bucket.left = min(self._burst, bucket.left + (now - bucket.at) / self._seconds_each)
        bucket.at = now
