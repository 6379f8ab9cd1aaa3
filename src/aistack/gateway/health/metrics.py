"""Prometheus metrics of the health checks: results, durations, and the state of each instance.

Services that leave the registry leave the metrics too, so the registry's limits bound the number of series.
"""

from bisect import bisect_left
from collections.abc import Callable, Collection, Iterable
from itertools import accumulate

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from aistack.chassis.telemetry.metrics import DURATION_BUCKETS_SECONDS
from aistack.gateway.health.probe_queue import RESULTS, Outcome, Result
from aistack.gateway.registry.leases import INSTANCE_STATES
from aistack.gateway.registry.service_registry import Registry

BOUNDS = [*(str(bound) for bound in DURATION_BUCKETS_SECONDS), "+Inf"]


class CheckStatistics:
    """Counts checks by service. `last_round` is the Unix time when all checks of a round had ended, 0 before."""

    def __init__(self) -> None:
        self.last_round = 0.0
        self.results: dict[str, dict[Result, int]] = {}
        self.durations: dict[str, list[float]] = {}  # a histogram's buckets, then seconds

    def count(self, service: str, outcome: Outcome) -> None:
        results = self.results.setdefault(service, dict.fromkeys(RESULTS, 0))
        results[outcome.result] += 1
        cell = self.durations.setdefault(service, [0.0] * (len(BOUNDS) + 1))
        cell[bisect_left(DURATION_BUCKETS_SECONDS, outcome.seconds)] += 1
        cell[-1] += outcome.seconds

    def forget_others(self, services: Collection[str]) -> None:
        for gone in [name for name in self.results if name not in services]:
            del self.results[gone], self.durations[gone]


class HealthMetrics(Collector):
    """Reads the statistics and the registry at each scrape."""

    def __init__(self, statistics: CheckStatistics, restarts: Callable[[], int], registry: Registry) -> None:
        self._statistics = statistics
        self._restarts = restarts
        self._registry = registry

    def collect(self) -> Iterable[Metric]:
        held = self._statistics
        held.forget_others(self._registry.services)
        checks = CounterMetricFamily(
            "aistack_health_checks", "Health checks of instances", labels=("service", "result")
        )
        duration = HistogramMetricFamily(
            "aistack_health_check_duration_seconds", "Duration of health checks", labels=("service",)
        )
        for service, results in held.results.items():
            for result, number in results.items():
                checks.add_metric((service, result), number)
            *counts, seconds = held.durations[service]
            duration.add_metric((service,), list(zip(BOUNDS, accumulate(counts), strict=True)), seconds)
        last = GaugeMetricFamily(
            "aistack_health_checker_last_round_timestamp_seconds", "When all instances were last checked, Unix time"
        )
        if held.last_round:
            last.add_metric((), held.last_round)
        yield checks
        yield duration
        yield last
        yield CounterMetricFamily(
            "aistack_health_checker_restarts", "Rounds of health checks that failed or hung", self._restarts()
        )
        yield self._states()

    def _states(self) -> Metric:
        states = GaugeMetricFamily(
            "aistack_instance_state", "1 for the state that an instance is in", labels=("service", "instance", "state")
        )
        for instance in self._registry.instances():
            now = instance.state()
            for state in INSTANCE_STATES:
                states.add_metric((instance.service, instance.id, state), float(state == now))
        return states
