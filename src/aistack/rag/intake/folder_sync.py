"""Keeps a collection in step with a watched folder: changed files are ingested, documents of deleted ones deleted."""

import asyncio
import contextlib
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import delete, insert, select, update

from aistack.chassis.errors import NotFound
from aistack.rag.intake.document_writer import DocumentWriter
from aistack.rag.intake.folders import UNREAD, Stamp, folder_contents, staged_copies
from aistack.rag.tables import Document, Source, SourceFile
from aistack.stores.records import AnyRow, Records

FILES_AT_ONCE = 200


class FolderSync:
    """The folders of all sources. What was ingested of each is in the table of source files."""

    def __init__(self, records: Records, writer: DocumentWriter) -> None:
        self._records = records
        self._writer = writer

    async def sync(self, source: AnyRow, folder: Path) -> list[str]:
        """Ingests changed files and deletes the documents of deleted ones. Returns the reasons for what is missing."""
        found = await asyncio.to_thread(folder_contents, folder)
        problems = found.problems
        async with self._records.read() as connection:
            rows = await connection.execute(select(SourceFile).where(SourceFile.source_id == source.id))
            known: dict[str, Stamp] = {row.path: (row.changed_ns, row.bytes) for row in rows}
        changed = sorted(path for path, stamp in found.files.items() if known.get(path) != stamp)
        for at in range(0, len(changed), FILES_AT_ONCE):
            batch = changed[at : at + FILES_AT_ONCE]
            taken = await self._names_of_other_sources(source, batch)
            problems += (f"{path}: another watched folder has a file of this name" for path in sorted(taken))
            batch = [path for path in batch if path not in taken]
            # Recorded before, so that a file that goes away during a crash is known to have been here.
            await self._record(source.id, dict.fromkeys(batch, UNREAD))
            staged, failed = await asyncio.to_thread(staged_copies, folder, batch, self._writer.staging)
            problems += (f"{path}: {reason}" for path, reason in failed.items())
            for one in staged:
                one.encode_as(source.encoding)
            if staged:
                await self._writer.add(source.collection_id, staged)
            await self._record(source.id, {path: found.files[path] for path in batch if path not in failed})
        for path in known.keys() - found.files.keys():
            if not found.may_contain(path):
                await self._delete_document(source, path)
        return problems

    async def _names_of_other_sources(self, source: AnyRow, paths: Sequence[str]) -> set[str]:
        """Those of the paths that a file in another watched folder of the collection has."""
        query = select(SourceFile.path).join(Source, Source.id == SourceFile.source_id)
        query = query.where(Source.collection_id == source.collection_id, Source.id != source.id)
        async with self._records.read() as connection:
            return set(await connection.scalars(query.where(SourceFile.path.in_(list(paths)))))

    async def _record(self, source_id: int, stamps: dict[str, Stamp]) -> None:
        rows = [
            {"source_id": source_id, "path": path, "changed_ns": stamp[0], "bytes": stamp[1]}
            for path, stamp in stamps.items()
        ]
        if not rows:
            return
        async with self._records.write() as connection:
            where = (SourceFile.source_id == source_id, SourceFile.path.in_(list(stamps)))
            await connection.execute(delete(SourceFile).where(*where))
            await connection.execute(insert(SourceFile), rows)

    async def _delete_document(self, source: AnyRow, path: str) -> None:
        """Deletes the document of a file that is no longer in the folder, or takes it from another watched folder."""
        if await self._names_of_other_sources(source, [path]):
            async with self._records.write() as connection:
                sources = select(Source.id).where(Source.collection_id == source.collection_id, Source.id != source.id)
                others = (SourceFile.path == path, SourceFile.source_id.in_(sources))
                again = {"changed_ns": UNREAD[0], "bytes": UNREAD[1]}
                await connection.execute(update(SourceFile).where(*others).values(**again))
        else:
            where = (Document.collection_id == source.collection_id, Document.name == path)
            async with self._records.read() as connection:
                document_id = await connection.scalar(select(Document.id).where(*where))
            if document_id is not None:
                with contextlib.suppress(NotFound):
                    await self._writer.delete_document(source.collection_id, document_id)
        async with self._records.write() as connection:
            where_file = (SourceFile.source_id == source.id, SourceFile.path == path)
            await connection.execute(delete(SourceFile).where(*where_file))
