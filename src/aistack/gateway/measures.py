"""What the data plane counts, cheaply, and how Prometheus reads it."""

from bisect import bisect_left
from collections.abc import Iterable

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from aistack.chassis.metrics import DURATION_BUCKETS_SECONDS
from aistack.gateway.registry import Registry

METHODS = frozenset((b"GET", b"HEAD", b"POST", b"PUT", b"DELETE", b"PATCH", b"OPTIONS"))
BUCKETS = len(DURATION_BUCKETS_SECONDS)


class Measures(Collector):
    """Counts by (service, route, method, status). One dictionary look-up and two additions a request."""

    def __init__(self, registry: Registry) -> None:
        self.registry = registry
        self.connections = 0
        self.retries: dict[str, int] = {}
        self.rejected: dict[str, int] = {}
        self._counts: dict[tuple[str, str, bytes, int], list[int]] = {}
        self._sums: dict[tuple[str, str, bytes, int], float] = {}

    def record(self, service: str, route: str, method: bytes, status: int, seconds: float) -> None:
        key = (service, route, method if method in METHODS else b"other", status)
        counts = self._counts.get(key)
        if counts is None:
            counts = self._counts[key] = [0] * (BUCKETS + 1)
            self._sums[key] = 0.0
        counts[bisect_left(DURATION_BUCKETS_SECONDS, seconds)] += 1
        self._sums[key] += seconds

    def retried(self, service: str) -> None:
        self.retries[service] = self.retries.get(service, 0) + 1

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
        merged: dict[tuple[str, str, str], tuple[list[int], float]] = {}
        for counted, counts in self._counts.items():
            service, route, method, status = counted
            key = (service, route, method.decode())
            requests.add_metric((*key, str(status)), sum(counts))
            so_far, total = merged.get(key, ([0] * (BUCKETS + 1), 0.0))
            added = [a + b for a, b in zip(so_far, counts, strict=True)]
            merged[key] = (added, total + self._sums[counted])
        bounds = [*(str(bound) for bound in DURATION_BUCKETS_SECONDS), "+Inf"]
        for key, (counts, total) in merged.items():
            running = [sum(counts[: index + 1]) for index in range(BUCKETS + 1)]
            duration.add_metric(key, list(zip(bounds, running, strict=True)), total)
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
        for service in self.registry.services.values():
            for instance in service.instances.values():
                connections.add_metric((service.name, instance.id, "active"), instance.in_flight)
                connections.add_metric((service.name, instance.id, "idle"), len(instance.idle))
                healthy.add_metric((service.name, instance.id), instance in service.usable)
        yield connections
        yield healthy

    def _events(self) -> Iterable[Metric]:
        yield GaugeMetricFamily("aistack_client_connections", "Open client connections", self.connections)
        retries = CounterMetricFamily("aistack_retries", "Requests tried again elsewhere", labels=("service",))
        for service, number in self.retries.items():
            retries.add_metric((service,), number)
        rejected = CounterMetricFamily("aistack_rejected", "Requests refused by the gateway", labels=("reason",))
        for reason, number in self.rejected.items():
            rejected.add_metric((reason,), number)
        yield retries
        yield rejected
