"""Prometheus metrics of the gateway: the report of its data planes as metric families."""

from collections.abc import Callable, Iterable
from itertools import accumulate

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from aistack.chassis.telemetry.metrics import DURATION_BUCKETS_SECONDS
from aistack.gateway.telemetry.statistics import Report

BOUNDS = [*(str(bound) for bound in DURATION_BUCKETS_SECONDS), "+Inf"]


class Exposition(Collector):
    """Gets a report at each scrape."""

    def __init__(self, report: Callable[[], Report]) -> None:
        self._report = report

    def collect(self) -> Iterable[Metric]:
        report = self._report()
        yield from _requests(report)
        yield from _upstreams(report)
        yield _first_bytes(report)
        yield GaugeMetricFamily("aistack_client_connections", "Open client connections", report.clients)
        about = "Maximum delay of a worker's event loop in the last 30 s"
        yield GaugeMetricFamily("aistack_worker_event_loop_lag_seconds", about, report.lag_seconds)
        if report.certificate_expires_at:
            about = "When the TLS certificate expires, Unix time"
            yield GaugeMetricFamily(
                "aistack_tls_certificate_expiry_timestamp_seconds", about, report.certificate_expires_at
            )
        for name, about, label, counts in (
            ("aistack_retries", "Requests retried at another instance", "service", report.retries),
            ("aistack_hedges", "Second attempts of hedged requests", "service", report.hedges),
            ("aistack_ejections", "Ejections of instances", "service", report.ejections),
            ("aistack_rejected", "Requests rejected by the gateway", "reason", report.rejected),
        ):
            family = CounterMetricFamily(name, about, labels=(label,))
            for value, number in counts.items():
                family.add_metric((value,), number)
            yield family


def _requests(report: Report) -> Iterable[Metric]:
    labels = ("service", "route", "method", "status")
    requests = CounterMetricFamily("aistack_requests", "Requests answered", labels=labels)
    duration = HistogramMetricFamily(
        "aistack_request_duration_seconds", "Time from the request head to the end of the response", labels=labels[:3]
    )
    by_method: dict[tuple[str, str, str], list[float]] = {}
    for (service, route), cells in report.cells.items():
        for (method, status), cell in cells.items():
            key = (service, route, method.decode())
            requests.add_metric((*key, str(status)), sum(cell[:-1]))
            by_method[key] = [a + b for a, b in zip(by_method.get(key, [0.0] * len(cell)), cell, strict=True)]
    for key, (*counts, total) in by_method.items():
        duration.add_metric(key, list(zip(BOUNDS, accumulate(counts), strict=True)), total)
    yield requests
    yield duration


def _first_bytes(report: Report) -> Metric:
    """Responses in one piece began when they ended; for the others, the time was recorded."""
    family = HistogramMetricFamily(
        "aistack_time_to_first_byte_seconds", "Time from the request head to the response head", labels=("service",)
    )
    whole: dict[str, list[float]] = {}
    for (service, _), cells in report.cells.items():
        for cell in cells.values():
            whole[service] = [a + b for a, b in zip(whole.get(service, [0.0] * len(cell)), cell, strict=True)]
    for service, cell in whole.items():
        nothing = [0.0] * len(cell)
        came, ended = report.first_bytes.get(service, nothing), report.streamed.get(service, nothing)
        *counts, total = (max(0.0, a + b - c) for a, b, c in zip(cell, came, ended, strict=True))
        family.add_metric((service,), list(zip(BOUNDS, accumulate(counts), strict=True)), total)
    return family


def _upstreams(report: Report) -> Iterable[Metric]:
    connections = GaugeMetricFamily(
        "aistack_upstream_connections", "Connections to instances", labels=("service", "instance", "state")
    )
    for state, numbers in (("active", report.active), ("idle", report.idle)):
        for (service, instance), number in numbers.items():
            connections.add_metric((service, instance, state), number)
    in_flight = GaugeMetricFamily("aistack_requests_in_flight", "Requests in flight", labels=("service",))
    streams = GaugeMetricFamily(
        "aistack_streams_in_flight",
        "Long-lived requests in flight: WebSockets, event streams, slow transfers",
        labels=("service",),
    )
    for service, number in report.streams.items():
        streams.add_metric((service,), number)
    breaker = GaugeMetricFamily("aistack_breaker_state", "0 closed, 1 half-open, 2 open", labels=("service",))
    for service, number in report.in_flight.items():
        in_flight.add_metric((service,), number)
    for service, state in report.breakers.items():
        breaker.add_metric((service,), state)
    yield connections
    yield in_flight
    yield streams
    yield breaker
