"""What the data plane counts while it works, as cheaply as it can."""

from bisect import bisect_left

from aistack.chassis.metrics import DURATION_BUCKETS_SECONDS
from aistack.gateway.reports import Report
from aistack.gateway.routing import Route
from aistack.gateway.upstreams import Upstreams

METHODS = frozenset((b"GET", b"HEAD", b"POST", b"PUT", b"DELETE", b"PATCH", b"OPTIONS"))
OTHER_METHOD = b"other"
CELL_LENGTH = len(DURATION_BUCKETS_SECONDS) + 2


class Measures:
    """Counts by route, method and status, and by what went wrong."""

    def __init__(self, upstreams: Upstreams) -> None:
        self.retries: dict[str, int] = {}
        self.hedges: dict[str, int] = {}
        self.ejections: dict[str, int] = {}
        self.rejected: dict[str, int] = {}
        self._unrouted = upstreams.cells.setdefault(("gateway", "none"), {})

    def record(self, route: Route | None, method: bytes, status: int, seconds: float) -> None:
        cells = self._unrouted if route is None else route.cells
        cell = cells.get((method, status))
        if cell is None:
            method = method if method in METHODS else OTHER_METHOD
            cell = cells.setdefault((method, status), [0.0] * CELL_LENGTH)
        cell[bisect_left(DURATION_BUCKETS_SECONDS, seconds)] += 1
        cell[-1] += seconds

    def retried(self, service: str) -> None:
        self.retries[service] = self.retries.get(service, 0) + 1

    def hedged(self, service: str) -> None:
        self.hedges[service] = self.hedges.get(service, 0) + 1

    def ejected(self, service: str) -> None:
        self.ejections[service] = self.ejections.get(service, 0) + 1

    def reject(self, reason: str) -> None:
        self.rejected[reason] = self.rejected.get(reason, 0) + 1

    def report(self, upstreams: Upstreams, clients: int) -> Report:
        """All counters, and what is under way now."""
        report = Report(upstreams.cells, self.retries, self.hedges, self.ejections, self.rejected, clients=clients)
        for service in upstreams.services.values():
            report.in_flight[service.name] = service.in_flight
            report.breakers[service.name] = service.breaker.state
            for instance in (*service.instances.values(), *service.leaving):
                key = service.name, instance.id
                report.active[key] = report.active.get(key, 0) + instance.in_flight
                report.idle[key] = report.idle.get(key, 0) + len(instance.idle)
        return report
