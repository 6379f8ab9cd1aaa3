"""Watched sources: folders on this machine and URLs, polled at an interval.

New and changed files are ingested like uploads; documents of files that were deleted from a folder are deleted too. A
source that cannot be read shows the error and keeps its documents. Files that cannot be read are named there too.
"""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import delete, func, insert, select, update

from aistack.access.directory import Directory
from aistack.access.levels import at_least
from aistack.chassis.authorization import require_administrator
from aistack.chassis.errors import Conflict, Forbidden, InvalidInput, NotFound, Problem
from aistack.chassis.identity import principal
from aistack.chassis.telemetry.logs import get_log
from aistack.chassis.web.public_web import FetchFailed, check_url
from aistack.rag.collections import thing_of
from aistack.rag.contents import reference
from aistack.rag.intake.document_writer import DocumentWriter
from aistack.rag.intake.fetcher import Fetcher
from aistack.rag.intake.folder_sync import FolderSync
from aistack.rag.intake.uploads import StagedFile, checked_codec
from aistack.rag.tables import Source
from aistack.stores.job_leases import claim_first
from aistack.stores.records import AnyRow, Records

SOURCES_MAX = 1_000
PROBLEMS_SHOWN_MAX = 10
FOLDER, URL = "folder", "url"
CLAIM = timedelta(minutes=2)  # after this time another instance checks the source of one that died


class Sources:
    """The sources of all collections. A watched folder must be inside one of `roots`.

    Each source is checked with the rights that its owner has at that moment, which the `directory` knows.
    """

    def __init__(
        self, records: Records, writer: DocumentWriter, fetcher: Fetcher, roots: Sequence[str], directory: Directory
    ) -> None:
        self._records = records
        self._directory = directory
        self._writer = writer
        self._fetcher = fetcher
        self._folders = FolderSync(records, writer)
        self._roots = [Path(root).expanduser().resolve() for root in roots]
        self._log = get_log("rag")

    async def add(self, collection_id: int, kind: str, place: str, every_seconds: int, encoding: str = "") -> AnyRow:
        """Adds a source of `kind` FOLDER or URL, due at once. It belongs to the request's caller.

        `encoding` is that of its text files, empty to have it found.

        Raises Forbidden for a folder unless the caller is an administrator, InvalidInput for a folder or URL that is
        not allowed and for an encoding that is not known, NotFound for a folder that does not exist, Conflict if it
        already is a source of the collection or the caller has SOURCES_MAX sources.
        """
        if kind == FOLDER:
            require_administrator("watch folders")
        owner = principal.get().subject
        encoding = checked_codec(encoding)
        place = self._checked_folder(place) if kind == FOLDER else place
        if kind == URL:
            check_url(place)
        async with self._records.write() as connection:
            existing = select(Source.id).where(Source.collection_id == collection_id, Source.place == place)
            if await connection.scalar(existing) is not None:
                raise Conflict(f"{place} is already a source of this collection")
            owned = select(func.count()).select_from(Source).where(Source.owner == owner)
            if (await connection.scalar(owned) or 0) >= SOURCES_MAX:
                raise Conflict(f"you already have {SOURCES_MAX} sources; delete one first")
            row = {
                "collection_id": collection_id,
                "owner": owner,
                "kind": kind,
                "place": place,
                "every_seconds": every_seconds,
                "encoding": encoding,
            }
            added = await connection.execute(insert(Source).values(due_at=datetime.now(UTC), **row).returning(Source))
            return added.one()

    async def list_sources(self, collection_id: int) -> Sequence[AnyRow]:
        """The sources of a collection, oldest first."""
        query = select(Source).where(Source.collection_id == collection_id).order_by(Source.id)
        async with self._records.read() as connection:
            return (await connection.execute(query)).all()

    async def remove(self, collection_id: int, source: str) -> None:
        """Removes the source with this id for the outside. Its documents stay. Raises NotFound."""
        ids = {row.id for row in await self.list_sources(collection_id) if public_id(row) == source}
        where = (Source.id.in_(ids), Source.collection_id == collection_id)
        async with self._records.write() as connection:
            if not (await connection.execute(delete(Source).where(*where))).rowcount:
                raise NotFound(f"there is no source {source} in this collection")

    async def remove_any(self, source_id: str) -> None:
        """Removes a source, whatever its collection."""
        async with self._records.write() as connection:
            await connection.execute(delete(Source).where(Source.id == int(source_id)))

    async def poll(self) -> None:
        """Checks the source that has been due for the longest time, if any. Call it every few seconds."""
        now = datetime.now(UTC)
        claimed = {"due_at": now + CLAIM}
        row = await claim_first(self._records, Source, Source.due_at <= now, [Source.due_at], claimed)
        if row is None:
            return
        reason = ""
        claim = asyncio.create_task(self._keep_claim(row.id))
        try:
            await self._check_rights(row)
            reason = _summary(await (self._poll_folder(row) if row.kind == FOLDER else self._poll_url(row)))
        except (FetchFailed, OSError, Problem) as error:
            reason = str(error)
        finally:
            claim.cancel()
        if reason:
            self._log.warning("source.failed", source=row.place, error=reason)
        values = {"error": reason, "looked_at": now, "due_at": now + timedelta(seconds=row.every_seconds)}
        async with self._records.write() as connection:
            await connection.execute(update(Source).where(Source.id == row.id).values(**values))

    async def check_soon(self) -> None:
        """Makes all sources due: files may have changed since the last run, which may have ended within a check."""
        async with self._records.write() as connection:
            await connection.execute(update(Source).values(due_at=datetime.now(UTC)))

    async def _keep_claim(self, source_id: int) -> None:
        while True:
            await asyncio.sleep(CLAIM.total_seconds() / 3)
            async with self._records.write() as connection:
                due = update(Source).where(Source.id == source_id).values(due_at=datetime.now(UTC) + CLAIM)
                await connection.execute(due)

    async def fetch(self, url: str, title: str, metadata: dict[str, str]) -> StagedFile:
        """One document from the web, staged. Raises InvalidInput if it cannot be fetched."""
        try:
            fetched = await self._fetcher.fetch(url)
        except FetchFailed as error:
            raise InvalidInput(str(error)) from None
        assert fetched is not None
        fetched.staged.title, fetched.staged.metadata = title, metadata
        return fetched.staged

    async def _check_rights(self, source: AnyRow) -> None:
        """Raises Forbidden with the reason if the source's owner may not do now what the source does."""
        who = await self._directory.principal_of(source.owner)
        if who is None:
            raise Forbidden("stopped: the person it belongs to is gone or disabled; add the source again")
        collection = await self._writer.collections.row(source.collection_id)
        if collection is None:
            raise NotFound("the collection was deleted")
        level = await self._writer.collections.access.held_on(who, thing_of(collection))
        if not at_least(level, "edit"):
            raise Forbidden("stopped: its owner may no longer edit this collection")
        if source.kind == FOLDER and not who.is_administrator:
            raise Forbidden("stopped: its owner is no longer an administrator, and only those watch folders")

    async def _poll_url(self, source: AnyRow) -> list[str]:
        """Ingests the document at the URL if it has changed. Nothing is missing then."""
        fetched = await self._fetcher.fetch(source.place, source.etag, source.last_modified)
        if fetched is None:
            return []
        fetched.staged.encode_as(source.encoding)
        await self._writer.add(source.collection_id, [fetched.staged])
        validators = {"etag": fetched.etag[:256], "last_modified": fetched.last_modified[:64]}
        async with self._records.write() as connection:
            await connection.execute(update(Source).where(Source.id == source.id).values(**validators))
        return []

    async def _poll_folder(self, source: AnyRow) -> list[str]:
        return await self._folders.sync(source, Path(self._checked_folder(source.place)))

    def _checked_folder(self, place: str) -> str:
        folder = Path(place).expanduser().resolve()
        if not any(folder.is_relative_to(root) for root in self._roots):
            allowed = ", ".join(map(str, self._roots)) or "none"
            raise InvalidInput(f"{place} is not in an allowed folder (RAG_WATCH_FOLDERS allows {allowed})")
        if not folder.is_dir():
            raise NotFound(f"folder {folder} does not exist")
        return str(folder)


def public_id(row: AnyRow) -> str:
    """A source's id for the outside, which is unique in its collection."""
    return reference(row.kind, row.place)


def _summary(problems: Sequence[str]) -> str:
    """The first problems, one per line, and the number of the others."""
    more = len(problems) - PROBLEMS_SHOWN_MAX
    return "\n".join([*problems[:PROBLEMS_SHOWN_MAX], *([f"and {more} more"] if more > 0 else [])])
