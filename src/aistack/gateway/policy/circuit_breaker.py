"""What gets no requests for a while: an instance that fails several times in a row, a route that mostly fails.

Of an instance, Envoy calls it outlier ejection: it rests, longer each time. Of a service it is the circuit breaker,
closed, open or half-open, as M. Nygard ("Release It!", 2007) describes it. A service that cannot be reached opens its
one circuit. Other failures (cut, malformed, too slow, answers of 502, 503 and 504) count for the route class alone.
"""

from dataclasses import dataclass
from enum import IntEnum
from typing import Literal

WINDOW_SECONDS = 10.0
OPEN_SECONDS_MAX = 60.0
CLASSES_MAX = 256
FIRST_ABSENCE, LAST_ABSENCE = 502, 504  # statuses that say the service is not there

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
    """One circuit. Successes are not counted while it is closed: requests less failures tell them."""

    __slots__ = (
        "_good", "_times", "failures", "requests", "requests_before", "rules", "since", "state", "trying", "until",
    )  # fmt: skip

    def __init__(self, rules: BreakerRules) -> None:
        self.rules = rules
        self.state = State.CLOSED
        self.requests = 0
        self.failures = 0
        self.requests_before = 0
        self.since = 0.0
        self.until = 0.0
        self.trying = 0
        self._good = 0
        self._times = 0

    def allows(self, now: float) -> bool:
        """Whether a request may pass while the circuit is not closed; counts it as a trial.

        Trials whose clients went away say nothing, so others follow them after a while.
        """
        if self.state is State.OPEN or now >= self.until:
            if now < self.until:
                return False
            self.state, self.trying, self._good = State.HALF_OPEN, 0, 0
            self.until = now + WINDOW_SECONDS
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

    def failed(self, now: float) -> None:
        """One of the `requests` counted so far has failed."""
        if self.state is State.HALF_OPEN:
            self._open(now)
            return
        if now - self.since > WINDOW_SECONDS:
            self.since, self.failures, self.requests_before = now, 0, self.requests - 1
        self.failures += 1
        seen = max(self.requests - self.requests_before, self.failures)
        enough = seen >= self.rules.requests_min and self.failures >= seen * self.rules.share
        if enough and self.state is State.CLOSED:
            self._open(now)

    def is_settled(self, now: float) -> bool:
        """Whether nothing that happened here matters any more."""
        return self.state is State.CLOSED and now - self.since > WINDOW_SECONDS

    def _open(self, now: float) -> None:
        self.state = State.OPEN
        self.until = now + min(self.rules.open_seconds * 2**self._times, OPEN_SECONDS_MAX)
        self._times = min(self._times + 1, 10)
        self.since = 0.0


class RouteBreakers:
    """The circuits of one service's route classes: a method and a path up to the segment after the service's prefix.

    One path that breaks off must not cost the others. A class has a circuit from its first failure until it is settled.
    """

    __slots__ = ("classes", "rules")

    def __init__(self, rules: BreakerRules) -> None:
        self.rules = rules
        self.classes: dict[bytes, Breaker] = {}

    @property
    def state(self) -> State:
        """The most open one."""
        return max((one.state for one in self.classes.values()), default=State.CLOSED)

    def counted(self, route_class: bytes) -> Breaker | None:
        """The circuit of a class, where it has one; counts a request."""
        breaker = self.classes.get(route_class)
        if breaker is not None:
            breaker.requests += 1
        return breaker

    def failed(self, route_class: bytes, now: float) -> None:
        breaker = self.classes.get(route_class)
        if breaker is None:
            if len(self.classes) >= CLASSES_MAX:
                self.sweep(now)
            if len(self.classes) >= CLASSES_MAX:
                return
            breaker = self.classes[route_class] = Breaker(self.rules)
            breaker.requests = 1
        breaker.failed(now)

    def sweep(self, now: float) -> None:
        """Forgets circuits that are settled."""
        for name in [name for name, one in self.classes.items() if one.is_settled(now)]:
            del self.classes[name]


def route_class(method: bytes, path: bytes, prefix: str) -> bytes:
    """The class of a request to a path under a prefix: `/shop/carts/7` under `/shop` is of `/shop/carts`."""
    end = path.find(b"/", len(prefix) + 1)
    return b"%b %b" % (method, path if end < 0 else path[:end])


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
