"""What the sidecar counts, and its Prometheus metrics.

Counters are plain attributes and lists: a chunk costs two comparisons here, and the library that formats the metrics is
imported when they are first scraped.
"""

import time
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING

from aistack.http2.grpc.status import Status

if TYPE_CHECKING:
    from prometheus_client.metrics_core import Metric

REQUEST_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0)
TOKEN_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


@dataclass(frozen=True, slots=True)
class Gauges:
    """What is so now. `status` is 1 connected, 0 disconnected, 2 reloading; `workers` are names, statuses and calls."""

    status: int
    waiting: int
    workers: list[tuple[str, int, int]]


class Histogram:
    """Counts by bucket, and the sum, in seconds."""

    __slots__ = ("bounds", "counts", "total")

    def __init__(self, bounds: tuple[float, ...]) -> None:
        self.bounds = bounds
        self.counts = [0] * (len(bounds) + 1)
        self.total = 0.0

    def observe(self, seconds: float) -> None:
        self.counts[bisect_left(self.bounds, seconds)] += 1
        self.total += seconds

    def buckets(self) -> list[tuple[str, float]]:
        names = [*(str(bound) for bound in self.bounds), "+Inf"]
        return list(zip(names, accumulate(self.counts), strict=True))


class SidecarMetrics:
    """The counters of one sidecar."""

    def __init__(self) -> None:
        self.started_at = time.time()
        self.requests = 0
        self.succeeded = 0
        self.by_status: dict[Status, int] = {}
        self.tokens = 0
        self.chunks = 0
        self.retries = 0
        self.prefix_blocks = self.prefix_hits = 0
        self.rejected: dict[str, int] = {}
        self.duration = Histogram(REQUEST_SECONDS)
        self.first_token = Histogram(TOKEN_SECONDS)
        self.between_tokens = Histogram(TOKEN_SECONDS)
        self.waited = Histogram(REQUEST_SECONDS)

    def ended(self, status: Status, seconds: float) -> None:
        """A prediction ended."""
        self.by_status[status] = self.by_status.get(status, 0) + 1
        self.duration.observe(seconds)
        if status is Status.OK:
            self.succeeded += 1

    def reject(self, reason: str) -> None:
        self.rejected[reason] = self.rejected.get(reason, 0) + 1

    def exposition(self, accept: str, gauges: Gauges) -> tuple[bytes, str]:
        """The metrics as text, and its media type."""
        from prometheus_client import CollectorRegistry, ProcessCollector
        from prometheus_client.exposition import choose_encoder
        from prometheus_client.registry import Collector

        class Counted(Collector):
            def collect(_self) -> Iterable["Metric"]:
                return self._families(gauges)

        registry = CollectorRegistry()
        registry.register(Counted())
        ProcessCollector(registry=registry)
        encode, media_type = choose_encoder(accept)
        return encode(registry), media_type

    def _families(self, gauges: Gauges) -> Iterable["Metric"]:
        from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily

        for name, about, value in (
            ("sidecar_requests", "Predictions that clients asked for", self.requests),
            ("sidecar_requests_success", "Predictions that ended with the status OK", self.succeeded),
            ("sidecar_tokens_processed", "Tokens that workers sent", self.tokens),
            ("sidecar_chunks", "Messages that workers sent", self.chunks),
            ("sidecar_prefix_blocks", "Blocks of prompts that were to go where they had been", self.prefix_blocks),
            ("sidecar_prefix_hit_blocks", "Those of them that the chosen worker had seen", self.prefix_hits),
            ("sidecar_retries", "Predictions sent to another worker before their first chunk", self.retries),
        ):
            yield CounterMetricFamily(name, about, value)
        for name, about, histogram in (
            ("sidecar_request_duration_seconds", "Time from a prediction's head to its end", self.duration),
            ("sidecar_time_to_first_token_seconds", "Time from its head to its first chunk", self.first_token),
            ("sidecar_time_between_tokens_seconds", "Time between two of its chunks", self.between_tokens),
            ("sidecar_queue_wait_seconds", "Time that predictions waited for a worker", self.waited),
        ):
            yield HistogramMetricFamily(name, about, buckets=histogram.buckets(), sum_value=histogram.total)
        about = "1 connected, 0 disconnected, 2 reloading"
        yield GaugeMetricFamily("sidecar_worker_connection_status", about, gauges.status)
        yield GaugeMetricFamily("sidecar_queue_depth", "Predictions that wait for a worker", gauges.waiting)
        in_flight = GaugeMetricFamily("sidecar_worker_calls", "Calls in progress at a worker", labels=("worker",))
        connected = GaugeMetricFamily("sidecar_worker_status", about, labels=("worker",))
        for name, status, calls in gauges.workers:
            in_flight.add_metric((name,), calls)
            connected.add_metric((name,), status)
        yield in_flight
        yield connected
        by_status = CounterMetricFamily("sidecar_requests_by_status", "Predictions by status", labels=("status",))
        for status, number in self.by_status.items():
            by_status.add_metric((status.name,), number)
        yield by_status
        rejected = CounterMetricFamily("sidecar_rejected", "Predictions rejected by the sidecar", labels=("reason",))
        for reason, number in self.rejected.items():
            rejected.add_metric((reason,), number)
        yield rejected
