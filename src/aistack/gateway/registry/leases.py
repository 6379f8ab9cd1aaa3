"""Registered instances: their leases, the static ones of `stack.toml`, and their form in the snapshot."""

import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import urlsplit

from aistack.gateway.identity.authorization import CONTROL, STACK_FILE, UNOWNED
from aistack.gateway.registry.path_claims import normalized
from aistack.gateway.registry.snapshot import Claim, InstanceSpec, ServiceSpec
from aistack.gateway.wire.registry import BODY_BYTES_MAX
from aistack.stack.catalogue import GATEWAY_PREFIXES
from aistack.stack.description import Upstream

CONTROL_BODY_BYTES_MAX = 1024 * 1024
KEEP_ALL_ABOVE = 3  # with fewer leases than this, "most expire at once" means nothing
InstanceState = Literal["up", "down", "ejected", "draining"]
INSTANCE_STATES: tuple[InstanceState, ...] = ("up", "down", "ejected", "draining")


@dataclass(frozen=True, slots=True)
class Owner:
    """The principal that registered a service first, and when that was, in Unix time."""

    id: str
    since: float

    def outranks(self, other: "Owner") -> bool:
        """Which of two owners keeps a name that both registered, for example at two gateways at the same moment."""
        return (self.id in UNOWNED, self.since, self.id) < (other.id in UNOWNED, other.since, other.id)


STACK_OWNER = Owner(STACK_FILE, 0.0)


@dataclass(slots=True, eq=False)
class Registered:
    """One registered instance. Times are of `time.monotonic()`, in seconds."""

    service: str
    id: str
    host: str
    port: int
    claims: tuple[Claim, ...]
    owner: Owner = STACK_OWNER  # the whole service's
    unix_path: str = ""
    weight: int = 1
    version: str = ""
    metadata: dict[str, str] = field(default_factory=dict[str, str])
    health_path: str = "/health"
    ttl_seconds: float = 15.0
    expires_at: float = float("inf")
    static: bool = False
    draining: bool = False
    healthy: bool = True
    adopted: bool = False  # it sends its heartbeats to another gateway
    probe_failures: int = 0
    probe_successes: int = 0
    ejected_until: float = 0.0
    last_error: str = ""

    @property
    def prefixes(self) -> list[str]:
        return [claim.prefix for claim in self.claims]

    @property
    def url(self) -> str:
        if self.unix_path:
            return f"unix:{self.unix_path}"
        return f"http://[{self.host}]:{self.port}" if ":" in self.host else f"http://{self.host}:{self.port}"

    def state(self) -> InstanceState:
        """Its state in routing now."""
        if self.draining:
            return "draining"
        if not self.healthy:
            return "down"
        return "ejected" if self.ejected_until > time.monotonic() else "up"

    def same_lease_as(self, other: "Registered") -> bool:
        """Whether renewing with this lease changes nothing."""
        names = ("host", "port", "claims", "weight", "version", "metadata", "health_path", "ttl_seconds")
        return all(getattr(self, name) == getattr(other, name) for name in names)


def expired_leases(leased: list[Registered], now: float, cut_off: bool) -> tuple[list[Registered], bool]:
    """The leases that have expired, and whether to keep them because they are most of all leases.

    Even if all renewals stop at one moment, leases expire one after the other, as they were renewed. So when the first
    expires, all late ones count: those not renewed for more than half of their time.
    """
    held = [one for one in leased if not one.draining and not (one.adopted and cut_off)]
    expired = [one for one in held if one.expires_at <= now]
    late = [one for one in held if one.expires_at - now < one.ttl_seconds / 2]
    return expired, len(leased) >= KEEP_ALL_ABOVE and bool(expired) and len(late) * 2 > len(leased)


def static_instances(upstream: Upstream) -> list[Registered]:
    """The instances of a service in `stack.toml`."""
    claims = tuple(Claim(route, BODY_BYTES_MAX) for route in upstream.routes)
    made: list[Registered] = []
    for url in upstream.urls:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or 80
        made.append(
            Registered(
                upstream.name, f"{host}:{port}", host, port, claims, health_path=upstream.health_path, static=True
            )
        )
    return made


def displaced(held: Iterable[Registered], wanted: Iterable[Registered]) -> list[Registered]:
    """The leases of others whose services or prefixes `stack.toml` now declares."""
    wanted = tuple(wanted)
    names = {one.service for one in wanted}
    prefixes = {normalized(claim.prefix) for one in wanted for claim in one.claims}
    return [
        one
        for one in held
        if not one.static
        and one.owner.id not in (STACK_FILE, *UNOWNED)
        and (one.service in names or any(normalized(claim.prefix) in prefixes for claim in one.claims))
    ]


def control_instance(unix_path: str) -> Registered:
    """The gateway's own API, which gets every path that no service claims."""
    claims = tuple(Claim(prefix, CONTROL_BODY_BYTES_MAX) for prefix in ("/", *GATEWAY_PREFIXES))
    return Registered(CONTROL, "control", "", 0, claims, unix_path=unix_path, static=True)


def service_spec(
    name: str,
    instances: Iterable[Registered],
    expected: tuple[Claim, ...],
    in_flight_max: int,
    policy: str,
    hedge_seconds: float,
    streams_max: int,
) -> ServiceSpec:
    """A service for the snapshot: the claims of all its instances, and the instances that are not draining."""
    bodies = {claim.prefix: claim.body_bytes_max for claim in expected}
    specs: list[InstanceSpec] = []
    for one in instances:
        for claim in one.claims:
            bodies[claim.prefix] = max(bodies.get(claim.prefix, 0), claim.body_bytes_max)
        if not one.draining:
            place = one.host, one.port, one.unix_path
            specs.append(InstanceSpec(one.id, *place, one.weight, one.healthy, fallible=name != CONTROL))
    claims = tuple(Claim(*item) for item in bodies.items())
    guarded = name != CONTROL
    return ServiceSpec(name, in_flight_max, policy, claims, tuple(specs), hedge_seconds, streams_max, guarded)
