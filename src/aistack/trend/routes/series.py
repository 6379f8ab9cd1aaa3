"""HTTP endpoints for series and their points."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import AwareDatetime

from aistack.access.collections import COLLECTION, Collections
from aistack.access.rules import needs
from aistack.chassis.errors import InvalidInput
from aistack.stores.records import AnyRow
from aistack.trend.intake.documents import AHEAD_MAX
from aistack.trend.points_wire import (
    LivePointsRequest,
    PointView,
    PushedSeriesView,
    ScoredPoints,
    SeriesView,
    StatementView,
)
from aistack.trend.routes.requests import AcceptLanguage, body_of, chosen_language, form_of
from aistack.trend.routes.sources import Reference
from aistack.trend.series.findings import Statement
from aistack.trend.series.times import microseconds_of
from aistack.trend.series.wording import Language, worded
from aistack.trend.series_wire import Support
from aistack.trend.store.indicators import EPOCH, MICROSECOND
from aistack.trend.store.live_points import LivePoints, ScoredPoint
from aistack.trend.store.pushes import SeriesPushes
from aistack.trend.store.series_store import SeriesStore
from aistack.trend.wire import zone_of

SCORING = (
    "nearest neighbors with extreme value tails (Burnaev and Ishimtsev 2016, KNN-CAD; Siffer et al. 2017, SPOT;"
    " Fisher 1925)"
)
BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "text/csv": {"schema": {"type": "string"}, "example": "time,sales\n2026-03-01,10\n2026-03-02,12.5\n"},
            "application/x-ndjson": {
                "schema": {"type": "string"},
                "example": '{"series": "sales", "time": "2026-03-01", "value": 10}\n',
            },
            "application/json": {
                "schema": {},
                "example": {"series": [{"name": "sales", "points": [["2026-03-01", 10], ["2026-03-02", 12.5]]}]},
            },
        },
    }
}
Name = Annotated[str, Query(max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")]


def series_routes(store: SeriesStore, pushes: SeriesPushes, live: LivePoints, collections: Collections) -> APIRouter:
    """`/v1/trend/series`."""
    router = APIRouter(prefix="/v1/trend/series", tags=["trend"])

    @router.post("", status_code=201, dependencies=[needs(COLLECTION, "edit")], openapi_extra=BODY)
    async def push_series(
        request: Request,
        collection: Reference = "default",
        name: Annotated[Name, Query(description="of the series, for points that name none")] = "",
        unit: Annotated[str | None, Query(max_length=64)] = None,
        support: Annotated[Support | None, Query(description="which values are possible")] = None,
        step_seconds: Annotated[float | None, Query(ge=0.001, le=4e8, allow_inf_nan=False)] = None,
        zone: Annotated[
            str, Query(max_length=64, description="of times of day that state none, as Asia/Shanghai")
        ] = "",
        language: Language | None = None,
        accept_language: AcceptLanguage = "",
    ) -> list[PushedSeriesView]:
        """Adds points to series, by name. A point at a known time replaces the value there, so a push can be repeated.

        CSV has a line of names: time and one series a column, or series, time and value. JSON lines and JSON have
        points with time, value and, where there are several, series.
        """
        row = await collections.find(collection)
        form = form_of(request)
        values = {"unit": unit, "support": support, "step_seconds": step_seconds}
        given = {key: value for key, value in values.items() if value is not None}
        pushed = await pushes.add(row.id, await body_of(request), form, name.strip(), given, zone=_zone(zone))
        words = chosen_language(language, accept_language)
        return [
            PushedSeriesView(
                id=one.id, name=one.name, given=one.given, added=one.added, removed=one.removed,
                statements=[statement_view(said, words) for said in one.statements],
            )
            for one in pushed
        ]  # fmt: skip

    @router.get("", dependencies=[needs(COLLECTION, "view")])
    async def list_series(
        collection: Reference = "default",
        contains: Name = "",
        after: Name = "",
        limit: Annotated[int, Query(ge=1, le=1_000)] = 100,
    ) -> list[SeriesView]:
        """Series by name; `after` continues a list."""
        row = await collections.find(collection)
        return [_view(one) for one in await store.of(row.id, contains, after, limit)]

    @router.get("/{series}", dependencies=[needs(COLLECTION, "view")])
    async def show_series(series: str, collection: Reference = "default") -> SeriesView:
        """A series by its id or name."""
        found = await store.find((await collections.find(collection)).id, series)
        return _view(found, await store.detector_state(found.id))

    @router.delete("/{series}", status_code=204, dependencies=[needs(COLLECTION, "edit")])
    async def delete_series(series: str, collection: Reference = "default") -> None:
        """Deletes a series with its points. One that a source fills comes back when the source is read again."""
        row = await collections.find(collection)
        await store.remove(row.id, (await store.find(row.id, series)).id)

    @router.get("/{series}/points", dependencies=[needs(COLLECTION, "view")])
    async def list_points(
        series: str,
        collection: Reference = "default",
        since: AwareDatetime | None = None,
        until: AwareDatetime | None = None,
        alarms: Annotated[bool, Query(description="only points that raised an alarm")] = False,
        limit: Annotated[int, Query(ge=1, le=10_000)] = 1_000,
    ) -> list[PointView]:
        """Points with their scores, newest first; `until` (not included) continues a list."""
        found = await store.find((await collections.find(collection)).id, series)
        rows = await store.page(found.id, _micros(since), _micros(until), limit, only_alarms=alarms)
        return [
            PointView(
                time=_time(row.at), value=row.value, score=row.score, alarm=bool(row.alarm), expected=row.expected
            )
            for row in rows
        ]

    @router.post("/{series}/points", dependencies=[needs(COLLECTION, "edit")])
    async def add_points(series: str, new: LivePointsRequest, collection: Reference = "default") -> ScoredPoints:
        """Adds the newest points of a live series, and says how unusual each is. Each point is scored once.

        A series that was pushed before is learned from first. The first 60 points are learning.
        """
        found = await store.find((await collections.find(collection)).id, series)
        now = (datetime.now(UTC) - EPOCH) // MICROSECOND
        points: dict[int, float] = {}
        for at, one in enumerate(new.points):
            time = now if one.time is None else microseconds_of(one.time)
            if time is None:
                raise InvalidInput(f"points[{at}] has no readable time: {str(one.time)[:64]!r}")
            if time > now + AHEAD_MAX // MICROSECOND:
                raise InvalidInput(f"points[{at}] lies in the future; all later points would come too late for a score")
            points[time] = one.value
        scored, state = await live.add(found, points)
        return ScoredPoints(series=found.id, state=state, points=[_point(one) for one in scored], method=SCORING)

    @router.post("/{series}/acknowledge", dependencies=[needs(COLLECTION, "edit")])
    async def acknowledge_alarm(series: str, collection: Reference = "default") -> SeriesView:
        """Marks the series' alarm as known. It ends by itself after a quiet spell."""
        found = await store.find((await collections.find(collection)).id, series)
        return _view(found, await live.acknowledge(found))

    return router


def statement_view(said: dict[str, Any], language: Language) -> StatementView:
    """A statement of the worker process in words of this language."""
    text = worded(Statement(said["code"], said["parameters"]), language)
    return StatementView(code=said["code"], text=text, parameters=said["parameters"])


def _zone(zone: str) -> str:
    try:
        return zone_of(zone)
    except ValueError as error:
        raise InvalidInput(str(error)) from None


def _time(microseconds: int) -> datetime:
    return EPOCH + timedelta(microseconds=microseconds)


def _micros(at: datetime | None) -> int | None:
    return None if at is None else (at - EPOCH) // MICROSECOND


def _point(one: ScoredPoint) -> PointView:
    return PointView.model_validate(
        {
            "time": _time(one.at), "value": one.value, "score": one.score, "alarm": one.alarm,
            "expected": one.expected, "note": one.note,
        }
    )  # fmt: skip


def _view(row: AnyRow, state: str | None = None) -> SeriesView:
    return SeriesView(
        id=row.id, name=row.name, unit=row.unit, support=row.support, step_seconds=row.step_seconds, points=row.points,
        first_at=None if row.first_at is None else _time(row.first_at),
        last_at=None if row.last_at is None else _time(row.last_at),
        source=row.source_id, state=state, created_at=row.created_at, changed_at=row.changed_at,
    )  # fmt: skip
