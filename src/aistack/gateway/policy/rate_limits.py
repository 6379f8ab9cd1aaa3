"""Rate limits: how many requests a caller may make to a path, as token buckets.

A bucket is one number, the theoretical arrival time of the generic cell rate algorithm (ITU-T I.371): equal to a
token bucket, and small enough that all buckets live in one table of fixed size, shared by the gateway's workers.
"""

import re
from collections.abc import Container, Iterable
from hashlib import blake2b
from mmap import mmap

BUCKETS = 1 << 16
BUCKET_BYTES = 16
PROBES = 8
LINES_KEPT_MAX = 1000
RULE = re.compile(r"(?P<prefix>/\S*) (?P<rate>[0-9]+(?:\.[0-9]+)?)/(?P<unit>s|m|h)(?: burst (?P<burst>[0-9]+))?")
UNIT_SECONDS = {"s": 1, "m": 60, "h": 3600}


class RateRule:
    """`burst` requests at once, and one more every `interval` seconds. `name` is the prefix, or the key, it is for."""

    __slots__ = ("burst", "interval", "label", "lines", "name", "span")

    def __init__(self, name: str, interval: float, burst: int) -> None:
        self.name = name
        self.interval = interval
        self.burst = burst
        self.span = interval * burst
        self.label = name.encode() or b"/"
        self.lines: dict[int, bytes] = {}

    def line(self, left: int) -> bytes:
        """The RateLimit line that says how many requests are left (draft-ietf-httpapi-ratelimit-headers)."""
        line = b'ratelimit: "%b";r=%d\r\n' % (self.label, left)
        if left <= LINES_KEPT_MAX:
            self.lines[left] = line
        return line

    def __str__(self) -> str:
        rate, unit = 1 / self.interval, "s"
        if rate < 1:
            rate, unit = rate * 60, "m"
        return f"{rate:g}/{unit}, {self.burst} at once"

    @property
    def policy(self) -> bytes:
        """The RateLimit-Policy line of the same draft."""
        window = max(1, round(self.span))
        return b'ratelimit-policy: "%b";q=%d;w=%d\r\n' % (self.label, self.burst, window)


def parse_rule(text: str) -> RateRule:
    """A rule from `"/v1 10/s burst 20"`. Raises ValueError."""
    match = RULE.fullmatch(text)
    if match is None or not float(match["rate"]):
        raise ValueError(f"{text!r} is not a rate limit; write PREFIX RATE/s burst N, as in '/v1 10/s burst 20'")
    rate = float(match["rate"]) / UNIT_SECONDS[match["unit"]]
    burst = int(match["burst"]) if match["burst"] else max(1, round(rate))
    if burst < 1:
        raise ValueError(f"{text!r}: the burst must be at least 1")
    return RateRule(match["prefix"].rstrip("/"), 1 / rate, burst)


class RateRules:
    """The rules by prefix; the longest prefix of a path decides."""

    def __init__(self, texts: Iterable[str]) -> None:
        rules = [parse_rule(text) for text in texts]
        self._rules = {rule.name: rule for rule in rules}
        self.prefixes = tuple(self._rules)

    def rule(self, prefix: str) -> RateRule | None:
        """The rule for everything under a prefix."""
        owner = self.owner(prefix, self._rules)
        return None if owner is None else self._rules[owner]

    @staticmethod
    def owner(prefix: str, among: Container[str]) -> str | None:
        """The longest of the prefixes that this one lies under, itself included."""
        while prefix not in among:
            if not prefix:
                return None
            prefix = prefix.rpartition("/")[0]
        return prefix


def bucket_of(rule: str, caller: str) -> int:
    """The 64-bit name of a caller's bucket under a rule's name; never 0, which marks an empty place."""
    return int.from_bytes(blake2b(f"{rule} {caller}".encode(), digest_size=8).digest()) or 1


class Buckets:
    """All buckets, in a table of fixed size: lists here, or memory that workers share, laid out alike.

    A lost race between workers lets one request too many through.
    """

    def __init__(self, shared: mmap | None = None) -> None:
        self._names: list[int] | memoryview[int] = [0] * BUCKETS
        self._times: list[float] | memoryview[float] = [0.0] * BUCKETS
        if shared is not None:
            half = BUCKETS * BUCKET_BYTES // 2
            self._names = memoryview(shared)[:half].cast("Q")
            self._times = memoryview(shared)[half:].cast("d")

    def take(self, bucket: int, rule: RateRule, now: float) -> tuple[float, int]:
        """Seconds to wait until the next request is allowed (0 when this one is, and counts), and requests left.

        When all candidate places hold buckets in use, the bucket that is full again soonest is evicted.
        """
        at = bucket % BUCKETS
        if self._names[at] != bucket:
            at = self._place(bucket, at, now)
        times = self._times
        filled = times[at]
        if filled < now:
            filled = now
        after = filled + rule.interval
        left = now + rule.span - after
        if left < -1e-9:
            return -left, 0
        times[at] = after
        return 0.0, int(left / rule.interval + 1e-6)

    def _place(self, bucket: int, start: int, now: float) -> int:
        names, times = self._names, self._times
        best, best_time = start, float("inf")
        for step in range(PROBES):
            at = (start + step) % BUCKETS
            if names[at] == bucket:
                return at
            time = times[at] if names[at] and times[at] > now else 0.0
            if time < best_time:
                best, best_time = at, time
        names[best], times[best] = bucket, 0.0
        return best
