"""The topology: all clusters behind the gateway, and the route table.

The registry publishes what exists as a `Snapshot`. Applying one keeps what is known of the clusters and endpoints that
stay.
"""

import time
from collections.abc import Callable

from aistack.gateway.policy.circuit_breaker import BreakerRules
from aistack.gateway.policy.load_balancing import policy_named
from aistack.gateway.policy.outlier_detection import EjectionRules
from aistack.gateway.policy.rate_limits import RateRules
from aistack.gateway.registry.snapshot import InstanceSpec, ServiceSpec, Snapshot
from aistack.gateway.upstream.cluster import Cluster, Endpoint
from aistack.gateway.upstream.route_table import Route, RouteTable


class Topology:
    """All clusters and the route table. `on_ejected` is called with an endpoint and the seconds it is ejected for."""

    def __init__(
        self,
        ejection: EjectionRules,
        breaker: BreakerRules,
        rates: RateRules,
        slow_start_seconds: float,
        on_ejected: Callable[[Endpoint, float], None],
    ) -> None:
        self.clusters: dict[str, Cluster] = {}
        self.table = RouteTable(())
        self.cells: dict[tuple[str, str], dict[tuple[bytes, int], list[float]]] = {}
        self.makers: dict[str, Callable[[Cluster, InstanceSpec], Endpoint]] = {}  # of services in the data plane itself
        self._snapshot: Snapshot = ()
        self._ejection = ejection
        self._breaker = breaker
        self._rates = rates
        self._slow_start_seconds = slow_start_seconds
        self._on_ejected = on_ejected

    def configure(
        self, ejection: EjectionRules, breaker: BreakerRules, rates: RateRules, slow_start_seconds: float
    ) -> None:
        """Applies changed rules; what is known of clusters and endpoints stays."""
        self._ejection, self._breaker = ejection, breaker
        self._rates, self._slow_start_seconds = rates, slow_start_seconds
        for cluster in self.clusters.values():
            cluster.set_rules(breaker)
        self.table = RouteTable(self._routes(self._snapshot))

    def endpoints(self) -> list[Endpoint]:
        return [one for cluster in self.clusters.values() for one in cluster.endpoints.values()]

    def load(self, service: str, instance: str) -> int:
        """Requests in flight to an instance, even if it is retired."""
        found = self.clusters.get(service)
        held = (*found.endpoints.values(), *found.leaving) if found else ()
        return sum(one.in_flight for one in held if one.id == instance)

    def apply(self, snapshot: Snapshot) -> None:
        """Makes the clusters match the snapshot, keeping what is known of endpoints that stay."""
        now = time.monotonic()
        clusters: dict[str, Cluster] = {}
        for spec in snapshot:
            cluster = self.clusters.get(spec.name)
            if cluster is None:
                cluster = Cluster(spec.name, self._breaker)
            cluster.policy, cluster.hedge_seconds, cluster.guarded = (
                policy_named(spec.policy),
                spec.hedge_seconds,
                spec.guarded,
            )
            cluster.requests.set_limit(spec.in_flight_max)
            cluster.streams.set_limit(spec.streams_max)
            self._apply_endpoints(cluster, spec)
            cluster.refresh(now, self._slow_start_seconds)
            clusters[spec.name] = cluster
        for name in self.clusters.keys() - clusters.keys():
            for endpoint in self.clusters[name].endpoints.values():
                endpoint.retire()
        self.clusters, self._snapshot = clusters, snapshot
        self.table = RouteTable(self._routes(snapshot))

    def _apply_endpoints(self, cluster: Cluster, spec: ServiceSpec) -> None:
        kept: dict[str, Endpoint] = {}
        for one in spec.instances:
            known = cluster.endpoints.get(one.id)
            if known is not None and known.spec.address == one.address:
                known.spec = one
                kept[one.id] = known
            else:
                kept[one.id] = self.makers.get(spec.name, Endpoint)(cluster, one)
        for endpoint in cluster.endpoints.values():
            if kept.get(endpoint.id) is not endpoint:
                endpoint.retire()
                cluster.leaving.append(endpoint)
        cluster.leaving = [one for one in cluster.leaving if one.in_flight]
        cluster.endpoints = kept

    def _routes(self, snapshot: Snapshot) -> list[Route]:
        claims = {
            claim.prefix.rstrip("/"): (claim, self.clusters[spec.name]) for spec in snapshot for claim in spec.claims
        }
        owners = {prefix: prefix for prefix in claims}
        for prefix in self._rates.prefixes:  # a rate limit may apply to a part of a claimed prefix
            owner = self._rates.owner(prefix, claims)
            if owner is not None:
                owners[prefix] = owner
        routes: list[Route] = []
        for prefix, owner in owners.items():
            claim, cluster = claims[owner]
            cells = self.cells.setdefault((cluster.name, claim.prefix), {})
            rate = self._rates.rule(prefix) if cluster.guarded else None
            routes.append(Route(prefix, cluster, claim.body_bytes_max, rate, cells))
        return routes

    def failed(self, endpoint: Endpoint, error: str) -> None:
        """A request to this endpoint failed; too many failures in a row eject it."""
        now = time.monotonic()
        endpoint.last_error = error
        endpoint.failures += 1
        cluster = endpoint.cluster
        if endpoint.failures < self._ejection.max_fails or not endpoint.spec.fallible:
            return
        endpoint.failures = 0
        seconds = endpoint.ejection.eject(now, self._ejection)
        cluster.refresh(now, self._slow_start_seconds)
        self._on_ejected(endpoint, seconds)

    def refresh(self, cluster: Cluster) -> None:
        """An endpoint became unreachable, or reachable again."""
        cluster.refresh(time.monotonic(), self._slow_start_seconds)

    def sweep(self, now: float) -> None:
        """Ends ejections, advances slow starts, closes idle connections. Called about once a second."""
        for cluster in self.clusters.values():
            cluster.refresh(now, self._slow_start_seconds)
            cluster.sweep(now)
            for endpoint in cluster.endpoints.values():
                endpoint.close_stale(now)

    def close(self) -> None:
        for endpoint in self.endpoints():
            endpoint.retire()
