"""How surprising the latest count of something is, given its own past and the total volume.

The expected count is the past share of the total, with recent buckets weighing more; counts that vary more than a
Poisson process get a negative binomial tail. Over many terms the false discovery rate is bounded as by Benjamini and
Hochberg 1995.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from aistack.trend.series.findings import Method
from aistack.trend.series.statistics import FloatArray, negative_binomial_tail

METHOD = Method("negative binomial surprise over the share of the total", "Cameron and Trivedi 1986")
PRIOR_COUNT = 0.5  # of something never seen (Jeffreys)
SURPRISE_MAX = 300.0


@dataclass(frozen=True, slots=True)
class Growth:
    """`surprise` is `-log10` of `probability`, that of so many or more; `ratio` is count by expected count."""

    count: float
    expected: float
    ratio: float
    probability: float
    surprise: float
    dispersion: float


def growth(
    counts: Sequence[float] | FloatArray, totals: Sequence[float] | FloatArray, latest: int = 1, half_life: float = 30.0
) -> Growth:
    """How surprising the sum of the `latest` counts is. `half_life` is in buckets. Raises ValueError for lengths that
    differ, values below 0 and fewer than `latest` + 1 buckets."""
    count, total = np.asarray(counts, np.float64), np.asarray(totals, np.float64)
    if count.shape != total.shape or not 1 <= latest < count.size or half_life <= 0:
        raise ValueError(f"{latest} latest of counts of shape {count.shape} and totals of shape {total.shape}")
    if not (np.isfinite(count).all() and np.isfinite(total).all() and min(count.min(), total.min()) >= 0):
        raise ValueError("counts and totals must be finite and at least 0")
    past, past_total = count[:-latest], total[:-latest]
    weights = 0.5 ** (np.arange(past.size)[::-1] / half_life)
    volume = float(weights @ past_total)
    share = (float(weights @ past) + PRIOR_COUNT) / max(volume, 1.0)
    now, expected = float(count[-latest:].sum()), share * float(total[-latest:].sum())
    dispersion = _dispersion(past, share * past_total, weights) / latest
    chance = negative_binomial_tail(round(now), expected, dispersion)
    surprise = min(SURPRISE_MAX, -math.log10(chance)) if chance > 0 else SURPRISE_MAX
    return Growth(now, expected, now / expected if expected > 0 else math.inf, chance, surprise, dispersion)


def discoveries(probabilities: Sequence[float], rate: float = 0.05) -> list[bool]:
    """Which of many tests may be reported with at most `rate` false ones among them (Benjamini and Hochberg 1995)."""
    values = np.asarray(probabilities, np.float64)
    order = np.argsort(values)
    passed = np.flatnonzero(values[order] <= rate * np.arange(1, values.size + 1) / max(1, values.size))
    kept = np.zeros(values.size, np.bool_)
    if passed.size:
        kept[order[: passed[-1] + 1]] = True
    return kept.tolist()


def _dispersion(counts: FloatArray, expected: FloatArray, weights: FloatArray) -> float:
    """The moment estimate of `a` in a variance of `mean + a * mean ** 2`, 0 or more."""
    squares = float(weights @ expected**2)
    excess = float(weights @ ((counts - expected) ** 2 - expected))
    return max(0.0, excess / squares) if squares > 0 else 0.0
