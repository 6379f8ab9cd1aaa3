"""What the data plane counts, cheaply, and how Prometheus reads it."""

from bisect import bisect_left
from collections.abc import Iterable
from itertools import accumulate

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from aistack.chassis.metrics import DURATION_BUCKETS_SECONDS
from aistack.gateway.routing import Route
from aistack.gateway.upstreams import Upstreams

METHODS = frozenset((b"GET", b"HEAD", b"POST", b"PUT", b"DELETE", b"PATCH", b"OPTIONS"))
OTHER_METHOD = b"other"
BUCKETS = len(DURATION_BUCKETS_SECONDS)


class Measures(Collector):
    """Counts by route, method and status: a cell holds the histogram's buckets, then the sum of seconds."""

    def __init__(self, upstreams: Upstreams) -> None:
        self.upstreams = upstreams
        self.retries: dict[str, int] = {}
        self.ejections: dict[str, int] = {}
        self.rejected: dict[str, int] = {}
        self._unrouted = upstreams.cells.setdefault(("gateway", "none"), {})

    def record(self, route: Route | None, method: bytes, status: int, seconds: float) -> None:
        cells = self._unrouted if route is None else route.cells
        cell = cells.get((method, status))
        if cell is None:
            method = method if method in METHODS else OTHER_METHOD
            cell = cells.setdefault((method, status), [0.0] * (BUCKETS + 2))
        cell[bisect_left(DURATION_BUCKETS_SECONDS, seconds)] += 1
        cell[-1] += seconds

    def retried(self, service: str) -> None:
        self.retries[service] = self.retries.get(service, 0) + 1

    def ejected(self, service: str) -> None:
        self.ejections[service] = self.ejections.get(service, 0) + 1

    def reject(self, reason: str) -> None:
        self.rejected[reason] = self.rejected.get(reason, 0) + 1

    def collect(self) -> Iterable[Metric]:
        labels = ("service", "route", "method", "status")
        requests = CounterMetricFamily("aistack_requests", "Requests answered", labels=labels)
        duration = HistogramMetricFamily(
            "aistack_request_duration_seconds",
            "Time from request head to the end of the answer",
            labels=labels[:3],
        )
        merged: dict[tuple[str, str, str], list[float]] = {}
        for (service, route), cells in self.upstreams.cells.items():
            for (method, status), cell in cells.items():
                key = (service, route, method.decode())
                requests.add_metric((*key, str(status)), sum(cell[:-1]))
                merged[key] = [a + b for a, b in zip(merged.get(key, [0.0] * len(cell)), cell, strict=True)]
        bounds = [*(str(bound) for bound in DURATION_BUCKETS_SECONDS), "+Inf"]
        for key, (*counts, total) in merged.items():
            duration.add_metric(key, list(zip(bounds, accumulate(counts), strict=True)), total)
        yield requests
        yield duration
        yield from self._upstreams()
        yield from self._events()

    def _upstreams(self) -> Iterable[Metric]:
        connections = GaugeMetricFamily(
            "aistack_upstream_connections",
            "Connections to instances",
            labels=("service", "instance", "state"),
        )
        healthy = GaugeMetricFamily("aistack_upstream_healthy", "1 when routed to", labels=("service", "instance"))
        breaker = GaugeMetricFamily("aistack_breaker_state", "0 closed, 1 half-open, 2 open", labels=("service",))
        for instance in self.upstreams.instances():
            service = instance.service
            connections.add_metric((service.name, instance.id, "active"), instance.in_flight)
            connections.add_metric((service.name, instance.id, "idle"), len(instance.idle))
            healthy.add_metric((service.name, instance.id), instance in service.usable)
        for service in self.upstreams.services.values():
            breaker.add_metric((service.name,), service.breaker.state)
        yield connections
        yield healthy
        yield breaker

    def _events(self) -> Iterable[Metric]:
        for name, about, label, counts in (
            ("aistack_retries", "Requests tried again elsewhere", "service", self.retries),
            ("aistack_ejections", "Instances sent to rest", "service", self.ejections),
            ("aistack_rejected", "Requests refused by the gateway", "reason", self.rejected),
        ):
            family = CounterMetricFamily(name, about, labels=(label,))
            for value, number in counts.items():
                family.add_metric((value,), number)
            yield family
