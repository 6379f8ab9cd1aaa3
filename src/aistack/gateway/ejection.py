"""Passive health: an instance that fails several requests in a row rests, longer each time.

Envoy calls it outlier ejection.
"""

from dataclasses import dataclass

REST_SECONDS_MAX = 600.0


@dataclass(frozen=True, slots=True)
class EjectionRules:
    """`max_fails` failures in a row make an instance rest for `fail_timeout_seconds`, doubling when it fails anew."""

    max_fails: int
    fail_timeout_seconds: float


class Ejection:
    """One instance's rests. `until` is of `time.monotonic()`; 0 when it never rested."""

    __slots__ = ("times", "until")

    def __init__(self) -> None:
        self.until = 0.0
        self.times = 0

    def eject(self, now: float, rules: EjectionRules) -> float:
        """Begins a rest; its length in seconds. Rests long ago no longer count."""
        if self.times and now - self.until > rules.fail_timeout_seconds * 2**self.times:
            self.times = 0
        seconds = min(rules.fail_timeout_seconds * 2**self.times, REST_SECONDS_MAX)
        self.times += 1
        self.until = now + seconds
        return seconds
