"""Prediction intervals from the errors that the same forecast made in the backtest: split conformal prediction over
rolling origins (Vovk et al. 2005; Stankeviciute et al. 2021), pooled over neighbouring steps of the horizon.
"""

import numpy as np

from aistack.trend.series.statistics import FloatArray

BLOCKS = 4  # of the horizon, whose errors are pooled
DEPENDENCE = 2  # neighbouring errors of one origin are alike: so many count as one


def widths(errors: FloatArray, horizon: int, coverage: float) -> FloatArray:
    """(horizon,) half the width of the interval at each step that covers the share `coverage`.

    `errors` (origins, horizon) are absolute, NaN where nothing is known. The quantile is corrected for their number, as
    conformal prediction asks. Widths never shrink along the horizon.
    """
    found = np.zeros(horizon)
    for block in np.array_split(np.arange(horizon), min(BLOCKS, horizon)):
        pooled = errors[:, block]
        pooled = pooled[np.isfinite(pooled)]
        if pooled.size:
            found[block] = np.quantile(pooled, min(1.0, coverage * (1 + DEPENDENCE / pooled.size)))
    return np.maximum.accumulate(found)


def coverage_left_out(errors: FloatArray, horizon: int, coverage: float) -> float | None:
    """The share of each origin's errors inside the widths made of the other origins; None below three origins."""
    if errors.shape[0] < 3:
        return None
    inside: list[FloatArray] = []
    for origin in range(errors.shape[0]):
        known = np.isfinite(errors[origin])
        half = widths(np.delete(errors, origin, axis=0), horizon, coverage)
        inside.append((errors[origin] <= half)[known].astype(np.float64))
    together = np.concatenate(inside)
    return float(together.mean()) if together.size else None


def fallback_errors(values: FloatArray, period: int, horizon: int) -> FloatArray:
    """(rows, horizon) absolute errors of the seasonal naive inside the series, for series too short to backtest."""
    lag = period if values.size > period else 1
    if values.size < 2:
        return np.full((1, horizon), np.nan)
    one_period = np.abs(values[lag:] - values[:-lag])
    growth = np.sqrt(np.arange(horizon) // lag + 1.0)
    return one_period[:, None] * growth
