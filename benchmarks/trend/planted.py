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
    shape = amplitude * (
        np.sin(phase + rng.uniform(0, 6)) + rng.uniform(0, 0.5) * np.sin(2 * phase + rng.uniform(0, 6))
    )
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


def families(rng: np.random.Generator, n: int = 480) -> dict[str, np.ndarray]:
    """Five kinds of hourly series that forecasts often get wrong."""
    at = np.arange(n)
    noise = rng.normal(size=n)
    day = np.sin(2 * np.pi * at / 24)
    bend = 0.8 * n
    return {
        "random walk": 100 + noise.cumsum(),
        "intermittent": np.where(rng.random(n) < 0.2, rng.poisson(4, n), 0).astype(float),
        "trend break": 100 + 3 * day + np.where(at < bend, 0.1 * at, 0.1 * bend - 0.3 * (at - bend)) + noise,
        "multi-season": 100 + 10 * day + 6 * np.sin(2 * np.pi * at / 168) + 2 * noise,
        "short": (50 + 5 * day + noise)[:60],
    }


def planted_burst(seed: int) -> tuple[np.ndarray, np.ndarray, int, int]:
    """Daily counts of a term and of everything over half a year, and where the term's share is 4 to 8 times the
    usual."""
    rng = np.random.default_rng(seed)
    n = 182
    totals = rng.poisson(2000 * (1 + 0.3 * np.sin(2 * np.pi * np.arange(n) / 7)) * rng.choice([1, 1, 1, 2], n))
    share = np.full(n, rng.uniform(0.002, 0.01))
    start = int(rng.integers(30, n - 20))
    end = start + int(rng.integers(2, 10))
    share[start:end] *= rng.uniform(4, 8)
    return rng.binomial(totals, share).astype(float), totals.astype(float), start, end


def small_collections():
    """Collections of the public ones' form, for quick runs."""
    from benchmarks.trend.public_series import Annotated, Competed, Labelled

    one = planted(1, "spike", 3600)
    rng = np.random.default_rng(1)
    steps = np.r_[np.zeros(60), 4 * np.ones(60)] + rng.normal(size=120)
    wave = 100 + 10 * np.sin(2 * np.pi * np.arange(480) / 24) + rng.normal(size=480)
    return (
        [Labelled("planted", one.values, 3600.0, ((one.start - 5, one.end + 5),))],
        [Annotated(name, steps, ((60,), (60,))) for name in ("first", "second", "third", "fourth")],
        [Competed(name, wave[:432], wave[432:]) for name in ("first", "second", "third", "fourth")],
    )
