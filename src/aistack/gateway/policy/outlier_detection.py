"""Outlier detection: an endpoint that fails several times in a row is ejected for a while, as in Envoy."""

from dataclasses import dataclass

EJECTION_SECONDS_MAX = 600.0


@dataclass(frozen=True, slots=True)
class EjectionRules:
    """`max_fails` failures in a row eject an endpoint for `fail_timeout_seconds`, doubling with each ejection."""

    max_fails: int
    fail_timeout_seconds: float


class Ejection:
    """One endpoint's ejections. `until` is of `time.monotonic()`; 0 when it was never ejected."""

    __slots__ = ("times", "until")

    def __init__(self) -> None:
        self.until = 0.0
        self.times = 0

    def eject(self, now: float, rules: EjectionRules) -> float:
        """Ejects the endpoint; returns for how many seconds. Ejections long ago no longer count."""
        if self.times and now - self.until > rules.fail_timeout_seconds * 2**self.times:
            self.times = 0
        seconds = min(rules.fail_timeout_seconds * 2**self.times, EJECTION_SECONDS_MAX)
        self.times += 1
        self.until = now + seconds
        return seconds
