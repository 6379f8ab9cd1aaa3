"""HTTP endpoints for calendars."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query

from aistack.access.collections import COLLECTION, Collections
from aistack.access.rules import needs
from aistack.chassis.errors import InvalidInput
from aistack.stores.records import AnyRow
from aistack.trend.calendar.wire import CalendarSettings, CalendarView, DayView, EventView, NewEvent
from aistack.trend.routes.requests import AcceptLanguage, chosen_language
from aistack.trend.routes.sources import Reference
from aistack.trend.series.wording import Language
from aistack.trend.store.calendars import Calendars
from aistack.trend.store.computations import Computations

PERIOD_DAYS_MAX = 20 * 366


def calendar_routes(calendars: Calendars, computations: Computations, collections: Collections) -> APIRouter:
    """`/v1/trend/calendar`."""
    router = APIRouter(prefix="/v1/trend/calendar", tags=["trend"])

    @router.get("", dependencies=[needs(COLLECTION, "view")])
    async def show_calendar(collection: Reference = "default") -> CalendarView:
        """The countries whose holidays count for the collection, and its own events."""
        row, events = await calendars.of((await collections.find(collection)).id)
        return CalendarView(
            countries=row.countries if row else [], zone=row.zone if row else "", events=[_event(one) for one in events]
        )

    @router.put("", dependencies=[needs(COLLECTION, "edit")])
    async def set_calendar(wanted: CalendarSettings, collection: Reference = "default") -> CalendarView:
        """Sets countries and zone; events stay."""
        row = await collections.find(collection)
        today = date(2026, 1, 1).isoformat()
        asked = {"countries": wanted.countries, "zone": wanted.zone, "events": []}
        await computations.ask("days", {"calendar": asked, "since": today, "until": today, "language": "en"})
        await calendars.set(row.id, wanted.countries, wanted.zone)
        return await show_calendar(collection)

    @router.get("/days", dependencies=[needs(COLLECTION, "view")])
    async def list_days(
        since: Annotated[date, Query()], until: Annotated[date, Query()], collection: Reference = "default",
        language: Language | None = None, accept_language: AcceptLanguage = "",
    ) -> list[DayView]:  # fmt: skip
        """The known days of a period, both ends included."""
        if not 0 <= (until - since).days <= PERIOD_DAYS_MAX:
            raise InvalidInput("until must not be before since, nor more than 20 years after it")
        row = await collections.find(collection)
        calendar = await calendars.to_wire(row.id)
        if calendar is None:
            return []
        request = {
            "calendar": calendar, "since": since.isoformat(), "until": until.isoformat(),
            "language": chosen_language(language, accept_language),
        }  # fmt: skip
        return [DayView.model_validate(one) for one in (await computations.ask("days", request))["days"]]

    @router.post("/events", status_code=201, dependencies=[needs(COLLECTION, "edit")])
    async def add_event(new: NewEvent, collection: Reference = "default") -> EventView:
        """Names days that explain numbers: a sale, a release, an outage."""
        return _event(await calendars.add((await collections.find(collection)).id, new))

    @router.delete("/events/{event}", status_code=204, dependencies=[needs(COLLECTION, "edit")])
    async def delete_event(event: str, collection: Reference = "default") -> None:
        await calendars.remove((await collections.find(collection)).id, event)

    return router


def _event(row: AnyRow) -> EventView:
    return EventView(id=row.id, name=row.name, first=row.first, last=row.last)
