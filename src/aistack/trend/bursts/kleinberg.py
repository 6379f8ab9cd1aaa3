"""Bursts of a count within a total, by the automaton of Kleinberg 2002, "Bursty and Hierarchical Structure in Streams",
section 4 (batched arrivals): a state for each intensity, whose rate is a multiple of the usual share of the total.

A busy day is no burst: the rates are shares of the total volume.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from aistack.trend.series.findings import Method
from aistack.trend.series.statistics import FloatArray

METHOD = Method("burst automaton", "Kleinberg 2002")
LEVELS_MAX = 10


@dataclass(frozen=True, slots=True)
class Burst:
    """From bucket `start` until before `end`, at `level` 1 or higher; higher levels lie inside lower ones.

    `count` is how many there were, `expected` how many the usual share of the total makes, `weight` what the burst
    saves in Kleinberg's cost: the greater the surer.
    """

    start: int
    end: int
    level: int
    count: float
    expected: float
    weight: float


def bursts(
    counts: Sequence[float] | FloatArray, totals: Sequence[float] | FloatArray,
    scaling: float = 2.0, difficulty: float = 1.0, levels: int = 1,
) -> list[Burst]:  # fmt: skip
    """Bursts of `counts` (n,) within `totals` (n,), each at least the count, the earliest first.

    `scaling` (> 1) is the factor between the rates of two levels, `difficulty` (> 0) the cost of rising one level in
    units of ln n, `levels` the number of levels above the usual one: 1 is the automaton with two states. Raises
    ValueError for lengths that differ and values out of range.
    """
    count, total = np.asarray(counts, np.float64), np.asarray(totals, np.float64)
    if count.shape != total.shape or count.ndim != 1:
        raise ValueError(f"counts of shape {count.shape} for totals of shape {total.shape}")
    if scaling <= 1 or difficulty <= 0 or not 1 <= levels <= LEVELS_MAX:
        raise ValueError(f"scaling {scaling}, difficulty {difficulty}, levels {levels}")
    if not (np.isfinite(count).all() and np.isfinite(total).all() and (count >= 0).all() and (count <= total).all()):
        raise ValueError("counts must lie between 0 and their totals")
    n, everything = count.size, float(total.sum())
    if not n or not everything or not (found := float(count.sum())):
        return []
    usual = found / everything
    rates = [rate for level in range(levels + 1) if (rate := usual * scaling**level) < 1]
    if len(rates) < 2:
        return []
    costs = np.stack([-(count * np.log(rate) + (total - count) * np.log1p(-rate)) for rate in rates])
    path = _cheapest_path(costs, difficulty * np.log(n))
    return [
        _burst(span, level, count, total, costs, usual)
        for level in range(1, len(rates))
        for span in _spans(path >= level)
    ]


def _cheapest_path(costs: FloatArray, rise: float) -> NDArray[np.intp]:
    """(n,) the state at each time; rising costs `rise` a level, falling nothing, and the path starts at 0."""
    states, n = costs.shape
    order = np.arange(states, dtype=np.int64)
    change = rise * np.maximum(order[None, :] - order[:, None], 0)  # from row to column
    best = costs[:, 0] + change[0]
    back = np.zeros((n, states), np.intp)
    for at in range(1, n):
        ways = best[:, None] + change
        back[at] = np.argmin(ways, axis=0)
        best = ways[back[at], order] + costs[:, at]
    path = np.zeros(n, np.intp)
    path[-1] = int(np.argmin(best))
    for at in range(n - 1, 0, -1):
        path[at - 1] = back[at, path[at]]
    return path


def _spans(flags: NDArray[np.bool_]) -> list[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(np.r_[0, flags.astype(np.int8), 0])).tolist()
    return list(zip(edges[::2], edges[1::2], strict=True))


def _burst(
    span: tuple[int, int], level: int, count: FloatArray, total: FloatArray, costs: FloatArray, usual: float
) -> Burst:
    within = slice(*span)
    saved = float((costs[level - 1, within] - costs[level, within]).sum())
    return Burst(*span, level, float(count[within].sum()), usual * float(total[within].sum()), saved)
