"""What there is to reach: the registry's snapshot for the data plane, and the table from a path to a service.

The longest registered prefix that ends at a segment's end decides.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aistack.gateway.policy.rate_limits import RateRule
    from aistack.gateway.upstream.cluster import UpstreamService


@dataclass(frozen=True, slots=True)
class Claim:
    """A path prefix of a service, and the largest body that it takes there."""

    prefix: str
    body_bytes_max: int


@dataclass(frozen=True, slots=True)
class InstanceSpec:
    """`fallible` instances can be ejected; our own control app, and what has no stand-in by design, can not."""

    id: str
    host: str
    port: int
    unix_path: str = ""
    weight: int = 1
    healthy: bool = True
    fallible: bool = True

    @property
    def address(self) -> tuple[str, int, str]:
        return self.host, self.port, self.unix_path


@dataclass(frozen=True, slots=True)
class ServiceSpec:
    """Circuit breaker, rate limits and the limit of all requests hold for `guarded` services: all but our own app."""

    name: str
    in_flight_max: int
    policy: str
    claims: tuple[Claim, ...]
    instances: tuple[InstanceSpec, ...]
    hedge_seconds: float = 0.0
    streams_max: int = 1_000
    guarded: bool = True


Snapshot = tuple[ServiceSpec, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Route:
    """`prefix` is where the route lies in the table; `cells` count what passed, by method and status."""

    prefix: str
    service: "UpstreamService"
    body_bytes_max: int
    rate: "RateRule | None"
    cells: dict[tuple[bytes, int], list[float]]


class RouteTable:
    """Prepared when the registry changes, read for every request."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self._routes = {route.prefix.rstrip("/").encode(): route for route in routes}

    def match(self, path: bytes) -> Route | None:
        """The route for a path without its query. Takes one look-up a segment."""
        routes = self._routes
        while True:
            found = routes.get(path)
            if found is not None:
                return found
            cut = path.rfind(b"/")
            if cut < 0:
                return None
            path = path[:cut]
