"""Forecasts, their intervals, and what is said of them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aistack.trend.forecasting.backtest import backtested
from aistack.trend.forecasting.candidates import candidates, seasonal_naive
from aistack.trend.forecasting.forecast import forecast
from aistack.trend.forecasting.intervals import coverage_left_out, widths
from aistack.trend.forecasting.scenario import Shift, scenario
from aistack.trend.forecasting.smoothing import damped_trend, holt_winters
from aistack.trend.series.regular import Series, Step
from tests.properties import examples


def hourly(values: np.ndarray) -> Series:
    return Series(1_704_067_200 * 10**6, Step(3600 * 10**6), values, np.ones(values.size, np.bool_))


def test_a_season_is_continued():
    rng = np.random.default_rng(1)
    wave = 100 + 20 * np.sin(2 * np.pi * np.arange(24 * 20) / 24)
    found = forecast(hourly(wave[:-24] + rng.normal(size=wave.size - 24)), 24)
    assert np.abs(found.values - wave[-24:]).mean() < 1
    assert found.period == 24 and found.quality.verdict in ("good", "weak") and (found.quality.skill or 0) > 0.05
    inside = (wave[-24:] >= found.lower_95) & (wave[-24:] <= found.upper_95)
    assert inside.mean() > 0.9 and (found.lower_80 >= found.lower_95).all()


def test_white_noise_is_no_better_than_naive():
    rng = np.random.default_rng(5)
    verdicts = [forecast(hourly(rng.normal(size=300)), 12).quality.verdict for _ in range(10)]
    assert verdicts.count("no_better_than_naive") >= 9


def test_what_is_no_better_than_naive_says_so():
    found = forecast(hourly(np.random.default_rng(2).normal(size=300)), 12)
    assert "no_better_than_naive" in [one.code for one in found.statements]


def test_short_and_constant_series_say_so():
    assert forecast(hourly(np.array([5.0])), 3).values.tolist() == [5, 5, 5]
    constant = forecast(hourly(np.full(60, 7.0)), 3)
    assert constant.values.tolist() == [7, 7, 7] and constant.upper_95.tolist() == [7, 7, 7]
    assert "constant" in [one.code for one in constant.statements]


@pytest.mark.parametrize("horizon", [0, -1, 10_001])
def test_a_horizon_out_of_range_is_refused(horizon: int):
    with pytest.raises(ValueError, match="horizon"):
        forecast(hourly(np.ones(5)), horizon)


def test_counts_are_whole_and_not_negative():
    counts = np.random.default_rng(3).poisson(0.4, 200).astype(float)
    found = forecast(hourly(counts), 6, support="counts")
    assert (found.lower_95 >= 0).all() and (found.values == np.rint(found.values)).all()


def test_a_scenario_lists_what_it_assumes():
    base = forecast(hourly(100 + np.sin(np.arange(240) * 2 * np.pi / 24)), 12)
    found = scenario(base, [Shift("demand", 0.1), Shift("policy", -0.2, elasticity=0.5, start=6, ramp=2)])
    assert found.factor[:6] == pytest.approx(1.1) and found.factor[-1] == pytest.approx(1.1 * 0.9)
    assert found.values == pytest.approx(base.values * found.factor)
    assert [one.parameters["name"] for one in found.assumptions] == ["demand", "policy"]
    with pytest.raises(ValueError):
        scenario(base, [Shift("demand", float("nan"))])


def test_the_seasonal_naive_repeats_the_last_period():
    assert seasonal_naive(3)(np.arange(7.0), 5).tolist() == [4, 5, 6, 4, 5]


def test_smoothing_follows_a_line_and_a_season():
    line = np.arange(60.0)
    assert damped_trend(line, 2) == pytest.approx([60, 61], abs=0.6)
    wave = np.tile([1.0, 5, 3, 7], 30)
    assert holt_winters(wave, 4, 4) == pytest.approx([1, 5, 3, 7], abs=0.05)


def test_a_backtest_never_sees_what_it_forecasts():
    values = np.random.default_rng(4).normal(size=200).cumsum()
    changed = values.copy()
    changed[190:] += 1000
    one, other = (backtested(given_values, candidates([]), 10) for given_values in (values, changed))
    assert (one.forecasts[0] == other.forecasts[0]).all() and one.origins[0] == 190


def test_intervals_cover_what_they_promise():
    errors = np.abs(np.random.default_rng(6).normal(size=(200, 8)))
    assert widths(errors, 8, 0.95) == pytest.approx(1.96, abs=0.25)
    assert coverage_left_out(errors[:20], 8, 0.95) == pytest.approx(0.965, abs=0.035)


@examples(15)
@given(st.lists(st.floats(-1e12, 1e12), min_size=1, max_size=80), st.integers(1, 30), st.integers(0, 12))
def test_any_series_has_a_forecast(values: list[float], horizon: int, period: int):
    found = forecast(hourly(np.array(values)), horizon, [period])
    assert found.values.shape == (horizon,) and np.isfinite(found.upper_95).all()
    assert (found.lower_95 <= found.values).all() and (found.values <= found.upper_95).all()
