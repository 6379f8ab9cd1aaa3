"""Finds the step of a series and puts its points on a regular grid, saying what was filled, merged or left out.

Steps are a number of microseconds, or months where the points lie at the same day of each month, quarter or year.
Points that repeat the clock of a zone with daylight saving time (days of 23 or 25 hours) still lie on a daily grid.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from aistack.trend.series.findings import Statement
from aistack.trend.series.points import Points, TimeArray
from aistack.trend.series.statistics import FloatArray
from aistack.trend.series.times import MICROSECONDS

GRID_MAX = 20_000_000
DAY = 86_400 * MICROSECONDS
_SPARSE = 20  # steps of the grid a point, above which far points are left out
_CALENDAR = ((28, 31, 1), (89, 92, 3), (365, 366, 12))  # days from, to, months


@dataclass(frozen=True, slots=True)
class Step:
    """`microseconds` between two points, or `months` (then `microseconds` is 0)."""

    microseconds: int = 0
    months: int = 0

    @property
    def seconds(self) -> float:
        """The length, of a mean month where the step is in months."""
        return self.microseconds / MICROSECONDS or self.months * 30.436875 * 86_400


@dataclass(frozen=True, slots=True)
class Series:
    """Values on a regular grid.

    `values` (n,) has no gaps; where `observed` (n,) is False the value was interpolated. `step` is None below two
    points.
    """

    start: int
    step: Step | None
    values: FloatArray
    observed: NDArray[np.bool_]
    statements: tuple[Statement, ...] = ()

    @property
    def gaps(self) -> int:
        return int((~self.observed).sum())

    def times(self, first: int = 0, count: int | None = None) -> TimeArray:
        """Microseconds of `count` grid points from number `first` on, also past the end."""
        numbers = np.arange(first, first + (self.values.size - first if count is None else count), dtype=np.int64)
        if self.step is None:
            return np.full(numbers.size, self.start, np.int64)
        if not self.step.months:
            return self.start + numbers * self.step.microseconds
        month = np.datetime64(self.start, "us").astype("datetime64[M]")
        within = self.start - int(month.astype("datetime64[us]").astype(np.int64))
        starts = (month + numbers * self.step.months).astype("datetime64[us]").astype(np.int64)
        ends = (month + numbers * self.step.months + 1).astype("datetime64[us]").astype(np.int64)
        return np.minimum(starts + within, ends - 1)


def regular(points: Points, step: Step | None = None) -> Series:
    """The points on a grid with `step`, or the step that they show.

    Several points in one step become their mean; gaps are interpolated linearly and counted.
    """
    notes = list(points.statements)
    times, values = points.times, points.values
    if times.size < 2:
        return Series(int(times[0]) if times.size else 0, step, values, np.ones(values.size, np.bool_), tuple(notes))
    if step is None:
        step, found = inferred_step(times)
        notes += found
    times, values, left_out = _without_far_points(times, values, step)
    if left_out:
        notes.append(Statement("far_points_left_out", {"count": left_out}))
    start, numbers = _numbered(times, step)
    size = int(numbers[-1]) + 1
    counts = np.bincount(numbers, minlength=size)
    sums = np.bincount(numbers, weights=values, minlength=size)
    observed = counts > 0
    grid = np.divide(sums, counts, out=np.zeros(size), where=observed)
    if merged := int((counts[observed] - 1).sum()):
        notes.append(Statement("points_merged", {"count": merged, "step_seconds": step.seconds}))
    if missing := int((~observed).sum()):
        grid[~observed] = np.interp(np.flatnonzero(~observed), np.flatnonzero(observed), grid[observed])
        notes.append(Statement("gaps_filled", {"count": missing, "longest": _longest(~observed)}))
    return Series(start, step, grid, observed, tuple(notes))


def inferred_step(times: TimeArray) -> tuple[Step, list[Statement]]:
    """The step that most points keep; the coarsest where the frequency changes. `times` has two points or more."""
    gaps = np.diff(times)
    blocks = [float(np.median(block)) for block in np.array_split(gaps, min(10, gaps.size)) if block.size]
    median = float(np.median(gaps))
    if gaps.size >= 20 and max(blocks) > 1.5 * min(blocks):
        near = gaps[np.abs(gaps - max(blocks)) <= 0.05 * max(blocks)]
        coarse = _rounded(float(np.median(near)) if near.size else max(blocks))
        if np.mean(np.abs(gaps / coarse - np.rint(gaps / coarse)) < 0.05) > 0.3:
            return Step(coarse), [Statement("frequency_changed", {"from": min(blocks) / 1e6, "to": coarse / 1e6})]
    days = median / DAY
    for low, high, months in _CALENDAR:
        if low <= days <= high and _in_calendar(times, months):
            return Step(months=months), []
    step = _rounded(median)
    multiples = np.rint(gaps / step)
    on_grid = float(np.mean(np.abs(gaps - multiples * step) <= max(0.1 * step, 3600e6 if step % DAY == 0 else 0)))
    notes = [] if on_grid > 0.8 else [Statement("irregular_steps", {"share": round(1 - on_grid, 3)})]
    return Step(step), notes


def _rounded(microseconds: float) -> int:
    """The nearest whole unit of time that is within 2 %, or within an hour of whole days."""
    for unit in (7 * DAY, DAY, 3600 * MICROSECONDS, 60 * MICROSECONDS, MICROSECONDS, 1000):
        whole = round(microseconds / unit) * unit
        if whole and abs(whole - microseconds) <= (3600e6 if unit >= DAY else 0.02 * unit):
            return whole
    return max(1, round(microseconds))


def _in_calendar(times: TimeArray, months: int) -> bool:
    """Whether nearly every time lies in a period of its own."""
    in_months: TimeArray = times.astype("datetime64[us]").astype("datetime64[M]").astype(np.int64)
    repeated: NDArray[np.bool_] = np.diff(np.floor_divide(in_months, months)) == 0
    return float(repeated.mean()) < 0.05


def _numbered(times: TimeArray, step: Step) -> tuple[int, TimeArray]:
    """The grid's first time, and the number of each point on it."""
    if step.months:
        months = times.astype("datetime64[us]").astype("datetime64[M]").astype(np.int64)
        return int(times[0]), (months - months[0]) // step.months
    half = step.microseconds // 2
    around = np.asarray((times - times[0] + half) % step.microseconds - half, np.int64)
    offset = int(np.median(around))
    near = float(np.mean(np.abs(around - offset) <= 0.25 * step.microseconds))
    if near > 0.8:  # on a grid with jitter: the nearest number
        numbers = np.rint((times - times[0] - offset) / step.microseconds).astype(np.int64)
        return int(times[0]) + offset + int(numbers[0]) * step.microseconds, numbers - numbers[0]
    start = int(times[0]) // step.microseconds * step.microseconds
    return start, (times - start) // step.microseconds


def _without_far_points(times: TimeArray, values: FloatArray, step: Step) -> tuple[TimeArray, FloatArray, int]:
    """Only the largest group of points, where gaps would make the grid far longer than the points."""
    limit = min(GRID_MAX, _SPARSE * times.size + 1000)
    length = step.seconds * MICROSECONDS
    groups = np.split(np.arange(times.size), [])
    parts = [groups[0]]
    while len(parts[0]) > 1 and (times[parts[0][-1]] - times[parts[0][0]]) / length > limit:
        gaps = np.diff(times[parts[0]])
        at = int(np.argmax(gaps)) + 1
        parts = sorted((parts[0][:at], parts[0][at:]), key=len, reverse=True)
    kept = parts[0]
    return times[kept], values[kept], times.size - kept.size


def _longest(flags: NDArray[np.bool_]) -> int:
    edges = np.flatnonzero(np.diff(np.r_[0, flags.astype(np.int8), 0]))
    return int((edges[1::2] - edges[::2]).max()) if edges.size else 0
