"""Parses points of any form into sorted arrays, and counts what had to be folded or left out.

Times are microseconds since 1970 in UTC. Numbers are taken as seconds, milliseconds, microseconds or nanoseconds by
their size; texts as ISO 8601, days (also with slashes or as 2024年3月5日), months, quarters or years. A time without a
zone is UTC.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from aistack.trend.series.findings import Statement
from aistack.trend.series.statistics import FloatArray
from aistack.trend.series.times import microseconds_of

Folding = Literal["last", "mean", "sum"]
TimeArray = NDArray[np.int64]
VALUE_MAX = 1e100  # sums of squares stay finite


@dataclass(frozen=True, slots=True)
class Points:
    """`times` (n,) microseconds, strictly increasing, and `values` (n,), finite."""

    times: TimeArray
    values: FloatArray
    statements: tuple[Statement, ...] = ()


def points_of(
    times: Sequence[Any] | NDArray[Any], values: Sequence[Any] | NDArray[Any], folding: Folding = "last"
) -> Points:
    """Sorted points with one finite value a time. `folding` says what several values at one time become.

    Points without a readable time, or a value between -1e100 and 1e100, are left out and counted in `statements`.
    Raises ValueError where
    the two differ in length.
    """
    if len(times) != len(values):
        raise ValueError(f"{len(times)} times for {len(values)} values")
    when, timed = _microseconds(times)
    what = _floats(values)
    in_range = np.abs(np.where(np.isfinite(what), what, 0.0)) <= VALUE_MAX
    kept = timed & np.isfinite(what) & in_range
    statements = list(_counted("points_without_time", int((~timed).sum())))
    statements += _counted("points_without_value", int((timed & ~np.isfinite(what)).sum()))
    statements += _counted("points_out_of_range", int((timed & ~in_range).sum()))
    when, what = when[kept], what[kept]
    steps = np.diff(when)
    if (steps < 0).any():
        order = np.argsort(when, kind="stable")
        when, what = when[order], what[order]
        statements += _counted("points_sorted", int((steps < 0).sum()))
        steps = np.diff(when)
    if (steps == 0).any():
        statements.append(Statement("duplicates_folded", {"count": int((steps == 0).sum()), "folding": folding}))
        when, what = _folded(when, what, folding)
    return Points(when, what, tuple(statements))


def _microseconds(times: Sequence[Any] | NDArray[Any]) -> tuple[TimeArray, NDArray[np.bool_]]:
    """(n,) microseconds, and which of them could be read."""
    if isinstance(times, np.ndarray) and times.dtype.kind == "M":
        return times.astype("datetime64[us]").astype(np.int64), ~np.isnat(times)
    if isinstance(times, np.ndarray) and times.dtype.kind in "iuf":
        number = times.astype(np.float64)
        finite = np.isfinite(number)
        size = np.abs(np.where(finite, number, 0.0))
        scale = np.select([size < 1e11, size < 1e14, size < 1e17], [1e6, 1e3, 1.0], 1e-3)
        scaled = np.where(finite, number, 0.0) * scale
        if times.dtype.kind in "iu":  # whole numbers keep every digit
            whole = times.astype(np.int64)
            scaled = np.where(scale >= 1, whole * scale.astype(np.int64), whole // 1000)
        kept = finite & (size < 1e20) & (np.abs(scaled) < 7.3e15)
        return np.where(kept, np.rint(scaled), 0).astype(np.int64), kept
    given: list[object] = [one.item() if isinstance(one, np.generic) else one for one in times]
    found = [microseconds_of(one) for one in given]
    return (
        np.array([one or 0 for one in found], np.int64),
        np.array([one is not None for one in found], np.bool_),
    )


def _floats(values: Sequence[Any] | NDArray[Any]) -> FloatArray:
    if isinstance(values, np.ndarray) and values.dtype.kind in "iufb":
        return values.astype(np.float64)
    return np.array([_float(one) for one in values], np.float64)


def _float(value: object) -> float:
    try:
        return float(value)  # type: ignore[arg-type]  # what is no number is caught
    except (TypeError, ValueError, OverflowError):
        return float("nan")


def _folded(times: TimeArray, values: FloatArray, folding: Folding) -> tuple[TimeArray, FloatArray]:
    starts = np.flatnonzero(np.r_[True, np.diff(times) > 0])
    if folding == "last":
        return times[starts], values[np.r_[starts[1:], times.size] - 1]
    sums = np.add.reduceat(values, starts)
    return times[starts], sums if folding == "sum" else sums / np.diff(np.r_[starts, times.size])


def _counted(code: str, count: int) -> list[Statement]:
    return [Statement(code, {"count": count})] if count else []
