"""Services and their instances as the data plane sees them: who can take a request, over which connections.

The registry decides what exists and hands it over as a `Snapshot`; what the data plane learns by carrying
requests (load, failures, open connections) is kept here across snapshots.
"""

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from aistack.gateway.balancing import Policy, least_connections, policy_named
from aistack.gateway.breaker import Breaker, BreakerRules, Ejection, EjectionRules
from aistack.gateway.limits import RateRules
from aistack.gateway.routing import InstanceSpec, Route, RouteTable, ServiceSpec, Snapshot

if TYPE_CHECKING:
    from aistack.gateway.upstream import UpstreamConnection

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

    def succeeded(self, status: int) -> None:
        """A response came whole. One that says the service is not there counts against it, not the instance."""
        self.failures = 0
        breaker = self.service.breaker
        if 502 <= status <= 504:
            breaker.failed(time.monotonic(), self.service.requests)
        elif breaker.state:
            breaker.succeeded()

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
    in_flight_max: int
    breaker: Breaker
    policy: Policy = least_connections
    instances: dict[str, Instance] = field(default_factory=dict[str, Instance])
    leaving: list[Instance] = field(default_factory=list[Instance])
    usable: tuple[Instance, ...] = ()
    ring: tuple[tuple[int, Instance], ...] = ()
    in_flight: int = 0
    requests: int = 0
    absent_since: float = 0.0  # when the last usable instance went; 0 while there is one
    hedge_seconds: float = 0.0  # how long an instance may be silent before another is asked too; 0 for never
    turn: int = 0

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


class Upstreams:
    """All services and the route table. `on_ejected` is told (instance, seconds) when one is sent to rest."""

    def __init__(
        self,
        ejection: EjectionRules,
        breaker: BreakerRules,
        rates: RateRules,
        slow_start_seconds: float,
        on_ejected: Callable[[Instance, float], None],
    ) -> None:
        self.services: dict[str, UpstreamService] = {}
        self.table = RouteTable(())
        self.cells: dict[tuple[str, str], dict[tuple[bytes, int], list[float]]] = {}
        self._snapshot: Snapshot = ()
        self._ejection = ejection
        self._breaker = breaker
        self._rates = rates
        self._slow_start_seconds = slow_start_seconds
        self._on_ejected = on_ejected

    def configure(
        self, ejection: EjectionRules, breaker: BreakerRules, rates: RateRules, slow_start_seconds: float
    ) -> None:
        """Goes on with other rules; what is known of instances and services stays."""
        self._ejection, self._breaker = ejection, breaker
        self._rates, self._slow_start_seconds = rates, slow_start_seconds
        for service in self.services.values():
            service.breaker.rules = breaker
        self.table = RouteTable(self._routes(self._snapshot))

    def instances(self) -> list[Instance]:
        return [one for service in self.services.values() for one in service.instances.values()]

    def load(self, service: str, instance: str) -> int:
        """Requests in flight to an instance, also to one that is retired."""
        found = self.services.get(service)
        held = (*found.instances.values(), *found.leaving) if found else ()
        return sum(one.in_flight for one in held if one.id == instance)

    def apply(self, snapshot: Snapshot) -> None:
        """Makes the services what the snapshot says, keeping what is known of instances that stay."""
        now = time.monotonic()
        services: dict[str, UpstreamService] = {}
        for spec in snapshot:
            service = self.services.get(spec.name)
            if service is None:
                service = UpstreamService(spec.name, spec.in_flight_max, Breaker(self._breaker))
            service.in_flight_max, service.policy = spec.in_flight_max, policy_named(spec.policy)
            service.hedge_seconds = spec.hedge_seconds
            self._apply_instances(service, spec)
            service.refresh(now, self._slow_start_seconds)
            services[spec.name] = service
        for name in self.services.keys() - services.keys():
            for instance in self.services[name].instances.values():
                instance.retire()
        self.services, self._snapshot = services, snapshot
        self.table = RouteTable(self._routes(snapshot))

    def _apply_instances(self, service: UpstreamService, spec: ServiceSpec) -> None:
        kept: dict[str, Instance] = {}
        for one in spec.instances:
            known = service.instances.get(one.id)
            if known is not None and known.spec.address == one.address:
                known.spec = one
                kept[one.id] = known
            else:
                kept[one.id] = Instance(service, one)
        for instance in service.instances.values():
            if kept.get(instance.id) is not instance:
                instance.retire()
                service.leaving.append(instance)
        service.leaving = [one for one in service.leaving if one.in_flight]
        service.instances = kept

    def _routes(self, snapshot: Snapshot) -> list[Route]:
        claims = {
            claim.prefix.rstrip("/"): (claim, self.services[spec.name]) for spec in snapshot for claim in spec.claims
        }
        owners = {prefix: prefix for prefix in claims}
        for prefix in self._rates.prefixes:  # a rate limit may hold for a part of what a service claimed
            owner = self._rates.owner(prefix, claims)
            if owner is not None:
                owners[prefix] = owner
        routes: list[Route] = []
        for prefix, owner in owners.items():
            claim, service = claims[owner]
            cells = self.cells.setdefault((service.name, claim.prefix), {})
            routes.append(Route(prefix, service, claim.body_bytes_max, self._rates.rule(prefix), cells))
        return routes

    def failed(self, instance: Instance, error: str) -> None:
        """A request could not be carried by this instance; too many in a row and it rests for a while."""
        now = time.monotonic()
        instance.last_error = error
        instance.failures += 1
        service = instance.service
        service.breaker.failed(now, service.requests)
        if instance.failures < self._ejection.max_fails or not instance.spec.fallible:
            return
        instance.failures = 0
        seconds = instance.ejection.eject(now, self._ejection)
        service.refresh(now, self._slow_start_seconds)
        self._on_ejected(instance, seconds)

    def refresh(self, service: UpstreamService) -> None:
        """An instance went away, or came back."""
        service.refresh(time.monotonic(), self._slow_start_seconds)

    def sweep(self, now: float) -> None:
        """Wakes ejected instances, moves slow starts on, closes stale connections. Called about once a second."""
        for service in self.services.values():
            service.refresh(now, self._slow_start_seconds)
            for instance in service.instances.values():
                instance.close_stale(now)

    def close(self) -> None:
        for instance in self.instances():
            instance.retire()
