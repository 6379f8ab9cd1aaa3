"""Prometheus metrics of the model API: requests, tokens and cost by model."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from prometheus_client.core import CounterMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

if TYPE_CHECKING:
    from aistack.gateway.models.accounting.ledger import UsageLedger

NANO = 1_000_000_000


class ModelExposition(Collector):
    """What the ledger has counted since this process started."""

    def __init__(self, ledger: Callable[[], "UsageLedger | None"]) -> None:
        self._ledger = ledger

    def collect(self) -> Iterable[Metric]:
        ledger = self._ledger()
        if ledger is None:
            return
        totals = ledger.totals
        calls = CounterMetricFamily(
            "aistack_model_calls", "Calls of models, by where their usage comes from", labels=("model", "source")
        )
        for labels, number in totals.requests.items():
            calls.add_metric(labels, number)
        tokens = CounterMetricFamily("aistack_model_tokens", "Tokens of models", labels=("model", "kind"))
        for labels, number in totals.tokens.items():
            tokens.add_metric(labels, number)
        cost = CounterMetricFamily("aistack_model_cost_usd", "Cost of models with a known price", labels=("model",))
        for model, nano in totals.cost_nano.items():
            cost.add_metric((model,), nano / NANO)
        yield calls
        yield tokens
        yield cost
