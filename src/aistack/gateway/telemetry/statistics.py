"""Statistics: what the data plane counts for each request, and the reports made from it."""

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TypeVar

from aistack.chassis.telemetry.metrics import DURATION_BUCKETS_SECONDS
from aistack.gateway.upstream.route_table import Route
from aistack.gateway.upstream.topology import Topology

Cells = dict[tuple[str, str], dict[tuple[bytes, int], list[float]]]
Counts = dict[str, int]
Histograms = dict[str, list[float]]

NameT = TypeVar("NameT", str, tuple[str, str])
METHODS = frozenset((b"GET", b"HEAD", b"POST", b"PUT", b"DELETE", b"PATCH", b"OPTIONS"))
OTHER_METHOD = b"other"
CELL_LENGTH = len(DURATION_BUCKETS_SECONDS) + 2


@dataclass(slots=True)
class Report:
    """`cells` are by (service, route) and then (method, status); a cell is a histogram's buckets, then seconds.

    `active` and `idle` are connections by (service, instance), `in_flight` exchanges by service, `streams` those that
    are long-lived, `breakers` states. `first_bytes` and `streamed` are histograms by service, of responses whose body
    came after the head: the time to the head, and to the end. `lag_seconds` is the recent maximum delay of the event
    loop.
    """

    cells: Cells = field(default_factory=dict[tuple[str, str], dict[tuple[bytes, int], list[float]]])
    retries: Counts = field(default_factory=dict[str, int])
    hedges: Counts = field(default_factory=dict[str, int])
    ejections: Counts = field(default_factory=dict[str, int])
    rejected: Counts = field(default_factory=dict[str, int])
    in_flight: Counts = field(default_factory=dict[str, int])
    streams: Counts = field(default_factory=dict[str, int])
    breakers: Counts = field(default_factory=dict[str, int])
    active: dict[tuple[str, str], int] = field(default_factory=dict[tuple[str, str], int])
    idle: dict[tuple[str, str], int] = field(default_factory=dict[tuple[str, str], int])
    first_bytes: Histograms = field(default_factory=dict[str, list[float]])
    streamed: Histograms = field(default_factory=dict[str, list[float]])
    clients: int = 0
    lag_seconds: float = 0.0
    certificate_expires_at: float = 0.0
    misses_token_key: bool = False

    def add(self, other: "Report") -> None:
        """Adds another data plane's report; of the breakers, the most open state counts."""
        self.add_counters(other)
        _add(self.in_flight, other.in_flight)
        _add(self.streams, other.streams)
        _add(self.active, other.active)
        _add(self.idle, other.idle)
        for name, state in other.breakers.items():
            self.breakers[name] = max(state, self.breakers.get(name, 0))
        self.clients += other.clients
        self.lag_seconds = max(self.lag_seconds, other.lag_seconds)
        self.certificate_expires_at = other.certificate_expires_at or self.certificate_expires_at

    def add_counters(self, other: "Report") -> None:
        """Adds the counters: the part of a report that outlives its data plane."""
        for route, cells in other.cells.items():
            held = self.cells.setdefault(route, {})
            for key, cell in cells.items():
                held[key] = [a + b for a, b in zip(held.get(key, [0.0] * len(cell)), cell, strict=True)]
        for mine, others in ((self.first_bytes, other.first_bytes), (self.streamed, other.streamed)):
            for name, cell in others.items():
                mine[name] = [a + b for a, b in zip(mine.get(name, [0.0] * len(cell)), cell, strict=True)]
        for mine, others in (
            (self.retries, other.retries),
            (self.hedges, other.hedges),
            (self.ejections, other.ejections),
            (self.rejected, other.rejected),
        ):
            _add(mine, others)


def merged(reports: Iterable[Report]) -> Report:
    total = Report()
    for report in reports:
        total.add(report)
    return total


def _add(mine: dict[NameT, int], others: dict[NameT, int]) -> None:
    for name, number in others.items():
        mine[name] = mine.get(name, 0) + number


class Statistics:
    """Counts by route, method and status, and by kind of failure."""

    def __init__(self, topology: Topology) -> None:
        self.retries: dict[str, int] = {}
        self.hedges: dict[str, int] = {}
        self.ejections: dict[str, int] = {}
        self.rejected: dict[str, int] = {}
        self.first_bytes: Histograms = {}
        self.streamed: Histograms = {}
        self._cells = topology.cells
        self._unrouted = topology.cells.setdefault(("gateway", "none"), {})

    def record(self, route: Route | None, method: bytes, status: int, seconds: float) -> None:
        cells = self._unrouted if route is None else route.cells
        cell = cells.get((method, status))
        if cell is None:
            method = method if method in METHODS else OTHER_METHOD
            cell = cells.setdefault((method, status), [0.0] * CELL_LENGTH)
        cell[bisect_left(DURATION_BUCKETS_SECONDS, seconds)] += 1
        cell[-1] += seconds

    def record_stream(self, route: Route | None, first_byte_seconds: float, seconds: float) -> None:
        """A response that came in pieces: the time to its head, and to its end."""
        name = "gateway" if route is None else route.cluster.name
        for histograms, value in ((self.first_bytes, first_byte_seconds), (self.streamed, seconds)):
            cell = histograms.setdefault(name, [0.0] * CELL_LENGTH)
            cell[bisect_left(DURATION_BUCKETS_SECONDS, value)] += 1
            cell[-1] += value

    def count(self) -> int:
        """The number of requests recorded since the start."""
        return int(sum(sum(cell[:-1]) for cells in self._cells.values() for cell in cells.values()))

    def retry(self, service: str) -> None:
        self.retries[service] = self.retries.get(service, 0) + 1

    def hedge(self, service: str) -> None:
        self.hedges[service] = self.hedges.get(service, 0) + 1

    def ejection(self, service: str) -> None:
        self.ejections[service] = self.ejections.get(service, 0) + 1

    def rejection(self, reason: str) -> None:
        self.rejected[reason] = self.rejected.get(reason, 0) + 1

    def report(self, topology: Topology, clients: int) -> Report:
        """All counters, and what is in progress now."""
        report = Report(topology.cells, self.retries, self.hedges, self.ejections, self.rejected, clients=clients)
        report.first_bytes, report.streamed = self.first_bytes, self.streamed
        for cluster in topology.clusters.values():
            report.streams[cluster.name] = len(cluster.streams.held)
            report.in_flight[cluster.name] = len(cluster.requests.held) + len(cluster.streams.held)
            report.breakers[cluster.name] = max(cluster.breaker.state, cluster.route_breakers.state)
            for endpoint in (*cluster.endpoints.values(), *cluster.leaving):
                key = cluster.name, endpoint.id
                report.active[key] = report.active.get(key, 0) + endpoint.in_flight
                report.idle[key] = report.idle.get(key, 0) + len(endpoint.idle)
        return report
