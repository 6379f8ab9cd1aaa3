"""The ingest runner: one file at a time from waiting to searchable, resumable at any point.

The order makes a crash harmless. A new version's chunks are written first, then indexed, and only then, in
one transaction, does the document switch to them, the old chunks go, and the file's work end. What was cut
off before that is done again; what it left behind is not live and is replaced.
"""

import asyncio
import contextlib
from typing import Any

from sqlalchemy import select

from aistack.chassis.runtime.tasks import Unbroken
from aistack.chassis.telemetry.logs import get_log
from aistack.rag.documents import make_live, put_entities, put_version
from aistack.rag.graph.model_extraction import Naming
from aistack.rag.indexes.lexical import Entry, LexicalIndex
from aistack.rag.indexes.semantic import SemanticIndex, passage
from aistack.rag.intake.job_queue import JobBook, fail_document, finish
from aistack.rag.intake.parse_pool import ParsePool
from aistack.rag.parsing.formats.builder import ParseError
from aistack.rag.settings import RagSettings
from aistack.rag.tables import Document
from aistack.stores.files import FileStore
from aistack.stores.records import AnyRow, Records

IDLE_LOOK_SECONDS = 5.0
SHARED_LOOK_SECONDS = 1.0  # where other instances may leave work
FAILURE_PAUSE_SECONDS = 1.0


def content_key(sha256: str) -> str:
    """Where an uploaded content is kept in the file store."""
    return f"{sha256[:2]}/{sha256}"


class Ingest:
    """Works through the waiting files until closed. `wake` tells it that there are new ones."""

    def __init__(
        self,
        settings: RagSettings,
        records: Records,
        files: FileStore,
        lexical: LexicalIndex,
        semantic: SemanticIndex,
        jobs: JobBook,
        naming: Naming | None = None,
    ) -> None:
        self.settings = settings
        self.records = records
        self.files = files
        self.lexical = lexical
        self.semantic = semantic
        self.jobs = jobs
        self.naming = naming
        self.pool = ParsePool(settings)
        self.log = get_log("rag")
        self._work = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._unbroken = Unbroken()

    def wake(self) -> None:
        self._work.set()

    async def start(self) -> None:
        if self.records.embedded:
            await self.jobs.release_own()
        self.wake()
        self._tasks = [
            asyncio.create_task(self._keep_working(), name=f"ingest:{number}")
            for number in range(self.settings.parse_workers)
        ]

    async def close(self) -> None:
        """Stops at once; what was under way is given back and resumed at the next start."""
        for task in self._tasks:
            task.cancel()
        for task in self._tasks:
            with contextlib.suppress(asyncio.CancelledError):
                await task
        await self._unbroken.ended()
        await self.pool.close()
        if self.naming is not None:
            await self.naming.close()
        if self._tasks:
            await self.jobs.release_own()

    async def _keep_working(self) -> None:
        while True:
            try:
                item = await self._unbroken.run(self.jobs.claim())
                if item is not None:
                    await self._work_on(item)
                    continue
                await self.pool.end_idle()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(IDLE_LOOK_SECONDS if self.records.embedded else SHARED_LOOK_SECONDS):
                        await self._work.wait()
                self._work.clear()
            except Exception:
                self.log.exception("ingest.failed")
                await asyncio.sleep(FAILURE_PAUSE_SECONDS)

    async def _work_on(self, item: AnyRow) -> None:
        renewing = asyncio.create_task(self._keep_lease(item.id))
        try:
            if item.attempts > self.settings.attempts_max:
                raise ParseError(f"the service ended {item.attempts - 1} times while reading this file")
            async with self.files.local(content_key(item.sha256)) as path:
                parsed = await self.pool.parse(path, item.name)
            if self.naming is not None:
                await self.naming.add_to(parsed["text"], parsed["chunks"])
            await self._unbroken.run(self._publish(item, parsed))
            self.log.info("document.ready", document=item.document_id, name=item.name, chunks=len(parsed["chunks"]))
        except (ParseError, FileNotFoundError) as error:
            reason = str(error) if isinstance(error, ParseError) else "its content is gone from the file store"
            await self._unbroken.run(self._fail(item, reason))
            self.log.warning("document.failed", document=item.document_id, name=item.name, error=reason)
        finally:
            renewing.cancel()

    async def _fail(self, item: AnyRow, reason: str) -> None:
        async with self.records.write() as connection:
            await finish(connection, item.id, "failed", reason)
            await fail_document(connection, item.document_id, reason)

    async def _keep_lease(self, item_id: int) -> None:
        while True:
            await asyncio.sleep(self.settings.lease_seconds / 3)
            await self._unbroken.run(self.jobs.renew(item_id))

    async def _publish(self, item: AnyRow, parsed: dict[str, Any]) -> None:
        """Chunks, then index, then the switch."""
        text: str = parsed["text"]
        rows: list[dict[str, Any]] = [
            {key: one[key] for key in ("start", "end", "page", "heading")} | {"text": text[one["start"] : one["end"]]}
            for one in parsed["chunks"]
        ]
        async with self.records.write() as connection:
            query = select(Document).where(Document.id == item.document_id)
            document = (await connection.execute(query)).one_or_none()
            if document is None:
                await finish(connection, item.id, "failed", "the document was deleted before it was read")
                return
            version = document.version + 1
            ids = await put_version(connection, document.id, document.collection_id, version, text, rows)
            said = [(one["mentions"], one["links"]) for one in parsed["chunks"]]
            await put_entities(connection, document.collection_id, ids, said)
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
            lost = "the document was deleted while it was read"
            await finish(connection, item.id, "failed" if removed is None else "done", lost if removed is None else "")
        gone = ids if removed is None else removed
        await self.lexical.remove(document.collection_id, gone)
        await self.semantic.remove(document.collection_id, gone)
