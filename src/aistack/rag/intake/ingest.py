"""The ingest runner: takes files from the queue, parses them, and makes them searchable.

A crash at any point does no harm. The chunks of a new version are first written, then indexed. Then one transaction
makes the version live, deletes the old chunks, and ends the job item. An interrupted ingest starts over, and its
leftovers, which are not live, are replaced. Bytes that the collection has parsed already are not parsed again.
"""

import asyncio
import contextlib
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from aistack.chassis.runtime.tasks import Unbroken
from aistack.chassis.telemetry.logs import get_log
from aistack.rag.contents import (
    content_key,
    content_with,
    delete_version,
    drop_unused,
    ensured_content,
    lock_collection,
    put_entities,
    put_version,
    refer,
    switch_version,
)
from aistack.rag.graph.model_extraction import ModelExtractor
from aistack.rag.indexes.embedders import passage
from aistack.rag.indexes.lexical import Entry, LexicalIndex
from aistack.rag.indexes.semantic import SemanticIndex
from aistack.rag.intake.content_files import ContentFiles
from aistack.rag.intake.job_queue import JobQueue, document_values, fail_document, finish, is_superseded, later_failure
from aistack.rag.intake.parse_pool import ParsePool
from aistack.rag.parsing.formats.builder import ParseError
from aistack.rag.settings import RagSettings
from aistack.rag.tables import Document, Job, JobItem
from aistack.stores.job_leases import RUNNING
from aistack.stores.records import AnyRow, Records

POLL_SECONDS = 5.0
SHARED_POLL_SECONDS = 1.0  # for a database that other instances use too
FAILURE_PAUSE_SECONDS = 1.0


class IngestRunner:
    """Processes the queue until it is closed. `wake` makes it look for new files at once."""

    def __init__(
        self,
        settings: RagSettings,
        records: Records,
        files: ContentFiles,
        lexical: LexicalIndex,
        semantic: SemanticIndex,
        jobs: JobQueue,
        extractor: ModelExtractor | None = None,
    ) -> None:
        self.settings = settings
        self.records = records
        self.files = files
        self.lexical = lexical
        self.semantic = semantic
        self.jobs = jobs
        self.extractor = extractor
        self.pool = ParsePool(settings)
        self.log = get_log("rag")
        self._work = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._unbroken = Unbroken()

    def wake(self) -> None:
        """Makes an idle runner look for new files at once."""
        self._work.set()

    async def start(self) -> None:
        """Starts one task per parsing process."""
        if self.records.embedded:
            await self.jobs.release_own()
        self.wake()
        self._tasks = [
            asyncio.create_task(self._run(), name=f"ingest:{number}") for number in range(self.settings.parse_workers)
        ]

    async def close(self) -> None:
        """Stops at once. Files in progress go back into the queue."""
        for task in self._tasks:
            task.cancel()
        for task in self._tasks:
            with contextlib.suppress(asyncio.CancelledError):
                await task
        await self._unbroken.ended()
        await self.pool.close()
        if self.extractor is not None:
            await self.extractor.close()
        if self._tasks:
            await self.jobs.release_own()

    async def _run(self) -> None:
        while True:
            try:
                item = await self._unbroken.run(self.jobs.claim())
                if item is not None:
                    await self._process(item)
                    continue
                await self.pool.end_idle()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(POLL_SECONDS if self.records.embedded else SHARED_POLL_SECONDS):
                        await self._work.wait()
                self._work.clear()
            except Exception:
                self.log.exception("ingest.failed")
                await asyncio.sleep(FAILURE_PAUSE_SECONDS)

    async def _process(self, item: AnyRow) -> None:
        lease = asyncio.create_task(self._keep_lease(item.id))
        try:
            if item.attempts > self.settings.attempts_max:
                raise ParseError(f"the service crashed {item.attempts - 1} times while it processed this file")
            if not item.reindex and await self._unbroken.run(self._share(item)):
                return
            async with self.files.local(item.sha256) as path:
                parsed = await self.pool.parse(path, f"file{item.suffix}")
            if self.extractor is not None:
                await self.extractor.extend(parsed["text"], parsed["chunks"])
            await self._unbroken.run(self._publish(item, parsed))
            self.log.info("document.ready", document=item.document_id, name=item.name, chunks=len(parsed["chunks"]))
        except (ParseError, FileNotFoundError) as error:
            reason = str(error) if isinstance(error, ParseError) else "its content is missing from the file store"
            await self._unbroken.run(self._fail(item, reason))
            self.log.warning("document.failed", document=item.document_id, name=item.name, error=reason)
        finally:
            lease.cancel()

    async def _fail(self, item: AnyRow, reason: str) -> None:
        async with self.records.write() as connection:
            collection_id = await self._locked(connection, item)
            if collection_id is None:
                return
            await finish(connection, item.id, "failed", reason)
            await fail_document(connection, item, reason)
            removed = await self._abandon(connection, collection_id, item)
        await self._clean(collection_id, removed, [item.sha256])

    async def _locked(self, connection: AsyncConnection, item: AnyRow) -> int | None:
        """The collection of an item, locked. None if the item was deleted or another instance has taken it over."""
        held = (JobItem.id == item.id, JobItem.state == RUNNING, JobItem.lease_owner == item.lease_owner)
        query = select(Job.collection_id).join(JobItem, JobItem.job_id == Job.id).where(*held)
        collection_id = await connection.scalar(query)
        if collection_id is not None:
            await lock_collection(connection, collection_id)
        return collection_id

    async def _abandon(self, connection: AsyncConnection, collection_id: int, item: AnyRow) -> list[int]:
        """Deletes the version that an item has made but that did not become live. Returns the ids of its chunks."""
        content = await content_with(connection, collection_id, content_key(item.sha256, item.suffix))
        if content is None:
            return []
        removed = await delete_version(connection, content.id, item.id) if content.version != item.id else []
        return removed + await drop_unused(connection, [content.id])

    async def _clean(self, collection_id: int, chunk_ids: list[int], files: list[str]) -> None:
        if chunk_ids:
            await self.lexical.remove(collection_id, chunk_ids)
            await self.semantic.remove(collection_id, chunk_ids)
        await self.files.delete_unused(files)

    async def _keep_lease(self, item_id: int) -> None:
        while True:
            await asyncio.sleep(self.settings.lease_seconds / 3)
            await self._unbroken.run(self.jobs.renew(item_id))

    async def _share(self, item: AnyRow) -> bool:
        """Ends an item whose bytes have been parsed for another document of the collection. False if they have not."""
        async with self.records.write() as connection:
            collection_id = await self._locked(connection, item)
            if collection_id is None:
                return True
            content = await content_with(connection, collection_id, content_key(item.sha256, item.suffix))
            if content is None or not content.version:
                return False
            chunks, files = await self._complete(connection, collection_id, item, content)
        await self._clean(collection_id, chunks, [*files, item.sha256])
        return True

    async def _complete(
        self, connection: AsyncConnection, collection_id: int, item: AnyRow, content: AnyRow
    ) -> tuple[list[int], list[str]]:
        """Ends an item: its document gets the live version of a content, unless it was deleted or a later file came.

        Returns the ids of chunks and the SHA-256 keys of files that are no longer used.
        """
        query = select(Document).where(Document.id == item.document_id)
        document = (await connection.execute(query)).one_or_none()
        is_wanted = document is not None and not await is_superseded(connection, item)
        deleted = "" if document is not None else "the document was deleted before it was processed"
        await finish(connection, item.id, "failed" if deleted else "done", deleted)
        chunks, files = list[int](), list[str]()
        if document is not None and is_wanted:
            chunks, files = await refer(connection, document, content, document_values(item, content.title))
            if (failed := await later_failure(connection, item)) is not None:
                await fail_document(connection, failed, failed.error)
        return chunks + await self._abandon(connection, collection_id, item), files

    async def _publish(self, item: AnyRow, parsed: dict[str, Any]) -> None:
        """Writes the chunks, indexes them, then makes the version live."""
        text: str = parsed["text"]
        rows: list[dict[str, Any]] = [
            {key: one[key] for key in ("start", "end", "page", "heading")} | {"text": text[one["start"] : one["end"]]}
            for one in parsed["chunks"]
        ]
        extracted = [(one["mentions"], one["links"]) for one in parsed["chunks"]]
        async with self.records.write() as connection:
            collection_id = await self._locked(connection, item)
            if collection_id is None:
                return
            content = await ensured_content(connection, collection_id, content_key(item.sha256, item.suffix))
            ids = await put_version(connection, content, item.id, text, rows)
            await put_entities(connection, collection_id, ids, extracted)
        entries = [
            Entry(chunk_id, one["heading_terms"], one["terms"])
            for chunk_id, one in zip(ids, parsed["chunks"], strict=True)
        ]
        await self.lexical.add(collection_id, entries)
        title = item.title or parsed["title"] or item.name
        await self.semantic.add(collection_id, ids, [passage(title, one["heading"], one["text"]) for one in rows])
        values = {name: parsed[name] for name in ("title", "media_type", "pages")}
        removed, files = ids, list[str]()
        async with self.records.write() as connection:
            if await self._locked(connection, item) is not None:
                removed, files = await self._make_live(connection, collection_id, item, values)
        await self._clean(collection_id, removed, [*files, item.sha256])

    async def _make_live(
        self, connection: AsyncConnection, collection_id: int, item: AnyRow, values: dict[str, object]
    ) -> tuple[list[int], list[str]]:
        """Ends an item with the version that it has made, unless another item has parsed the same bytes before it.

        `values` are further columns of the content. Returns what `_complete` returns.
        """
        key = content_key(item.sha256, item.suffix)
        content = await ensured_content(connection, collection_id, key)
        replaced: list[int] = []
        if item.reindex or not content.version:
            replaced = await switch_version(connection, content, item.id, values)
            content = await ensured_content(connection, collection_id, key)
        chunks, files = await self._complete(connection, collection_id, item, content)
        return replaced + chunks, files
