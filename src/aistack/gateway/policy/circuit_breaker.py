"""Circuit breakers: a service or route that mostly fails gets no requests for a while.

Closed, open or half-open, as M. Nygard ("Release It!", 2007) describes it. A service that cannot be reached opens its
one circuit. Other failures (connections cut, malformed answers, timeouts, answers of 502, 503 and 504) count only for
their route class.
"""

from dataclasses import dataclass
from enum import IntEnum
from typing import Literal

WINDOW_SECONDS = 10.0
OPEN_SECONDS_MAX = 60.0
CLASSES_MAX = 256
FIRST_GATEWAY_ERROR, LAST_GATEWAY_ERROR = 502, 504  # 502, 503 and 504 say that the service is unavailable

StateName = Literal["closed", "half-open", "open"]


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
    """One circuit. While it is closed, successes are not counted: they are the requests less the failures."""

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

        Trials whose clients disconnect have no result, so more trials are allowed after a while.
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
        """A trial succeeded. Called only while the circuit is not closed."""
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
        """Whether it is closed and has had no recent failure."""
        return self.state is State.CLOSED and now - self.since > WINDOW_SECONDS

    def _open(self, now: float) -> None:
        self.state = State.OPEN
        self.until = now + min(self.rules.open_seconds * 2**self._times, OPEN_SECONDS_MAX)
        self._times = min(self._times + 1, 10)
        self.since = 0.0


class RouteBreakers:
    """The circuits of one service's route classes: a method and a path up to the segment after the service's prefix.

    One failing path must not take down the others. A class has a circuit from its first failure until it is settled.
    """

    __slots__ = ("classes", "rules")

    def __init__(self, rules: BreakerRules) -> None:
        self.rules = rules
        self.classes: dict[bytes, Breaker] = {}

    @property
    def state(self) -> State:
        """The state of the most open circuit."""
        return max((one.state for one in self.classes.values()), default=State.CLOSED)

    def counted(self, route_class: bytes) -> Breaker | None:
        """Counts a request of a class; returns its circuit, if it has one."""
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
        """Removes the circuits that are settled."""
        for name in [name for name, one in self.classes.items() if one.is_settled(now)]:
            del self.classes[name]


def route_class(method: bytes, path: bytes, prefix: str) -> bytes:
    """The class of a request to a path under a prefix: `/shop/carts/7` under `/shop` belongs to `/shop/carts`."""
    end = path.find(b"/", len(prefix) + 1)
    return b"%b %b" % (method, path if end < 0 else path[:end])
