"""Finds the unusual points of a series at rest: remainders of the decomposition with improbable tails, and stretches
that stand still or vary far more than usual.

The tail is that of `tails`, over all remainders; of many points the false discovery rate is bounded (Benjamini and
Hochberg 1995). Neighbouring points form one anomaly. Levels that change for good are change points, not anomalies.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from aistack.trend.series.decomposition import decomposed
from aistack.trend.series.findings import Method, Statement
from aistack.trend.series.statistics import FloatArray, robust_scale

METHOD = Method(
    "remainders of a robust decomposition with extreme value tails",
    "Cleveland et al. 1990; Hochenbaum et al. 2017 (S-H-ESD); Siffer et al. 2017; Benjamini and Hochberg 1995",
)
POINTS_MIN = 12
FALSE_DISCOVERIES = 0.01
SMALLEST_IN_SD = 4.0
TAIL_FROM = 0.9
Kind = Literal["spike", "dip", "variance", "flatline"]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Anomaly:
    """From point `start` until before `end`; `peak` is the most unusual point.

    `expected` is the value without the remainder there, `size` the difference, `size_in_sd` that in robust standard
    deviations of all remainders (for "variance" the ratio of spreads, for "flatline" the number of equal values),
    `confidence` 1 minus the tail probability.
    """

    start: int
    end: int
    peak: int
    kind: Kind
    value: float
    expected: float
    size: float
    size_in_sd: float
    confidence: float


@dataclass(frozen=True, slots=True)
class Anomalies:
    points: tuple[Anomaly, ...]
    method: Method
    statements: tuple[Statement, ...]


def anomalies(values: FloatArray, periods: Sequence[int] = (), observed: Flags | None = None) -> Anomalies:
    """The anomalies of `values` (n,), finite, on a regular grid, in order of time. Filled gaps are never anomalies."""
    n = values.size
    if n < POINTS_MIN:
        return Anomalies((), METHOD, (Statement("too_few_points", {"count": n, "needed": POINTS_MIN}),))
    if np.ptp(values) <= 1e-12 * max(1e-300, float(np.abs(values).max())):
        return Anomalies((), METHOD, (Statement("constant"),))
    parts = decomposed(values, periods)
    rest = parts.remainder
    scale = robust_scale(rest) or float(rest.std())
    if scale <= 1e-12 * float(np.abs(values).max()):
        return Anomalies((), METHOD, ())
    deviations = (rest - np.median(rest)) / scale
    known = np.ones(n, np.bool_) if observed is None else observed
    chances = _tail_chances(np.abs(deviations))
    limit = _false_discovery_limit(chances)
    unusual = (chances <= limit) & (np.abs(deviations) >= SMALLEST_IN_SD) & known
    still = _flatlines(values, known)
    found = [_of_span(span, values, rest, deviations, chances) for span in _spans(unusual, 2)]
    found = [one for one in found if not any(flat.start < one.end and one.start < flat.end for flat in still)] + still
    found.sort(key=lambda one: one.start)
    return Anomalies(tuple(found), METHOD, ())


def _tail_chances(sizes: FloatArray) -> FloatArray:
    """(n,) the chance of such a size or a greater one: an exponential tail over the upper tenth, without the most
    extreme, so that anomalies do not hide each other."""
    ordered = np.sort(sizes)
    first = int(sizes.size * TAIL_FROM)
    limit = float(ordered[first])
    upper = ordered[first : max(first + 2, sizes.size - max(1, sizes.size // 50))]
    mean = max(float(upper.mean() - limit) * 1.3, 0.1)  # 1.3 makes up for the extremes that are left out
    share = 1 - first / sizes.size
    return np.where(sizes > limit, share * np.exp(-(sizes - limit) / mean), 1.0)


def _false_discovery_limit(chances: FloatArray) -> float:
    ordered = np.sort(chances)
    passed = np.flatnonzero(ordered <= FALSE_DISCOVERIES * np.arange(1, chances.size + 1) / chances.size)
    return float(ordered[passed[-1]]) if passed.size else 0.0


def _spans(flags: Flags, joined: int) -> list[tuple[int, int]]:
    """Runs of flagged points, joined where at most `joined` others lie between them."""
    spans: list[tuple[int, int]] = []
    for at in np.flatnonzero(flags).tolist():
        if spans and at - spans[-1][1] <= joined:
            spans[-1] = (spans[-1][0], at + 1)
        else:
            spans.append((at, at + 1))
    return spans


def _of_span(
    span: tuple[int, int], values: FloatArray, rest: FloatArray, deviations: FloatArray, chances: FloatArray
) -> Anomaly:
    start, end = span
    peak = start + int(np.argmax(np.abs(deviations[start:end])))
    inside = deviations[start:end]
    mixed = end - start >= 4 and min((inside > 2).sum(), (inside < -2).sum()) >= 2
    kind: Kind = "variance" if mixed else "spike" if rest[peak] > 0 else "dip"
    size = float(np.abs(inside).mean()) if mixed else abs(float(deviations[peak]))
    return Anomaly(
        start, end, peak, kind, float(values[peak]), float(values[peak] - rest[peak]), float(rest[peak]), size,
        1 - float(chances[peak]),
    )  # fmt: skip


def _flatlines(values: FloatArray, known: Flags) -> list[Anomaly]:
    """Runs of equal values far longer than chance makes of the series' own share of equal neighbours."""
    still = np.r_[False, np.abs(np.diff(values)) <= 1e-9 * np.abs(values[1:])] & known
    spans = _spans(still, 0)
    found: list[Anomaly] = []
    for start, end in spans:
        outside = still.size - (end - start)
        share = (int(still.sum()) - (end - start) + 1) / (outside + 2)
        surprise = (end - start) * -math.log10(share) - math.log10(values.size)
        if end - start >= 3 and surprise > 3:
            value = float(values[start])
            found.append(
                Anomaly(start - 1, end, start, "flatline", value, value, 0.0, end - start + 1, 1 - 10**-surprise)
            )
    return found
