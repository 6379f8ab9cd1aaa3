"""Load balancing: least connections, round robin, or a consistent hash.

Each policy goes by the endpoints' weights, which grow during a slow start, and skips the endpoints tried already.
"""

from bisect import bisect_left
from hashlib import blake2b
from typing import Protocol, TypeVar

from aistack.gateway.http1.request_head import RequestHead

POINTS_PER_WEIGHT = 100
POINTS_MAX = 20_000
HASH_BY_KEY = "key"


class Weighted(Protocol):
    @property
    def weight(self) -> int: ...


class BalancedEndpoint(Protocol):
    """What balancing needs of an endpoint. `weight` is the one in force, `spec.weight` the configured one."""

    credit: float  # of the smooth weighted round robin

    @property
    def id(self) -> str: ...

    @property
    def spec(self) -> Weighted: ...

    @property
    def weight(self) -> float: ...

    @property
    def in_flight(self) -> int: ...


EndpointT = TypeVar("EndpointT", bound=BalancedEndpoint)


class BalancedCluster(Protocol[EndpointT]):
    """What balancing needs of a cluster. `ring` is emptied by the cluster whenever `usable` changes."""

    rotation: int
    ring: tuple[tuple[int, EndpointT], ...]

    @property
    def usable(self) -> tuple[EndpointT, ...]: ...


class BalancedRequest(Protocol):
    """What balancing needs of a request."""

    @property
    def head(self) -> RequestHead: ...

    @property
    def caller_name(self) -> str: ...


class Policy(Protocol):
    """Picks an endpoint of a cluster that is not among those tried; None when there is none."""

    def __call__(
        self, cluster: BalancedCluster[EndpointT], request: BalancedRequest, tried: tuple[EndpointT, ...], /
    ) -> EndpointT | None: ...


def least_connections(
    cluster: BalancedCluster[EndpointT], request: BalancedRequest, tried: tuple[EndpointT, ...]
) -> EndpointT | None:
    """The endpoint with the fewest requests in flight for its weight; ties rotate."""
    usable = cluster.usable
    count = len(usable)
    best: EndpointT | None = None
    best_load = 0.0
    cluster.rotation = start = (cluster.rotation + 1) % count if count else 0
    for step in range(count):
        endpoint = usable[(start + step) % count]
        if endpoint in tried:
            continue
        load = (endpoint.in_flight + 1) / endpoint.weight
        if best is None or load < best_load:
            best, best_load = endpoint, load
    return best


def round_robin(
    cluster: BalancedCluster[EndpointT], request: BalancedRequest, tried: tuple[EndpointT, ...]
) -> EndpointT | None:
    """The smooth weighted round robin of nginx."""
    best: EndpointT | None = None
    total = 0.0
    for endpoint in cluster.usable:
        if endpoint in tried:
            continue
        endpoint.credit += endpoint.weight
        total += endpoint.weight
        if best is None or endpoint.credit > best.credit:
            best = endpoint
    if best is not None:
        best.credit -= total
    return best


def consistent_hash(header: bytes) -> Policy:
    """By a header's value, or by the caller's key or address when `header` is empty: a hash ring as in ketama."""

    def pick(
        cluster: BalancedCluster[EndpointT], request: BalancedRequest, tried: tuple[EndpointT, ...]
    ) -> EndpointT | None:
        ring = cluster.ring or _ring(cluster)
        if not ring:
            return None
        value = request.head.header(header) if header else b""
        point = _point(value or request.caller_name.encode())
        start = bisect_left(ring, point, key=lambda entry: entry[0])
        for step in range(len(ring)):
            endpoint = ring[(start + step) % len(ring)][1]
            if endpoint not in tried:
                return endpoint
        return None

    return pick


def _ring(cluster: BalancedCluster[EndpointT]) -> tuple[tuple[int, EndpointT], ...]:
    weights = sum(one.spec.weight for one in cluster.usable) or 1
    per_weight = min(POINTS_PER_WEIGHT, max(1, POINTS_MAX // weights))
    cluster.ring = tuple(
        sorted(
            (
                (_point(f"{endpoint.id}#{number}".encode()), endpoint)
                for endpoint in cluster.usable
                for number in range(max(1, endpoint.spec.weight * per_weight))
            ),
            key=lambda entry: entry[0],
        )
    )
    return cluster.ring


def _point(value: bytes) -> int:
    return int.from_bytes(blake2b(value, digest_size=8).digest())


def policy_named(name: str) -> Policy:
    """The policy of a setting: `least_connections`, `round_robin`, `consistent_hash:key`, `consistent_hash:HEADER`."""
    policy = _POLICIES.get(name)
    if policy is None:
        kind, _, header = name.partition(":")
        if kind != "consistent_hash" or not header:
            raise ValueError(f"unknown policy {name!r}; use least_connections, round_robin or consistent_hash:HEADER")
        policy = _POLICIES[name] = consistent_hash(b"" if header == HASH_BY_KEY else header.lower().encode())
    return policy


_POLICIES: dict[str, Policy] = {"least_connections": least_connections, "round_robin": round_robin}
