"""Exponential smoothing with a damped trend, fitted by trying a grid of parameters side by side.

Gardner and McKenzie 1985 (damped trend); Hyndman et al. 2002 (state space form, ETS).
"""

import numpy as np

from aistack.trend.series.statistics import FloatArray

_ALPHAS = (0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 0.9, 0.99)
_BETAS = (0.0, 0.05, 0.2)  # of alpha
_DAMPING = (0.8, 0.9, 0.98)


def damped_trend(values: FloatArray, horizon: int) -> FloatArray:
    """(horizon,) the forecast of the parameters with the smallest squared error one step ahead."""
    grid = np.array([(a, a * b, p) for a in _ALPHAS for b in _BETAS for p in _DAMPING if b or p == 0.98])
    alpha, beta, damping = grid.T
    level = np.full(grid.shape[0], float(values[: min(5, values.size)].mean()))
    slope = np.zeros(grid.shape[0])
    errors = np.zeros(grid.shape[0])
    skipped = min(5, values.size // 4)
    for at, value in enumerate(values.tolist()):
        expected = level + damping * slope
        error = value - expected
        level = expected + alpha * error
        slope = damping * slope + beta * error
        if at >= skipped:
            errors += error * error
    best = int(np.argmin(errors))
    return level[best] + slope[best] * np.cumsum(damping[best] ** np.arange(1, horizon + 1))


def smoothed_level(values: FloatArray, alphas: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The last level, and the sum of squared errors one step ahead, of simple smoothing with each of `alphas`."""
    level = np.full(alphas.size, float(values[0]))
    errors = np.zeros(alphas.size)
    for value in values[1:].tolist():
        error = value - level
        errors += error * error
        level = level + alphas * error
    return level, errors


def holt_winters(values: FloatArray, period: int, horizon: int) -> FloatArray:
    """Additive Holt-Winters with a damped trend (Winters 1960). `values` has two periods or more."""
    grid = np.array([(a, b, g) for a in (0.05, 0.15, 0.4, 0.8) for b in (0.0, 0.02) for g in (0.05, 0.2, 0.5)])
    alpha, beta, gamma = grid.T
    damping = 0.98
    cycles = min(3, values.size // period)
    first = values[: cycles * period].reshape(cycles, period)
    season = np.tile((first - first.mean(axis=1, keepdims=True)).mean(axis=0)[:, None], (1, grid.shape[0]))
    level = np.full(grid.shape[0], float(first[0].mean()))
    slope = np.zeros(grid.shape[0])
    errors = np.zeros(grid.shape[0])
    for at, value in enumerate(values.tolist()):
        phase = at % period
        expected = level + damping * slope
        error = value - expected - season[phase]
        level = expected + alpha * error
        slope = damping * slope + alpha * beta * error
        season[phase] += gamma * (1 - alpha) * error
        if at >= period:
            errors += error * error
    best = int(np.argmin(errors))
    trend = level[best] + slope[best] * np.cumsum(damping ** np.arange(1, horizon + 1))
    return trend + season[(values.size + np.arange(horizon)) % period, best]
