"""Separates a series into trend, seasons and remainder.

As MSTL does (Bandara, Hyndman and Bergmeir 2021; STL: Cleveland et al. 1990): seasons are removed in turn, each
estimated over its cycle-subseries with weights that let it change slowly; the trend is a local line. Outliers count
less in a second pass.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from aistack.trend.series.findings import Method
from aistack.trend.series.statistics import FloatArray, robust_scale

METHOD = Method("MSTL-like decomposition", "Cleveland et al. 1990; Bandara, Hyndman and Bergmeir 2021")
SEASONAL_CYCLES = 15  # on either side, over which a season is averaged


@dataclass(frozen=True, slots=True)
class Decomposition:
    """`trend`, `remainder` and each of `seasonal` (by period) are (n,), and add up to the values.

    `trend_strength` and `seasonal_strength` (0 to 1) are those of Wang, Smith and Hyndman 2006.
    """

    trend: FloatArray
    seasonal: dict[int, FloatArray]
    remainder: FloatArray
    trend_strength: float
    seasonal_strength: dict[int, float]
    method: Method = METHOD

    @property
    def adjusted(self) -> FloatArray:
        """The values without the seasons."""
        return self.trend + self.remainder


def decomposed(values: FloatArray, periods: Sequence[int] = ()) -> Decomposition:
    """The parts of `values` (n,) with seasons of `periods` (steps), those of more than half the series left out."""
    periods = [period for period in sorted(set(periods)) if 2 <= period <= values.size // 2]
    parts = {period: np.zeros(values.size) for period in periods}
    window = _trend_window(values.size, periods)
    clean, trend, remainder = values, values, np.zeros(values.size)
    for _ in range(2):
        for _ in range(2 if len(periods) > 1 else 1):
            for period in periods:
                rest = clean - sum((part for key, part in parts.items() if key != period), np.zeros(values.size))
                parts[period] = seasonal_component(
                    rest - local_trend(rest, _trend_window(values.size, [period])), period
                )
        seasonal = sum(parts.values(), np.zeros(values.size))
        trend = local_trend(clean - seasonal, window)
        remainder = values - trend - seasonal
        limit = 4 * robust_scale(remainder)
        clean = trend + seasonal + np.clip(remainder, -limit, limit) if limit > 0 else values
    return Decomposition(
        trend, parts, remainder, _strength(remainder, trend),
        {period: _strength(remainder, part) for period, part in parts.items()},
    )  # fmt: skip


def local_trend(values: FloatArray, window: int) -> FloatArray:
    """(n,) a line fitted to the `window` points around each point, and to the fewer ones at the ends."""
    n = values.size
    half = max(1, min(window, n) // 2)
    if n < 3:
        return np.full(n, values.mean() if n else 0.0)
    at = np.arange(n)
    low, high = np.maximum(at - half, 0), np.minimum(at + half + 1, n)
    base = float(values.mean())
    count = (high - low).astype(np.float64)
    steps = at - n / 2
    sums = [np.r_[0.0, np.cumsum(one)] for one in (values - base, steps, steps * steps, steps * (values - base))]
    total, step_total, step_squares, products = (one[high] - one[low] for one in sums)
    centre = step_total / count
    spread = step_squares - step_total * centre
    slope = np.where(spread > 1e-9, (products - total * centre) / np.maximum(spread, 1e-9), 0.0)
    return base + total / count + slope * (steps - centre)


def seasonal_component(values: FloatArray, period: int) -> FloatArray:
    """(n,) the average over neighbouring cycles of values without trend, with mean 0 over a cycle."""
    n = values.size
    cycles = -(-n // period)
    table = np.r_[values, np.zeros(cycles * period - n)].reshape(cycles, period)
    known = np.r_[np.ones(n), np.zeros(cycles * period - n)].reshape(cycles, period)
    total, weight = np.zeros_like(table), np.zeros_like(table)
    for offset in range(-min(SEASONAL_CYCLES, cycles - 1), min(SEASONAL_CYCLES, cycles - 1) + 1):
        share = (1 - (abs(offset) / (SEASONAL_CYCLES + 1)) ** 3) ** 3  # tricube
        to, of = slice(max(0, -offset), cycles - max(0, offset)), slice(max(0, offset), cycles - max(0, -offset))
        total[to] += share * table[of]
        weight[to] += share * known[of]
    means = total / np.maximum(weight, 1e-12)
    means -= means.mean(axis=1, keepdims=True)
    return means.reshape(-1)[:n]


def _trend_window(size: int, periods: Sequence[int]) -> int:
    return (2 * max(periods) + 1) if periods else max(5, size // 10)


def _strength(remainder: FloatArray, part: FloatArray) -> float:
    if not part.size:
        return 0.0
    whole = float((remainder + part).var())
    return round(max(0.0, 1 - float(remainder.var()) / whole), 4) if whole > 1e-300 else 0.0
