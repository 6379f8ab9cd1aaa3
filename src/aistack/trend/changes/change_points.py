"""Finds change points of level and slope without a penalty to choose: among levels or lines, with white or
autocorrelated noise, by a Bayesian information criterion, then without the changes that explain little.

The choice among models is that of Beaulieu and Killick 2018 ("Distinguishing trends and shifts from memory in climate
data", EnvCpt). A criterion alone divides smooth curves into many small pieces: a change must also explain a share of
the variance. No change is the answer unless the data say otherwise.
"""

import itertools
import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from aistack.trend.changes.segmentation import SHAPE_PARAMETERS, Division, Shape, divisions, fit_error
from aistack.trend.series.findings import Method, Statement
from aistack.trend.series.statistics import FloatArray, robust_scale

METHOD = Method(
    "exact segmentation, levels or lines with AR(1) noise, chosen by BIC",
    "Auger and Lawrence 1989; Chakar et al. 2017; Beaulieu and Killick 2018",
)
Sensitivity = Literal["low", "normal", "high"]
PENALTIES: dict[Sensitivity, tuple[float, float]] = {  # of the criterion, and the least share of variance
    "low": (2.0, 0.02),
    "normal": (1.5, 0.01),
    "high": (1.2, 0.005),
}
AUTOCORRELATIONS = (0.0, 0.3, 0.5, 0.7, 0.8, 0.9)
CHANGES_MAX = 12
POINTS_MIN = 8
BLOCKS_MAX = 1000
NEAR = 5


@dataclass(frozen=True, slots=True)
class ChangePoint:
    """`index` is the first point of the new segment.

    `before` and `after` are the levels on both sides, or the slopes a step where `kind` is "slope". `size` is the
    difference of levels at the change (or of slopes), `size_in_sd` that in standard deviations of the noise (for slopes
    over the shorter neighbouring segment). `confidence` (0 to 1) is the weight of the models with a change within five
    points.
    """

    index: int
    kind: Literal["level", "slope"]
    before: float
    after: float
    size: float
    size_in_sd: float
    confidence: float


@dataclass(frozen=True, slots=True)
class Changes:
    """`segments_shape` says whether the segments are levels or lines, `autocorrelation` what the noise was taken
    for.
    """

    points: tuple[ChangePoint, ...]
    segments_shape: Shape
    autocorrelation: float
    method: Method
    statements: tuple[Statement, ...]


def change_points(values: FloatArray, sensitivity: Sensitivity = "normal") -> Changes:
    """The change points of `values` (n,), finite, on a regular grid, without seasons (see `decomposition`)."""
    n = values.size
    scale = float(values.std()) if n else 0.0
    if n < POINTS_MIN:
        return Changes((), "level", 0.0, METHOD, (Statement("too_few_points", {"count": n, "needed": POINTS_MIN}),))
    if scale <= 1e-12 * max(1e-300, float(np.abs(values).max())):
        return Changes((), "level", 0.0, METHOD, (Statement("constant"),))
    standard = (values - values.mean()) / scale
    width = -(-n // BLOCKS_MAX)
    blocks = standard[: n // width * width].reshape(-1, width).mean(axis=1)
    weight, share = PENALTIES[sensitivity]
    candidates = [
        division
        for shape in SHAPE_PARAMETERS
        for autocorrelation in AUTOCORRELATIONS
        for division in divisions(blocks, shape, autocorrelation, CHANGES_MAX)
    ]
    scores = np.array([_criterion(one, blocks.size, weight) for one in candidates])
    chosen = candidates[int(np.argmin(scores))]
    starts = _explaining(blocks, chosen.starts, chosen.shape, share * blocks.size)
    weights = np.exp(-(scores - scores.min()) / 2)
    weights /= weights.sum()
    sure = [_confidence(start, candidates, weights) for start in starts]
    indexes = [_refined(standard, start * width, width) for start in starts]
    points = _described(values, indexes, sure, chosen.shape)
    notes = [] if points else [Statement("no_change", {"count": n})]
    if width > 1:
        notes.append(Statement("analysed_in_blocks", {"points": width}))
    return Changes(points, chosen.shape, chosen.autocorrelation, METHOD, tuple(notes))


def _criterion(division: Division, n: int, weight: float) -> float:
    changes = len(division.starts)
    has_memory = division.autocorrelation > 0
    parameters = (changes + 1) * SHAPE_PARAMETERS[division.shape] + changes + 1 + has_memory
    counted = n - (changes + 1) * has_memory
    return n * math.log((division.rss + 1e-6 * n) / counted) + weight * parameters * math.log(n)


def _explaining(values: FloatArray, starts: tuple[int, ...], shape: Shape, least: float) -> list[int]:
    """Without the changes that reduce the sum of squared residuals by less than `least`, the weakest first."""
    kept = list(starts)
    while kept:
        edges = [0, *kept, values.size]
        gains = [
            fit_error(values[a:c], shape) - fit_error(values[a:b], shape) - fit_error(values[b:c], shape)
            for a, b, c in zip(edges, edges[1:], edges[2:], strict=False)
        ]
        weakest = int(np.argmin(gains))
        if gains[weakest] >= least:
            break
        del kept[weakest]
    return kept


def _confidence(start: int, candidates: list[Division], weights: FloatArray) -> float:
    agree = [any(abs(start - other) <= NEAR for other in one.starts) for one in candidates]
    return round(min(1.0, float(weights[agree].sum())), 4)


def _refined(values: FloatArray, start: int, width: int) -> int:
    """Where in the blocks around `start` two levels fit best."""
    if width == 1:
        return start
    low, high = max(1, start - 3 * width), min(values.size - 1, start + 3 * width)
    around = values[low - 1 : high + 1]
    errors = [fit_error(around[:at], "level") + fit_error(around[at:], "level") for at in range(1, around.size)]
    return low + int(np.argmin(errors))


def _described(values: FloatArray, starts: list[int], sure: list[float], shape: Shape) -> tuple[ChangePoint, ...]:
    edges = [0, *starts, values.size]
    parts = [values[a:b] for a, b in itertools.pairwise(edges)]
    lines = [_line(part, shape) for part in parts]
    rests = [part - (level + slope * np.arange(part.size)) for part, (level, slope) in zip(parts, lines, strict=True)]
    noise = robust_scale(np.concatenate(rests)) or float(np.abs(values).max()) * 1e-9
    found: list[ChangePoint] = []
    for number, (start, confidence) in enumerate(zip(starts, sure, strict=True)):
        (level, slope), (next_level, next_slope) = lines[number], lines[number + 1]
        jump = next_level - (level + slope * parts[number].size)
        bend = next_slope - slope
        reach = min(parts[number].size, parts[number + 1].size)
        if abs(bend) * reach > abs(jump):
            size = abs(bend) * reach / noise
            found.append(ChangePoint(start, "slope", slope, next_slope, bend, size, confidence))
        else:
            before = level + slope * parts[number].size
            found.append(ChangePoint(start, "level", before, next_level, jump, abs(jump) / noise, confidence))
    return tuple(found)


def _line(values: FloatArray, shape: Shape) -> tuple[float, float]:
    """Level at the first point, and slope a step."""
    if shape == "level" or values.size < 3:
        return float(values.mean()), 0.0
    steps = np.arange(values.size) - (values.size - 1) / 2
    slope = float(steps @ values) / float(steps @ steps)
    return float(values.mean()) + slope * float(steps[0]), slope
