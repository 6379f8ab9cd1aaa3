"""The export of somebody's collections of trends, sources, watches, subscribers, reports and alert rules."""

import csv
import io
from collections.abc import AsyncGenerator
from typing import Any

from sqlalchemy import select

from aistack.access.access import Thing
from aistack.access.collections import COLLECTION
from aistack.access.exporting.exports import (
    Export,
    ExportedFile,
    columns_of,
    grants_of,
    json_file,
    json_pages,
    row_pages,
)
from aistack.access.exporting.file_names import FileNames, file_name
from aistack.access.grants import AccessStore
from aistack.stores.records import AnyRow, Records
from aistack.trend.alerts.tables import ALERT_RULE, Alert, AlertRule
from aistack.trend.calendar.tables import Calendar, CalendarEvent
from aistack.trend.delivery.tables import SUBSCRIBER, Subscriber
from aistack.trend.reports.tables import REPORT, SCHEDULE, Report, ReportSchedule
from aistack.trend.series.times import time_of
from aistack.trend.tables import SOURCE, Collection, Document, Point, Series, Source, Topic
from aistack.trend.watches.tables import WATCH, Watch

# Where things stand, which no one made: left out
STATE = ("owner", "due_at", "claimed_until", "lane", "seen_at", "etag", "last_modified", "address")
DERIVED = ("collection_id", "id", "signature", "terms", "guid_digest", "content_digest", "copy_of")


def trend_exports(access: AccessStore) -> dict[str, Export]:
    """By kind of thing. Addresses of subscribers are secrets and stay out."""
    records = access.records

    async def collections(subject: str) -> AsyncGenerator[ExportedFile]:
        names, mine = FileNames(), select(Collection).where(Collection.owner == subject)
        async for _, rows in row_pages(records, mine, [Collection.id]):
            for row in rows:
                async for file in _collection(access, row, f"collections/{names.added(file_name(row.name))}"):
                    yield file

    return {
        COLLECTION: collections,
        SOURCE: _things(records, Source, "sources"),
        WATCH: _things(records, Watch, "watches"),
        SUBSCRIBER: _things(records, Subscriber, "subscribers"),
        REPORT: _things(records, Report, "reports"),
        SCHEDULE: _things(records, ReportSchedule, "report-schedules"),
        ALERT_RULE: _rules(records),
    }


def _things(records: Records, table: Any, path: str) -> Export:
    async def export(subject: str) -> AsyncGenerator[ExportedFile]:
        mine = (
            select(table, Collection.public_id.label("collection"))
            .join(Collection, Collection.id == table.collection_id)
            .where(table.owner == subject)
        )
        async for file in json_pages(records, mine, [table.id], path, _thing):
            yield file

    return export


def _rules(records: Records) -> Export:
    rules = _things(records, AlertRule, "alert-rules")

    async def export(subject: str) -> AsyncGenerator[ExportedFile]:
        async for file in rules(subject):
            assert isinstance(file, ExportedFile)
            yield file
        mine = select(Alert).join(AlertRule, AlertRule.id == Alert.rule_id).where(AlertRule.owner == subject)
        async for file in json_pages(records, mine, [Alert.id], "alerts", columns_of):
            yield file

    return export


async def _collection(access: AccessStore, row: AnyRow, folder: str) -> AsyncGenerator[ExportedFile]:
    records = access.records
    shared = grants_of(await access.of(Thing(COLLECTION, row.public_id, row.owner)))
    about = {"id": row.public_id, "name": row.name, "created_at": row.created_at, "shared_with": shared}
    yield json_file(f"{folder}/collection.json", about)
    async with records.read() as connection:
        calendar = (await connection.execute(select(Calendar).where(Calendar.collection_id == row.id))).one_or_none()
        events = (await connection.execute(select(CalendarEvent).where(CalendarEvent.collection_id == row.id))).all()
    if calendar is not None or events:
        known: dict[str, Any] = (
            columns_of(calendar, "collection_id") if calendar is not None else {"countries": [], "zone": ""}
        )
        known["events"] = [columns_of(one, "collection_id") for one in events]
        yield json_file(f"{folder}/calendar.json", known)
    documents = select(Document).where(Document.collection_id == row.id)
    async for file in json_pages(records, documents, [Document.id], f"{folder}/documents", _document):
        yield file
    topics = select(Topic).where(Topic.collection_id == row.id)
    async for file in json_pages(records, topics, [Topic.id], f"{folder}/topics", _thing):
        yield file
    series, names = select(Series).where(Series.collection_id == row.id), FileNames()
    async for _, page in row_pages(records, series, [Series.id]):
        for one in page:
            path = f"{folder}/series/{names.added(file_name(one.name))}"
            yield json_file(f"{path}/series.json", _series(one))
            points = select(Point).where(Point.series_id == one.id)
            async for number, rows in row_pages(records, points, [Point.at]):
                yield ExportedFile(f"{path}/points{'' if number == 1 else f'-{number}'}.csv", _csv(rows))


def _thing(row: AnyRow) -> dict[str, Any]:
    return columns_of(row, "collection_id", *STATE)


def _document(row: AnyRow) -> dict[str, Any]:
    return {"id": row.public_id} | columns_of(row, "public_id", *DERIVED)


def _series(row: AnyRow) -> dict[str, Any]:
    return columns_of(row, "collection_id", "first_at", "last_at")


def _csv(rows: Any) -> bytes:
    text = io.StringIO()
    written = csv.writer(text, lineterminator="\n")
    written.writerow(["at", "value"])
    written.writerows([time_of(row.at), row.value] for row in rows)
    return text.getvalue().encode()
