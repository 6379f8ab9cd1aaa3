"""Services and their instances as the data plane sees them: who can take a request, over which connections.

What the data plane learns by carrying requests (load, failures, open connections) is kept here across snapshots.
"""

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from aistack.gateway.policy.circuit_breaker import Breaker, BreakerRules, Ejection, RouteBreakers
from aistack.gateway.policy.concurrency_limits import REQUESTS, STREAMS, Places
from aistack.gateway.policy.load_balancing import Policy, least_connections
from aistack.gateway.upstream.route_table import InstanceSpec

if TYPE_CHECKING:
    from aistack.gateway.upstream.connection import UpstreamConnection

IDLE_CONNECTIONS_MAX = 256
IDLE_SECONDS_MAX = 3.0  # with the sweep's second, below the 5 s after which many servers close
SLOW_START_SHARE_MIN = 0.1


@dataclass(slots=True, eq=False)
class Instance:
    """One running copy of a service. Times are of `time.monotonic()`, in seconds."""

    service: "UpstreamService"
    spec: InstanceSpec
    since: float = 0.0  # when it became usable: slow start counts from here; 0 for no slow start
    credit: float = 0.0  # smooth weighted round robin's
    weight: float = 1.0  # what balancing goes by: the spec's weight, less while starting slowly
    retired: bool = False
    away: bool = False  # nothing listens there at the moment; see `absence`
    in_flight: int = 0
    failures: int = 0
    swept_at: float = 0.0
    last_error: str = ""
    ejection: Ejection = field(default_factory=Ejection)
    idle: "deque[UpstreamConnection]" = field(default_factory=lambda: deque())

    @property
    def id(self) -> str:
        return self.spec.id

    def take_idle(self) -> "UpstreamConnection | None":
        """The most recently used open connection, if there is one."""
        while self.idle:
            connection = self.idle.pop()
            if connection.open:
                return connection
        return None

    def keep_idle(self, connection: "UpstreamConnection") -> None:
        if self.retired or len(self.idle) >= IDLE_CONNECTIONS_MAX:
            connection.close()
        else:
            connection.idle_since = self.swept_at
            self.idle.append(connection)

    def close_stale(self, now: float) -> None:
        """Closes pooled connections that waited too long; the oldest are at the left. Called once a second."""
        self.swept_at = now
        while self.idle and self.idle[0].idle_since < now - IDLE_SECONDS_MAX:
            self.idle.popleft().close()

    def retire(self) -> None:
        """Nothing new goes here, and no connection is kept."""
        self.retired = True
        while self.idle:
            self.idle.pop().close()

    def warm_up(self, now: float, slow_start_seconds: float) -> None:
        """Recomputes `weight`: it grows from a tenth to the whole over the slow start."""
        share = 1.0
        if self.since and now - self.since < slow_start_seconds:
            share = max(SLOW_START_SHARE_MIN, (now - self.since) / slow_start_seconds)
        else:
            self.since = 0.0
        self.weight = self.spec.weight * share


@dataclass(slots=True, eq=False)
class UpstreamService:
    """A service and what the data plane needs to know of it. `usable` is remade when anything changes."""

    name: str
    rules: BreakerRules
    guarded: bool = True
    policy: Policy = least_connections
    instances: dict[str, Instance] = field(default_factory=dict[str, Instance])
    leaving: list[Instance] = field(default_factory=list[Instance])
    usable: tuple[Instance, ...] = ()
    ring: tuple[tuple[int, Instance], ...] = ()
    requests_total: int = 0
    absent_since: float = 0.0  # when the last usable instance went; 0 while there is one
    hedge_seconds: float = 0.0  # how long an instance may be silent before another is asked too; 0 for never
    turn: int = 0
    troubled: bool = False  # whether any circuit has to be looked at
    breaker: Breaker = field(init=False)  # of the whole service: opens when it cannot be reached
    route_breakers: RouteBreakers = field(init=False)
    requests: Places = field(init=False)
    streams: Places = field(init=False)

    def __post_init__(self) -> None:
        self.breaker, self.route_breakers = Breaker(self.rules), RouteBreakers(self.rules)
        self.requests, self.streams = Places(self.name, REQUESTS), Places(self.name, STREAMS)

    def set_rules(self, rules: BreakerRules) -> None:
        self.rules = self.breaker.rules = self.route_breakers.rules = rules
        for breaker in self.route_breakers.classes.values():
            breaker.rules = rules

    def unreachable(self, now: float) -> None:
        """No connection could be made to one of its instances."""
        if self.guarded:
            self.troubled = True
            self.breaker.requests = self.requests_total
            self.breaker.failed(now)

    def route_failed(self, route_class: bytes, now: float) -> None:
        """A request of this class got no answer, or one that says the service is not there."""
        if self.guarded:
            self.troubled = True
            self.route_breakers.failed(route_class, now)

    def sweep(self, now: float) -> None:
        """Forgets circuits that have settled. Called about once a second."""
        self.route_breakers.sweep(now)
        self.troubled = bool(self.route_breakers.classes) or not self.breaker.is_settled(now)

    def refresh(self, now: float, slow_start_seconds: float) -> None:
        """Recomputes `usable`: healthy and not ejected; never more than half are left out for being ejected."""
        candidates = [one for one in self.instances.values() if one.spec.healthy and not one.away]
        rested = sorted(candidates, key=lambda one: one.ejection.until)
        half = (len(candidates) + 1) // 2
        resting = {one.id for one in rested[half:] if one.ejection.until > now}
        usable = tuple(one for one in candidates if one.id not in resting)
        for instance in usable:
            if self.usable and instance not in self.usable and not instance.since:
                instance.since = now
            instance.warm_up(now, slow_start_seconds)
        self.absent_since = 0.0 if usable else self.absent_since or now
        if usable != self.usable:
            self.usable = usable
            self.ring = ()
