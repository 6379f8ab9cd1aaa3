"""Finds the periods of a regular series: peaks of the autocorrelation that stand out after removing the trend.

The usual periods of the step (day, week, year) are tried first, then the peaks of the detrended periodogram (as in
AUTOPERIOD: Vlachos et al. 2005). Each is removed before the next is sought; at most two are reported.
"""

from dataclasses import dataclass

import numpy as np

from aistack.trend.series.decomposition import local_trend, seasonal_component
from aistack.trend.series.regular import Step
from aistack.trend.series.statistics import FloatArray, autocorrelation

PERIODS_MAX = 2
CYCLES_MIN = 2.0
_USUAL_SECONDS = (3600.0, 86_400.0, 7 * 86_400.0, 365.25 * 86_400.0)


@dataclass(frozen=True, slots=True)
class Season:
    """`period` in steps; `strength` is the autocorrelation at the period after removing the trend, 0 to 1."""

    period: int
    strength: float


def seasons(values: FloatArray, step: Step | None = None) -> tuple[Season, ...]:
    """The seasons of `values` (n,), the shortest first. Empty for noise, random walks and constants."""
    if values.size < 8 or np.ptp(values) <= 1e-12 * max(1e-300, float(np.abs(values).max())):
        return ()
    found: list[Season] = []
    rest = values
    for _ in range(PERIODS_MAX):
        usual = usual_periods(values.size, step)
        tried = [_tested(rest, period, is_usual=True) for period in usual]
        tried += [
            _tested(rest, period, is_usual=False)
            for period in _periodogram_peaks(rest)
            if all(abs(period - one) > 0.06 * one for one in usual)
        ]
        passed = [one for one in tried if one is not None and all(_differ(one, known) for known in found)]
        if not passed:
            break
        season = _shortest_of(passed)
        found.append(season)
        rest = rest - seasonal_component(rest - local_trend(rest, 2 * season.period + 1), season.period)
    return tuple(sorted(found, key=lambda one: one.period))


def _differ(one: Season, other: Season) -> bool:
    return not 0.8 < one.period / other.period < 1.25


def _shortest_of(passed: list[Season]) -> Season:
    """The strongest, or one of nearly its strength of whose period it has a multiple."""
    best = max(passed, key=lambda one: one.strength)
    parts = [one for one in passed if one.strength >= 0.85 * best.strength and best.period % one.period == 0]
    return min(parts, key=lambda one: one.period)


def usual_periods(size: int, step: Step | None) -> list[int]:
    """The periods (hour, day, week, year) that data of this step may have and that fit in twice, the shortest first."""
    if step is None:
        return []
    ratios = [season / step.seconds for season in _USUAL_SECONDS]
    return [round(one) for one in ratios if abs(one - round(one)) < 0.02 * one and 2 <= round(one) <= size / CYCLES_MIN]


def _periodogram_peaks(values: FloatArray) -> list[int]:
    flat = values - local_trend(values, max(8, values.size // 3))
    power = np.abs(np.fft.rfft(flat * np.hanning(flat.size))) ** 2
    found: set[int] = set()
    for at in np.argsort(power[2:])[::-1][:6] + 2:
        period = round(values.size / int(at))
        found |= {period - 1, period, period + 1}
    return sorted(period for period in found if 2 <= period <= values.size / CYCLES_MIN)


def _tested(values: FloatArray, period: int, *, is_usual: bool) -> Season | None:
    cycles = values.size / period
    flat = values - local_trend(values, 2 * period + 1)
    correlations = autocorrelation(flat, min(values.size - 1, period + 1))
    strength = float(correlations[period]) * values.size / (values.size - period)  # of so many pairs
    needed = 2 / np.sqrt(values.size) + (0.05 + 5 / cycles**2.5 if is_usual else 0.2 + 1.2 / cycles)
    if strength < needed or correlations[1 : period // 2 + 1].min(initial=1.0) > strength - 0.1:
        return None
    return Season(period, round(min(1.0, strength), 4))
