"""The series of all collections, and their points."""

import secrets
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import delete, func, insert, or_, select, update
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from aistack.chassis.errors import Conflict, NotFound
from aistack.stores.records import AnyRow, Records
from aistack.trend.series.packed import PackedPoints
from aistack.trend.tables import Detector, Point, Series

SERIES_MAX = 10_000  # of one collection
ROWS_AT_ONCE = 20_000


class SeriesStore:
    """`points_max` is how many points a series keeps: the latest."""

    def __init__(self, records: Records, points_max: int) -> None:
        self.records = records
        self.points_max = points_max

    async def find(self, collection_id: int, reference: str) -> AnyRow:
        """The series with this id or name. Raises NotFound."""
        named = or_(Series.id == reference, Series.name == reference)
        query = select(Series).where(Series.collection_id == collection_id, named).order_by(Series.id != reference)
        async with self.records.read() as connection:
            row = (await connection.execute(query.limit(1))).one_or_none()
        if row is None:
            raise NotFound(f"there is no series {reference} in this collection; GET /v1/trend/series lists them")
        return row

    async def of(self, collection_id: int, contains: str, after: str, limit: int) -> Sequence[AnyRow]:
        """Series by name, those after a name."""
        query = select(Series).where(Series.collection_id == collection_id, Series.name > after)
        if contains:
            query = query.where(Series.name.icontains(contains, autoescape=True))
        async with self.records.read() as connection:
            return (await connection.execute(query.order_by(Series.name).limit(limit))).all()

    async def ensure(self, collection_id: int, name: str, source_id: str | None = None, **values: Any) -> AnyRow:
        """The series of this name, created if there is none; `values` are set in it.

        Raises Conflict if the collection has SERIES_MAX, or another source fills the series.
        """
        where = (Series.collection_id == collection_id, Series.name == name)
        async with self.records.write() as connection:
            row = (await connection.execute(select(Series).where(*where))).one_or_none()
            if row is None:
                counted = select(func.count()).select_from(Series).where(Series.collection_id == collection_id)
                if (await connection.scalar(counted) or 0) >= SERIES_MAX:
                    raise Conflict(f"the collection already has {SERIES_MAX} series; delete one first")
                now = datetime.now(UTC)
                new = {
                    "id": secrets.token_hex(6), "collection_id": collection_id, "source_id": source_id, "name": name,
                    "unit": "", "support": "any", "points": 0, "created_at": now, "changed_at": now,
                }  # fmt: skip
                try:
                    async with connection.begin_nested():
                        return (await connection.execute(insert(Series).values(new | values).returning(Series))).one()
                except IntegrityError:  # another request created it
                    row = (await connection.execute(select(Series).where(*where))).one()
            if row.source_id != source_id:
                filled = f"is filled by source {row.source_id}" if row.source_id else "is not filled by a source"
                raise Conflict(f"series {name} {filled}; use another name")
            if values:
                changed = update(Series).where(Series.id == row.id).values(**values).returning(Series)
                return (await connection.execute(changed)).one()
            return row

    async def remove(self, collection_id: int, series_id: str) -> None:
        async with self.records.write() as connection:
            await connection.execute(
                delete(Series).where(Series.id == series_id, Series.collection_id == collection_id)
            )

    async def put(self, series_id: str, points: PackedPoints) -> tuple[int, int]:
        """Adds points; those at known times replace the values there. Returns how many are new and how many old ones
        were removed. Raises NotFound if the series was deleted."""
        async with self.records.write() as connection:
            before = (await self.locked(connection, series_id)).points
            for at in range(0, len(points), ROWS_AT_ONCE):
                times, values = points.times[at : at + ROWS_AT_ONCE], points.values[at : at + ROWS_AT_ONCE]
                rows = [
                    {"series_id": series_id, "at": time, "value": value}
                    for time, value in zip(times, values, strict=True)
                ]  # fmt: skip
                await self.upsert(connection, rows, ("value",))
            return await self.counted(connection, series_id, before)

    async def upsert(self, connection: AsyncConnection, rows: list[dict[str, Any]], changed: Sequence[str]) -> None:
        """Writes points, of those at known times only the columns in `changed`."""
        new = (sqlite_insert if self.records.embedded else postgres_insert)(Point)
        set_ = {name: new.excluded[name] for name in changed}
        await connection.execute(new.on_conflict_do_update(index_elements=["series_id", "at"], set_=set_), rows)

    async def counted(self, connection: AsyncConnection, series_id: str, before: int) -> tuple[int, int]:
        """Removes the oldest points beyond `points_max` and brings the series up to date. Returns as `put`."""
        summary = select(func.count(), func.min(Point.at), func.max(Point.at)).where(Point.series_id == series_id)
        count, first_at, last_at = (await connection.execute(summary)).one()
        surplus = max(0, count - self.points_max)
        if surplus:
            kept = select(Point.at).where(Point.series_id == series_id).order_by(Point.at).offset(surplus).limit(1)
            first_at = await connection.scalar(kept)
            await connection.execute(delete(Point).where(Point.series_id == series_id, Point.at < first_at))
        values = {"points": count - surplus, "first_at": first_at, "last_at": last_at, "changed_at": datetime.now(UTC)}
        await connection.execute(update(Series).where(Series.id == series_id).values(**values))
        return count - before, surplus

    async def read(self, series_id: str, since: int | None = None, until: int | None = None) -> PackedPoints:
        """The points from `since` until before `until` (microseconds), in order of time."""
        query = select(Point.at, Point.value).where(Point.series_id == series_id)
        if since is not None:
            query = query.where(Point.at >= since)
        if until is not None:
            query = query.where(Point.at < until)
        points = PackedPoints()
        async with self.records.read() as connection:
            rows = await connection.stream(query.order_by(Point.at).execution_options(yield_per=ROWS_AT_ONCE))
            async for part in rows.partitions(ROWS_AT_ONCE):
                points.add((row.at, row.value) for row in part)
        return points

    async def page(
        self, series_id: str, since: int | None, until: int | None, limit: int, *, only_alarms: bool
    ) -> Sequence[AnyRow]:
        """Points with their scores, the latest first."""
        query = select(Point).where(Point.series_id == series_id)
        if since is not None:
            query = query.where(Point.at >= since)
        if until is not None:
            query = query.where(Point.at < until)
        if only_alarms:
            query = query.where(Point.alarm.is_(True))
        async with self.records.read() as connection:
            return (await connection.execute(query.order_by(Point.at.desc()).limit(limit))).all()

    async def detector_state(self, series_id: str) -> str | None:
        """`learning`, `normal`, `alarm` or `acknowledged`; None for a series without live points."""
        async with self.records.read() as connection:
            return await connection.scalar(select(Detector.state_name).where(Detector.series_id == series_id))

    async def locked(self, connection: AsyncConnection, series_id: str) -> AnyRow:
        """The series, whose other writers wait until the transaction ends. Raises NotFound if it was deleted."""
        locking = update(Series).where(Series.id == series_id).values(changed_at=datetime.now(UTC)).returning(Series)
        row = (await connection.execute(locking)).one_or_none()
        if row is None:
            raise NotFound("the series was deleted")
        return row

    async def add_few(
        self, connection: AsyncConnection, series: AnyRow, rows: list[dict[str, Any]], changed: Sequence[str]
    ) -> None:
        """Writes some hundred points of a locked series, without counting all that it has."""
        times = [row["at"] for row in rows]
        known = select(func.count()).select_from(Point).where(Point.series_id == series.id, Point.at.in_(times))
        count = series.points + len(rows) - (await connection.scalar(known) or 0)
        await self.upsert(connection, rows, changed)
        if count > self.points_max:
            await self.counted(connection, series.id, series.points)
            return
        first_at = min(times) if series.first_at is None else min(series.first_at, *times)
        last_at = max(times) if series.last_at is None else max(series.last_at, *times)
        values = {"points": count, "first_at": first_at, "last_at": last_at, "changed_at": datetime.now(UTC)}
        await connection.execute(update(Series).where(Series.id == series.id).values(**values))
