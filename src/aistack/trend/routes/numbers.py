"""HTTP endpoints that compute: analyses, forecasts, backtests, scenarios, comparisons."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from fastapi import APIRouter

from aistack.access.collections import COLLECTION, Collections
from aistack.access.rules import needs
from aistack.chassis.errors import InvalidInput
from aistack.trend.answer_wire import AnalysisAnswer, BacktestAnswer, Comparison, ForecastAnswer, ScenarioAnswer
from aistack.trend.intake.documents import DocumentStore
from aistack.trend.routes.requests import AcceptLanguage, chosen_language
from aistack.trend.routes.sources import Reference
from aistack.trend.series_wire import (
    AnalysisRequest,
    BacktestRequest,
    CompareRequest,
    ForecastRequest,
    Given,
    Period,
    ScenarioRequest,
    span_of,
)
from aistack.trend.store.calendars import Calendars
from aistack.trend.store.computations import Computations
from aistack.trend.store.indicators import Indicators
from aistack.trend.topics.term_comparison import METHOD, TermChange, term_changes
from aistack.trend.topics.terms import written_forms

TERMS_MAX = 30


def number_routes(
    indicators: Indicators,
    calendars: Calendars,
    computations: Computations,
    documents: DocumentStore,
    collections: Collections,
) -> APIRouter:
    """`/v1/trend/analyze`, `forecast`, `backtest`, `scenario` and `compare`."""
    router = APIRouter(prefix="/v1/trend", tags=["trend"])

    async def _given(asked: Given, collection: str, window: str | None) -> tuple[dict[str, Any], dict[str, Any]]:
        """What goes to the worker process, and what joins its answer."""
        row = await collections.find(collection)
        if asked.indicator is None:
            request = {"given": asked.points, "step_seconds": asked.step_seconds, "support": "any"}
            return request | {"calendar": await calendars.to_wire(row.id)}, {}
        found = await indicators.find(row.id, asked.indicator, _span(window), asked.bucket)
        request = found.to_wire() | {"support": found.support, "calendar": await calendars.to_wire(row.id)}
        if asked.step_seconds is not None:
            request["step_seconds"] = asked.step_seconds
        return request, {"indicator": found.id, "name": found.name}

    async def _forecast(
        task: str, asked: ForecastRequest, collection: str, accepted: str, window: str | None, **more: Any
    ) -> dict[str, Any]:
        request, named = await _given(asked, collection, window)
        if asked.support is not None:
            request["support"] = asked.support
        request |= {"horizon": asked.horizon, "language": chosen_language(asked.language, accepted)} | more
        return await computations.ask(task, request) | named

    @router.post("/analyze", dependencies=[needs(COLLECTION, "view")])
    async def analyze(
        asked: AnalysisRequest, collection: Reference = "default", accept_language: AcceptLanguage = ""
    ) -> AnalysisAnswer:
        """Trend, seasons, change points and anomalies of a series, each with its time, size and confidence."""
        request, named = await _given(asked, collection, asked.window)
        request |= {
            "sensitivity": asked.sensitivity, "components": asked.components,
            "language": chosen_language(asked.language, accept_language),
        }  # fmt: skip
        return AnalysisAnswer.model_validate(await computations.ask("series", request) | named)

    @router.post("/forecast", dependencies=[needs(COLLECTION, "view")])
    async def forecast(
        asked: ForecastRequest, collection: Reference = "default", accept_language: AcceptLanguage = ""
    ) -> ForecastAnswer:
        """What comes next, with intervals, beside the naive forecast; `quality` says whether it is any better."""
        answer = await _forecast("forecast", asked, collection, accept_language, asked.window)
        return ForecastAnswer.model_validate(answer)

    @router.post("/backtest", dependencies=[needs(COLLECTION, "view")])
    async def backtest(
        asked: BacktestRequest, collection: Reference = "default", accept_language: AcceptLanguage = ""
    ) -> BacktestAnswer:
        """How forecasts would have done in the window at the end of a series, from up to six points in it."""
        window = _span(asked.window)
        assert window is not None
        seconds = window.total_seconds()
        history = None
        if asked.indicator is not None and asked.indicator.startswith(("topic:", "term:")):
            history = f"{max(28, round(seconds / 86_400 * 4))}d"
        answer = await _forecast("backtest", asked, collection, accept_language, history, window_seconds=seconds)
        return BacktestAnswer.model_validate(answer)

    @router.post("/scenario", dependencies=[needs(COLLECTION, "view")])
    async def scenario(
        asked: ScenarioRequest, collection: Reference = "default", accept_language: AcceptLanguage = ""
    ) -> ScenarioAnswer:
        """The forecast under stated shifts, beside the baseline, with all that was assumed."""
        more = {"scenario_name": asked.scenario_name, "shifts": asked.shifts()}
        answer = await _forecast("scenario", asked, collection, accept_language, asked.window, **more)
        return ScenarioAnswer.model_validate(answer)

    @router.post("/compare", dependencies=[needs(COLLECTION, "view")])
    async def compare(
        asked: CompareRequest, collection: Reference = "default", accept_language: AcceptLanguage = ""
    ) -> Comparison:
        """Several indicators over a window (who leads, who grows); one in several periods; or all terms in two."""
        row = await collections.find(collection)
        language = chosen_language(asked.language, accept_language)
        count, periods = len(asked.indicators), asked.periods
        if not periods and count >= 2:
            items: list[dict[str, Any]] = []
            for reference in asked.indicators:
                found = await indicators.find(row.id, reference, _span(asked.window), asked.bucket)
                items.append(found.to_wire() | {"name": found.name, "counts": found.support == "counts"})
            answer = await computations.ask("compare", {"items": items, "language": language})
            for item, reference in zip(answer["items"], asked.indicators, strict=True):
                item["indicator"] = reference
            return Comparison.model_validate(answer)
        if count == 1 and len(periods) >= 2:
            window = max(datetime.now(UTC) - min(one.since for one in periods), timedelta(hours=1))
            is_series = not asked.indicators[0].startswith(("topic:", "term:"))
            found = await indicators.find(row.id, asked.indicators[0], None if is_series else window, asked.bucket)
            wanted = [{"since": one.since.isoformat(), "until": one.until.isoformat()} for one in periods]
            request = found.to_wire() | {"periods": wanted, "language": language}
            return Comparison.model_validate(await computations.ask("periods", request))
        if count == 0 and len(periods) == 2:
            return await _terms(row.id, periods)
        raise InvalidInput("give two or more indicators, one indicator and two or more periods, or two periods alone")

    async def _terms(collection_id: int, periods: list[Period]) -> Comparison:
        before, before_total, titles = await documents.term_counts(collection_id, periods[0].since, periods[0].until)
        after, after_total, more = await documents.term_counts(collection_id, periods[1].since, periods[1].until)
        changed = term_changes(before, after, before_total, after_total)
        forms = written_forms([*titles, *more])
        return Comparison.model_validate(
            {
                "documents": [before_total, after_total],
                "rose": [_term(one, forms) for one in changed if one.ratio > 1][:TERMS_MAX],
                "fell": [_term(one, forms) for one in changed if one.ratio <= 1][:TERMS_MAX],
                "methods": [{"for": "terms", "name": METHOD[0], "paper": METHOD[1]}], "statements": [],
            }
        )  # fmt: skip

    return router


def _term(one: TermChange, forms: Mapping[str, str]) -> dict[str, Any]:
    return {
        "term": forms.get(one.term, one.term), "before": one.before, "after": one.after, "ratio": one.ratio,
        "surprise": one.surprise,
    }  # fmt: skip


def _span(window: str | None) -> timedelta | None:
    try:
        return None if window is None else span_of(window)
    except ValueError as error:
        raise InvalidInput(str(error)) from None
