"""How surprising the latest counts of something are, given its own past and the total volume. Uses no numpy.

The expected count is the past share of the total, with recent buckets weighing more: a busy day raises what is expected
of everything, so it makes nothing grow. Counts vary more than a Poisson process, because attention comes in waves: the
tail is that of a negative binomial, whose dispersion is estimated from earlier windows of the same length and drawn
towards a usual one while they are few. Over many terms the false discovery rate is bounded as by Benjamini and Hochberg
1995.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from aistack.trend.series.findings import Method
from aistack.trend.wire import State

METHOD = Method("negative binomial surprise over the share of the total", "Cameron and Trivedi 1986")
PRIOR_COUNT = 0.5  # of something never seen (Jeffreys)
PRIOR_DISPERSION = 0.15  # of a variance of mean + dispersion * mean ** 2
PRIOR_WINDOWS = 4  # windows of the past that weigh as much as the usual dispersion
HALF_LIFE = 30.0  # in windows
SURPRISE_MIN = 1.3  # -log10 of 0.05
SURPRISE_MAX = 300.0
RISING, FALLING = 1.25, 1.5
TERMS_MAX = 10_000


@dataclass(frozen=True, slots=True)
class Growth:
    """`surprise` is `-log10` of the probability of `count` or more; `ratio` is count by expected count."""

    count: int
    expected: float
    ratio: float
    surprise: float
    dispersion: float
    state: State

    @property
    def probability(self) -> float:
        return 10**-self.surprise


def growth_of(
    counts: Sequence[float], totals: Sequence[float], latest: int = 1, half_life: float = HALF_LIFE
) -> Growth:
    """How surprising the sum of the `latest` counts is. `half_life` is in windows of so many buckets.

    `counts` and `totals` are those of buckets of one length, oldest first. Raises ValueError for lengths that differ,
    values below 0 and no bucket at all.
    """
    if len(counts) != len(totals) or not 1 <= latest <= len(counts) or half_life <= 0:
        raise ValueError(f"{latest} latest of {len(counts)} counts and {len(totals)} totals")
    if not all(math.isfinite(one) and one >= 0 for one in (*counts, *totals)):
        raise ValueError("counts and totals must be finite and at least 0")
    past, past_totals = counts[:-latest], totals[:-latest]
    now, now_total = round(sum(counts[-latest:])), sum(totals[-latest:])
    weights = [0.5 ** (age / (half_life * latest)) for age in range(len(past) - 1, -1, -1)]
    volume = _product(weights, past_totals)
    share = (_product(weights, past) + PRIOR_COUNT) / (
        volume + max(1.0, now_total - volume)
    )  # a short past tells little
    expected = min(share, 1.0) * now_total
    dispersion = _dispersion(past, [share * one for one in past_totals], latest, half_life)
    surprise = tail(now, max(expected, 1e-9), dispersion)
    state = _state(counts, totals, latest, surprise)
    ratio = now / expected if expected > 0 else math.inf
    return Growth(now, round(expected, 2), ratio, round(surprise, 2), dispersion, state)


def tail(count: int, mean: float, dispersion: float = PRIOR_DISPERSION) -> float:
    """`-log10 P(X >= count)`, at most 300, for a negative binomial with variance `mean + dispersion * mean ** 2`."""
    if count <= 0:
        return 0.0
    size = 1 / max(dispersion, 1e-9)
    log_other = math.log(mean / (size + mean))
    first = size * math.log(size / (size + mean)) + count * log_other
    first += math.lgamma(size + count) - math.lgamma(size) - math.lgamma(count + 1)
    if count <= mean:
        below, term = 0.0, math.exp(first)
        for number in range(count, max(0, count - TERMS_MAX), -1):
            term *= number / (size + number - 1) / math.exp(log_other)
            below += term
        return max(0.0, -math.log10(max(1e-12, 1 - below)))
    total = term = ratio = 1.0  # in units of the first
    for number in range(count, count + TERMS_MAX):
        ratio = (size + number) / (number + 1) * math.exp(log_other)
        term *= ratio
        total += term
        if term < 1e-15 * total:
            break
    total += term * ratio / (1 - ratio) if ratio < 1 else 0.0  # of a geometric series, as the rest nearly is
    return min(SURPRISE_MAX, max(0.0, -(first + math.log(total)) / math.log(10)))


def discoveries(probabilities: Sequence[float], rate: float = 0.05) -> list[bool]:
    """Which of many tests may be reported with at most `rate` false ones among them (Benjamini and Hochberg 1995)."""
    order = sorted(range(len(probabilities)), key=lambda at: probabilities[at])
    passed = 0
    for rank, at in enumerate(order, 1):
        if probabilities[at] <= rate * rank / len(order):
            passed = rank
    kept = set(order[:passed])
    return [at in kept for at in range(len(probabilities))]


def _product(weights: Sequence[float], values: Sequence[float]) -> float:
    return sum(weight * value for weight, value in zip(weights, values, strict=True))


def _dispersion(past: Sequence[float], expected: Sequence[float], latest: int, half_life: float) -> float:
    """The moment estimate over earlier windows, drawn towards the usual dispersion."""
    windows = len(past) // latest
    squares = excess = weight = 0.0
    for age in range(windows):
        part = slice(len(past) - (age + 1) * latest, len(past) - age * latest)
        mean, count = sum(expected[part]), sum(past[part])
        share = 0.5 ** (age / half_life)
        squares += share * mean**2
        excess += share * ((count - mean) ** 2 - mean)
        weight += share
    estimate = max(0.0, excess / squares) if squares > 0 else PRIOR_DISPERSION
    return (PRIOR_WINDOWS * PRIOR_DISPERSION + weight * estimate) / (PRIOR_WINDOWS + weight)


def _state(counts: Sequence[float], totals: Sequence[float], latest: int, surprise: float) -> State:
    """From the surprise of the window, and of its second half given the first."""
    past = sum(counts[:-latest])
    half = max(1, latest // 2)
    late, early = sum(counts[-half:]), sum(counts[-latest:-half])
    late_total, early_total = sum(totals[-half:]), sum(totals[-latest:-half])
    pooled = (late + early) / max(1, late_total + early_total)
    change = (late + pooled) / (late_total + 1) / max(1e-9, (early + pooled) / (early_total + 1))
    if surprise < SURPRISE_MIN:
        return "fading" if past and change < 1 / FALLING else "steady"
    if change < 1 / FALLING:
        return "fading"
    if not past:
        return "emerging"
    return "rising" if change > RISING else "peaking"
