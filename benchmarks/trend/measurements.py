"""Measures anomalies, change points, forecasts and bursts; each function gives rows."""

import json
import os
import subprocess
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from time import perf_counter, process_time

import numpy as np

from aistack.trend.anomalies.detector import OnlineDetector
from aistack.trend.bursts.kleinberg import bursts
from aistack.trend.changes.change_points import change_points
from aistack.trend.forecasting.forecast import forecast
from aistack.trend.series.regular import Series, Step
from benchmarks.report import Row, skip
from benchmarks.trend import planted, scores
from benchmarks.trend.public_series import Annotated, Competed, Labelled, half

HOUR = Step(3600 * 10**6)
PEERS_EVERY = 7
PEERS = os.environ.get("BENCH_TREND_PYTHON", "")


def hourly(values: np.ndarray) -> Series:
    return Series(0, HOUR, values, np.ones(values.size, np.bool_))


def numenta_rows(files: Iterable[Labelled]) -> Iterator[Row]:
    groups: dict[str, list[scores.Scored]] = defaultdict(list)
    points, seconds = 0, 0.0
    for one in files:
        detector = OnlineDetector(one.step_seconds)
        begun = process_time()
        found = np.array([detector.add(float(value)).score for value in one.values])
        seconds += process_time() - begun
        points += one.values.size
        for group in ("all", f"half {half(one.name)}"):
            groups[group].append(scores.Scored(found, one.windows))
    for group, many in sorted(groups.items()):
        for profile, bar in (("standard", ">= 62"), ("low FP", ">= 55"), ("low FN", "")):
            value = round(scores.numenta(many, profile), 1)
            yield Row(f"NAB, {group} ({len(many)} files), {profile}", value, "", bar * (group == "all"))
    yield Row("a point scored in (processor time)", round(1e3 * seconds / points, 3), "ms", "<= 1")


def planted_rows(seeds: range, steps: tuple[int, ...] = planted.STEPS) -> Iterator[Row]:
    hits: dict[str, list[bool]] = defaultdict(list)
    alarms, weeks = 0, 0.0
    for one in planted.planted_set(seeds, steps):
        detector = OnlineDetector(one.step)
        found = np.array([detector.add(float(value)).alarm for value in one.values])
        day = planted.DAY // one.step
        alarms += int(found[14 * day : one.start].sum())
        weeks += (one.start - 14 * day) / (7 * day)
        if one.kind:
            hits[one.kind].append(bool(found[one.start : one.end + 1].any()))
    together = [hit for many in hits.values() for hit in many]
    yield Row(f"planted anomalies ({len(together)}), recall", round(float(np.mean(together)), 3), "", ">= 0.9")
    for kind, many in hits.items():
        yield Row(f"planted, {kind} ({len(many)}), recall", round(float(np.mean(many)), 2), "")
    yield Row("false alarms a week, quiet data", round(alarms / weeks, 2), "", "<= 1")


def change_rows(series: list[Annotated]) -> Iterator[Row]:
    found = {one.name: [point.index for point in change_points(one.values).points] for one in series}
    peer = _peer("changes", {one.name: one.values.tolist() for one in series})
    measures: list[tuple[str, Callable[[Annotated, list[int]], float]]] = [
        ("F1", lambda one, points: scores.f1(one.annotations, points)),
        ("covering", lambda one, points: scores.covering(one.annotations, points, one.values.size)),
    ]
    for measure, score in measures:
        for group in ("all", "half a", "half b"):
            chosen = [one for one in series if group in ("all", f"half {half(one.name)}")]
            own = round(float(np.mean([score(one, found[one.name]) for one in chosen])), 3)
            bar = ""
            if peer is not None:
                binseg = round(float(np.mean([score(one, peer[one.name]) for one in chosen])), 3)
                yield Row(f"Turing, {group} ({len(chosen)}), {measure}, Binseg of ruptures", binseg, "")
                bar = f">= {binseg + 0.02:.3f}" * (group == "all")
            yield Row(f"Turing, {group} ({len(chosen)}), {measure}", own, "", bar)


def noise_rows(count: int) -> Iterator[Row]:
    rng = np.random.default_rng(1)
    found = [
        len(change_points(_ar1(rng, 100 + 100 * (number % 4), 0.9 * number / count)).points) for number in range(count)
    ]
    yield Row(f"false changes in AR(1) noise, a series ({count})", round(float(np.mean(found)), 3), "", "<= 0.1")


def forecast_rows(series: list[Competed]) -> Iterator[Row]:
    own: dict[str, list[np.ndarray]] = {}
    begun = perf_counter()
    for one in series:
        found = forecast(hourly(one.past), one.future.size)
        own[one.name] = [found.values, found.lower_95, found.upper_95, found.lower_80, found.upper_80]
    seconds = (perf_counter() - begun) / len(series)
    for group in ("all", "half a", "half b"):
        chosen = [one for one in series if group in ("all", f"half {half(one.name)}")]
        is_all = group == "all"
        owa = _owa(chosen, {name: parts[0] for name, parts in own.items()})
        yield Row(f"M4 hourly, {group} ({len(chosen)}), OWA", owa, "", "<= 0.5" * is_all)
        for label, low, high, bars in (("95", 1, 2, (93, 97)), ("80", 3, 4, (77, 83))):
            inside = [(one.future >= own[one.name][low]) & (one.future <= own[one.name][high]) for one in chosen]
            covered = round(100 * float(np.mean(inside)), 1)
            yield Row(f"M4 hourly, {group}, inside the {label} % interval", covered, "%", f">= {bars[0]}" * is_all)
            if is_all:
                yield Row(
                    f"M4 hourly, {group}, inside the {label} % interval, not above", covered, "%", f"<= {bars[1]}"
                )
                worst = np.sort([float(one.mean()) for one in inside])[: max(1, len(inside) // 10)]
                yield Row(f"M4 hourly, {label} %, the worst tenth of series", round(100 * float(worst.mean()), 1), "%")
    yield Row("a forecast of 48 hours with its backtest", round(seconds, 2), "s")
    series = series[::PEERS_EVERY]
    peers = _peer("forecasts", {one.name: one.past.tolist() for one in series})
    yield Row(
        f"M4 hourly, {len(series)} series, OWA", _owa(series, {name: parts[0] for name, parts in own.items()}), ""
    )
    for name in ("Theta", "AutoETS", "SeasonalNaive") if peers else ():
        made = {one.name: np.array(peers[one.name][name]) for one in series}
        yield Row(
            f"M4 hourly, {len(series)} series, statsforecast {name}, OWA",
            _owa(series, {key: value[0] for key, value in made.items()}),
            "",
        )
        inside = [(one.future >= made[one.name][1]) & (one.future <= made[one.name][2]) for one in series]
        yield Row(
            f"M4 hourly, statsforecast {name}, inside the 95 % interval", round(100 * float(np.mean(inside)), 1), "%"
        )


def family_rows(seeds: range) -> Iterator[Row]:
    errors: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for seed in seeds:
        for family, values in planted.families(np.random.default_rng(seed)).items():
            horizon = 12
            past, future = values[:-horizon], values[-horizon:]
            found = forecast(hourly(past), horizon)
            naive = past[past.size - 24 :][:horizon]
            errors[family].append((float(np.abs(found.values - future).mean()), float(np.abs(naive - future).mean())))
    for family, many in errors.items():
        ours, naive = np.mean(many, axis=0)
        yield Row(
            f"{family} ({len(many)}), error by that of the seasonal naive", round(float(ours / naive), 3), "", "<= 1.05"
        )


def burst_rows(seeds: range) -> Iterator[Row]:
    hits: list[bool] = []
    false, weeks = 0, 0.0
    for seed in seeds:
        counts, totals, start, end = planted.planted_burst(seed)
        found = bursts(counts, totals, difficulty=2.0)
        hits.append(any(one.start < end and start < one.end for one in found))
        false += sum(one.end <= start or one.start >= end for one in found)
        weeks += counts.size / 7
    yield Row(f"planted bursts ({len(hits)}), recall", round(float(np.mean(hits)), 3), "", ">= 0.9")
    yield Row("false bursts a week", round(false / weeks, 3), "", "<= 1")


def _owa(series: list[Competed], made: dict[str, np.ndarray]) -> float:
    ratios = []
    for measure in (scores.smape, lambda actual, found, past: scores.mase(actual, found, past, 24)):
        own, naive = [], []
        for one in series:
            for found, into in ((made[one.name], own), (scores.naive2(one.past, one.future.size, 24), naive)):
                given = (one.future, found) if measure is scores.smape else (one.future, found, one.past)
                into.append(measure(*given))
        ratios.append(np.mean(own) / np.mean(naive))
    return round(float(np.mean(ratios)), 3)


def _ar1(rng: np.random.Generator, n: int, carry: float) -> np.ndarray:
    values = rng.normal(size=n)
    values[0] /= np.sqrt(1 - carry**2)
    for at in range(1, n):
        values[at] += carry * values[at - 1]
    return values


def _peer(what: str, given: dict[str, list[float]]):
    if not PEERS:
        skip("ruptures and statsforecast: BENCH_TREND_PYTHON names no environment that has them")
        return None
    command = [PEERS, "-P", str(Path(__file__).with_name("peer_runs.py")), what]
    made = subprocess.run(command, input=json.dumps(given), capture_output=True, text=True, check=True)
    return json.loads(made.stdout)
