"""The best division of a series into 1, 2, ... segments, each with a level or a line of its own.

Segment neighbourhood search (Auger and Lawrence 1989): exact, quadratic in time and memory. Autocorrelated noise is
whitened with one AR(1) coefficient for the whole series, and the value where a segment meets the one before is left
out, as in Chakar et al. 2017, "A robust approach for estimating change-points in the mean of an AR(1) process".
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from aistack.trend.series.statistics import FloatArray

Shape = Literal["level", "line"]
SHAPE_PARAMETERS: dict[Shape, int] = {"level": 1, "line": 2}


@dataclass(frozen=True, slots=True)
class Division:
    """`starts` of all segments but the first; `rss` is the sum of squared whitened residuals."""

    shape: Shape
    autocorrelation: float
    starts: tuple[int, ...]
    rss: float


def divisions(values: FloatArray, shape: Shape, autocorrelation: float, most: int) -> list[Division]:
    """The best division with each number of changes from 0 to `most`, where segments are long enough for it."""
    n = values.size
    shortest = max(3, min(10, n // 20)) if shape == "level" else max(4, min(12, n // 15))
    costs = _costs(values, shape, autocorrelation, shortest)
    best = costs[0]
    found = [Division(shape, autocorrelation, (), float(best[-1]))]
    back: list[NDArray[np.intp]] = []
    for _ in range(min(most, n // shortest - 1)):
        totals = best[:-1, None] + costs[1:]
        last_starts = np.argmin(totals, axis=0)
        best = totals[last_starts, np.arange(n)]
        back.append(last_starts + 1)
        if np.isfinite(best[-1]):
            found.append(Division(shape, autocorrelation, _traced(back), float(best[-1])))
    return found


def fit_error(values: FloatArray, shape: Shape) -> float:
    """The sum of squared residuals of one level or line."""
    centred = values - values.mean()
    total = float(centred @ centred)
    if shape == "level" or values.size < 3:
        return total
    steps = np.arange(values.size) - (values.size - 1) / 2
    return max(0.0, total - float(steps @ centred) ** 2 / float(steps @ steps))


def _traced(back: list[NDArray[np.intp]]) -> tuple[int, ...]:
    starts: list[int] = []
    end = back[-1].size - 1
    for last_starts in reversed(back):
        starts.append(int(last_starts[end]))
        end = starts[-1] - 1
    return tuple(reversed(starts))


def _costs(values: FloatArray, shape: Shape, autocorrelation: float, shortest: int) -> FloatArray:
    """(n, n) float64: the residual sum of squares of the segment from row to column, both included."""
    n = values.size
    whitened = np.r_[0.0, values[1:] - autocorrelation * values[:-1]] if autocorrelation else values
    steps: FloatArray = np.arange(n, dtype=np.float64) - n / 2
    first = np.arange(n)[:, None] + (1 if autocorrelation else 0)
    first = np.minimum(first, n)
    end = np.arange(1, n + 1)[None, :]
    count = np.maximum(end - first, 1)

    def sums(of: FloatArray) -> FloatArray:
        cumulative = np.r_[0.0, np.cumsum(of)]
        return cumulative[end] - cumulative[first]

    total = sums(whitened)
    costs = sums(whitened * whitened) - total * total / count
    if shape == "line":
        step_total = sums(steps)
        step_squares = sums(steps * steps) - step_total * step_total / count
        products = sums(steps * whitened) - step_total * total / count
        costs -= np.where(step_squares > 1e-9, products**2 / np.maximum(step_squares, 1e-9), 0.0)
    costs = np.maximum(costs, 0.0)
    costs[(end - np.arange(n)[:, None]) < shortest] = np.inf
    return costs
