"""Clusters and endpoints: services and their instances as the data plane sees them (the terms are Envoy's).

They hold what the data plane learns by carrying requests: load, failures, open connections. It survives new snapshots.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from aistack.gateway.policy.circuit_breaker import Breaker, BreakerRules, RouteBreakers
from aistack.gateway.policy.concurrency_limits import REQUESTS, STREAMS, Slots
from aistack.gateway.policy.load_balancing import Policy, least_connections
from aistack.gateway.policy.outlier_detection import Ejection
from aistack.gateway.registry.snapshot import InstanceSpec
from aistack.gateway.upstream.connection import UpstreamConnection

IDLE_CONNECTIONS_MAX = 256
IDLE_SECONDS_MAX = 3.0  # with the sweep's second, below the 5 s after which many servers close
SLOW_START_SHARE_MIN = 0.1
ErrorBody = Callable[[bytes, int, str, str, str], bytes]  # path, status, code, detail and request id to JSON


@dataclass(slots=True, eq=False)
class Endpoint:
    """One instance of a service, with its pool of idle connections. Times are of `time.monotonic()`, in seconds."""

    cluster: "Cluster"
    spec: InstanceSpec
    since: float = 0.0  # when it became usable: slow start counts from here; 0 for no slow start
    credit: float = 0.0  # of the smooth weighted round robin
    weight: float = 1.0  # in force: the configured weight, less during a slow start
    retired: bool = False
    unreachable: bool = False  # nothing listens there at the moment; see `pending_requests`
    in_flight: int = 0
    failures: int = 0
    swept_at: float = 0.0
    last_error: str = ""
    ejection: Ejection = field(default_factory=Ejection)
    idle: deque[UpstreamConnection] = field(default_factory=deque[UpstreamConnection])

    @property
    def id(self) -> str:
        return self.spec.id

    def take_idle(self) -> UpstreamConnection | None:
        """The most recently used open connection, if there is one."""
        while self.idle:
            connection = self.idle.pop()
            if connection.open:
                return connection
        return None

    def keep_idle(self, connection: UpstreamConnection) -> None:
        if self.retired or len(self.idle) >= IDLE_CONNECTIONS_MAX:
            connection.close()
        else:
            connection.idle_since = self.swept_at
            self.idle.append(connection)

    def close_stale(self, now: float) -> None:
        """Closes connections that were idle for too long; the oldest are at the left. Called once a second."""
        self.swept_at = now
        while self.idle and self.idle[0].idle_since < now - IDLE_SECONDS_MAX:
            self.idle.popleft().close()

    def retire(self) -> None:
        """Stops sending requests here and closes the idle connections."""
        self.retired = True
        while self.idle:
            self.idle.pop().close()

    def warm_up(self, now: float, slow_start_seconds: float) -> None:
        """Recomputes `weight`, which grows from a tenth to the configured weight during the slow start."""
        share = 1.0
        if self.since and now - self.since < slow_start_seconds:
            share = max(SLOW_START_SHARE_MIN, (now - self.since) / slow_start_seconds)
        else:
            self.since = 0.0
        self.weight = self.spec.weight * share


@dataclass(slots=True, eq=False)
class Cluster:
    """A service as a group of endpoints. `usable` is rebuilt when anything changes."""

    name: str
    rules: BreakerRules
    guarded: bool = True
    policy: Policy = least_connections
    endpoints: dict[str, Endpoint] = field(default_factory=dict[str, Endpoint])
    leaving: list[Endpoint] = field(default_factory=list[Endpoint])
    usable: tuple[Endpoint, ...] = ()
    ring: tuple[tuple[int, Endpoint], ...] = ()
    requests_total: int = 0
    unavailable_since: float = 0.0  # when the last usable endpoint was lost; 0 while there is one
    hedge_seconds: float = 0.0  # how long an endpoint may take to answer before another is tried too; 0 for never
    rotation: int = 0
    error_body: ErrorBody | None = None  # of local replies; None for problem documents
    has_breakers: bool = True  # whether failures open circuits
    troubled: bool = False  # whether any circuit breaker has to be checked
    breaker: Breaker = field(init=False)  # of the whole service: opens when it cannot be reached
    route_breakers: RouteBreakers = field(init=False)
    requests: Slots = field(init=False)
    streams: Slots = field(init=False)

    def __post_init__(self) -> None:
        self.breaker, self.route_breakers = Breaker(self.rules), RouteBreakers(self.rules)
        self.requests, self.streams = Slots(self.name, REQUESTS), Slots(self.name, STREAMS)

    def set_rules(self, rules: BreakerRules) -> None:
        self.rules = self.breaker.rules = self.route_breakers.rules = rules
        for breaker in self.route_breakers.classes.values():
            breaker.rules = rules

    def unreachable(self, now: float) -> None:
        """No connection to one of its endpoints could be made."""
        if self.guarded and self.has_breakers:
            self.troubled = True
            self.breaker.requests = self.requests_total
            self.breaker.failed(now)

    def route_failed(self, route_class: bytes, now: float) -> None:
        """A request of this class got no answer, or a gateway error."""
        if self.guarded and self.has_breakers:
            self.troubled = True
            self.route_breakers.failed(route_class, now)

    def sweep(self, now: float) -> None:
        """Removes circuits that have settled. Called about once a second."""
        self.route_breakers.sweep(now)
        self.troubled = bool(self.route_breakers.classes) or not self.breaker.is_settled(now)

    def refresh(self, now: float, slow_start_seconds: float) -> None:
        """Recomputes `usable`: the healthy endpoints that are not ejected. At most half are left out as ejected."""
        candidates = [one for one in self.endpoints.values() if one.spec.healthy and not one.unreachable]
        by_ejection = sorted(candidates, key=lambda one: one.ejection.until)
        half = (len(candidates) + 1) // 2
        ejected = {one.id for one in by_ejection[half:] if one.ejection.until > now}
        usable = tuple(one for one in candidates if one.id not in ejected)
        for endpoint in usable:
            if self.usable and endpoint not in self.usable and not endpoint.since:
                endpoint.since = now
            endpoint.warm_up(now, slow_start_seconds)
        self.unavailable_since = 0.0 if usable else self.unavailable_since or now
        if usable != self.usable:
            self.usable = usable
            self.ring = ()
