"""Published scores: Numenta's for anomalies, F1 and covering for changes, OWA for forecasts, Rand for topics."""

import itertools
import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

Edges = Sequence[tuple[int, int]]
PROFILES = {"standard": (0.11, 1.0), "low FP": (0.22, 1.0), "low FN": (0.11, 2.0)}  # weight of a false alarm, of a miss


@dataclass(frozen=True, slots=True)
class Scored:
    """A file's anomaly scores and its windows, as first and last row."""

    scores: np.ndarray
    windows: Edges


def numenta(files: Sequence[Scored], profile: str = "standard") -> float:
    """The normalised score of Lavin and Ahmad 2015: 100 is perfect, 0 detects nothing. One threshold for all files, the
    best; the first 15 % of a file (of at most 5 000 rows) do not count."""
    false_alarm, miss = PROFILES[profile]
    total = sum(len(one.windows) for one in files)
    points = [point for number, one in enumerate(files) for point in _points(number, one)]
    points.sort(key=lambda point: -point[0])
    raw = best = -total * miss
    hit: dict[tuple[int, int], float] = {}
    for at, (score, window, value) in enumerate(points):
        if window is None:
            raw += value * false_alarm
        elif value > hit.get(window, -math.inf):
            raw += value - hit.get(window, -miss)
            hit[window] = value
        if at + 1 == len(points) or points[at + 1][0] != score:
            best = max(best, raw)
    return 100 * (best + total * miss) / (total * (1 + miss))


def _points(number: int, one: Scored):
    """(score, window or None, value) of every row after probation."""
    last: tuple[int, int] | None = None
    probation = math.floor(0.15 * min(one.scores.size, 5000))
    for row, score in enumerate(one.scores.tolist()):
        window = next((edges for edges in one.windows if edges[0] <= row <= edges[1]), None)
        if window:
            last = window
            value = _sigmoid(-(window[1] - row + 1) / (window[1] - window[0] + 1)) / _sigmoid(-1.0)
        else:
            value = _sigmoid((row - last[1]) / (last[1] - last[0])) if last and last[1] > last[0] else -1.0
        if row >= probation:
            yield score, (number, window[0]) if window else None, value


def _sigmoid(position: float) -> float:
    return -1.0 if position > 3 else 2 / (1 + math.exp(5 * position)) - 1


def f1(annotators: Sequence[Sequence[int]], found: Sequence[int], margin: int = 5) -> float:
    """F1 of van den Burg and Williams 2020: precision against all annotators together, recall averaged over them."""
    truths = [{0, *points} for points in annotators]
    detected = {0, *found}
    precision = _matched(set[int]().union(*truths), detected, margin) / len(detected)
    recall = sum(_matched(truth, detected, margin) / len(truth) for truth in truths) / len(truths)
    return 2 * precision * recall / (precision + recall)


def covering(annotators: Sequence[Sequence[int]], found: Sequence[int], n: int) -> float:
    """How well segments cover those of the annotators, by the Jaccard index (same paper)."""
    parts = _segments(found, n)
    scores = [
        sum((b - a) * max(_jaccard((a, b), part) for part in parts) for a, b in _segments(points, n)) / n
        for points in annotators
    ]
    return sum(scores) / len(scores)


def _matched(truth: set[int], found: set[int], margin: int) -> int:
    left, hits = set(found), 0
    for point in sorted(truth):
        near = [(abs(point - other), other) for other in left if abs(point - other) <= margin]
        if near:
            left.remove(min(near)[1])
            hits += 1
    return hits


def _segments(points: Sequence[int], n: int) -> list[tuple[int, int]]:
    edges = [0, *sorted({point for point in points if 0 < point < n}), n]
    return list(itertools.pairwise(edges))


def _jaccard(one: tuple[int, int], other: tuple[int, int]) -> float:
    both = max(0, min(one[1], other[1]) - max(one[0], other[0]))
    return both / (one[1] - one[0] + other[1] - other[0] - both)


def smape(actual: np.ndarray, forecast: np.ndarray) -> float:
    size = np.abs(actual) + np.abs(forecast)
    return float(200 * np.mean(np.abs(actual - forecast) / np.where(size > 0, size, 1)))


def mase(actual: np.ndarray, forecast: np.ndarray, past: np.ndarray, period: int) -> float:
    return float(np.abs(actual - forecast).mean() / np.abs(past[period:] - past[:-period]).mean())


def naive2(past: np.ndarray, horizon: int, period: int) -> np.ndarray:
    """M4's benchmark: the last value, seasonally adjusted by classical multiplicative decomposition where the series is
    seasonal at 90 %."""
    if not _is_seasonal(past, period):
        return np.full(horizon, past[-1])
    weights = np.r_[0.5, np.ones(period - 1), 0.5] / period if period % 2 == 0 else np.ones(period) / period
    ratios = past[period // 2 : period // 2 + past.size - weights.size + 1] / np.convolve(past, weights, "valid")
    phases = (np.arange(ratios.size) + period // 2) % period
    indexes = np.array([ratios[phases == phase].mean() for phase in range(period)])
    indexes *= period / indexes.sum()
    at = (past.size + np.arange(horizon)) % period
    return past[-1] / indexes[(past.size - 1) % period] * indexes[at]


def _is_seasonal(past: np.ndarray, period: int) -> bool:
    if past.size < 3 * period:
        return False
    centred = past - past.mean()
    correlations = [
        float(centred[lag:] @ centred[: -lag or None]) / float(centred @ centred) for lag in range(1, period + 1)
    ]
    limit = 1.645 * math.sqrt((1 + 2 * sum(one**2 for one in correlations[:-1])) / past.size)
    return abs(correlations[-1]) > limit


def adjusted_rand(one: Sequence[object], other: Sequence[object]) -> float:
    """How far two groupings of the same things agree: 1 is the same, 0 is chance (Hubert and Arabie 1985)."""

    def pairs(groups: Iterable[object]) -> float:
        return sum(count * (count - 1) / 2 for count in Counter(groups).values())

    both, first, second = pairs(zip(one, other, strict=True)), pairs(one), pairs(other)
    expected = first * second / (len(one) * (len(one) - 1) / 2)
    most = (first + second) / 2
    return 1.0 if most == expected else (both - expected) / (most - expected)
