"""From a path to a service: the longest registered prefix that ends at a segment's end."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aistack.gateway.limits import RateRule
    from aistack.gateway.upstreams import UpstreamService


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
