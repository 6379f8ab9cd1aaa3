"""What an instance may claim, an address that we will call and prefixes that are nobody else's; what is known of it."""

import ipaddress
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from aistack.chassis.errors import Conflict, InvalidInput
from aistack.gateway.routing import Claim, InstanceSpec, ServiceSpec
from aistack.gateway.wire import BODY_BYTES_MAX
from aistack.stack.catalogue import GATEWAY_PREFIXES
from aistack.stack.description import Upstream

Claims = Mapping[str, tuple[Claim, ...]]  # by service

CONTROL = "gateway"
CONTROL_BODY_BYTES_MAX = 1024 * 1024


class AddressRules:
    """The networks that instances may live in, and the gateway's own ports, which they may not name."""

    def __init__(self, networks: Iterable[str], own_ports: frozenset[int]) -> None:
        self._names = tuple(networks)
        self._networks = [ipaddress.ip_network(network) for network in self._names]
        self._own_ports = own_ports

    def checked(self, url: str) -> tuple[str, int]:
        """Host and port of an instance's URL. Raises InvalidInput."""
        try:
            parts = urlsplit(url)
            port = parts.port or 80
        except ValueError as error:
            raise InvalidInput(f"url {url!r} is malformed: {error}; give http://ADDRESS:PORT") from None
        if parts.scheme != "http" or not parts.hostname or "@" in parts.netloc or parts.path.strip("/") or parts.query:
            raise InvalidInput(f"url {url!r} must be http://ADDRESS:PORT, without password, path or query")
        host = "127.0.0.1" if parts.hostname == "localhost" else parts.hostname
        try:
            address = ipaddress.ip_address(host)
        except ValueError:
            raise InvalidInput(f"url {url!r} must name an IP address or localhost") from None
        if not any(address in network for network in self._networks):
            allowed = ", ".join(self._names)
            raise InvalidInput(
                f"{host} is outside the networks allowed for instances ({allowed}); see registry_networks"
            )
        if port in self._own_ports and address.is_loopback:
            raise InvalidInput(f"{url} is the gateway itself; a route to it would never end")
        return host, port


def refuse_foreign(
    services: "Mapping[str, Mapping[str, Registered]]", expected: Claims, name: str, prefix: str
) -> None:
    """Raises Conflict when the prefix belongs to the gateway or to another service."""
    prefix = prefix.rstrip("/")
    if name == CONTROL or not prefix or any(prefix == own or prefix.startswith(own + "/") for own in GATEWAY_PREFIXES):
        raise Conflict(f"{prefix or '/'} belongs to the gateway; claim a prefix of your own, like /{name}")
    for other, claims in expected.items():
        if other != name and any(claim.prefix.rstrip("/") == prefix for claim in claims):
            raise Conflict(f"{prefix} belongs to {other}, a service of this stack; claim another prefix")
    for other, instances in services.items():
        if other == name:
            continue
        if any(claim.prefix.rstrip("/") == prefix for one in instances.values() for claim in one.claims):
            raise Conflict(f"{prefix} belongs to {other}; claim another prefix or deregister {other}")


@dataclass(slots=True, eq=False)
class Registered:
    """One instance as its lease describes it. Times are of `time.monotonic()`, in seconds."""

    service: str
    id: str
    host: str
    port: int
    claims: tuple[Claim, ...]
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
    adopted: bool = False  # its heartbeats go to another gateway
    probe_failures: int = 0
    probe_successes: int = 0
    ejected_until: float = 0.0
    last_error: str = ""

    @property
    def url(self) -> str:
        if self.unix_path:
            return f"unix:{self.unix_path}"
        return f"http://[{self.host}]:{self.port}" if ":" in self.host else f"http://{self.host}:{self.port}"

    def says_the_same(self, other: "Registered") -> bool:
        """Whether a renewed lease changes nothing."""
        names = ("host", "port", "claims", "weight", "version", "metadata", "health_path", "ttl_seconds")
        return all(getattr(self, name) == getattr(other, name) for name in names)


@dataclass(frozen=True, slots=True)
class Change:
    """One event of the watch stream."""

    revision: int
    kind: str
    service: str
    instance: str


def static_instances(upstream: Upstream) -> list[Registered]:
    """The instances of a service that stands in `stack.toml`."""
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


def control_instance(unix_path: str) -> Registered:
    """The gateway's own API, behind every path that no service claims."""
    claims = tuple(Claim(prefix, CONTROL_BODY_BYTES_MAX) for prefix in ("/", *GATEWAY_PREFIXES))
    return Registered(CONTROL, "control", "", 0, claims, unix_path=unix_path, static=True)


def service_spec(
    name: str,
    instances: "Iterable[Registered]",
    expected: tuple[Claim, ...],
    in_flight_max: int,
    policy: str,
    hedge_seconds: float,
) -> ServiceSpec:
    """A service as the data plane is told of it: what all its instances claim, and those that are not draining."""
    bodies = {claim.prefix: claim.body_bytes_max for claim in expected}
    specs: list[InstanceSpec] = []
    for one in instances:
        for claim in one.claims:
            bodies[claim.prefix] = max(bodies.get(claim.prefix, 0), claim.body_bytes_max)
        if not one.draining:
            place = one.host, one.port, one.unix_path
            specs.append(InstanceSpec(one.id, *place, one.weight, one.healthy, fallible=name != CONTROL))
    claims = tuple(Claim(*item) for item in bodies.items())
    return ServiceSpec(name, in_flight_max, policy, claims, tuple(specs), hedge_seconds)
