"""One answer about a series: its trend, seasons, change points and anomalies, and how far they can be trusted."""

from dataclasses import dataclass, replace

import numpy as np

from aistack.trend.anomalies.batch import Anomalies, anomalies
from aistack.trend.changes.change_points import Changes, Sensitivity, change_points
from aistack.trend.series.decomposition import Decomposition, decomposed
from aistack.trend.series.findings import Method, Quality, Statement
from aistack.trend.series.points import Points
from aistack.trend.series.regular import Series, Step, regular
from aistack.trend.series.seasonality import Season, seasons
from aistack.trend.series.statistics import FloatArray, ljung_box

POINTS_MAX = 100_000
TREND_METHOD = Method("median of pairwise slopes", "Theil 1950; Sen 1968")
SLOPE_POINTS = 400
OUTLIER_POINTS = 2


@dataclass(frozen=True, slots=True)
class Analysis:
    """Indexes of change points and anomalies are into `series`, which may be coarser than the points were.

    `slope` is the trend a step, None below three points.
    """

    series: Series
    slope: float | None
    seasons: tuple[Season, ...]
    decomposition: Decomposition
    changes: Changes
    anomalies: Anomalies
    quality: Quality
    statements: tuple[Statement, ...]


def analysed(points: Points, step: Step | None = None, sensitivity: Sensitivity = "normal") -> Analysis:
    """Everything that can be said of the points. Above 100 000 grid points, means of several are analysed."""
    series = coarser(regular(points, step), POINTS_MAX)
    values = series.values
    found = seasons(values, series.step)
    periods = [season.period for season in found]
    parts = decomposed(values, periods)
    unusual = anomalies(values, periods, series.observed)
    changes = change_points(_without_outliers(parts, unusual), sensitivity)
    residual = ljung_box(parts.remainder) if values.size else None
    notes = list(series.statements)
    if not values.size:
        notes.append(Statement("no_points"))
    elif not found:
        notes.append(Statement("no_season", {"count": values.size}))
    slope = _slope(parts) if values.size >= 3 else None
    quality = Quality(values.size, series.gaps, residual_p=residual)
    return Analysis(series, slope, found, parts, changes, unusual, quality, tuple(notes))


def coarser(series: Series, most: int) -> Series:
    """Means of as many neighbouring points as leave at most `most`; the series itself where it is short."""
    size = series.values.size
    if size <= most or series.step is None:
        return series
    width = -(-size // most)
    kept = size // width * width
    step = replace(series.step, microseconds=series.step.microseconds * width, months=series.step.months * width)
    observed = np.asarray(series.observed[:kept].reshape(-1, width).any(axis=1), np.bool_)
    note = Statement("analysed_in_blocks", {"points": width})
    means = series.values[:kept].reshape(-1, width).mean(axis=1)
    return Series(series.start, step, means, observed, (*series.statements, note))


def _without_outliers(parts: Decomposition, found: Anomalies) -> FloatArray:
    """The values without the seasons, and without short spikes and dips: those are no changes of level or slope."""
    adjusted = parts.adjusted
    for one in found.points:
        if one.kind in ("spike", "dip") and one.end - one.start <= OUTLIER_POINTS:
            inside = np.arange(adjusted.size)
            known = np.flatnonzero((inside < one.start) | (inside >= one.end))
            adjusted[one.start : one.end] = np.interp(inside[one.start : one.end], known, adjusted[known])
    return adjusted


def _slope(parts: Decomposition) -> float:
    at = np.linspace(0, parts.adjusted.size - 1, min(SLOPE_POINTS, parts.adjusted.size)).astype(np.int64)
    values = parts.adjusted[at]
    first, second = np.triu_indices(at.size, 1)
    return float(np.median((values[second] - values[first]) / (at[second] - at[first])))
