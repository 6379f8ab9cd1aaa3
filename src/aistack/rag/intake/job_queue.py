"""The queue of ingest jobs in the database: an instance claims a file with a lease and ends it as done or failed."""

from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import ColumnElement, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from aistack.chassis.errors import NotFound, Unavailable
from aistack.rag.documents import new_id
from aistack.rag.intake.uploads import StagedFile
from aistack.rag.tables import WAITING, Collection, Document, Job, JobItem
from aistack.stores.job_leases import JobLeases
from aistack.stores.records import AnyRow, Records

ITEMS_SHOWN_MAX = 1000
COUNT_WAITING = select(func.count()).select_from(JobItem).where(JobItem.state.in_(WAITING))


class JobQueue:
    """The jobs of all instances. `owner` identifies this instance in its leases."""

    def __init__(self, records: Records, owner: str, lease_seconds: float, queue_items_max: int) -> None:
        self.records = records
        self._leases = JobLeases(records, JobItem, owner, lease_seconds, holder="lease_owner", oldest_first="id")
        self.queue_items_max = queue_items_max

    async def enqueue(self, collection_id: int, files: Sequence[StagedFile]) -> str:
        """Creates a job for files whose contents are in the file store, and returns its id.

        Raises Unavailable when `queue_items_max` files are waiting.
        """
        job_id = new_id()
        now = datetime.now(UTC)
        async with self.records.write() as connection:
            if (await connection.scalar(COUNT_WAITING) or 0) + len(files) > self.queue_items_max:
                raise Unavailable(f"the ingest queue is full ({self.queue_items_max} files); try again later")
            await connection.execute(insert(Job).values(id=job_id, collection_id=collection_id, created_at=now))
            rows = [await self._item(connection, job_id, collection_id, staged, now) for staged in files]
            await connection.execute(insert(JobItem), rows)
        return job_id

    async def enqueue_reindex(self, collection_id: int, documents: Sequence[AnyRow]) -> str:
        """Creates a job that indexes documents again from their files, and returns its id.

        Documents that are waiting for ingest are left out.
        """
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
        about_to_change = select(JobItem.document_id).where(JobItem.state.in_(WAITING), JobItem.sha256 != staged.sha256)
        duplicate_of = await connection.scalar(
            select(Document.id)
            .where(
                Document.collection_id == collection_id,
                Document.sha256 == staged.sha256,
                Document.status != "failed",
                Document.id.not_in(about_to_change.where(JobItem.document_id.is_not(None))),
            )
            .limit(1)
        )
        if duplicate_of is not None:
            return item | {"state": "duplicate", "document_id": duplicate_of, "finished_at": now}
        by_name = select(Document.id).where(Document.collection_id == collection_id, Document.name == staged.name)
        document_id = await connection.scalar(by_name)
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
        """Claims the file that has waited longest, including files whose lease has expired. None if there is none."""
        return await self._leases.claim(attempts=JobItem.attempts + 1)

    async def waiting(self, among: ColumnElement[bool]) -> int:
        """The number of files that are queued or running, of collections that meet a condition."""
        count = COUNT_WAITING.join(Job, Job.id == JobItem.job_id).join(Collection, Collection.id == Job.collection_id)
        async with self.records.read() as connection:
            return await connection.scalar(count.where(among)) or 0

    async def renew(self, item_id: int) -> None:
        """Extends the lease of a file."""
        await self._leases.extend(item_id)

    async def release_own(self) -> None:
        """Puts this instance's files back into the queue, when it stops or after it was killed."""
        await self._leases.release_all()

    async def collection_id(self, job_id: str) -> int | None:
        """The collection of a job, None if there is no such job."""
        async with self.records.read() as connection:
            return await connection.scalar(select(Job.collection_id).where(Job.id == job_id))

    async def show(self, job_id: str) -> tuple[AnyRow, dict[str, int], Sequence[AnyRow]]:
        """The job, the number of items by state, and the items. Raises NotFound."""
        async with self.records.read() as connection:
            job = (await connection.execute(select(Job).where(Job.id == job_id))).one_or_none()
            if job is None:
                raise NotFound(f"there is no job {job_id}")
            count = select(JobItem.state, func.count()).where(JobItem.job_id == job_id).group_by(JobItem.state)
            counts = {row[0]: row[1] for row in await connection.execute(count)}
            first = (JobItem.state != "failed", JobItem.id)
            items = select(JobItem).where(JobItem.job_id == job_id).order_by(*first).limit(ITEMS_SHOWN_MAX)
            return job, counts, (await connection.execute(items)).all()


async def finish(connection: AsyncConnection, item_id: int, state: str, error: str = "") -> None:
    """Ends an item, in the caller's transaction."""
    values = {"state": state, "error": error, "finished_at": datetime.now(UTC), "lease_until": None}
    await connection.execute(update(JobItem).where(JobItem.id == item_id).values(**values))


async def fail_document(connection: AsyncConnection, document_id: str | None, error: str) -> None:
    """Marks a document as failed if it has no live version, in the caller's transaction."""
    await connection.execute(
        update(Document)
        .where(Document.id == document_id, Document.version == 0)
        .values(status="failed", error=error, updated_at=datetime.now(UTC))
    )
