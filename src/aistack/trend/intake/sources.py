"""Sources: feeds, pages, sitemaps, queries and collections of documents, read on a schedule with the rights that their
owners have then."""

import random
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from aistack.access.collections import Collections, thing_of
from aistack.access.directory import Directory
from aistack.access.levels import at_least
from aistack.chassis.errors import Conflict, Forbidden, NotFound, Problem
from aistack.chassis.identity import principal
from aistack.chassis.runtime.worker_processes import WorkerFailed, WorkerPool
from aistack.chassis.telemetry.logs import get_log
from aistack.chassis.web.public_web import FetchFailed, check_url
from aistack.stores.job_leases import claim_first
from aistack.stores.records import AnyRow, Records
from aistack.trend.feeds.items import UnreadableSource
from aistack.trend.feeds.wire_form import contents_of, request_of
from aistack.trend.fetching.intervals import Bounds, after_failure, next_interval, with_jitter
from aistack.trend.fetching.polite_fetcher import NotNow, PoliteFetcher, SourceGone
from aistack.trend.intake.documents import DocumentStore, Origin, documents_of, mark_changed
from aistack.trend.intake.library import Library
from aistack.trend.store.query_points import QueryPoints
from aistack.trend.tables import SOURCE, Source

SOURCES_MAX = 5_000  # of one owner
CLAIM = timedelta(minutes=15)  # for this long no other instance reads a claimed source
QUERY, LIBRARY = "query", "collection"
QUERY_SECONDS = 3_600  # between two runs of a query without a schedule of its own


class Sources:
    """The sources of all collections."""

    def __init__(
        self, records: Records, collections: Collections, documents: DocumentStore, fetcher: PoliteFetcher,
        workers: WorkerPool, directory: Directory, bounds: Bounds, queries: QueryPoints, library: Library,
    ) -> None:  # fmt: skip
        self._records = records
        self._collections = collections
        self._documents = documents
        self._fetcher = fetcher
        self._workers = workers
        self._directory = directory
        self._bounds = bounds
        self._queries = queries
        self._library = library
        self._chance = random.Random()  # noqa: S311 -- no secret
        self._log = get_log("trend")

    async def add(self, collection_id: int, wanted: dict[str, Any]) -> AnyRow:
        """Adds a source, due at once; nothing is fetched before. It belongs to the request's caller.

        Raises Conflict if it already is a source of the collection, or the caller has SOURCES_MAX.
        """
        if wanted["kind"] not in (QUERY, LIBRARY):
            check_url(wanted["place"])
        owner, now = principal.get().subject, datetime.now(UTC)
        row: dict[str, Any] = wanted | {
            "id": secrets.token_hex(6), "collection_id": collection_id, "owner": owner, "notes": [], "due_at": now,
            "created_at": now,
        }  # fmt: skip
        async with self._records.write() as connection:
            owned = select(func.count()).select_from(Source).where(Source.owner == owner)
            if (await connection.scalar(owned) or 0) >= SOURCES_MAX:
                raise Conflict(f"you already have {SOURCES_MAX} sources; delete one first")
            try:
                return (await connection.execute(insert(Source).values(**row).returning(Source))).one()
            except IntegrityError:
                raise Conflict(f"{wanted['place']} is already a source of this collection") from None

    async def of(self, collection_id: int) -> Sequence[AnyRow]:
        """The sources of a collection, oldest first."""
        query = select(Source).where(Source.collection_id == collection_id).order_by(Source.created_at, Source.id)
        async with self._records.read() as connection:
            return (await connection.execute(query)).all()

    async def remove(self, collection_id: int, source_id: str) -> None:
        """Removes a source and what came from it. Raises NotFound."""
        async with self._records.write() as connection:
            where = (Source.id == source_id, Source.collection_id == collection_id)
            if not (await connection.execute(delete(Source).where(*where))).rowcount:
                raise NotFound(f"there is no source {source_id} in this collection")
            await self._collections.access.remove_thing(connection, SOURCE, source_id)
            await mark_changed(connection, collection_id)

    async def remove_any(self, source_id: str) -> None:
        """As `remove`, whatever its collection; one that is gone is no error."""
        async with self._records.write() as connection:
            found = await connection.scalar(select(Source.collection_id).where(Source.id == source_id))
            if found is not None:
                await connection.execute(delete(Source).where(Source.id == source_id))
                await mark_changed(connection, found)

    async def read_soon(self, collection_id: int, source_ids: Sequence[str]) -> int:
        """Makes sources due now (all of the collection, if none are named). Returns how many.

        One that was read less than the shortest interval ago stays as it is: its site would take that ill.
        """
        now = datetime.now(UTC)
        recently = now - timedelta(seconds=self._bounds.least)
        where = [Source.collection_id == collection_id, Source.read_at.is_(None) | (Source.read_at < recently)]
        if source_ids:
            where.append(Source.id.in_(source_ids))
        async with self._records.write() as connection:
            return (await connection.execute(update(Source).where(*where).values(due_at=now))).rowcount

    def due_among(self, rows: Sequence[AnyRow]) -> int:
        """How many of some sources wait to be read."""
        now = datetime.now(UTC)
        return sum(row.due_at is not None and row.due_at <= now for row in rows)

    async def poll_all(self) -> None:
        """Reads sources until none is due. Called periodically, several times side by side."""
        while await self.poll():
            pass

    async def poll(self) -> bool:
        """Reads the source that has been due for the longest time. False if none is due."""
        now = datetime.now(UTC)
        row = await claim_first(self._records, Source, Source.due_at <= now, [Source.due_at], {"due_at": now + CLAIM})
        if row is None:
            return False
        try:
            await self._check_rights(row)
            read = {QUERY: self._read_query, LIBRARY: self._read_library}.get(row.kind, self._read)
            values = await read(row)
        except (FetchFailed, UnreadableSource, WorkerFailed, Problem) as error:
            values = self._failed(row, error)
            self._log.warning("source.failed", source=row.place, error=values["error"], failures=values["failures"])
        async with self._records.write() as connection:
            await connection.execute(update(Source).where(Source.id == row.id).values(**values))
        return True

    async def _read(self, source: AnyRow) -> dict[str, Any]:
        """Reads a source. Returns what changes in its row."""
        is_page = source.kind != "feed"
        now = datetime.now(UTC)
        response = await self._fetcher.fetch(source.place, source.etag, source.last_modified, is_page=is_page)
        values: dict[str, Any] = {"error": "", "failures": 0, "read_at": now}
        has_new, asked, published = False, response.max_age_seconds, list[datetime]()
        if response.content is not None:
            request = request_of(
                source.kind, response.content, response.content_type, source.place, source.selector, now, source.zone
            )
            answer = await self._workers.ask({"task": "read", **request})
            analyses = [one.pop("analysis") for one in answer.get("items", ())]
            contents = contents_of(answer)
            name = contents.title or source.place
            origin = Origin(source.collection_id, source.id, name, source.category)
            added = await self._documents.add(origin, documents_of(contents.items, analyses))
            has_new = added > 0
            asked = max(asked, contents.refresh_seconds)
            published = [item.published for item in contents.items if item.published is not None]
            values |= {
                "title": name[:512], "notes": contents.notes, "items": source.items + added, "etag": response.etag,
                "last_modified": response.last_modified,
            }  # fmt: skip
            if has_new:
                values["changed_at"] = now
        interval = source.every_seconds or next_interval(
            source.interval_seconds, has_new, asked, published, self._bounds
        )
        return values | {"interval_seconds": interval, "due_at": self._after(now, interval)}

    async def _read_query(self, source: AnyRow) -> dict[str, Any]:
        """Runs a query. Returns what changes in the source's row."""
        now = datetime.now(UTC)
        added, notes = await self._queries.read(source)
        due = self._after(now, source.every_seconds or QUERY_SECONDS)
        values: dict[str, Any] = {"error": "", "failures": 0, "read_at": now, "due_at": due, "notes": notes[:20]}
        return values | {"items": source.items + added} | ({"changed_at": now} if added else {})

    async def _read_library(self, source: AnyRow) -> dict[str, Any]:
        """Reads a collection of documents. Returns what changes in the source's row."""
        now = datetime.now(UTC)
        values = await self._library.read(source)
        added = values["items"]
        due = self._after(now, source.every_seconds or self._bounds.least)
        values |= {"error": "", "failures": 0, "read_at": now, "due_at": due, "items": source.items + added}
        return values | ({"changed_at": now} if added else {})

    def _failed(self, source: AnyRow, error: Exception) -> dict[str, Any]:
        failures = source.failures + 1
        asked = error.seconds if isinstance(error, NotNow) else 0.0
        now = datetime.now(UTC)
        stays_away = isinstance(error, SourceGone | Forbidden)
        due = None if stays_away else self._after(now, after_failure(failures, asked, self._bounds))
        return {"error": str(error), "failures": failures, "read_at": now, "due_at": due}

    def _after(self, now: datetime, seconds: float) -> datetime:
        return now + timedelta(seconds=with_jitter(seconds, self._chance))

    async def _check_rights(self, source: AnyRow) -> None:
        """Raises Forbidden with the reason if the source's owner may not do now what the source does."""
        who = await self._directory.principal_of(source.owner)
        if who is None:
            raise Forbidden("stopped: the person it belongs to is gone or disabled; add the source again")
        collection = await self._collections.row(source.collection_id)
        if collection is None:
            raise NotFound("the collection was deleted")
        if not at_least(await self._collections.access.held_on(who, thing_of(collection)), "edit"):
            raise Forbidden("stopped: its owner may no longer edit this collection")
