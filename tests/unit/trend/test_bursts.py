"""Bursts and growth of counts within a total."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aistack.trend.bursts.kleinberg import bursts
from tests.properties import examples


def test_a_burst_is_found_and_a_busy_day_is_none():
    counts = np.array([2, 3, 2, 2, 12, 15, 11, 2, 3, 20, 2, 2])
    totals = np.array([100, 100, 100, 100, 100, 100, 100, 100, 100, 1000, 100, 100])
    (found,) = bursts(counts, totals)
    assert (found.start, found.end, found.level, found.count) == (4, 7, 1, 38)


def test_the_path_is_the_cheapest_of_all():
    """Kleinberg 2002: the state sequence of least cost, here against every sequence."""
    counts, totals = [1, 4, 5, 0, 6], [10, 10, 10, 10, 10]
    rates = [16 / 50, 32 / 50]

    def cost(path: tuple[int, ...]) -> float:
        rises = sum(math.log(5) for a, b in itertools.pairwise((0, *path)) if b > a)
        fit = sum(
            -(r * math.log(rates[s]) + (d - r) * math.log(1 - rates[s]))
            for s, r, d in zip(path, counts, totals, strict=True)
        )
        return rises + fit

    best = min(itertools.product((0, 1), repeat=5), key=cost)
    spans = [(one.start, one.end) for one in bursts(counts, totals)]
    assert [any(a <= at < b for a, b in spans) for at in range(5)] == [bool(state) for state in best]


def test_levels_lie_inside_each_other():
    counts = np.array([1] * 10 + [4] * 4 + [30] * 3 + [4] * 3 + [1] * 10)
    found = bursts(counts, np.full(30, 200), levels=4)
    assert max(one.level for one in found) >= 2
    for inner in (one for one in found if one.level > 1):
        assert any(o.level == inner.level - 1 and o.start <= inner.start and inner.end <= o.end for o in found)


@pytest.mark.parametrize(
    ("counts", "totals"), [([1], [1, 2]), ([3], [2]), ([-1], [2]), ([float("nan")], [1]), ([[1]], [[2]])]
)
def test_counts_that_fit_no_totals_are_refused(counts: list[float], totals: list[float]):
    with pytest.raises(ValueError):
        bursts(counts, totals)


@examples(50)
@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)), max_size=30), st.integers(1, 5))
def test_any_counts_have_bursts_in_range(pairs: list[tuple[int, int]], levels: int):
    totals = [a + b for a, b in pairs]
    for one in bursts([a for a, _ in pairs], totals, levels=levels):
        assert 0 <= one.start < one.end <= len(pairs) and 1 <= one.level <= levels
