"""Answers what a series does: trend, seasons, change points, anomalies."""

from dataclasses import replace
from typing import Any

import numpy as np

from aistack.trend.analysis import TREND_METHOD, Analysis, analysed
from aistack.trend.calendar.known_days import known_days_of, off_days
from aistack.trend.forecasting.forecast import forecast
from aistack.trend.series.findings import Quality, Statement
from aistack.trend.series.regular import Series, Step
from aistack.trend.series.statistics import autocorrelation, normal_tail
from aistack.trend.series.wording import Language
from aistack.trend.series_tasks.answer_form import (
    grid_of,
    method_of,
    number_of,
    numbers_of,
    points_given,
    quality_of,
    statements_of,
    step_in_words,
    time_of,
    times_of,
)

COMPONENTS_MAX = 5_000
NAMED_MAX = 5  # change points and anomalies that are put into words
HORIZON_MAX = 100
DAY_SECONDS = 86_400
KNOWN_STEPS_MAX = 2_000  # of an anomaly, for which known days are sought
CLEAR_TREND = 0.1  # strength of the trend, below which it is not put into words


def analysis_of(request: dict[str, Any]) -> dict[str, Any]:
    """The answer to a request with `points` or `given`, `sensitivity`, `language` and `components`."""
    language: Language = request["language"]
    seconds = request.get("step_seconds")
    found = analysed(
        points_given(request), Step(max(1, round(seconds * 1e6))) if seconds else None, request["sensitivity"]
    )
    series, parts = found.series, found.decomposition
    notes = [Statement(one["code"], one["parameters"]) for one in request.get("notes", ())]
    quality, doubts = _judged(found)
    known = _known_names(found, request, language)
    explained = [
        Statement("on_known_day", {"time": _short(series, one.peak), "name": ", ".join(known[one.start])})
        for one in found.anomalies.points
        if one.start in known
    ][:NAMED_MAX]
    statements = (*_findings(found, language), *explained, *doubts, *found.statements, *_without(found), *notes)
    answer: dict[str, Any] = grid_of(series, language) | {
        "trend": {
            "slope": number_of(found.slope), "direction": _direction(found), "strength": number_of(parts.trend_strength)
        },
        "seasons": [
            {
                "period": one.period, "strength": number_of(one.strength),
                "length": step_in_words(series.step, language, one.period) if series.step else "",
            }
            for one in found.seasons
        ],
        "change_points": [
            {
                "time": _at(series, one.index), "kind": one.kind, "before": number_of(one.before),
                "after": number_of(one.after), "size": number_of(one.size), "size_in_sd": number_of(one.size_in_sd),
                "confidence": number_of(one.confidence),
            }
            for one in found.changes.points
        ],
        "anomalies": [
            {
                "time": _at(series, one.peak), "since": _at(series, one.start), "until": _at(series, one.end - 1),
                "kind": one.kind, "value": number_of(one.value), "expected": number_of(one.expected),
                "size": number_of(one.size), "size_in_sd": number_of(one.size_in_sd),
                "confidence": number_of(one.confidence), "known_days": known.get(one.start, []),
            }
            for one in found.anomalies.points
        ],
        "quality": quality_of(quality),
        "methods": [
            method_of(TREND_METHOD, "trend"), method_of(parts.method, "seasons"),
            method_of(found.changes.method, "change_points"), method_of(found.anomalies.method, "anomalies"),
        ],
        "statements": statements_of(statements, language),
    }  # fmt: skip
    if request.get("components") and series.values.size <= COMPONENTS_MAX:
        answer["components"] = {
            "times": times_of(series.times().tolist()), "values": numbers_of(series.values),
            "trend": numbers_of(parts.trend), "remainder": numbers_of(parts.remainder),
            "seasonal": {str(period): numbers_of(part) for period, part in parts.seasonal.items()},
            "observed": series.observed.tolist(),
        }  # fmt: skip
    return answer


def _known_names(found: Analysis, request: dict[str, Any], language: Language) -> dict[int, list[str]]:
    """The names of the holidays and events on which anomalies lie, by the anomalies' beginnings.

    None where a step is longer than a day.
    """
    series, calendar = found.series, request.get("calendar")
    if not calendar or series.step is None or series.step.months or series.step.seconds > DAY_SECONDS:
        return {}
    days = known_days_of(calendar, language)
    names: dict[int, list[str]] = {}
    for one in found.anomalies.points:
        count = min(one.end - one.start, KNOWN_STEPS_MAX)
        known = off_days(days.of_times(series.times(one.start, count).tolist()))
        if known:
            names[one.start] = list(dict.fromkeys(name for day in known.values() for name in day))
    return names


def _judged(found: Analysis) -> tuple[Quality, list[Statement]]:
    """How well the series can be forecast from its seasons and trend, beside the naive forecast, and how little."""
    series = found.series
    size = series.values.size
    if not size:
        return found.quality, []
    periods = [one.period for one in found.seasons]
    horizon = max(1, min(periods[0] if periods else size // 10, size // 4, HORIZON_MAX))
    tested = forecast(series, horizon, periods)
    quality = replace(
        tested.quality, points=found.quality.points, gaps=found.quality.gaps, residual_p=found.quality.residual_p
    )
    return quality, [one for one in tested.statements if one.code == "no_better_than_naive"]


def _at(series: Series, index: int) -> str:
    return time_of(int(series.times(index, 1)[0]))


def _without(found: Analysis) -> list[Statement]:
    """What the searches for changes and anomalies say."""
    if not found.series.values.size:
        return []
    named = [_for(one, "changes") for one in found.changes.statements]
    named += [_for(one, "anomalies") for one in found.anomalies.statements]
    if not (found.anomalies.points or found.anomalies.statements):
        named.append(Statement("no_anomaly"))
    return named


def _for(statement: Statement, search: str) -> Statement:
    return Statement(f"too_few_for_{search}", statement.parameters) if statement.code == "too_few_points" else statement


def _direction(found: Analysis) -> str:
    """`up` or `down` where the slope differs from 0 at 1 %, given how autocorrelated the rest is; otherwise `flat`."""
    if found.slope is None or not found.slope or found.decomposition.trend_strength < CLEAR_TREND:
        return "flat"
    size = found.series.values.size
    change = abs(found.slope) * size
    rest = found.decomposition.adjusted - found.slope * np.arange(size)
    spread = float(rest.std())
    autocorrelated = min(0.99, max(0.0, float(autocorrelation(rest, 1)[-1])))
    effective = max(2.0, size * (1 - autocorrelated) / (1 + autocorrelated))
    error = spread * 12**0.5 / effective**0.5  # of the change over the series, by least squares
    if error > 0 and 2 * normal_tail(change / error) > 0.01:
        return "flat"
    return "up" if found.slope > 0 else "down"


def _findings(found: Analysis, language: Language) -> list[Statement]:
    series = found.series
    direction = _direction(found)
    named: list[Statement] = []
    if found.slope is not None:
        named.append(Statement(f"trend_{direction}", {} if direction == "flat" else {"slope": found.slope}))
    for one in found.seasons:
        length = step_in_words(series.step, language, one.period) if series.step else str(one.period)
        named.append(Statement("season_found", {"period": one.period, "length": length, "strength": one.strength}))
    for change in found.changes.points[-NAMED_MAX:]:
        values = {"before": change.before, "after": change.after, "confidence": change.confidence}
        named.append(Statement(f"{change.kind}_changed", {"time": _short(series, change.index), **values}))
    greatest = sorted(found.anomalies.points, key=lambda one: -one.size_in_sd)[:NAMED_MAX]
    for anomaly in sorted(greatest, key=lambda one: one.start):
        values = {"value": anomaly.value, "expected": anomaly.expected}
        named.append(Statement(f"{anomaly.kind}_found", {"time": _short(series, anomaly.peak), **values}))
    return named


def _short(series: Series, index: int) -> str:
    return _at(series, index).replace("T00:00:00Z", "").removesuffix(":00Z").replace("T", " ")
