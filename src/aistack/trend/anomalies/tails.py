"""How improbable a value is against its own past: a generalised Pareto tail over a high quantile.

Siffer et al. 2017, "Anomaly Detection in Streams with Extreme Value Theory"; the parameters by probability-weighted
moments (Hosking and Wallis 1987), which need no optimiser.
"""

import math
from typing import cast

import numpy as np

from aistack.trend.anomalies.rings import Ring
from aistack.trend.series.statistics import FloatArray

QUANTILE = 0.96
SHAPE_RANGE = (0.0, 0.5)  # from an exponential tail to one without variance
SURPRISE_MAX = 12.0
REFIT_EVERY = 20


class Tail:
    """The last `capacity` values of a measure that is high when something is unusual."""

    def __init__(self, capacity: int, warm_up: int) -> None:
        self.past = Ring(capacity)
        self.warm_up = warm_up
        self._since_fit = REFIT_EVERY
        self._limit = self._scale = self._shape = 0.0

    def surprise(self, value: float) -> float:
        """`-log10` of the chance of such a value or a higher one, 0 to 12; 0 below the quantile and while warming up.

        The value joins the past afterwards.
        """
        found = 0.0
        if self.past.size >= self.warm_up:
            if self._since_fit >= REFIT_EVERY:
                self._fit(self.past.values)
            self._since_fit += 1
            if value > self._limit:
                found = self._of_excess(value - self._limit)
        self.past.append(value)
        return found

    def _fit(self, past: FloatArray) -> None:
        self._since_fit = 0
        first = int(past.size * QUANTILE)
        ordered = np.sort(past)
        self._limit = float(ordered[first])
        excesses = ordered[first:] - self._limit
        mean = float(excesses.mean())
        weights = np.arange(excesses.size - 1, -1, -1) / max(1, excesses.size - 1)
        spread = mean - 2 * float((excesses * weights).mean())
        shape = 2 - mean / spread if spread > 1e-15 else 0.0
        self._shape = min(SHAPE_RANGE[1], max(SHAPE_RANGE[0], shape)) if excesses.size >= 5 else SHAPE_RANGE[0]
        middle = float(ordered[past.size // 2])
        floor = 1e-9 * abs(float(ordered[-1])) + 1e-300
        self._scale = mean * (1 - self._shape) + 0.02 * (self._limit - middle) + floor

    def _of_excess(self, excess: float) -> float:
        ratio = excess / self._scale
        tail = ratio / math.log(10) if self._shape < 1e-6 else math.log10(1 + self._shape * ratio) / self._shape
        return min(SURPRISE_MAX, tail - math.log10(1 - QUANTILE))

    def state(self) -> dict[str, object]:
        fit = [self._since_fit, self._limit, self._scale, self._shape]
        return {"past": self.past.state(), "warm_up": self.warm_up, "fit": fit}

    @classmethod
    def restored(cls, state: dict[str, object]) -> "Tail":
        past = Ring.restored(state["past"])
        tail = cls(past.capacity, int(str(state["warm_up"])))
        tail.past = past
        since, tail._limit, tail._scale, tail._shape = cast(list[float], state["fit"])
        tail._since_fit = int(since)
        return tail
