"""Which instance takes the next request: least connections, round robin, or a consistent hash.

Each policy goes by the instances' weights, which grow during a slow start, and passes over those tried already.
"""

from bisect import bisect_left
from collections.abc import Callable
from hashlib import blake2b
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aistack.gateway.proxy.dispatch import Journey
    from aistack.gateway.upstream.cluster import Instance, UpstreamService

    Policy = Callable[["UpstreamService", "Journey", "tuple[Instance, ...]"], "Instance | None"]
else:
    Policy = Callable

POINTS_PER_WEIGHT = 100
POINTS_MAX = 20_000
HASH_BY_KEY = "key"


def least_connections(
    service: "UpstreamService", exchange: "Journey", tried: "tuple[Instance, ...]"
) -> "Instance | None":
    """The instance with the fewest requests in flight for its weight; ties go in turn."""
    usable = service.usable
    count = len(usable)
    best: Instance | None = None
    best_load = 0.0
    service.turn = start = (service.turn + 1) % count if count else 0
    for step in range(count):
        instance = usable[(start + step) % count]
        if instance in tried:
            continue
        load = (instance.in_flight + 1) / instance.weight
        if best is None or load < best_load:
            best, best_load = instance, load
    return best


def round_robin(service: "UpstreamService", exchange: "Journey", tried: "tuple[Instance, ...]") -> "Instance | None":
    """In turn, as often as the weights say: nginx's smooth weighted round robin."""
    best: Instance | None = None
    total = 0.0
    for instance in service.usable:
        if instance in tried:
            continue
        instance.credit += instance.weight
        total += instance.weight
        if best is None or instance.credit > best.credit:
            best = instance
    if best is not None:
        best.credit -= total
    return best


def consistent_hash(header: bytes) -> "Policy":
    """By a header's value, or by the caller's key or address when `header` is empty: a ring as in ketama."""

    def pick(service: "UpstreamService", exchange: "Journey", tried: "tuple[Instance, ...]") -> "Instance | None":
        ring = service.ring or _ring(service)
        if not ring:
            return None
        value = exchange.head.header(header) if header else b""
        point = _point(value or exchange.caller_name.encode())
        start = bisect_left(ring, point, key=lambda entry: entry[0])
        for step in range(len(ring)):
            instance = ring[(start + step) % len(ring)][1]
            if instance not in tried:
                return instance
        return None

    return pick


def _ring(service: "UpstreamService") -> "tuple[tuple[int, Instance], ...]":
    weights = sum(one.spec.weight for one in service.usable) or 1
    per_weight = min(POINTS_PER_WEIGHT, max(1, POINTS_MAX // weights))
    service.ring = tuple(
        sorted(
            (
                (_point(f"{instance.id}#{number}".encode()), instance)
                for instance in service.usable
                for number in range(max(1, instance.spec.weight * per_weight))
            ),
            key=lambda entry: entry[0],
        )
    )
    return service.ring


def _point(value: bytes) -> int:
    return int.from_bytes(blake2b(value, digest_size=8).digest())


def policy_named(name: str) -> "Policy":
    """The policy of a setting: `least_connections`, `round_robin`, `consistent_hash:key`, `consistent_hash:HEADER`."""
    policy = _POLICIES.get(name)
    if policy is None:
        kind, _, header = name.partition(":")
        if kind != "consistent_hash" or not header:
            raise ValueError(f"{name!r} is no policy; there are least_connections, round_robin, consistent_hash:HEADER")
        policy = _POLICIES[name] = consistent_hash(b"" if header == HASH_BY_KEY else header.lower().encode())
    return policy


_POLICIES: "dict[str, Policy]" = {"least_connections": least_connections, "round_robin": round_robin}
