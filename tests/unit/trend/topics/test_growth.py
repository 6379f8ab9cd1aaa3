"""What grows: against its own past, and against everything."""

from itertools import pairwise

import pytest

from aistack.trend.topics.growth import growth_of, tail
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
