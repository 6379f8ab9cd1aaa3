"""Sources that are looked at again and again: folders of this machine and web addresses.

What is new or changed there is ingested as if it had been uploaded; what is gone from a folder is deleted. A source
that cannot be read says why and keeps what it brought.
"""

import asyncio
import hashlib
import shutil
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import delete, func, insert, select, update

from aistack.chassis.errors import Conflict, InvalidInput, NotFound
from aistack.chassis.telemetry.logs import get_log
from aistack.rag.accepting import Reception
from aistack.rag.fetching import Fetcher, FetchFailed, check_url
from aistack.rag.tables import Collection, Document, Source, SourceFile
from aistack.rag.uploads import StagedFile
from aistack.stores.job_leases import claim_first
from aistack.stores.records import AnyRow, Records

SOURCES_MAX = 1_000
FILES_MAX = 100_000
FILES_AT_ONCE = 200
FOLDER, URL = "folder", "url"

Stamp = tuple[int, int]  # nanoseconds of the last change, bytes


class Sources:
    """`roots` are the folders that watched ones must lie in; with none, no folder can be watched."""

    def __init__(self, records: Records, reception: Reception, fetcher: Fetcher, roots: Sequence[str]) -> None:
        self._records = records
        self._reception = reception
        self._fetcher = fetcher
        self._roots = [Path(root).expanduser().resolve() for root in roots]
        self._log = get_log("rag")

    async def add(self, collection_id: int, kind: str, place: str, every_seconds: int) -> AnyRow:
        """Raises InvalidInput for a place that may not be looked at, Conflict when it is a source already."""
        place = self._checked_folder(place) if kind == FOLDER else place
        if kind == URL:
            check_url(place)
        async with self._records.write() as connection:
            mine = Source.collection_id == collection_id
            if await connection.scalar(select(Source.id).where(mine, Source.place == place)) is not None:
                raise Conflict(f"{place} is a source of this collection already")
            if (await connection.scalar(select(func.count()).select_from(Source)) or 0) >= SOURCES_MAX:
                raise Conflict(f"there are {SOURCES_MAX} sources already; delete one first")
            row = {"collection_id": collection_id, "kind": kind, "place": place, "every_seconds": every_seconds}
            added = await connection.execute(insert(Source).values(due_at=datetime.now(UTC), **row).returning(Source))
            return added.one()

    async def of(self, collection_id: int) -> Sequence[AnyRow]:
        query = select(Source).where(Source.collection_id == collection_id).order_by(Source.id)
        async with self._records.read() as connection:
            return (await connection.execute(query)).all()

    async def remove(self, collection_id: int, source_id: int) -> None:
        """Looks there no more; what it brought stays. Raises NotFound."""
        where = (Source.id == source_id, Source.collection_id == collection_id)
        async with self._records.write() as connection:
            if not (await connection.execute(delete(Source).where(*where))).rowcount:
                raise NotFound(f"there is no source {source_id} in this collection")

    async def look(self) -> None:
        """Looks at the sources whose time has come. Called every few seconds."""
        now = datetime.now(UTC)
        taken = {"due_at": now + timedelta(hours=1)}
        row = await claim_first(self._records, Source, Source.due_at <= now, [Source.due_at], taken)
        if row is None:
            return
        problem = ""
        try:
            await (self._look_at_folder(row) if row.kind == FOLDER else self._look_at_url(row))
        except (FetchFailed, OSError, NotFound) as error:
            problem = str(error)
            self._log.warning("source.failed", source=row.place, error=problem)
        values = {"error": problem, "looked_at": now, "due_at": now + timedelta(seconds=row.every_seconds)}
        async with self._records.write() as connection:
            await connection.execute(update(Source).where(Source.id == row.id).values(**values))

    async def fetch(self, url: str, title: str, metadata: dict[str, str]) -> StagedFile:
        """One document from the web, staged. Raises InvalidInput."""
        try:
            fetched = await self._fetcher.fetch(url)
        except FetchFailed as error:
            raise InvalidInput(str(error)) from None
        assert fetched is not None
        fetched.staged.title, fetched.staged.metadata = title, metadata
        return fetched.staged

    async def _look_at_url(self, source: AnyRow) -> None:
        fetched = await self._fetcher.fetch(source.place, source.etag, source.last_modified)
        if fetched is None:
            return
        await self._reception.accept(await self._collection_name(source), [fetched.staged])
        marks = {"etag": fetched.etag[:256], "last_modified": fetched.last_modified[:64]}
        async with self._records.write() as connection:
            await connection.execute(update(Source).where(Source.id == source.id).values(**marks))

    async def _look_at_folder(self, source: AnyRow) -> None:
        folder = Path(self._checked_folder(source.place))
        there = await asyncio.to_thread(_files_in, folder)
        async with self._records.read() as connection:
            rows = await connection.execute(select(SourceFile).where(SourceFile.source_id == source.id))
            known: dict[str, Stamp] = {row.path: (row.changed_ns, row.bytes) for row in rows}
        collection = await self._collection_name(source)
        changed = sorted(path for path, stamp in there.items() if known.get(path) != stamp)
        for at in range(0, len(changed), FILES_AT_ONCE):
            batch = changed[at : at + FILES_AT_ONCE]
            staged = await asyncio.to_thread(_staged, folder, batch, self._reception.staging)
            if staged:
                await self._reception.accept(collection, staged)
            await self._note(source.id, {path: there[path] for path in batch})
        for path in known.keys() - there.keys():
            await self._forget(source, collection, path)

    async def _note(self, source_id: int, stamps: dict[str, Stamp]) -> None:
        async with self._records.write() as connection:
            where = (SourceFile.source_id == source_id, SourceFile.path.in_(list(stamps)))
            await connection.execute(delete(SourceFile).where(*where))
            rows = [
                {"source_id": source_id, "path": path, "changed_ns": stamp[0], "bytes": stamp[1]}
                for path, stamp in stamps.items()
            ]
            await connection.execute(insert(SourceFile), rows)

    async def _forget(self, source: AnyRow, collection: str, path: str) -> None:
        """A file is gone from the folder, and so is its document."""
        where = (Document.collection_id == source.collection_id, Document.name == path)
        async with self._records.read() as connection:
            document_id = await connection.scalar(select(Document.id).where(*where))
        if document_id is not None:
            await self._reception.delete_document(collection, document_id)
        async with self._records.write() as connection:
            gone = (SourceFile.source_id == source.id, SourceFile.path == path)
            await connection.execute(delete(SourceFile).where(*gone))

    async def _collection_name(self, source: AnyRow) -> str:
        async with self._records.read() as connection:
            name = await connection.scalar(select(Collection.name).where(Collection.id == source.collection_id))
        if name is None:
            raise NotFound("the collection is gone")
        return name

    def _checked_folder(self, place: str) -> str:
        folder = Path(place).expanduser().resolve()
        if not any(folder.is_relative_to(root) for root in self._roots):
            allowed = ", ".join(map(str, self._roots)) or "none is allowed"
            raise InvalidInput(f"{place} is not inside a folder that may be watched ({allowed}); see RAG_WATCH_FOLDERS")
        if not folder.is_dir():
            raise NotFound(f"there is no folder {folder}")
        return str(folder)


def _files_in(folder: Path) -> dict[str, Stamp]:
    """Files by their path in the folder; hidden ones and links that lead out of it are left out."""
    found: dict[str, Stamp] = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if any(part.startswith(".") for part in name.split("/")) or not path.is_file():
            continue
        if not path.resolve().is_relative_to(folder) or len(name) > 500:
            continue
        told = path.stat()
        found[name] = (told.st_mtime_ns, told.st_size)
        if len(found) >= FILES_MAX:
            break
    return found


def _staged(folder: Path, names: Sequence[str], staging: Path) -> list[StagedFile]:
    """Copies of files, hashed; one that is gone meanwhile is left out."""
    made: list[StagedFile] = []
    for name in names:
        one = StagedFile(name, staging / uuid.uuid4().hex)
        try:
            shutil.copyfile(folder / name, one.path)
            with one.path.open("rb") as file:
                one.sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError:
            one.discard()
            continue
        one.bytes = one.path.stat().st_size
        made.append(one)
    return made
