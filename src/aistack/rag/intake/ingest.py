"""The ingest runner: takes files from the queue, parses them, and makes them searchable.

A crash at any point does no harm. The chunks of a new version are first written, then indexed. Then one transaction
makes the version live, deletes the old chunks, and ends the job item. An interrupted ingest starts over, and its
leftovers, which are not live, are replaced.
"""

import asyncio
import contextlib
from typing import Any

from sqlalchemy import select

from aistack.chassis.runtime.tasks import Unbroken
from aistack.chassis.telemetry.logs import get_log
from aistack.rag.documents import make_live, put_entities, put_version
from aistack.rag.graph.model_extraction import ModelExtractor
from aistack.rag.indexes.lexical import Entry, LexicalIndex
from aistack.rag.indexes.semantic import SemanticIndex, passage
from aistack.rag.intake.job_queue import JobQueue, fail_document, finish
from aistack.rag.intake.parse_pool import ParsePool
from aistack.rag.parsing.formats.builder import ParseError
from aistack.rag.settings import RagSettings
from aistack.rag.tables import Document
from aistack.stores.files import FileStore
from aistack.stores.records import AnyRow, Records

POLL_SECONDS = 5.0
SHARED_POLL_SECONDS = 1.0  # for a database that other instances use too
FAILURE_PAUSE_SECONDS = 1.0


def content_key(sha256: str) -> str:
    """The key of a content in the file store."""
    return f"{sha256[:2]}/{sha256}"


class IngestRunner:
    """Processes the queue until it is closed. `wake` makes it look for new files at once."""

    def __init__(
        self,
        settings: RagSettings,
        records: Records,
        files: FileStore,
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
            async with self.files.local(content_key(item.sha256)) as path:
                parsed = await self.pool.parse(path, item.name)
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
            await finish(connection, item.id, "failed", reason)
            await fail_document(connection, item.document_id, reason)

    async def _keep_lease(self, item_id: int) -> None:
        while True:
            await asyncio.sleep(self.settings.lease_seconds / 3)
            await self._unbroken.run(self.jobs.renew(item_id))

    async def _publish(self, item: AnyRow, parsed: dict[str, Any]) -> None:
        """Writes the chunks, indexes them, then makes the version live."""
        text: str = parsed["text"]
        rows: list[dict[str, Any]] = [
            {key: one[key] for key in ("start", "end", "page", "heading")} | {"text": text[one["start"] : one["end"]]}
            for one in parsed["chunks"]
        ]
        async with self.records.write() as connection:
            query = select(Document).where(Document.id == item.document_id)
            document = (await connection.execute(query)).one_or_none()
            if document is None:
                await finish(connection, item.id, "failed", "the document was deleted before it was processed")
                return
            version = document.version + 1
            ids = await put_version(connection, document.id, document.collection_id, version, text, rows)
            extracted = [(one["mentions"], one["links"]) for one in parsed["chunks"]]
            await put_entities(connection, document.collection_id, ids, extracted)
        entries = [
            Entry(chunk_id, one["heading_terms"], one["terms"])
            for chunk_id, one in zip(ids, parsed["chunks"], strict=True)
        ]
        await self.lexical.add(document.collection_id, entries)
        title = item.title or parsed["title"] or item.name
        await self.semantic.add(
            document.collection_id, ids, [passage(title, one["heading"], one["text"]) for one in rows]
        )
        values: dict[str, object] = {
            "title": title,
            "sha256": item.sha256,
            "bytes": item.bytes,
            "media_type": parsed["media_type"],
            "pages": parsed["pages"],
            "about": item.about,
        }
        async with self.records.write() as connection:
            removed = await make_live(connection, document.id, version, values)
            if removed is None:
                await finish(connection, item.id, "failed", "the document was deleted while it was processed")
            else:
                await finish(connection, item.id, "done")
        outdated = ids if removed is None else removed
        await self.lexical.remove(document.collection_id, outdated)
        await self.semantic.remove(document.collection_id, outdated)
