"""Reports that are written on a schedule, with the rights that their owners have then."""

import secrets
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import delete, insert, select, update

from aistack.access.collections import Collections, thing_of
from aistack.access.directory import Directory
from aistack.access.levels import at_least
from aistack.chassis.errors import Forbidden, InvalidInput, NotFound, Problem
from aistack.chassis.identity import principal
from aistack.chassis.telemetry.logs import get_log
from aistack.stores.job_leases import claim_first
from aistack.stores.records import AnyRow, Records
from aistack.trend.delivery.composer import delivery_of
from aistack.trend.delivery.messages import Entry, messages_of
from aistack.trend.delivery.schedules import next_due
from aistack.trend.delivery.senders import markup_of
from aistack.trend.delivery.subscribers import Subscribers
from aistack.trend.delivery.tables import Delivery, Subscriber
from aistack.trend.delivery.wire import Options
from aistack.trend.reports.reports import Reports
from aistack.trend.reports.tables import SCHEDULE, SCHEDULE_THINGS, ReportSchedule
from aistack.trend.reports.wire import Content, NewReportSchedule, ReportRequest
from aistack.trend.watches.watches import check_own, is_own

CLAIM = timedelta(minutes=15)
RETRY = timedelta(minutes=10)


class ReportSchedules:
    def __init__(
        self, records: Records, collections: Collections, directory: Directory, reports: Reports,
        subscribers: Subscribers,
    ) -> None:  # fmt: skip
        self._records = records
        self._collections = collections
        self._directory = directory
        self._reports = reports
        self._subscribers = subscribers
        self._log = get_log("trend")

    async def add(self, collection_id: int, new: NewReportSchedule) -> AnyRow:
        """The caller's new schedule. Raises NotFound without the subscriber, InvalidInput for a zone that is none."""
        try:
            options = Options(schedule=new.schedule, zone=new.zone)
        except ValueError:
            raise InvalidInput(f"{new.zone} is not a time zone; use a name like Asia/Shanghai") from None
        if new.subscriber is not None:
            await self._subscribers.find(collection_id, new.subscriber)
        now, owner = datetime.now(UTC), principal.get().subject
        row: dict[str, Any] = {
            "id": secrets.token_hex(6), "collection_id": collection_id, "owner": owner, "name": new.name,
            "request": new.report.model_dump(mode="json"), "options": options.model_dump(by_alias=True),
            "subscriber_id": new.subscriber, "error": "", "due_at": next_due(options, now), "created_at": now,
        }  # fmt: skip
        async with self._records.write() as connection:
            await SCHEDULE_THINGS.check_quota(connection, owner)
            added = insert(ReportSchedule).values(**row).returning(ReportSchedule)
            return (await connection.execute(added)).one()

    async def of(self, collection_id: int) -> Sequence[AnyRow]:
        """Those that belong to the caller; all of the collection for administrators."""
        table = ReportSchedule
        query = select(table).where(table.collection_id == collection_id).order_by(table.created_at, table.id)
        async with self._records.read() as connection:
            rows = (await connection.execute(query)).all()
        return [row for row in rows if is_own(row, principal.get())]

    async def find(self, collection_id: int, schedule_id: str) -> AnyRow:
        """Raises NotFound, Forbidden unless it is the caller's."""
        table = ReportSchedule
        query = select(table).where(table.id == schedule_id, table.collection_id == collection_id)
        async with self._records.read() as connection:
            row = (await connection.execute(query)).one_or_none()
        if row is None:
            raise NotFound(f"there is no report schedule {schedule_id} in this collection")
        check_own(row, "report schedule")
        return row

    async def run_soon(self, schedule_id: str) -> None:
        """Makes a schedule due now."""
        now = update(ReportSchedule).where(ReportSchedule.id == schedule_id).values(due_at=datetime.now(UTC))
        async with self._records.write() as connection:
            await connection.execute(now)

    async def remove_any(self, schedule_id: str) -> None:
        """Removes a schedule, for any caller; one that is gone is no error. Its reports stay."""
        async with self._records.write() as connection:
            await connection.execute(delete(ReportSchedule).where(ReportSchedule.id == schedule_id))
            await self._collections.access.remove_thing(connection, SCHEDULE, schedule_id)

    async def poll_all(self) -> None:
        """Writes reports until none is due. Called periodically."""
        while await self.poll():
            pass

    async def poll(self) -> bool:
        now, table = datetime.now(UTC), ReportSchedule
        row = await claim_first(self._records, table, table.due_at <= now, [table.due_at], {"due_at": now + CLAIM})
        if row is None:
            return False
        deliveries: list[dict[str, Any]] = []
        try:
            report = await self._write(row)
            values: dict[str, Any] = {
                "error": "", "last_report": report.id, "due_at": next_due(Options(**row.options), now)
            }  # fmt: skip
            deliveries = await self._messages(row, Content(**report.content))
        except Problem as error:
            is_final = isinstance(error, Forbidden | NotFound)
            values = {"error": str(error), "due_at": None if is_final else now + RETRY}
            self._log.warning("report.failed", schedule=row.id, error=str(error))
        async with self._records.write() as connection:
            await connection.execute(update(table).where(table.id == row.id).values(**values))
            if deliveries:
                await connection.execute(insert(Delivery), deliveries)
        return True

    async def _write(self, row: AnyRow) -> AnyRow:
        who = await self._directory.principal_of(row.owner)
        if who is None:
            raise Forbidden("stopped: the person it belongs to is gone or disabled")
        collection = await self._collections.row(row.collection_id)
        if collection is None:
            raise NotFound("the collection was deleted")
        if not at_least(await self._collections.access.held_on(who, thing_of(collection)), "view"):
            raise Forbidden("stopped: its owner may no longer view this collection")
        acting = principal.set(who)
        try:
            return await self._reports.generate(row.collection_id, ReportRequest(**row.request))
        finally:
            principal.reset(acting)

    async def _messages(self, row: AnyRow, content: Content) -> list[dict[str, Any]]:
        """The findings, for the subscriber that gets them."""
        if row.subscriber_id is None:
            return []
        async with self._records.read() as connection:
            query = select(Subscriber).where(Subscriber.id == row.subscriber_id)
            subscriber = (await connection.execute(query)).one_or_none()
        if subscriber is None:
            return []
        entries = [
            Entry(
                one.text, next((link.url for link in one.evidence if link.url), ""),
                data={"kind": one.kind, "topic": one.topic, "documents": [link.id for link in one.evidence]},
            )
            for one in content.findings
        ]  # fmt: skip
        messages = messages_of(content.title, entries, markup_of(subscriber.channel))
        return [delivery_of(subscriber, message, datetime.now(UTC)) for message in messages]
