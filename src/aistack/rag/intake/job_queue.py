"""The queue of ingest jobs in the database: an instance claims a file with a lease and ends it as done or failed."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from sqlalchemy import ColumnElement, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from aistack.chassis.errors import NotFound, Unavailable
from aistack.rag.contents import content_key, content_with, lock_collection, lock_files, new_id, refer
from aistack.rag.file_wire import FileHash, FileState, FileStateName, path_name
from aistack.rag.intake.uploads import StagedFile
from aistack.rag.tables import WAITING, Collection, Document, Job, JobItem
from aistack.stores.job_leases import JobLeases
from aistack.stores.records import AnyRow, Records

ITEMS_SHOWN_MAX = 1000
COUNT_WAITING = select(func.count()).select_from(JobItem).where(JobItem.state.in_(WAITING))


@dataclass(slots=True)
class Enqueued:
    """A new job, and the ids of chunks and the SHA-256 keys of files that are no longer used since."""

    job_id: str
    chunk_ids: list[int] = field(default_factory=list[int])
    files: list[str] = field(default_factory=list[str])


class JobQueue:
    """The jobs of all instances. `owner` identifies this instance in its leases."""

    def __init__(self, records: Records, owner: str, lease_seconds: float, queue_items_max: int) -> None:
        self.records = records
        self._leases = JobLeases(records, JobItem, owner, lease_seconds, holder="lease_owner", oldest_first="id")
        self.queue_items_max = queue_items_max

    async def enqueue(
        self, collection_id: int, files: Sequence[StagedFile], put_missing: Callable[[], Awaitable[None]]
    ) -> "Enqueued":
        """Creates a job for files whose contents are in the file store.

        `put_missing` stores those again that another instance has deleted in the meantime. A file whose bytes the
        collection has parsed already is done at once. Raises Unavailable when `queue_items_max` files are waiting.
        """
        enqueued = Enqueued(new_id())
        now = datetime.now(UTC)
        async with self.records.write() as connection:
            if (await connection.scalar(COUNT_WAITING) or 0) + len(files) > self.queue_items_max:
                raise Unavailable(f"the ingest queue is full ({self.queue_items_max} files); try again later")
            await lock_collection(connection, collection_id)
            await connection.execute(
                insert(Job).values(id=enqueued.job_id, collection_id=collection_id, created_at=now)
            )
            for staged in files:
                item = _item(enqueued.job_id, staged)
                item |= await self._state(connection, collection_id, staged, enqueued, now)
                await connection.execute(insert(JobItem).values(**item))
            await lock_files(connection, shared=True)
            await put_missing()
        return enqueued

    async def enqueue_reindex(self, collection_id: int, documents: Sequence[AnyRow]) -> str:
        """Creates a job that indexes documents again from their files, and returns its id.

        Documents that are waiting for ingest are left out, and of those with the same content, all but one.
        """
        job_id, now = new_id(), datetime.now(UTC)
        async with self.records.write() as connection:
            query = select(JobItem.document_id).where(JobItem.state.in_(WAITING))
            waiting = set(await connection.scalars(query))
            await connection.execute(insert(Job).values(id=job_id, collection_id=collection_id, created_at=now))
            chosen = {one.content_id or one.id: one for one in documents if one.id not in waiting}
            rows = [
                {"job_id": job_id, "document_id": one.id, "name": one.name, "sha256": one.sha256, "suffix": one.suffix,
                 "reindex": True, "bytes": one.bytes, "title": one.title, "about": one.about, "state": "queued"}
                for one in chosen.values()
            ]  # fmt: skip
            if rows:
                await connection.execute(insert(JobItem), rows)
        return job_id

    async def _state(
        self, connection: AsyncConnection, collection_id: int, staged: StagedFile, enqueued: "Enqueued", now: datetime
    ) -> dict[str, object]:
        """The state of a new item, and its document, which is created if there is none of this name."""
        if staged.error:
            return {"state": "failed", "finished_at": now}
        by_name = select(Document).where(Document.collection_id == collection_id, Document.name == staged.name)
        document = (await connection.execute(by_name)).one_or_none()
        if document is None:
            row = {
                "id": new_id(), "collection_id": collection_id, "name": staged.name, "about": staged.metadata,
                "title": staged.title or staged.name, "sha256": staged.sha256, "suffix": staged.suffix,
                "bytes": staged.bytes, "status": "pending", "created_at": now, "updated_at": now,
            }  # fmt: skip
            document = (await connection.execute(insert(Document).values(**row).returning(Document))).one()
        elif await _is_unchanged(connection, document, staged):
            return {"state": "duplicate", "document_id": document.id, "finished_at": now}
        content = await content_with(connection, collection_id, content_key(staged.sha256, staged.suffix))
        if content is None or not content.version:
            return {"document_id": document.id}
        chunks, files = await refer(connection, document, content, document_values(staged, content.title))
        enqueued.chunk_ids += chunks
        enqueued.files += files
        return {"state": "done", "document_id": document.id, "finished_at": now}

    async def file_states(self, collection_id: int, files: Sequence[FileHash]) -> list[FileState]:
        """What the collection has of each file, in their order."""
        names = list({path_name(one.name) for one in files})
        by_name = select(Document).where(Document.collection_id == collection_id, Document.name.in_(names))
        async with self.records.read() as connection:
            documents = {row.name: row for row in await connection.execute(by_name)}
            ids = [row.id for row in documents.values()]
            last = select(func.max(JobItem.id)).where(JobItem.document_id.in_(ids)).group_by(JobItem.document_id)
            items = await connection.execute(select(JobItem).where(JobItem.id.in_(last)))
            sent = {row.document_id: row for row in items}
        found: list[FileState] = []
        for one in files:
            document = documents.get(path_name(one.name))
            item = None if document is None else sent.get(document.id)
            state, error = _file_state(document, item, one.sha256)
            document_id = None if document is None else document.id
            found.append(FileState(name=one.name, state=state, document=document_id, error=error))
        return found

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


async def fail_document(connection: AsyncConnection, item: AnyRow, error: str) -> None:
    """Sets the error of an item's document, in the caller's transaction. A version that is live stays so."""
    of_item, now = Document.id == item.document_id, datetime.now(UTC)
    values = {"status": "failed", "error": error, "sha256": item.sha256, "suffix": item.suffix, "bytes": item.bytes}
    await connection.execute(update(Document).where(of_item, Document.version == 0).values(updated_at=now, **values))
    kept = f"the last file sent for this document was not indexed: {error}"
    await connection.execute(update(Document).where(of_item, Document.version > 0).values(error=kept, updated_at=now))


async def is_superseded(connection: AsyncConnection, item: AnyRow) -> bool:
    """Whether a later file for the same document has been indexed already."""
    later = select(JobItem.id).where(
        JobItem.document_id == item.document_id, JobItem.id > item.id, JobItem.state == "done"
    )
    return await connection.scalar(later.limit(1)) is not None


async def later_failure(connection: AsyncConnection, item: AnyRow) -> AnyRow | None:
    """The last item for the same document, if it came after this one and has failed."""
    later = select(JobItem).where(JobItem.document_id == item.document_id, JobItem.id > item.id)
    last = (await connection.execute(later.order_by(JobItem.id.desc()).limit(1))).one_or_none()
    return last if last is not None and last.state == "failed" else None


def document_values(file: "StagedFile | AnyRow", parsed_title: str) -> dict[str, object]:
    """The columns that a document takes over from a file or a job item."""
    about = file.metadata if isinstance(file, StagedFile) else file.about
    return {
        "title": file.title or parsed_title or file.name,
        "sha256": file.sha256,
        "suffix": file.suffix,
        "bytes": file.bytes,
        "about": about,
    }


def _item(job_id: str, staged: StagedFile) -> dict[str, object]:
    return {
        "job_id": job_id,
        "document_id": None,
        "name": staged.name,
        "sha256": staged.sha256,
        "suffix": staged.suffix,
        "bytes": staged.bytes,
        "title": staged.title,
        "about": staged.metadata,
        "state": "queued",
        "error": staged.error,
    }


def _file_state(document: AnyRow | None, sent: AnyRow | None, sha256: str) -> tuple[FileStateName, str]:
    """The state of a file with this hash, and its error. `sent` is the document's last job item."""
    if document is None:
        return "missing", ""
    if sent is not None and sent.state in WAITING:
        return ("waiting" if sent.sha256 == sha256 else "changed"), ""
    if sent is not None and sent.state == "failed" and sent.sha256 == sha256:
        return "failed", sent.error
    if document.sha256 != sha256:
        return "changed", ""
    return ("failed", document.error) if document.status == "failed" else ("ready", "")


async def _is_unchanged(connection: AsyncConnection, document: AnyRow, staged: StagedFile) -> bool:
    """Whether a document has this file already, or is about to get it."""
    waiting = select(JobItem).where(JobItem.document_id == document.id, JobItem.state.in_(WAITING))
    last = (await connection.execute(waiting.order_by(JobItem.id.desc()).limit(1))).one_or_none()
    if last is None and (document.status != "ready" or document.error):
        return False
    known = document if last is None else last
    has_title = staged.title in ("", known.title)
    return has_title and (known.sha256, known.suffix, known.about) == (staged.sha256, staged.suffix, staged.metadata)
