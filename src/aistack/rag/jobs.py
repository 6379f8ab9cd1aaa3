"""Ingest jobs in the records: files wait, are taken on a lease, and end as done, failed or duplicate."""

from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from aistack.chassis.errors import NotFound, Unavailable
from aistack.rag.documents import new_id
from aistack.rag.tables import WAITING, Collection, Document, Job, JobItem
from aistack.rag.uploads import StagedFile
from aistack.stores.job_leases import JobLeases
from aistack.stores.records import AnyRow, Records

ITEMS_SHOWN_MAX = 1000
COUNT_WAITING = select(func.count()).select_from(JobItem).where(JobItem.state.in_(WAITING))


class JobBook:
    """The jobs of the service. `owner` names this instance in the leases it takes."""

    def __init__(self, records: Records, owner: str, lease_seconds: float, queue_items_max: int) -> None:
        self.records = records
        self._leases = JobLeases(records, JobItem, owner, lease_seconds, holder="lease_owner", oldest_first="id")
        self.queue_items_max = queue_items_max

    async def open(self, collection_id: int, files: Sequence[StagedFile]) -> str:
        """One job for these files, whose contents are stored already; returns its id."""
        job_id = new_id()
        now = datetime.now(UTC)
        async with self.records.write() as connection:
            if (await connection.scalar(COUNT_WAITING) or 0) + len(files) > self.queue_items_max:
                raise Unavailable(f"{self.queue_items_max} files wait for ingest already; try again later")
            await connection.execute(insert(Job).values(id=job_id, collection_id=collection_id, created_at=now))
            rows = [await self._item(connection, job_id, collection_id, staged, now) for staged in files]
            await connection.execute(insert(JobItem), rows)
        return job_id

    async def reopen(self, collection_id: int, documents: Sequence[AnyRow]) -> str:
        """One job that reads documents anew; returns its id. Those that wait to be read already are left out."""
        job_id, now = new_id(), datetime.now(UTC)
        async with self.records.write() as connection:
            query = select(JobItem.document_id).where(JobItem.state.in_(WAITING))
            waiting = set(await connection.scalars(query))
            await connection.execute(insert(Job).values(id=job_id, collection_id=collection_id, created_at=now))
            rows = [
                {"job_id": job_id, "document_id": one.id, "name": one.name, "sha256": one.sha256, "bytes": one.bytes,
                 "title": one.title, "about": one.about, "state": "queued"}
                for one in documents
                if one.id not in waiting
            ]  # fmt: skip
            if rows:
                await connection.execute(insert(JobItem), rows)
        return job_id

    async def _item(
        self, connection: AsyncConnection, job_id: str, collection_id: int, staged: StagedFile, now: datetime
    ) -> dict[str, object]:
        item: dict[str, object] = {
            "job_id": job_id,
            "document_id": None,
            "name": staged.name,
            "sha256": staged.sha256,
            "bytes": staged.bytes,
            "title": staged.title,
            "about": staged.metadata,
            "state": "queued",
            "error": staged.error,
            "finished_at": None,
        }
        if staged.error:
            return item | {"state": "failed", "finished_at": now}
        changing = select(JobItem.document_id).where(JobItem.state.in_(WAITING), JobItem.sha256 != staged.sha256)
        twin = await connection.scalar(
            select(Document.id)
            .where(
                Document.collection_id == collection_id,
                Document.sha256 == staged.sha256,
                Document.status != "failed",
                Document.id.not_in(changing.where(JobItem.document_id.is_not(None))),
            )
            .limit(1)
        )
        if twin is not None:
            return item | {"state": "duplicate", "document_id": twin, "finished_at": now}
        named = select(Document.id).where(Document.collection_id == collection_id, Document.name == staged.name)
        document_id = await connection.scalar(named)
        if document_id is None:
            document_id = new_id()
            await connection.execute(
                insert(Document).values(
                    id=document_id, collection_id=collection_id, name=staged.name, title=staged.title or staged.name,
                    sha256=staged.sha256, bytes=staged.bytes, status="pending", about=staged.metadata,
                    created_at=now, updated_at=now,
                )
            )  # fmt: skip
        return item | {"document_id": document_id}

    async def claim(self) -> AnyRow | None:
        """Takes the file that has waited longest, or one whose lease has expired."""
        return await self._leases.claim(attempts=JobItem.attempts + 1)

    async def waiting(self) -> int:
        """Files whose ingest has not ended."""
        async with self.records.read() as connection:
            return await connection.scalar(COUNT_WAITING) or 0

    async def renew(self, item_id: int) -> None:
        await self._leases.extend(item_id)

    async def release_own(self) -> None:
        """Puts back into the queue what this instance held when it died or is stopping."""
        await self._leases.release_all()

    async def show(self, job_id: str) -> tuple[AnyRow, dict[str, int], Sequence[AnyRow]]:
        """The job with its collection's name, counts by state, items. Raises NotFound."""
        async with self.records.read() as connection:
            query = select(Job, Collection.name.label("collection")).join(
                Collection, Collection.id == Job.collection_id
            )
            job = (await connection.execute(query.where(Job.id == job_id))).one_or_none()
            if job is None:
                raise NotFound(f"there is no job {job_id}")
            count = select(JobItem.state, func.count()).where(JobItem.job_id == job_id).group_by(JobItem.state)
            counts = {row[0]: row[1] for row in await connection.execute(count)}
            first = (JobItem.state != "failed", JobItem.id)
            items = select(JobItem).where(JobItem.job_id == job_id).order_by(*first).limit(ITEMS_SHOWN_MAX)
            return job, counts, (await connection.execute(items)).all()


async def finish(connection: AsyncConnection, item_id: int, state: str, error: str = "") -> None:
    """Ends a file's work, in the caller's transaction."""
    values = {"state": state, "error": error, "finished_at": datetime.now(UTC), "lease_until": None}
    await connection.execute(update(JobItem).where(JobItem.id == item_id).values(**values))


async def fail_document(connection: AsyncConnection, document_id: str | None, error: str) -> None:
    """Marks a document that has no live version; one that has keeps it."""
    await connection.execute(
        update(Document)
        .where(Document.id == document_id, Document.version == 0)
        .values(status="failed", error=error, updated_at=datetime.now(UTC))
    )
