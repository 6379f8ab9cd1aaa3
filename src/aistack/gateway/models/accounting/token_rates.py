"""Tokens per minute: how many tokens the calls of a key may use, as a bucket that fills steadily.

A call is let in when the bucket has room for its prompt; what it used in the end is taken out, so a long answer makes
the next call wait. Each worker of a gateway has its own share of the limit.
"""

from dataclasses import dataclass
from math import ceil

KEYS_MAX = 100_000
MINUTE = 60.0


@dataclass(slots=True)
class _Bucket:
    """`level` tokens were left at the time `at`."""

    level: float
    at: float


class TokenRates:
    """The buckets of all keys with a limit, as one worker of `shares` knows them."""

    def __init__(self) -> None:
        self.shares = 1
        self._buckets: dict[str, _Bucket] = {}

    def wait(self, key: str, limit: int, tokens: int, now: float) -> float:
        """Seconds until a call whose prompt has about so many tokens may begin; 0 when it may now.

        A prompt that is larger than the limit may begin when the bucket is full.
        """
        bucket, size = self._filled(key, limit, now)
        needed = min(tokens, size)
        return 0.0 if bucket.level >= needed else (needed - bucket.level) / size * MINUTE

    def use(self, key: str, limit: int, tokens: int, now: float) -> None:
        """Takes out what a call has used, at most a minute's worth beyond empty."""
        bucket, size = self._filled(key, limit, now)
        bucket.level = max(-size, bucket.level - tokens)

    def lines(self, key: str, limit: int, now: float) -> bytes:
        """The limit as OpenAI's clients read it."""
        bucket, size = self._filled(key, limit, now)
        left = max(0, int(bucket.level))
        reset = (size - bucket.level) / size * MINUTE
        return (
            f"x-ratelimit-limit-tokens: {limit}\r\nx-ratelimit-remaining-tokens: {left * self.shares}\r\n"
            f"x-ratelimit-reset-tokens: {reset:.3f}s\r\n"
        ).encode()

    def keep_only(self, keys: set[str]) -> None:
        """Forgets keys that have no limit any more."""
        for key in self._buckets.keys() - keys:
            del self._buckets[key]

    def _filled(self, key: str, limit: int, now: float) -> tuple[_Bucket, float]:
        size = max(1.0, limit / self.shares)
        bucket = self._buckets.get(key)
        if bucket is None:
            if len(self._buckets) >= KEYS_MAX:
                self._buckets.pop(next(iter(self._buckets)))
            bucket = self._buckets[key] = _Bucket(size, now)
        bucket.level = min(size, bucket.level + max(0.0, now - bucket.at) / MINUTE * size)
        bucket.at = now
        return bucket, size


def retry_lines(seconds: float) -> bytes:
    """When to try again, as HTTP and as OpenAI's clients have it."""
    return b"retry-after: %d\r\nretry-after-ms: %d\r\n" % (ceil(seconds), ceil(seconds * 1000))
