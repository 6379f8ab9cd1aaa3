"""Settles the topics of collections soon after documents change, by one instance at a time.

Documents go to the process that settles, and topics come back, through files: memory stays bounded by a batch. A
settlement that fails is tried again after growing pauses; one that succeeds is followed by a pause of several times its
length, so that a large collection that gets documents all the time does not use a processor up.
"""

import asyncio
import base64
import json
import secrets
import shutil
import time
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Text, bindparam, cast, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from aistack.chassis.runtime.worker_processes import WorkerFailed, WorkerPool
from aistack.chassis.telemetry.logs import get_log
from aistack.stores.job_leases import claim_first
from aistack.stores.records import AnyRow, Records
from aistack.trend.tables import Collection, Document, Topic

QUIET_SECONDS = 1.0  # documents that arrive together are settled together
CLAIM_SECONDS = 900.0
PAUSES = 4.0  # lengths of a settlement that pass before the next one
RETRY_SECONDS = 30.0
RETRY_SECONDS_MAX = 3_600.0
ROWS_AT_ONCE = 500
WORKER_BASE_MIB = 200  # of the process, before it has documents
DOCUMENT_KIB = 5  # of the process, for each document
SENT = (
    Document.id, Document.at, Document.content_digest, Document.title, Document.signature, Document.source_id,
    Document.source_name, Document.topic_id, Document.copy_of, cast(Document.terms, Text).label("terms"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Window:
    """Topics are found among the documents of the last `days`, at most the newest `documents_max`."""

    days: int
    documents_max: int


class Settling:
    """`folder` has room for about 3 KB for each document of a window."""

    def __init__(self, records: Records, workers: WorkerPool, window: Window, folder: Path) -> None:
        self._records = records
        self._workers = workers
        self._window = window
        self._folder = folder
        self._log = get_log("trend")

    async def release(self) -> None:
        """Ends the claims of an instance that died. For databases that only one instance uses."""
        await asyncio.to_thread(shutil.rmtree, self._folder, ignore_errors=True)
        async with self._records.write() as connection:
            await connection.execute(update(Collection).values(settling_until=0.0))

    async def settle_all(self) -> None:
        """Settles collections until none is left that is due. Called periodically."""
        while await self.settle_one():
            pass

    async def settle_one(self) -> bool:
        """Settles a collection whose documents changed. False if none is due."""
        now = time.time()
        where = (
            (Collection.changed_at > Collection.settled_at)
            & (Collection.changed_at < now - QUIET_SECONDS)
            & (Collection.settling_until < now)
            & (Collection.settle_after < now)
        )
        claimed = {"settling_until": now + CLAIM_SECONDS}
        row = await claim_first(self._records, Collection, where, [Collection.changed_at], claimed)
        if row is None:
            return False
        begun = time.monotonic()
        values: dict[str, Any] = {}
        try:
            documents = await self._settle(row.id)
            seconds = time.monotonic() - begun
            values = {
                "settled_at": row.changed_at, "settle_after": time.time() + PAUSES * seconds, "settle_failures": 0,
                "settle_error": "", "settled_documents": documents,
            }  # fmt: skip
        except (WorkerFailed, OSError) as error:
            failures = row.settle_failures + 1
            pause = min(RETRY_SECONDS * 2.0 ** (failures - 1), RETRY_SECONDS_MAX)
            why = f"its files cannot be written: {error.strerror}" if isinstance(error, OSError) else str(error)
            values = {"settle_after": time.time() + pause, "settle_failures": failures, "settle_error": why}
            self._log.error("topics.settle_failed", collection=row.public_id, error=str(error), failures=failures)
        finally:
            values["settling_until"] = 0.0
            async with self._records.write() as connection:
                await connection.execute(update(Collection).where(Collection.id == row.id).values(**values))
        return True

    async def _settle(self, collection_id: int) -> int:
        """Returns among how many documents topics were found."""
        async with self._files() as (given, answer):
            await self._give(collection_id, given)
            found = await self._workers.ask({"task": "settle", "given": str(given), "answer": str(answer)})
            await self._take(collection_id, answer, found["ended"])
        return found["documents"]

    @asynccontextmanager
    async def _files(self) -> AsyncGenerator[tuple[Path, Path]]:
        folder = self._folder / secrets.token_hex(6)
        await asyncio.to_thread(folder.mkdir, parents=True)
        try:
            yield folder / "documents", folder / "topics"
        finally:
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)

    async def _give(self, collection_id: int, given: Path) -> None:
        """Writes the documents of the window into a file."""
        table, since = Document, datetime.now(UTC) - timedelta(days=self._window.days)
        query = (
            select(*SENT)
            .where(table.collection_id == collection_id, table.at >= since)
            .order_by(table.at.desc())
            .limit(self._window.documents_max)
        )  # fmt: skip
        async with self._records.read() as connection:
            rows = await connection.stream(query, execution_options={"yield_per": ROWS_AT_ONCE})
            async for batch in rows.partitions(ROWS_AT_ONCE):
                await asyncio.to_thread(_append, given, [line_of(row) for row in batch])
        await asyncio.to_thread(given.touch)

    async def _take(self, collection_id: int, answer: Path, ended: list[str]) -> None:
        """Writes topics and to which the documents belong, in one transaction: readers see the old or the new."""
        async with self._records.write() as connection:
            columns = (Topic.id, Topic.name, Topic.documents, Topic.sources, Topic.first_at, Topic.last_at)
            rows = await connection.execute(select(*columns).where(Topic.collection_id == collection_id))
            known = {row.id: (hash(tuple(row)[1:4]), row.first_at, row.last_at) for row in rows}
            for at in range(0, len(ended), ROWS_AT_ONCE):
                gone = ended[at : at + ROWS_AT_ONCE]
                await connection.execute(delete(Topic).where(Topic.id.in_(gone)))
            batches = _batches(answer)
            while batch := await asyncio.to_thread(next, batches, None):
                await _write(connection, collection_id, batch, known)


async def _write(
    connection: AsyncConnection, collection_id: int, batch: list[dict[str, Any]],
    known: dict[str, tuple[int, datetime, datetime]],
) -> None:  # fmt: skip
    """Writes what differs from `known`: of topics a hash of name and counts, and the first and last time."""
    new: list[dict[str, Any]] = []
    members: list[dict[str, Any]] = []
    for one in batch:
        changed: list[tuple[int, int | None]] = one.pop("changed")
        topic_id = one["id"] = one["id"] or secrets.token_hex(6)
        members += [{"key": key, "topic": topic_id, "copied": copy_of} for key, copy_of in changed]
        times = {name: datetime.fromtimestamp(one[name], UTC) for name in ("first_at", "last_at")}
        before = known.get(topic_id)
        if before is not None:
            times["first_at"] = min(times["first_at"], before[1])
            same = (hash((one["name"], one["documents"], one["sources"])), times["first_at"], times["last_at"])
            if before == same:
                continue
        new.append(one | times | {"collection_id": collection_id})
    replaced = [one["id"] for one in new if one["id"] in known]
    if replaced:
        await connection.execute(delete(Topic).where(Topic.id.in_(replaced)))
    if new:
        await connection.execute(insert(Topic), new)
    if members:
        moved = update(Document).where(Document.id == bindparam("key"))
        await connection.execute(moved.values(topic_id=bindparam("topic"), copy_of=bindparam("copied")), members)


def documents_max(memory_mib: int) -> int:
    """How many documents a process with so much memory can settle."""
    return max(1_000, (memory_mib - WORKER_BASE_MIB) * 1024 // DOCUMENT_KIB)


def line_of(row: AnyRow) -> str:
    """A document, with the columns `SENT`, as the worker reads it."""
    signature = base64.b64encode(row.signature).decode()
    source = row.source_id or row.source_name
    return json.dumps([
        row.id, row.at.timestamp(), row.content_digest, row.title, signature, source, row.topic_id, row.copy_of,
        row.terms,
    ])  # fmt: skip


def _append(path: Path, lines: list[str]) -> None:
    with path.open("a", encoding="utf-8") as file:
        file.writelines(line + "\n" for line in lines)


def _batches(answer: Path) -> Iterator[list[dict[str, Any]]]:
    batch: list[dict[str, Any]] = []
    with answer.open(encoding="utf-8") as lines:
        for line in lines:
            batch.append(json.loads(line))
            if len(batch) == ROWS_AT_ONCE:
                yield batch
                batch = []
    if batch:
        yield batch
