"""Who is left alone for a while: an instance that fails several times in a row, a service that mostly fails.

Of an instance, Envoy calls it outlier ejection: it rests, longer each time. Of a service it is the circuit breaker,
closed, open or half-open, as M. Nygard ("Release It!", 2007) describes it. Failures are those that the gateway sees
itself (unreachable, cut, malformed, too slow) and answers that say the service is not there (502, 503, 504).
"""

from dataclasses import dataclass
from enum import IntEnum
from typing import Literal

WINDOW_SECONDS = 10.0
OPEN_SECONDS_MAX = 60.0


StateName = Literal["closed", "half-open", "open"]


REST_SECONDS_MAX = 600.0


class State(IntEnum):
    CLOSED = 0
    HALF_OPEN = 1
    OPEN = 2

    @property
    def label(self) -> StateName:
        return ("closed", "half-open", "open")[self]


@dataclass(frozen=True, slots=True)
class BreakerRules:
    """Opens when `share` of at least `requests_min` requests within 10 s failed; `trials` good ones close it."""

    requests_min: int
    share: float
    open_seconds: float
    trials: int = 3


class Breaker:
    """One service's circuit. Successes are not counted while it is closed: requests less failures tell them."""

    __slots__ = ("_good", "_times", "failures", "requests_before", "rules", "since", "state", "trying", "until")

    def __init__(self, rules: BreakerRules) -> None:
        self.rules = rules
        self.state = State.CLOSED
        self.failures = 0
        self.requests_before = 0
        self.since = 0.0
        self.until = 0.0
        self.trying = 0
        self._good = 0
        self._times = 0

    def allows(self, now: float) -> bool:
        """Whether a request may pass while the circuit is not closed; counts it as a trial."""
        if self.state is State.OPEN:
            if now < self.until:
                return False
            self.state, self.trying, self._good = State.HALF_OPEN, 0, 0
        if self.trying >= self.rules.trials:
            return False
        self.trying += 1
        return True

    def succeeded(self) -> None:
        """A trial went well. Called only while the circuit is not closed."""
        if self.state is not State.HALF_OPEN:
            return
        self._good += 1
        if self._good >= self.rules.trials:
            self.state = State.CLOSED
            self.failures = self._times = 0

    def failed(self, now: float, requests: int) -> None:
        """A request failed; `requests` is how many the service got since the start."""
        if self.state is State.HALF_OPEN:
            self._open(now)
            return
        if now - self.since > WINDOW_SECONDS:
            self.since, self.failures, self.requests_before = now, 0, requests - 1
        self.failures += 1
        seen = max(requests - self.requests_before, self.failures)
        enough = seen >= self.rules.requests_min and self.failures >= seen * self.rules.share
        if enough and self.state is State.CLOSED:
            self._open(now)

    def _open(self, now: float) -> None:
        self.state = State.OPEN
        self.until = now + min(self.rules.open_seconds * 2**self._times, OPEN_SECONDS_MAX)
        self._times = min(self._times + 1, 10)
        self.since = 0.0


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
