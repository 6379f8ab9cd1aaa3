"""Change points of level and slope, and none in noise."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aistack.trend.changes.change_points import change_points
from aistack.trend.changes.segmentation import divisions, fit_error
from tests.properties import examples

NILE = [
    1120, 1160, 963, 1210, 1160, 1160, 813, 1230, 1370, 1140, 995, 935, 1110, 994, 1020, 960, 1180, 799, 958,
    1140, 1100, 1210, 1150, 1250, 1260, 1220, 1030, 1100, 774, 840, 874, 694, 940, 833, 701, 916, 692, 1020,
    1050, 969, 831, 726, 456, 824, 702, 1120, 1100, 832, 764, 821, 768, 845, 864, 862, 698, 845, 744, 796, 1040,
    759, 781, 865, 845, 944, 984, 897, 822, 1010, 771, 676, 649, 846, 812, 742, 801, 1040, 860, 874, 848, 890,
    744, 749, 838, 1050, 918, 986, 797, 923, 975, 815, 1020, 906, 901, 1170, 912, 746, 919, 718, 714, 740,
]  # fmt: skip


def test_the_nile_fell_in_1899():
    """Cobb 1978: the flow at Aswan (1871 to 1970) fell by about 250 after 1898."""
    found = change_points(np.array(NILE, float))
    assert [1871 + one.index for one in found.points] == [1899]
    assert found.points[0].size == pytest.approx(-248, abs=3) and found.points[0].confidence > 0.5


def test_a_bend_is_a_change_of_slope():
    rng = np.random.default_rng(3)
    values = np.r_[np.arange(100) * 1.0, 100 - np.arange(100) * 1.0] + rng.normal(size=200)
    (point,) = change_points(values).points
    assert point.kind == "slope" and abs(point.index - 100) <= 5
    assert (point.before, point.after) == pytest.approx((1, -1), abs=0.05)


def ar1(rng: np.random.Generator, n: int, carry: float) -> np.ndarray:
    values = rng.normal(size=n)
    values[0] /= np.sqrt(1 - carry**2)
    for at in range(1, n):
        values[at] += carry * values[at - 1]
    return values


def test_autocorrelated_noise_has_no_changes():
    rng = np.random.default_rng(11)
    found = [len(change_points(ar1(rng, 150, carry)).points) for carry in (0.0, 0.3, 0.6, 0.9) for _ in range(5)]
    assert sum(found) <= 2


def test_what_cannot_change_says_so():
    assert [one.code for one in change_points(np.ones(50)).statements] == ["constant"]
    assert [one.code for one in change_points(np.arange(5.0)).statements] == ["too_few_points"]
    assert change_points(np.arange(500.0)).points == ()


def test_divisions_are_exact():
    values = np.array([0.0, 0, 0, 0, 5, 5, 5, 5, 1, 1, 1, 1])
    found = divisions(values, "level", 0.0, 2)
    assert [one.starts for one in found] == [(), (8,), (4, 8)] or found[2].starts == (4, 8)
    assert found[2].rss == pytest.approx(0) and found[0].rss == pytest.approx(fit_error(values, "level"))


@examples(20)
@given(st.lists(st.floats(-1e9, 1e9), min_size=0, max_size=60))
def test_any_values_have_changes_in_order(values: list[float]):
    found = [one.index for one in change_points(np.array(values)).points]
    assert found == sorted(set(found)) and all(0 < one < len(values) for one in found)


def test_long_series_are_divided_in_blocks():
    rng = np.random.default_rng(2)
    values = np.r_[np.zeros(3000), 6 * np.ones(2000)] + rng.normal(size=5000)
    (point,) = change_points(values).points
    assert abs(point.index - 3000) <= 3
