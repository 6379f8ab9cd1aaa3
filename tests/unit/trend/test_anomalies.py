"""Unusual points, in a live series and in one at rest."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aistack.trend.anomalies.batch import anomalies
from aistack.trend.anomalies.detector import OnlineDetector, period_of
from aistack.trend.anomalies.rings import Ring
from tests.properties import examples

HOUR = 3600.0


def season(n: int, seed: int = 0) -> np.ndarray:
    return 10 * np.sin(2 * np.pi * np.arange(n) / 24) + np.random.default_rng(seed).normal(size=n)


def alarms(detector: OnlineDetector, values: np.ndarray) -> list[int]:
    return [at for at, value in enumerate(values) if detector.add(float(value)).alarm]


@pytest.mark.parametrize("kind", ["spike", "dip", "level", "flatline", "missing season"])
def test_a_live_series_alarms_at_what_is_new(kind: str):
    values = season(900)
    match kind:
        case "spike":
            values[800] += 25
        case "dip":
            values[800] -= 25
        case "level":
            values[800:] += 12
        case "flatline":
            values[800:830] = values[800]
        case _:
            values[800:824] = np.random.default_rng(1).normal(size=24)
    found = alarms(OnlineDetector(HOUR), values)
    assert any(800 <= at < 830 for at in found)
    assert sum(at < 800 for at in found) <= 2


def test_an_alarm_is_reported_once():
    values = season(900)
    values[800:830] += 60
    detector = OnlineDetector(HOUR)
    found = [at for at in alarms(detector, values) if at >= 800]
    assert found and len(found) <= 4 and detector.state_name == "alarm"
    detector.acknowledge()
    assert detector.state_name == "acknowledged"


def test_a_detector_from_its_state_goes_on_as_before():
    values = season(700)
    whole, half = OnlineDetector(HOUR), OnlineDetector(HOUR)
    for value in values[:500]:
        whole.add(value), half.add(value)
    restored = OnlineDetector.restored(json.loads(json.dumps(half.state())))
    assert [whole.add(value) for value in values[500:]] == [restored.add(value) for value in values[500:]]


@pytest.mark.parametrize(
    "state", [{}, {"version": 2}, {"version": 1, "step_seconds": "x"}, {"version": 1, "period": 3}]
)
def test_what_is_no_state_is_refused(state: dict[str, object]):
    with pytest.raises(ValueError):
        OnlineDetector.restored(state)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_value_that_is_no_number_is_refused(value: float):
    with pytest.raises(ValueError, match="finite"):
        OnlineDetector(HOUR).add(value)


def test_memory_is_bounded():
    detector = OnlineDetector(HOUR)
    for value in season(700):
        detector.add(value)
    detector.skip(10_000_000)
    assert len(json.dumps(detector.state())) < 300_000


@examples(25)
@given(st.lists(st.floats(-1e308, 1e308), max_size=90), st.sampled_from([1.0, 60.0, 3600.0, 86_400.0, 1e9]))
def test_any_values_have_scores(values: list[float], step: float):
    detector = OnlineDetector(step)
    for value in values:
        found = detector.add(value)
        assert 0 <= found.score <= 1 and np.isfinite(found.expected)


def test_periods_of_steps():
    assert [period_of(one) for one in (300, 3600, 86_400, 30.4 * 86_400, 0.001, 1e12)] == [288, 24, 7, 12, 0, 0]


def test_a_ring_keeps_the_last_values():
    ring = Ring(3)
    for value in range(10):
        ring.append(value)
    assert ring.values.tolist() == [7, 8, 9] and Ring.restored(ring.state()).values.tolist() == [7, 8, 9]


def test_a_series_at_rest():
    values = season(600)
    values[100] += 15
    values[200] -= 15
    values[300:312] = values[300]
    found = anomalies(values, [24]).points
    assert [(one.kind, one.peak) for one in found if one.kind in ("spike", "dip")][:2] == [("spike", 100), ("dip", 200)]
    assert any(one.kind == "flatline" and 298 <= one.start <= 301 for one in found)


def test_noise_and_constants_have_no_anomalies():
    assert sum(len(anomalies(season(400, seed), [24]).points) for seed in range(20)) <= 1
    assert anomalies(np.ones(100)).points == () and anomalies(np.ones(3)).points == ()


@examples(30)
@given(st.lists(st.floats(-1e9, 1e9), max_size=60))
def test_any_values_at_rest(values: list[float]):
    assert all(0 <= one.start < one.end <= len(values) for one in anomalies(np.array(values)).points)
