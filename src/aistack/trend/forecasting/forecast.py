"""Forecasts a regular series: candidates, backtest, choice, intervals, and what they are worth.

The median of the candidates is taken (Petropoulos and Svetunkov 2020, "A simple combination of univariate models"),
unless one candidate did clearly better from several origins. Weights are never learned. Where nothing beats the
seasonal naive in the backtest, the seasonal naive is returned, and the answer says so.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from aistack.trend.forecasting.backtest import COMBINATION, Backtest, all_forecasts, backtested
from aistack.trend.forecasting.candidates import Candidate, candidates
from aistack.trend.forecasting.intervals import coverage_left_out, fallback_errors, widths
from aistack.trend.series.findings import Method, Quality, Statement, Verdict
from aistack.trend.series.regular import Series
from aistack.trend.series.seasonality import seasons, usual_periods
from aistack.trend.series.statistics import FloatArray, ljung_box

INTERVALS = Method("split conformal over rolling origins", "Vovk et al. 2005; Stankeviciute et al. 2021")
COMBINED = Method(COMBINATION, "Petropoulos and Svetunkov 2020")
HORIZON_MAX = 10_000
HISTORY_MAX = 5000
CLEARLY_BETTER = 0.85  # of the combination's error
GOOD_SKILL = 0.15
LEAST_SKILL = 0.05
INTERMITTENT = 0.3  # share of zeros
Support = Literal["any", "non_negative", "counts"]


@dataclass(frozen=True, slots=True)
class CandidateError:
    """A candidate's mean absolute error over the backtest; None without one."""

    method: Method
    error: float | None


@dataclass(frozen=True, slots=True)
class Forecast:
    """All arrays are (horizon,). `baseline` is the seasonal naive with `period` (1: the last value again)."""

    times: np.ndarray[tuple[int], np.dtype[np.int64]]
    values: FloatArray
    lower_80: FloatArray
    upper_80: FloatArray
    lower_95: FloatArray
    upper_95: FloatArray
    baseline: FloatArray
    method: Method
    intervals: Method
    period: int
    quality: Quality
    tried: tuple[CandidateError, ...]
    backtest: Backtest
    statements: tuple[Statement, ...]


def forecast(series: Series, horizon: int, periods: Sequence[int] | None = None, support: Support = "any") -> Forecast:
    """The next `horizon` values. `periods` are found where not given; `support` clips at 0, and rounds counts.

    Raises ValueError for a series without values and a horizon outside 1 to 10 000.
    """
    series = _latest(series, periods)
    values = series.values
    if not values.size:
        raise ValueError("a series without values has no forecast")
    if not 1 <= horizon <= HORIZON_MAX:
        raise ValueError(f"a horizon of {horizon} steps; allowed are 1 to {HORIZON_MAX}")
    if periods is None:
        periods = [season.period for season in seasons(values, series.step)]
    usable = [one for one in sorted(set(periods)) if 2 <= one <= values.size // 2]
    is_intermittent = float((values == 0).mean()) > INTERMITTENT and not usable
    tried = candidates(usable, usual_periods(values.size, series.step), is_intermittent)
    models = [one for one in tried if one.points_min <= values.size]
    tested = backtested(values, models, horizon, series.observed)
    if not tested.origins and len(models) > 1:
        models = [one for one in models if one.points_min <= max(4, values.size // 2)] or models[:1]
        tested = backtested(values, models, horizon, series.observed)
    chosen = _chosen(tested)
    found = all_forecasts(values, models, horizon)
    period = usable[0] if usable else 1
    errors = (
        np.abs(tested.forecasts[:, chosen] - tested.actual)
        if tested.origins
        else fallback_errors(values, period, horizon)
    )
    half_80, half_95 = widths(errors, horizon, 0.80), widths(errors, horizon, 0.95)
    middle = found[chosen]
    quality, notes = _judged(series, tested, chosen, errors, horizon)
    method = COMBINED if chosen == len(models) else models[chosen].method
    clip = _clipped(support)
    return Forecast(
        series.times(values.size, horizon), clip(middle), clip(middle - half_80), clip(middle + half_80),
        clip(middle - half_95), clip(middle + half_95), clip(found[0]), method, INTERVALS, period, quality,
        _tried(models, tested), tested, (*series.statements, *notes),
    )  # fmt: skip


def _latest(series: Series, periods: Sequence[int] | None) -> Series:
    """The last part of a long series."""
    limit = max(HISTORY_MAX, 10 * max(periods or (1,)))
    if series.values.size <= limit:
        return series
    first = series.values.size - limit
    note = Statement("older_points_not_used", {"count": first})
    start = int(series.times(first, 1)[0])
    return Series(start, series.step, series.values[first:], series.observed[first:], (*series.statements, note))


def _chosen(tested: Backtest) -> int:
    """The combination (the last), or a candidate that did clearly better, or the best naive forecast where the
    combination did not beat it. Without a backtest the seasonal naive, if there may be a season, or the last value."""
    errors, names = tested.errors, tested.names
    if not np.isfinite(errors).all():
        return next((number for number, name in enumerate(names) if name.startswith("seasonal")), 0)
    combination = errors.size - 1
    best = int(np.argmin(errors[:-1]))
    if errors[best] < CLEARLY_BETTER * errors[combination]:
        return best
    simple = min(_benchmarks(names), key=lambda number: errors[number])
    return combination if errors[combination] < errors[simple] else simple


def _judged(
    series: Series, tested: Backtest, chosen: int, errors: FloatArray, horizon: int
) -> tuple[Quality, list[Statement]]:
    notes: list[Statement] = []
    skill = coverage_80 = coverage_95 = residual = None
    verdict: Verdict = "unknown"
    if tested.origins:
        own = float(tested.errors[chosen])
        naive = float(min(tested.errors[number] for number in _benchmarks(tested.names)))
        skill = round(1 - own / naive, 4) if naive > 0 else 0.0
        coverage_80 = coverage_left_out(errors, horizon, 0.80)
        coverage_95 = coverage_left_out(errors, horizon, 0.95)
        first = (
            (tested.forecasts[0, chosen] - tested.actual[0])
            if horizon > 1
            else tested.forecasts[:, chosen, 0] - tested.actual[:, 0]
        )
        residual = ljung_box(first[np.isfinite(first)])
        verdict = "no_better_than_naive" if skill < LEAST_SKILL else "good" if skill >= GOOD_SKILL else "weak"
        if verdict == "no_better_than_naive":
            notes.append(Statement("no_better_than_naive", {"baseline": tested.names[0]}))
        if residual is not None and residual < 0.01:
            notes.append(Statement("residuals_autocorrelated", {"p": round(residual, 5)}))
        if len(tested.origins) < 4:
            notes.append(Statement("few_backtest_origins", {"count": len(tested.origins)}))
    else:
        notes.append(Statement("too_short_to_backtest", {"count": series.values.size, "horizon": horizon}))
    if np.ptp(series.values) == 0:
        notes.append(Statement("constant"))
    return Quality(series.values.size, series.gaps, skill, coverage_80, coverage_95, residual, verdict), notes


def _benchmarks(names: Sequence[str]) -> list[int]:
    """The naive forecasts to beat: the first, and the mean where it was tried."""
    return [0, *(number for number, name in enumerate(names) if name == "mean")]


def _tried(models: Sequence[Candidate], tested: Backtest) -> tuple[CandidateError, ...]:
    methods = [*(one.method for one in models), COMBINED]
    return tuple(
        CandidateError(method, float(error) if np.isfinite(error) else None)
        for method, error in zip(methods, tested.errors, strict=True)
    )


def _clipped(support: Support):
    def clip(values: FloatArray) -> FloatArray:
        if support == "any":
            return values
        return np.maximum(np.rint(values) if support == "counts" else values, 0.0)

    return clip
