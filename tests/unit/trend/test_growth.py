"""What grows: against its own past, and against everything."""

import math
from itertools import pairwise

import numpy as np
import pytest

from aistack.trend.bursts.growth import discoveries, growth_of, tail
from aistack.trend.wire import State


@pytest.mark.parametrize(
    ("counts", "totals", "state", "surprising"),
    [
        ([0] * 20 + [0, 1, 3, 8], [50] * 24, "emerging", True),
        ([2] * 20 + [2, 4, 8, 12], [50] * 24, "rising", True),
        ([2] * 20 + [8, 8, 8, 8], [50] * 24, "peaking", True),
        ([2] * 20 + [12, 8, 3, 1], [50] * 24, "fading", True),
        ([5] * 24, [50] * 24, "steady", False),
        ([5] * 20 + [10] * 4, [50] * 20 + [100] * 4, "steady", False),
        ([0] * 24, [50] * 24, "steady", False),
        ([0, 6], [0, 18], "emerging", True),
    ],
)
def test_states(counts: list[int], totals: list[int], state: State, surprising: bool):
    growth = growth_of(counts, totals, 4 if len(counts) > 2 else 1)
    assert (growth.state, growth.surprise >= 1.3) == (state, surprising)


def test_the_tail_is_a_probability_that_falls_with_the_count():
    surprises = [tail(count, 5.0) for count in range(60)]
    assert surprises[0] == 0.0
    assert all(later > earlier for earlier, later in pairwise(surprises))
    assert tail(10**6, 1e-9) > 100


def test_growth_with_the_total_is_no_surprise():
    steady, totals = [10] * 20, [1000] * 20
    assert growth_of([*steady, 40], [*totals, 4000]).surprise < 1
    assert growth_of([*steady, 40], [*totals, 1000]).surprise > 8


def test_counts_that_always_vary_surprise_less():
    varied = [2, 30, 1, 25, 0, 40, 3, 28] * 4
    assert growth_of([*varied, 45], [1000] * 33).surprise < growth_of([16] * 32 + [45], [1000] * 33).surprise


def test_few_false_discoveries():
    rng = np.random.default_rng(8)
    assert sum(discoveries(rng.uniform(size=1000).tolist())) <= 1
    assert discoveries([1e-9, 0.5, 0.9]) == [True, False, False] and discoveries([]) == []


def test_the_tail_is_that_of_the_distribution():
    assert tail(3, 2.0, 0.5) == pytest.approx(-math.log10(0.3125), abs=1e-9)  # size 2, chance 1/2
    assert tail(1, 2.0, 0.5) == pytest.approx(-math.log10(0.75), abs=1e-9)
    assert 0 <= tail(20_000, 50_000.0, 0.01) < 0.01


@pytest.mark.parametrize(
    ("counts", "totals", "latest"), [([1], [1, 2], 1), ([], [], 1), ([-1, 2], [3, 3], 1), ([1], [1], 2)]
)
def test_counts_without_sense_are_refused(counts: list[float], totals: list[float], latest: int):
    with pytest.raises(ValueError):
        growth_of(counts, totals, latest)


def test_few_false_alarms_among_waves():
    """Counts with the dispersion that attention has, alarms at one in a thousand."""
    rng = np.random.default_rng(4)
    alarms = sum(
        growth_of(rng.negative_binomial(5, 5 / 13, 40).tolist(), [1000] * 40).surprise >= 3 for _ in range(2_000)
    )
    assert alarms <= 12
