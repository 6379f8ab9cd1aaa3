"""The forecasts that compete: each takes the values and gives the next ones."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from aistack.trend.forecasting.smoothing import damped_trend, holt_winters, smoothed_level
from aistack.trend.series.decomposition import decomposed
from aistack.trend.series.findings import Method
from aistack.trend.series.statistics import FloatArray

Model = Callable[[FloatArray, int], FloatArray]
TAIL_MAX = 3000  # models are fitted to the last so many points
FOURIER_ORDERS = 6


@dataclass(frozen=True, slots=True)
class Candidate:
    """`model(values, horizon)` gives (horizon,); it needs `points_min` values. `is_combined` says whether it counts
    in the combination."""

    method: Method
    model: Model
    points_min: int
    is_combined: bool = True


def candidates(periods: Sequence[int], usual: Sequence[int] = (), is_intermittent: bool = False) -> list[Candidate]:
    """The seasonal naive (or naive) first, then the others for a series with `periods`, the shortest first.

    Without periods the seasonal naive of the first of the `usual` ones is tried too.
    """
    naive = Method("naive")
    if is_intermittent:
        first = usual[0] if usual else 1
        return [
            Candidate(Method(f"seasonal naive {first}" if usual else "naive"), seasonal_naive(first), first),
            Candidate(Method("mean"), _mean, 3),
            Candidate(Method("simple smoothing of intermittent demand", "Teunter, Syntetos and Babai 2011"), _tsb, 5),
        ]
    if not periods:
        unsure = [
            Candidate(Method(f"seasonal naive {one}"), seasonal_naive(one), one, is_combined=False) for one in usual[:1]
        ]
        return [
            Candidate(naive, seasonal_naive(1), 1),
            Candidate(Method("drift"), _drift, 3),
            Candidate(Method("damped trend", "Gardner and McKenzie 1985"), damped_trend, 5),
            Candidate(Method("theta", "Assimakopoulos and Nikolopoulos 2000; Fiorucci et al. 2016"), _theta, 5),
            Candidate(Method("mean"), _mean, 3, is_combined=False),
            *unsure,
        ]
    longest = max(periods)
    found = [Candidate(Method(f"seasonal naive {period}"), seasonal_naive(period), period) for period in periods]
    found += [
        Candidate(
            Method("decomposition and damped trend", "Bandara et al. 2021; Gardner and McKenzie 1985"),
            _adjusted(periods, damped_trend), 2 * longest,
        ),
        Candidate(
            Method("decomposition and theta", "Bandara et al. 2021; Fiorucci et al. 2016"),
            _adjusted(periods, _theta), 2 * longest,
        ),
        Candidate(
            Method("decomposition and last level", "Bandara et al. 2021"),
            _adjusted(periods, lambda values, horizon: np.full(horizon, values[-periods[0] :].mean())), 2 * longest,
        ),
        Candidate(
            Method("regression on Fourier terms", "Harvey 1993"),
            lambda values, horizon: _fourier(values, horizon, periods), 3 * longest,
        ),
        Candidate(naive, seasonal_naive(1), 1, is_combined=False),
    ]  # fmt: skip
    found += [
        Candidate(
            Method(f"Holt-Winters {period}", "Winters 1960; Gardner and McKenzie 1985"),
            _holt_winters(period),
            3 * period,
        )
        for period in periods
    ]
    return found


def seasonal_naive(period: int) -> Model:
    """The last period again; of a period of 1 the last value."""

    def model(values: FloatArray, horizon: int) -> FloatArray:
        length = min(period, values.size)
        return values[values.size - length + np.arange(horizon) % length]

    return model


def _holt_winters(period: int) -> Model:
    return lambda values, horizon: holt_winters(values[-max(TAIL_MAX, 4 * period) :], period, horizon)


def _adjusted(periods: Sequence[int], model: Model) -> Model:
    """The model on the values without seasons, plus the seasons' last cycle; on logarithms where spread grows with
    level."""

    def forecast(values: FloatArray, horizon: int) -> FloatArray:
        values = values[-max(TAIL_MAX, 4 * max(periods)) :]
        is_relative = _grows_with_level(values, periods[0])
        used = np.log(values) if is_relative else values
        parts = decomposed(used, periods)
        found = model(parts.adjusted, horizon)
        for period, part in parts.seasonal.items():
            found = found + seasonal_naive(period)(part, horizon)
        return np.exp(np.minimum(found, used.max() + 2)) if is_relative else found

    return forecast


def _grows_with_level(values: FloatArray, period: int) -> bool:
    """Whether the spread within cycles is proportional to their level (Guerrero 1993, with powers 0 and 1 only)."""
    cycles = values.size // period
    if cycles < 4 or values.min() <= 0:
        return False
    table = values[-cycles * period :].reshape(cycles, period)
    means, spreads = table.mean(axis=1), table.std(axis=1) + 1e-9 * np.abs(values).max()
    additive, relative = spreads, spreads / means
    return bool(relative.std() / relative.mean() < 0.9 * additive.std() / additive.mean())


def _mean(values: FloatArray, horizon: int) -> FloatArray:
    return np.full(horizon, values.mean())


def _tsb(values: FloatArray, horizon: int) -> FloatArray:
    """The chance of a value other than 0 times its size, both smoothed; the size only where there is one."""
    chance = float((values != 0).mean())
    size = float(values[values != 0].mean()) if chance else 0.0
    for value in values.tolist():
        chance += 0.05 * ((value != 0) - chance)
        size += 0.1 * (value - size) if value else 0.0
    return np.full(horizon, chance * size)


def _drift(values: FloatArray, horizon: int) -> FloatArray:
    slope = (values[-1] - values[0]) / max(1, values.size - 1)
    return values[-1] + slope * np.arange(1, horizon + 1)


def _theta(values: FloatArray, horizon: int) -> FloatArray:
    """Simple smoothing with half the slope of a line as drift, the smoothing chosen by squared error."""
    alphas = np.linspace(0.05, 0.99, 20)
    levels, errors = smoothed_level(values, alphas)
    best = int(np.argmin(errors))
    n = values.size
    steps = np.arange(n) - (n - 1) / 2
    slope = float(steps @ values) / float(steps @ steps) if n > 1 else 0.0
    alpha = float(alphas[best])
    return levels[best] + slope / 2 * (np.arange(horizon) + (1 - (1 - alpha) ** n) / alpha)


def _fourier(values: FloatArray, horizon: int, periods: Sequence[int]) -> FloatArray:
    """Least squares on sines and cosines, with a line; the last residual decays as an AR(1)."""
    values = values[-max(TAIL_MAX, 4 * max(periods)) :]
    n = values.size
    at = np.arange(n + horizon)
    columns = [np.ones(at.size), (at - n / 2) / n]
    for period in periods:
        for order in range(1, min(FOURIER_ORDERS, period // 2) + 1):
            angle = 2 * np.pi * order * at / period
            columns += [np.sin(angle), np.cos(angle)]
    design = np.stack(columns, axis=1)
    squares = design[:n].T @ design[:n] + 1e-6 * n * np.eye(design.shape[1])
    weights = np.linalg.solve(squares, design[:n].T @ values)
    rest = values - design[:n] @ weights
    carry = float(np.clip(rest[1:] @ rest[:-1] / max(1e-300, float(rest @ rest)), 0, 0.99))
    return design[n:] @ weights + rest[-1] * carry ** np.arange(1, horizon + 1)
