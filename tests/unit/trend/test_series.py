"""Points of any form become a regular series, and what was done to them is said."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aistack.trend.analysis import analysed
from aistack.trend.forecasting.forecast import forecast
from aistack.trend.series.decomposition import decomposed, local_trend
from aistack.trend.series.points import points_of
from aistack.trend.series.regular import Step, inferred_step, regular
from aistack.trend.series.seasonality import seasons
from aistack.trend.series.statistics import autocorrelation, chi_square_tail, ljung_box, robust_scale
from aistack.trend.series.times import microseconds_of
from tests.properties import examples

HOUR = Step(3600 * 10**6)
SECOND = 10**6
NEW_YEAR = 1_704_067_200 * SECOND


@pytest.mark.parametrize(
    "text",
    [
        "2024-01-01", "2024-01-01T00:00:00Z", "2024-01-01T08:00:00+08:00", "2024-01-01 00:00:00", "2024/1/1", "2024-01",
        "2024", "2024Q1", "2024年1月1日", "2024年1月", "1704067200", 1_704_067_200, 1_704_067_200_000, 1.7040672e18,
        datetime(2024, 1, 1),
    ],
)  # fmt: skip
def test_a_time_is_read_in_many_forms(text: object):
    assert microseconds_of(text) == NEW_YEAR


@pytest.mark.parametrize("text", ["", "soon", None, True, float("nan"), "2024-13-01", "9999-01-01", 1e30, [], "2024Q5"])
def test_what_is_no_time_is_left_out(text: object):
    assert microseconds_of(text) is None


def codes(statements: object) -> list[str]:
    return [one.code for one in statements]  # type: ignore[attr-defined]


def test_points_are_sorted_and_folded_and_that_is_said():
    points = points_of([3, 1, 2, 2, "?", 4], [30, 10, 20, 25, 1, float("nan")])
    assert points.values.tolist() == [10, 25, 30]
    assert codes(points.statements) == [
        "points_without_time", "points_without_value", "points_sorted", "duplicates_folded",
    ]  # fmt: skip


def test_gaps_are_filled_and_counted():
    series = regular(points_of([0, 60, 120, 300, 360, 420], [0, 1, 2, 5, 6, 7]))
    assert series.step == Step(60 * SECOND)
    assert series.values.tolist() == [0, 1, 2, 3, 4, 5, 6, 7]
    assert series.gaps == 2 and codes(series.statements) == ["gaps_filled"]


def test_months_of_different_length_are_steps():
    series = regular(points_of([f"2023-{month:02}-31"[:7] for month in range(1, 13)], list(range(12))))
    assert series.step == Step(months=1) and series.gaps == 0
    assert str(series.times(12, 1).astype("datetime64[us]")[0])[:10] == "2024-01-01"


def test_days_stay_days_over_daylight_saving_time():
    zone = ZoneInfo("Europe/Berlin")
    days = [datetime(2023, 1, 1, tzinfo=zone) + timedelta(days=number) for number in range(365)]
    series = regular(points_of(days, list(range(365))))
    assert series.step == Step(86_400 * SECOND) and series.values.size == 365 and series.gaps == 0


def test_a_series_whose_frequency_changes_takes_the_coarser_step():
    times = np.r_[np.arange(100) * 3600, 100 * 3600 + np.arange(600) * 60] + 1_700_000_000
    series = regular(points_of(times, np.ones(700)))
    assert series.step == HOUR and "frequency_changed" in codes(series.statements)


def test_one_point_from_1970_does_not_stretch_the_grid():
    series = regular(points_of(np.r_[0, np.arange(500) * 60 + 1_700_000_000], np.ones(501)))
    assert series.values.size == 500 and "far_points_left_out" in codes(series.statements)


times = st.one_of(st.integers(-(10**12), 10**12), st.floats(), st.text(max_size=12), st.none())
values = st.one_of(st.floats(), st.integers(-(10**30), 10**30), st.text(max_size=4), st.none())


@examples(60)
@given(st.lists(st.tuples(times, values), max_size=40))
def test_any_points_are_analysed_and_forecast(given_points: list[tuple[object, object]]):
    points = points_of([one for one, _ in given_points], [one for _, one in given_points])
    analysis = analysed(points)
    assert np.isfinite(analysis.series.values).all()
    if analysis.series.values.size:
        found = forecast(analysis.series, 3)
        assert np.isfinite(found.values).all() and (found.lower_95 <= found.upper_95).all()


@examples(40)
@given(st.lists(st.floats(-1e6, 1e6), min_size=8, max_size=60), st.integers(2, 10))
def test_the_parts_of_a_decomposition_add_up(values: list[float], period: int):
    parts = decomposed(np.array(values), [period])
    together = parts.trend + parts.remainder + sum(parts.seasonal.values())
    assert np.allclose(together, values, atol=1e-6)


def test_many_points_are_analysed_in_blocks():
    n = 250_000
    analysis = analysed(points_of(np.arange(n) + 1_700_000_000, np.sin(np.arange(n) * 2 * np.pi / 86_400)))
    assert analysis.series.values.size <= 100_000 and "analysed_in_blocks" in codes(analysis.statements)


def test_a_line_has_itself_as_trend():
    line = 3.0 + 0.5 * np.arange(50)
    assert np.allclose(local_trend(line, 11), line)


def test_seasons_are_found_and_not_invented():
    rng = np.random.default_rng(7)
    at = np.arange(24 * 7 * 6)
    both = 10 * np.sin(2 * np.pi * at / 24) + 8 * np.sin(2 * np.pi * at / 168) + rng.normal(size=at.size)
    assert [one.period for one in seasons(both, HOUR)] == [24, 168]
    assert [one.period for one in seasons(np.tile([1.0, 5, 2, 9, 4], 30))] == [5]
    invented = [
        bool(seasons(rng.normal(size=500).cumsum(), HOUR)) + bool(seasons(rng.normal(size=500))) for _ in range(40)
    ]
    assert sum(invented) <= 3


def test_published_values_of_the_statistics():
    assert chi_square_tail(3.841, 1) == pytest.approx(0.05, abs=1e-4)
    assert chi_square_tail(18.307, 10) == pytest.approx(0.05, abs=1e-4)
    assert robust_scale(np.array([1.0, 1, 2, 2, 4, 6, 9])) == pytest.approx(1.4826)
    assert autocorrelation(np.array([1.0, 2, 3, 4, 5]), 2).tolist() == pytest.approx([1, 0.4, -0.1])
    assert ljung_box(np.tile([1.0, -1.0], 50)) == pytest.approx(0, abs=1e-9)


def test_the_step_of_times_with_jitter():
    rng = np.random.default_rng(1)
    jitter = (np.arange(200) * 300 + rng.normal(0, 3, 200)) * SECOND
    assert inferred_step(jitter.astype(np.int64))[0] == Step(300 * SECOND)
