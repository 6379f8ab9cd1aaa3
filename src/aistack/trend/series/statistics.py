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


def poisson_tail(count: float, mean: float) -> float:
    """P(X >= count) for a Poisson distribution."""
    return _gamma_ratio(count, mean) if count > 0 else 1.0


def negative_binomial_tail(count: int, mean: float, dispersion: float) -> float:
    """P(X >= count) where the variance is `mean + dispersion * mean ** 2`; Poisson without dispersion."""
    if count <= 0:
        return 1.0
    if mean <= 0:
        return 0.0
    if dispersion <= 1e-9:
        return poisson_tail(count, mean)
    size = 1 / dispersion
    chance = size / (size + mean)
    first = math.lgamma(count + size) - math.lgamma(size) - math.lgamma(count + 1)
    term = math.exp(first + size * math.log(chance) + count * math.log1p(-chance))
    if count <= mean:
        below = np.arange(count)
        logs = np.array([math.lgamma(k + size) - math.lgamma(size) - math.lgamma(k + 1) for k in below.tolist()])
        return max(0.0, 1 - float(np.exp(logs + size * math.log(chance) + below * math.log1p(-chance)).sum()))
    total, k = term, count
    while term > 1e-17 * total and k < count + 100_000:
        term *= (k + size) / (k + 1) * (1 - chance)
        total += term
        k += 1
    return min(1.0, total)


def _gamma_ratio(shape: float, value: float) -> float:
    """The regularised lower incomplete gamma function, by its series and Lentz's continued fraction."""
    if value <= 0:
        return 0.0
    front = math.exp(-value + shape * math.log(value) - math.lgamma(shape))
    if value < shape + 1:
        total = term = 1 / shape
        k = shape
        while abs(term) > abs(total) * 1e-15:
            k += 1
            term *= value / k
            total += term
        return min(1.0, total * front)
    tiny = 1e-300
    b = value + 1 - shape
    c, d = 1 / tiny, 1 / b
    h = d
    for i in range(1, 100_000):
        an = -i * (i - shape)
        b += 2
        d = 1 / (an * d + b or tiny)
        c = b + an / c or tiny
        h *= (delta := d * c)
        if abs(delta - 1) < 1e-15:
            break
    return max(0.0, 1 - front * h)
