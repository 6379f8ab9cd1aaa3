"""The route table: from a request's path to the cluster that serves it.

The longest registered prefix that ends at a segment's end wins.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from aistack.gateway.policy.rate_limits import RateRule
from aistack.gateway.upstream.cluster import Cluster


@dataclass(frozen=True, slots=True, eq=False)
class Route:
    """`prefix` is the route's key in the table; `cells` count its requests by method and status."""

    prefix: str
    cluster: Cluster
    body_bytes_max: int
    rate: RateRule | None
    cells: dict[tuple[bytes, int], list[float]]


class RouteTable:
    """Built when the registry changes, read for every request."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self._routes = {route.prefix.rstrip("/").encode(): route for route in routes}

    def match(self, path: bytes) -> Route | None:
        """The route for a path without its query. Takes one look-up per segment."""
        routes = self._routes
        while True:
            found = routes.get(path)
            if found is not None:
                return found
            cut = path.rfind(b"/")
            if cut < 0:
                return None
            path = path[:cut]
