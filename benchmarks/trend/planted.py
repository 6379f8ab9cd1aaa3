"""Quiet series with seasons, trend and noise, and anomalies of seven kinds planted in them. Everything from a seed."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

KINDS = ("spike", "dip", "level", "drift", "variance", "flatline", "missing season")
STEPS = (300, 900, 3600)  # seconds
WEEKS = 8
DAY = 86_400


@dataclass(frozen=True, slots=True)
class Planted:
    """`times` in microseconds; the anomaly covers the points from `start` until `end`. `kind` is empty for none."""

    times: np.ndarray
    values: np.ndarray
    kind: str
    start: int
    end: int
    step: int


def quiet(rng: np.random.Generator, step: int) -> tuple[np.ndarray, np.ndarray]:
    """Values with a daily season (and half of the time a weekly one), and their noise's standard deviation."""
    n = WEEKS * 7 * DAY // step
    phase = 2 * np.pi * np.arange(n) * step / DAY
    amplitude = rng.uniform(3, 8)
    shape = amplitude * (np.sin(phase + rng.uniform(0, 6)) + rng.uniform(0, 0.5) * np.sin(2 * phase + rng.uniform(0, 6)))
    if rng.random() < 0.5:
        weekend = (np.arange(n) * step // DAY) % 7 >= 5
        shape = np.where(weekend, shape * rng.uniform(0.4, 0.8), shape)
    innovations = rng.normal(size=n)
    carry = rng.choice([0.0, 0.3, 0.6])
    noise = np.empty(n)
    last = 0.0
    for at in range(n):
        last = carry * last + innovations[at]
        noise[at] = last
    noise *= np.sqrt(1 - carry**2)
    trend = rng.uniform(-0.3, 0.3) * np.arange(n) * step / (7 * DAY)
    return 100 + shape + trend + noise, noise


def planted(seed: int, kind: str = "", step: int = 3600) -> Planted:
    """A series of eight weeks with one anomaly after the fourth, or none."""
    rng = np.random.default_rng(seed)
    values, _ = quiet(rng, step)
    n, day = values.size, DAY // step
    start = int(rng.integers(n // 2, n - 3 * day))
    length = {"spike": 1, "dip": 1, "level": 2 * day, "drift": 2 * day, "variance": day, "flatline": day // 2}
    end = start + length.get(kind, day)
    sign = rng.choice([-1.0, 1.0])
    match kind:
        case "spike":
            values[start] += rng.uniform(10, 15)
        case "dip":
            values[start] -= rng.uniform(10, 15)
        case "level":
            values[start:] += sign * rng.uniform(6, 10)
        case "drift":
            ramp = np.minimum(1, np.arange(n - start) / day)
            values[start:] += sign * rng.uniform(8, 12) * ramp
        case "variance":
            values[start:end] += rng.normal(0, rng.uniform(4, 6), end - start)
        case "flatline":
            values[start:end] = values[start]
        case "missing season":
            values[start:end] = values[start - 7 * day : start].mean() + rng.normal(0, 1, end - start)
        case _:
            start = end = n
    times = (1_700_000_000 + np.arange(n, dtype=np.int64) * step) * 1_000_000
    return Planted(times, values, kind, start, min(end, n), step)


def planted_set(seeds: range, steps: tuple[int, ...] = STEPS) -> Iterator[Planted]:
    """One series for each seed, kind (and none) and step."""
    for seed in seeds:
        for number, kind in enumerate(("", *KINDS)):
            for step in steps:
                yield planted(seed * 1000 + number * 10 + step, kind, step)
