"""Tries candidates from several origins: fit on the past, forecast, compare with what came (Tashman 2000)."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from aistack.trend.forecasting.candidates import Candidate
from aistack.trend.series.statistics import FloatArray

ORIGINS_MAX = 6
COMBINATION = "median of the candidates"


@dataclass(frozen=True, slots=True)
class Backtest:
    """`forecasts` (origins, candidates + 1, horizon), the last candidate being the median of the combined ones;
    `actual` (origins, horizon), NaN where gaps were filled; `origins` are the numbers of the first points forecast."""

    names: tuple[str, ...]
    origins: tuple[int, ...]
    forecasts: FloatArray
    actual: FloatArray

    @property
    def errors(self) -> FloatArray:
        """(candidates + 1,) mean absolute errors; NaN without origins."""
        if not self.origins:
            return np.full(len(self.names), np.nan)
        return np.nanmean(np.abs(self.forecasts - self.actual[:, None]), axis=(0, 2))


def backtested(
    values: FloatArray, models: Sequence[Candidate], horizon: int, observed: NDArray[np.bool_] | None = None
) -> Backtest:
    """At most six origins, the latest first, a horizon apart, or closer where the series is short."""
    names = (*(one.method.name for one in models), COMBINATION)
    needed = max(max(one.points_min for one in models), 4)
    room = values.size - needed - horizon
    if room < 0:
        return Backtest(names, (), np.empty((0, len(names), horizon)), np.empty((0, horizon)))
    apart = max(1, min(horizon, room // (ORIGINS_MAX - 1)))
    count = min(ORIGINS_MAX, room // apart + 1)
    origins = tuple(values.size - horizon - number * apart for number in range(count))
    forecasts = np.stack([all_forecasts(values[:origin], models, horizon) for origin in origins])
    actual = np.stack([values[origin : origin + horizon] for origin in origins])
    if observed is not None:
        known = np.stack([observed[origin : origin + horizon] for origin in origins])
        actual = np.where(known | ~known.any(), actual, np.nan)
    return Backtest(names, origins, forecasts, actual)


def all_forecasts(values: FloatArray, models: Sequence[Candidate], horizon: int) -> FloatArray:
    """(candidates + 1, horizon): each candidate's, and the median of the combined ones."""
    found = np.stack([one.model(values, horizon) for one in models])
    limit = 10 * (np.ptp(values) + 1e-300)
    found = np.clip(np.nan_to_num(found, nan=values[-1]), values.min() - limit, values.max() + limit)
    combined = [number for number, one in enumerate(models) if one.is_combined]
    return np.vstack([found, np.median(found[combined], axis=0)])
