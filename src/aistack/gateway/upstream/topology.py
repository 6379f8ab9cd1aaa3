"""All services behind the gateway and the table of their routes.

The registry decides what exists and hands it over as a `Snapshot`; what is known of services and instances that stay is
kept.
"""

import time
from collections.abc import Callable

from aistack.gateway.policy.circuit_breaker import BreakerRules, EjectionRules
from aistack.gateway.policy.load_balancing import policy_named
from aistack.gateway.policy.rate_limits import RateRules
from aistack.gateway.upstream.cluster import Instance, UpstreamService
from aistack.gateway.upstream.route_table import Route, RouteTable, ServiceSpec, Snapshot


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
            service.set_rules(breaker)
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
                service = UpstreamService(spec.name, self._breaker)
            service.policy, service.hedge_seconds, service.guarded = (
                policy_named(spec.policy),
                spec.hedge_seconds,
                spec.guarded,
            )
            service.requests.set_limit(spec.in_flight_max)
            service.streams.set_limit(spec.streams_max)
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
            rate = self._rates.rule(prefix) if service.guarded else None
            routes.append(Route(prefix, service, claim.body_bytes_max, rate, cells))
        return routes

    def failed(self, instance: Instance, error: str) -> None:
        """A request could not be carried by this instance; too many in a row and it rests for a while."""
        now = time.monotonic()
        instance.last_error = error
        instance.failures += 1
        service = instance.service
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
            service.sweep(now)
            for instance in service.instances.values():
                instance.close_stale(now)

    def close(self) -> None:
        for instance in self.instances():
            instance.retire()
