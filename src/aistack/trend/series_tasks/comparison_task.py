"""Compares several series over the same time, or one series in several periods.

Who leads whom is the lag of the greatest cross-correlation of first differences, reported only where chance makes none
so great among all the lags tried (Box, Jenkins and Reinsel 2008, section 12.1). Periods are compared by the rank test
of Mann and Whitney 1947, with as many values as the autocorrelation leaves independent.
"""

import itertools
import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from aistack.trend.series.findings import Method, Statement
from aistack.trend.series.regular import Series
from aistack.trend.series.statistics import FloatArray, autocorrelation, normal_tail
from aistack.trend.series.times import microseconds_of
from aistack.trend.series.wording import Language
from aistack.trend.series_tasks.answer_form import (
    method_of,
    number_of,
    numbers_of,
    series_given,
    statements_of,
    time_of,
    times_of,
)

LAGS_MAX = 24
STEPS_MIN = 8
STEPS_MAX = 20_000
CHANCE = 0.01  # of one correlation among all that are tried
LEADS = Method("cross-correlation of differences", "Box, Jenkins and Reinsel 2008")
RANKS = Method("rank test with an effective number of values", "Mann and Whitney 1947; Bayley and Hammersley 1946")


class NothingToCompare(ValueError):
    """The message says why."""


@dataclass(frozen=True, slots=True)
class Aligned:
    """Series on one grid: `values` (series, steps) from `start` on, `step` microseconds apart."""

    start: int
    step: int
    values: FloatArray


def compared(request: dict[str, Any]) -> dict[str, Any]:
    """The answer to a request with `items`, each with a `name`, `points` and whether they are `counts`."""
    language: Language = request["language"]
    items: list[dict[str, Any]] = request["items"]
    found = [series_given(item) for item in items]
    empty = [item["name"] for item, series in zip(items, found, strict=True) if series.values.size < 2]
    if empty:
        raise NothingToCompare(f"{empty[0]} has fewer than two points in the window")
    grid = _aligned(found, [bool(item["counts"]) for item in items])
    names = [str(item["name"]) for item in items]
    totals = grid.values.sum(axis=1)
    half = grid.values.shape[1] // 2
    early, late = grid.values[:, :half].mean(axis=1), grid.values[:, half:].mean(axis=1)
    pairs = [
        pair for first, second in itertools.combinations(range(len(names)), 2)
        if (pair := _pair(grid.values, first, second)) is not None
    ]  # fmt: skip
    notes: list[Statement] = []
    if all(item["counts"] for item in items):
        most = int(np.argmax(totals))
        notes.append(Statement("largest", {"name": names[most], "count": float(totals[most])}))
    ratios = (late + 0.5) / (early + 0.5)
    grown = int(np.argmax(ratios))
    if (early >= 0).all() and ratios[grown] > 1.1:
        values = {"before": float(early[grown]), "after": float(late[grown])}
        notes.append(Statement("grew_most", {"name": names[grown], **values}))
    for first, second, lag, correlation in pairs:
        code = "leads" if lag else "together"
        ahead, behind = (first, second) if lag >= 0 else (second, first)
        values = {"first": names[ahead], "second": names[behind], "steps": abs(lag), "correlation": correlation}
        notes.append(Statement(code, values))
    everything = float(totals.sum())
    return {
        "step_seconds": grid.step / 1e6,
        "times": times_of(grid.start + grid.step * at for at in range(grid.values.shape[1])),
        "items": [
            {
                "name": name, "values": numbers_of(grid.values[at]), "total": number_of(float(totals[at])),
                "share": number_of(float(totals[at]) / everything) if everything > 0 and totals.min() >= 0 else None,
                "mean_before": number_of(float(early[at])), "mean_after": number_of(float(late[at])),
                "statements": statements_of(found[at].statements, language),
            }
            for at, name in enumerate(names)
        ],
        "pairs": [
            {"first": names[one], "second": names[other], "lag_steps": lag, "correlation": number_of(correlation)}
            for one, other, lag, correlation in pairs
        ],
        "methods": [method_of(LEADS, "pairs")],
        "statements": statements_of(notes, language),
    }  # fmt: skip


def periods_compared(request: dict[str, Any]) -> dict[str, Any]:
    """The answer to a request with `points` and `periods`, each with `since` and `until` (not included)."""
    language: Language = request["language"]
    series = series_given(request)
    times = series.times()
    found: list[dict[str, Any]] = []
    first: FloatArray | None = None
    for period in request["periods"]:
        since, until = microseconds_of(period["since"]), microseconds_of(period["until"])
        assert since is not None
        assert until is not None
        values = series.values[(times >= since) & (times < until) & series.observed]
        answer: dict[str, Any] = {"since": time_of(since), "until": time_of(until), "points": values.size}
        has_values = values.size > 0
        answer |= {
            "total": number_of(float(values.sum())), "mean": number_of(float(values.mean())) if has_values else None,
            "median": number_of(float(np.median(values))) if has_values else None,
            "smallest": number_of(float(values.min())) if has_values else None,
            "greatest": number_of(float(values.max())) if has_values else None,
            "change": None, "p": None,
        }  # fmt: skip
        if first is None:
            first = values
        elif first.size and has_values:
            base = float(first.mean())
            answer["change"] = number_of(float(values.mean()) / base - 1) if base else None
            answer["p"] = _rank_test(first, values)
        found.append(answer)
    return {
        "periods": found, "methods": [method_of(RANKS, "p")], "statements": statements_of(series.statements, language),
    }  # fmt: skip


def _aligned(found: list[Series], counts: list[bool]) -> Aligned:
    """The series where all of them have values, in steps of the coarsest: means, of counts sums."""
    step = max(round(one.step.seconds * 1e6) for one in found if one.step is not None)
    start = max(one.start for one in found)
    end = min(int(one.times(one.values.size - 1, 1)[0]) for one in found)
    size = (end - start) // step + 1
    if size < 2:
        raise NothingToCompare("the series have no two steps in common")
    step *= -(-size // STEPS_MAX)
    size = (end - start) // step + 1
    rows: list[FloatArray] = []
    for series, is_count in zip(found, counts, strict=True):
        times = series.times()
        inside = (times >= start) & (times < start + size * step)
        numbers = (times[inside] - start) // step
        sums = np.bincount(numbers, weights=series.values[inside], minlength=size)
        many = np.bincount(numbers, minlength=size)
        row = sums if is_count else np.divide(sums, many, out=np.full(size, np.nan), where=many > 0)
        known = np.flatnonzero(np.isfinite(row))
        rows.append(np.interp(np.arange(size), known, row[known]))
    return Aligned(start, step, np.stack(rows))


def _pair(values: FloatArray, first: int, second: int) -> tuple[int, int, int, float] | None:
    """The lag in steps by which `first` leads (below 0: follows), and the correlation; None where it may be chance."""
    one, other = np.diff(values[first]), np.diff(values[second])
    size = one.size
    if size < STEPS_MIN or one.std() == 0 or other.std() == 0:
        return None
    reach = min(LAGS_MAX, size // 4)
    found: list[tuple[float, int]] = []
    for lag in range(-reach, reach + 1):
        early, late = (one[: size - lag], other[lag:]) if lag >= 0 else (other[: size + lag], one[-lag:])
        if early.std() > 0 and late.std() > 0:
            found.append((float(np.corrcoef(early, late)[0, 1]), lag))
    if not found:
        return None
    correlation, lag = max(found, key=lambda pair: (abs(pair[0]), -abs(pair[1])))
    independent = max(4.0, (size - abs(lag)) * _independent(one, other))
    size_in_sd = math.atanh(min(abs(correlation), 1 - 1e-12)) * math.sqrt(independent - 3)
    if 2 * normal_tail(size_in_sd) * len(found) > CHANCE:
        return None
    return first, second, lag, correlation


def _independent(one: FloatArray, other: FloatArray) -> float:
    """The share of pairs that count as independent (Bartlett 1935)."""
    lags = min(10, one.size // 4)
    product = autocorrelation(one, lags)[1:] * autocorrelation(other, lags)[1:]
    return 1 / max(1.0, 1 + 2 * float(product.sum()))


def _rank_test(first: FloatArray, second: FloatArray) -> float | None:
    """The two-sided p-value of the Mann-Whitney test; None below 4 values on a side."""
    if min(first.size, second.size) < 4:
        return None
    together = np.concatenate([first, second])
    order, inverse, counts = np.unique(together, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[inverse]
    size = together.size
    statistic = float(ranks[: first.size].sum()) - first.size * (first.size + 1) / 2
    ties = float((counts.astype(np.float64) ** 3 - counts).sum()) / (size * (size - 1))
    variance = first.size * second.size / 12 * (size + 1 - ties)
    if order.size < 2 or variance <= 0:
        return 1.0
    z = abs(statistic - first.size * second.size / 2) / math.sqrt(variance)
    shares = [min(1.0, max(0.05, _effective(side))) for side in (first, second)]
    return round(min(1.0, 2 * normal_tail(z * math.sqrt(min(shares)))), 6)


def _effective(values: FloatArray) -> float:
    lag_one = max(0.0, float(autocorrelation(values, 1)[-1]))
    return (1 - lag_one) / (1 + lag_one)
