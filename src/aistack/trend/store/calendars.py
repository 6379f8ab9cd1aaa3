"""The calendars of collections."""

import secrets
from collections.abc import Sequence
from typing import Any

from sqlalchemy import delete, func, insert, select

from aistack.chassis.errors import Conflict, NotFound
from aistack.stores.records import AnyRow, Records
from aistack.trend.calendar.tables import Calendar, CalendarEvent
from aistack.trend.calendar.wire import NewEvent

EVENTS_MAX = 1_000  # of a collection


class Calendars:
    def __init__(self, records: Records) -> None:
        self._records = records

    async def of(self, collection_id: int) -> tuple[AnyRow | None, Sequence[AnyRow]]:
        """The calendar, None if nothing was set, and its events in order of time."""
        events = select(CalendarEvent).where(CalendarEvent.collection_id == collection_id)
        async with self._records.read() as connection:
            query = select(Calendar).where(Calendar.collection_id == collection_id)
            row = (await connection.execute(query)).one_or_none()
            return row, (await connection.execute(events.order_by(CalendarEvent.first, CalendarEvent.id))).all()

    async def to_wire(self, collection_id: int) -> dict[str, Any] | None:
        """As the worker process takes it; None if nothing is known."""
        row, events = await self.of(collection_id)
        if row is None and not events:
            return None
        return {
            "countries": row.countries if row else [], "zone": row.zone if row else "",
            "events": [
                {"name": one.name, "first": one.first.isoformat(), "last": one.last.isoformat()} for one in events
            ],
        }  # fmt: skip

    async def set(self, collection_id: int, countries: Sequence[str], zone: str) -> None:
        values = {"collection_id": collection_id, "countries": list(dict.fromkeys(countries)), "zone": zone}
        async with self._records.write() as connection:
            await connection.execute(delete(Calendar).where(Calendar.collection_id == collection_id))
            await connection.execute(insert(Calendar).values(**values))

    async def add(self, collection_id: int, new: NewEvent) -> AnyRow:
        """Raises Conflict when the collection has EVENTS_MAX events."""
        values = {
            "id": secrets.token_hex(6), "collection_id": collection_id, "name": new.name, "first": new.first,
            "last": new.last or new.first,
        }  # fmt: skip
        async with self._records.write() as connection:
            known = select(func.count()).select_from(CalendarEvent).where(CalendarEvent.collection_id == collection_id)
            if (await connection.scalar(known) or 0) >= EVENTS_MAX:
                raise Conflict(f"the calendar already has {EVENTS_MAX} events; delete one first")
            return (await connection.execute(insert(CalendarEvent).values(**values).returning(CalendarEvent))).one()

    async def remove(self, collection_id: int, event_id: str) -> None:
        """Raises NotFound."""
        where = (CalendarEvent.id == event_id, CalendarEvent.collection_id == collection_id)
        async with self._records.write() as connection:
            if not (await connection.execute(delete(CalendarEvent).where(*where))).rowcount:
                raise NotFound(f"there is no event {event_id} in this calendar")
