"""Robust measures, autocorrelation and tail probabilities, in numpy."""

import math

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
MAD_TO_SD = 1.4826  # for a normal distribution


def robust_scale(values: FloatArray) -> float:
    """The median absolute deviation, scaled to a standard deviation.

    Where more than half of the values are equal, the mean absolute deviation (scaled likewise). 0 for no values.
    """
    if not values.size:
        return 0.0
    deviations = np.abs(values - np.median(values))
    return float(MAD_TO_SD * np.median(deviations)) or float(1.2533 * deviations.mean())


def autocorrelation(values: FloatArray, lags: int) -> FloatArray:
    """Sample autocorrelations at lags 0 to `lags`, by FFT; zeros for a constant."""
    centred = values - values.mean()
    lags = min(lags, centred.size - 1)
    size = 1 << (2 * centred.size - 1).bit_length()
    spectrum = np.fft.rfft(centred, size)
    covariance = np.fft.irfft(np.abs(spectrum) ** 2, size)[: lags + 1]
    if covariance[0] <= 1e-12 * max(1.0, float(np.square(values).sum())):
        return np.zeros(lags + 1)
    return covariance / covariance[0]


def ljung_box(residuals: FloatArray, lags: int | None = None) -> float | None:
    """p-value of the test of Ljung and Box (1978) that no autocorrelation is left; None below 8 residuals."""
    n = residuals.size
    if n < 8:
        return None
    lags = min(10, n // 5) or 1 if lags is None else lags
    correlations = autocorrelation(residuals, lags)[1:]
    statistic = n * (n + 2) * float(np.sum(correlations**2 / (n - np.arange(1, correlations.size + 1))))
    return chi_square_tail(statistic, correlations.size)


def chi_square_tail(value: float, degrees: int) -> float:
    """P(X > value) for a chi-square distribution, by the finite series for whole degrees of freedom."""
    if value <= 0:
        return 1.0
    half = value / 2
    if degrees % 2 == 0:
        term = total = math.exp(-half)
        for k in range(1, degrees // 2):
            term *= half / k
            total += term
        return min(1.0, total)
    total = math.erfc(math.sqrt(half))
    term = math.exp(-half) * math.sqrt(half) / math.gamma(1.5)
    for k in range(1, (degrees + 1) // 2):
        total += term
        term *= half / (k + 0.5)
    return min(1.0, total)


def normal_tail(z: float) -> float:
    """P(Z > z) for a standard normal distribution."""
    return 0.5 * math.erfc(z / math.sqrt(2))
