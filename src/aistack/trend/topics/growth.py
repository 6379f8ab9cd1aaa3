"""How surprising a volume is, given its own past and the volume of everything."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from aistack.trend.wire import State

PRIOR_DOCUMENTS = 0.5  # what something unseen is expected to have, in all the past
DISPERSION = 0.15  # variance beyond Poisson's, as a share of the squared mean: attention comes in waves
SURPRISE_MIN = 1.3  # -log10 of 0.05
RISING, FALLING = 1.25, 1.5
TAIL_TERMS_MAX = 10_000


@dataclass(frozen=True, slots=True)
class Growth:
    """`surprise` is -log10 of the probability of `count` documents or more, if the past and the total told all."""

    count: int
    expected: float
    surprise: float
    state: State


def growth_of(counts: Sequence[int], totals: Sequence[int], window: int) -> Growth:
    """The growth in the last `window` buckets. `counts` are a topic's documents in each, `totals` those of all topics.

    A busy day raises what is expected of everything, so it makes nothing grow.
    """
    recent, past = sum(counts[-window:]), sum(counts[:-window])
    recent_total, past_total = sum(totals[-window:]), sum(totals[:-window])
    share = (past + PRIOR_DOCUMENTS) / (past_total + max(1, recent_total - past_total))  # a short past tells little
    expected = min(share, 1.0) * recent_total
    surprise = tail(recent, max(expected, 1e-9))
    return Growth(recent, round(expected, 2), round(surprise, 2), _state(counts, totals, window, surprise, past))


def tail(count: int, expected: float) -> float:
    """-log10 P(X >= count) for a negative binomial with this mean and variance mean + DISPERSION mean^2."""
    if count <= 0:
        return 0.0
    size = 1 / DISPERSION
    chance = size / (size + expected)
    logs: list[float] = []
    log_p = size * math.log(chance) + math.lgamma(size + count) - math.lgamma(size) - math.lgamma(count + 1)
    log_p += count * math.log1p(-chance)
    highest = log_p
    for number in range(count, count + TAIL_TERMS_MAX):
        logs.append(log_p)
        highest = max(highest, log_p)
        if log_p < highest - 30:
            break
        log_p += math.log((size + number) / (number + 1)) + math.log1p(-chance)
    total = highest + math.log(sum(math.exp(one - highest) for one in logs))
    return max(0.0, -total / math.log(10))


def _state(counts: Sequence[int], totals: Sequence[int], window: int, surprise: float, past: int) -> State:
    """From the surprise of the window, and of its second half given the first."""
    half = max(1, window // 2)
    late, early = sum(counts[-half:]), sum(counts[-window:-half])
    late_total, early_total = sum(totals[-half:]), sum(totals[-window:-half])
    pooled = (late + early) / max(1, late_total + early_total)
    change = (late + pooled) / (late_total + 1) / max(1e-9, (early + pooled) / (early_total + 1))
    if surprise < SURPRISE_MIN:
        return "fading" if past and change < 1 / FALLING else "steady"
    if change < 1 / FALLING:
        return "fading"
    if not past:
        return "emerging"
    return "rising" if change > RISING else "peaking"
