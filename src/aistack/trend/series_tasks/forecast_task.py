"""Answers what comes next: forecasts, their backtests, and scenarios."""

from dataclasses import replace
from typing import Any

import numpy as np

from aistack.trend.calendar.known_days import known_days_of, off_days
from aistack.trend.forecasting.forecast import Forecast, forecast
from aistack.trend.forecasting.intervals import widths
from aistack.trend.forecasting.known_days import known_day_effect
from aistack.trend.forecasting.scenario import Scenario, Shift, scenario
from aistack.trend.series.findings import Statement
from aistack.trend.series.regular import Series
from aistack.trend.series.seasonality import seasons
from aistack.trend.series.wording import Language
from aistack.trend.series_tasks.answer_form import (
    grid_of,
    method_of,
    number_of,
    numbers_of,
    quality_of,
    series_given,
    statements_of,
    times_of,
)

HORIZON_DEFAULT = 30
ORIGINS = 6
DAY_SECONDS = 86_400


class NoForecast(ValueError):
    """The message says why there is none."""


def forecast_of(request: dict[str, Any]) -> dict[str, Any]:
    """The answer to a request with `horizon` (None: one season), `support` and `language`."""
    language: Language = request["language"]
    series = series_given(request)
    horizon = request.get("horizon")
    found, notes = _with_known_days(series, request, horizon) or (_forecast(series, horizon, request["support"]), [])
    return _common(series, replace(found, statements=(*notes, *found.statements)), language) | {
        "times": times_of(found.times.tolist()), **_bands(found), "baseline": numbers_of(found.baseline)
    }  # fmt: skip


def backtest_of(request: dict[str, Any]) -> dict[str, Any]:
    """How forecasts would have done over the `window_seconds` at the end, from up to six origins.

    The intervals of an origin are made of the errors from the others.
    """
    language: Language = request["language"]
    series = series_given(request)
    if series.step is None:
        raise NoForecast("a backtest needs at least two points")
    size = series.values.size
    steps = round(request["window_seconds"] / series.step.seconds)
    if not 1 <= steps < size:
        raise NoForecast(f"the window has {steps} steps of a series with {size}; it must be shorter, and 1 or more")
    horizon = request.get("horizon") or max(1, steps // ORIGINS)
    found = _forecast(series, horizon, request["support"])
    tested = found.backtest
    names = list(tested.names)
    chosen = names.index(found.method.name) if found.method.name in names else len(names) - 1
    origins: list[dict[str, Any]] = []
    answer = _common(series, found, language) | {"origins": origins, "horizon": horizon}
    if not tested.origins:
        return answer
    errors = np.abs(tested.forecasts[:, chosen] - tested.actual)
    older = size - found.quality.points
    for number in reversed(range(len(tested.origins))):
        middle = tested.forecasts[number, chosen]
        others = np.delete(errors, number, axis=0) if len(tested.origins) > 1 else errors
        half_80, half_95 = widths(others, horizon, 0.80), widths(others, horizon, 0.95)
        origins.append(
            {
                "times": times_of(series.times(tested.origins[number] + older, horizon).tolist()),
                "actual": numbers_of(tested.actual[number]), "values": numbers_of(middle),
                "baseline": numbers_of(tested.forecasts[number, 0]),
                "lower_80": numbers_of(middle - half_80), "upper_80": numbers_of(middle + half_80),
                "lower_95": numbers_of(middle - half_95), "upper_95": numbers_of(middle + half_95),
            }
        )  # fmt: skip
    return answer


def scenario_of(request: dict[str, Any]) -> dict[str, Any]:
    """The forecast under `shifts`, beside the baseline."""
    language: Language = request["language"]
    series = series_given(request)
    base = _forecast(series, request.get("horizon"), request["support"])
    found = scenario(base, [Shift(**one) for one in request["shifts"]])
    total, shifted = float(base.values.sum()), float(found.values.sum())
    assumptions = (*found.assumptions, Statement("not_causal"))
    return _common(series, base, language) | {
        "scenario_name": request["scenario_name"],
        "times": times_of(base.times.tolist()),
        "baseline": _bands(base),
        "scenario": _bands(found),
        "factor": numbers_of(found.factor),
        "difference": {
            "total": number_of(shifted - total), "share": number_of((shifted - total) / total) if total else None
        },
        "assumptions": statements_of(assumptions, language),
    }  # fmt: skip


def _with_known_days(
    series: Series, request: dict[str, Any], horizon: int | None
) -> tuple[Forecast, list[Statement]] | None:
    """The forecast of the series without what holidays and events do, and with that on those to come.

    None if the step is no day, no such day is known, or they do nothing that stands out.
    """
    calendar = request.get("calendar")
    if not calendar or series.step is None or series.step.seconds != DAY_SECONDS or not series.values.size:
        return None
    known = known_days_of(calendar, request["language"])
    size = series.values.size
    periods = [one.period for one in seasons(series.values, series.step)]
    past = off_days(known.of_times(series.times().tolist()))
    effect = known_day_effect(series.values, periods, list(past))
    if effect is None:
        return None
    cleaned = Series(series.start, series.step, effect.cleaned, series.observed, series.statements)
    found = _forecast(cleaned, horizon, request["support"])
    ahead = off_days(known.of_times(series.times(size, found.values.size).tolist()))
    places = list(ahead)
    bands = {
        name: effect.applied(getattr(found, name), places)
        for name in ("values", "lower_80", "upper_80", "lower_95", "upper_95")
    }
    share = effect.share if effect.share is not None else effect.size
    code = "known_days_by_share" if effect.share is not None else "known_days_by_size"
    notes = [Statement(code, {"size": share, "count": effect.count, "ahead": len(ahead)})]
    if ahead:
        names = ", ".join(dict.fromkeys(names[0] for names in ahead.values()))
        notes.append(Statement("known_days_ahead", {"names": names}))
    if request["support"] != "any":
        bands = {name: np.maximum(values, 0.0) for name, values in bands.items()}
    if request["support"] == "counts":
        bands = {name: np.rint(values) for name, values in bands.items()}
    return replace(found, **bands), notes


def _forecast(series: Series, horizon: int | None, support: str) -> Forecast:
    if not series.values.size:
        raise NoForecast("there are no points to forecast from")
    periods = [one.period for one in seasons(series.values, series.step)]
    horizon = horizon or min(HORIZON_DEFAULT, max([*periods[:1], series.values.size // 4, 1]))
    return forecast(series, horizon, None, support)  # type: ignore[arg-type]  # checked at the edge


def _bands(found: Forecast | Scenario) -> dict[str, list[float | None]]:
    return {
        "values": numbers_of(found.values), "lower_80": numbers_of(found.lower_80),
        "upper_80": numbers_of(found.upper_80), "lower_95": numbers_of(found.lower_95),
        "upper_95": numbers_of(found.upper_95),
    }  # fmt: skip


def _common(series: Series, found: Forecast, language: Language) -> dict[str, Any]:
    quality = found.quality
    verdict: list[Statement] = []
    if quality.verdict in ("good", "weak") and quality.skill is not None:
        verdict.append(Statement(f"forecast_{quality.verdict}", {"skill": quality.skill}))
    return grid_of(series, language) | {
        "period": found.period,
        "quality": quality_of(quality),
        "methods": [method_of(found.method, "forecast"), method_of(found.intervals, "intervals")],
        "tried": [
            {"name": one.method.name, "paper": one.method.paper, "error": number_of(one.error)} for one in found.tried
        ],
        "statements": statements_of((*verdict, *found.statements), language),
    }  # fmt: skip
