"""The way of a file: appended piece by piece, put together, inspected, and kept or refused."""

import asyncio
import contextlib
import hashlib
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from starlette.requests import ClientDisconnect

from aistack.agent.settings import AgentSettings
from aistack.agent.uploads.inspection.antivirus import virus_in
from aistack.agent.uploads.names import clean_name
from aistack.agent.uploads.staging import Checksum, ChecksumMismatch, StagedFile, Staging
from aistack.agent.uploads.tables import OPEN, READY, REFUSED, UPLOAD
from aistack.agent.uploads.upload_store import UploadStore, content_key
from aistack.chassis.errors import Conflict, InvalidInput, NotFound, Problem, TooLarge
from aistack.chassis.runtime.tasks import Unbroken
from aistack.chassis.runtime.worker_processes import WorkerFailed, WorkerLimits, WorkerPool
from aistack.chassis.telemetry.logs import get_log
from aistack.stores.files import FileStore
from aistack.stores.records import AnyRow

PIECE_BYTES = 8 << 20
MODULE = "aistack.agent.uploads.inspection.worker"
COPY_BYTES = 1 << 20


class Refused(Problem):
    code = "file-refused"
    status = 422


@dataclass(frozen=True, slots=True)
class _Inspected:
    path: Path
    kind: str
    media_type: str
    details: dict[str, Any]


class Intake:
    """Receives files. `settings` may be replaced."""

    def __init__(self, settings: AgentSettings, store: UploadStore, files: FileStore, staging: Staging) -> None:
        self.settings = settings
        self.store = store
        self.files = files
        self.staging = staging
        self._unbroken = Unbroken()
        self._inspection = WorkerPool(
            MODULE,
            WorkerLimits(
                settings.media_workers, settings.media_seconds_max, settings.media_memory_mib,
                settings.media_idle_seconds,
            ),
        )  # fmt: skip

    async def begin(self, name: str, size: int) -> AnyRow:
        """An empty upload. Raises InvalidInput, TooLarge and OverQuota."""
        settings = self.settings
        if size == 0:
            raise InvalidInput("the file is empty")
        if size > settings.upload_bytes_max:
            raise TooLarge(f"the file has {size} bytes; at most {settings.upload_bytes_max} are allowed")
        return await self.store.create(
            clean_name(name), size, settings.upload_quota_bytes, settings.upload_unfinished_hours
        )

    async def append(self, row: AnyRow, offset: int, body: AsyncIterator[bytes], checksum: Checksum | None) -> AnyRow:
        """The upload with the body appended, finished if that completes it.

        What arrived before the connection ended is kept, unless a `checksum` would cover it. Raises Conflict for
        another offset, TooLarge beyond the size that was announced, ChecksumMismatch, and Refused.
        """
        if row.state != OPEN:
            raise Conflict(f"this upload is {row.state}; nothing can be appended")
        if offset != row.received:
            raise Conflict(f"the upload has {row.received} bytes, so the next offset is {row.received}, not {offset}")
        piece, start = self.staging.new(), offset
        digest: Any = _new_hash(checksum)
        try:
            async for data in body:
                if start + piece.size + len(data) > row.bytes:
                    raise TooLarge(f"this is more than the {row.bytes} bytes that were announced")
                piece.write(data)
                if digest is not None:
                    digest.update(data)
                elif piece.size >= PIECE_BYTES:
                    start = await self._unbroken.run(self._add(row, start, piece))
                    piece = self.staging.new()
            if digest is not None and checksum is not None and digest.digest() != checksum.digest:
                raise ChecksumMismatch(f"the {checksum.algorithm} of these bytes is another one; send them again")
            start = await self._unbroken.run(self._add(row, start, piece))
        except ClientDisconnect:
            if checksum is None:
                await self._unbroken.run(self._add(row, start, piece))
            raise InvalidInput("the connection ended; ask for the offset with HEAD and go on there") from None
        finally:
            piece.discard()
        row = await self.store.fresh(row.id)
        return await self.finish(row) if row.received == row.bytes else row

    async def take(self, staged: StagedFile) -> AnyRow:
        """A file that arrived whole. Raises as `begin` and `append`; nothing is kept then."""
        try:
            row = await self.begin(staged.name, staged.size)
            await self._unbroken.run(self._add(row, 0, staged))
        finally:
            staged.discard()
        try:
            return await self.finish(await self.store.fresh(row.id))
        except Refused:
            await self.remove(row.public_id)
            raise

    async def finish(self, row: AnyRow) -> AnyRow:
        """A complete upload, inspected and kept. Raises Refused; it then keeps the reason instead of the content."""
        if not await self.store.claim(row):
            return await self.store.fresh(row.id)
        try:
            return await self._unbroken.run(self._finish(row))
        except Refused:
            raise
        except BaseException:  # another request, or the next round of `clean_up`, finishes it
            with contextlib.suppress(NotFound):
                await self.store.change(row.id, state=OPEN, lease_until=None)
            raise

    async def remove(self, public_id: str) -> None:
        """Deletes a file, finished or not. One that is gone is no error."""
        row = await self.store.with_id(public_id)
        if row is None:
            return
        pieces = await self.store.pieces(row.id)
        await self.store.delete(row)
        for key in (content_key(row), *(one.key for one in pieces)):
            await self.files.delete(key)

    async def remove_all(self, owner: str) -> int:
        """Deletes all files of a subject, and returns how many there were."""
        ids = await self.store.access.owned(owner, UPLOAD)
        for public_id in ids:
            await self.remove(public_id)
        return len(ids)

    async def drop_content(self, row: AnyRow) -> None:
        """Deletes what a file consists of; what was read of it stays."""
        await self.store.change(row.id, has_content=False)
        await self.files.delete(content_key(row))

    async def clean_up(self) -> None:
        """Finishes what a dead instance left, deletes what expired and what belonged to deleted sessions."""
        for row in await self.store.unfinished():
            with contextlib.suppress(Problem):
                await self.finish(row)
        for row in await self.store.expired():
            await self.remove(row.public_id)

    async def end_idle(self) -> None:
        await self._inspection.end_idle()

    async def close(self) -> None:
        await self._unbroken.ended()
        await self._inspection.close()

    async def _add(self, row: AnyRow, start: int, piece: StagedFile) -> int:
        piece.close()
        if not piece.size:
            return start
        key = f"pieces/{row.public_id}/{start:015d}-{secrets.token_hex(4)}"
        await self.files.put(key, piece.path)
        try:
            await self.store.add_piece(row, start, piece.size, key, self.settings.upload_unfinished_hours)
        except BaseException:
            await self.files.delete(key)
            raise
        piece.discard()
        return start + piece.size

    async def _finish(self, row: AnyRow) -> AnyRow:
        pieces = await self.store.pieces(row.id)
        with self.staging.file() as whole, self.staging.file() as target:
            for one in pieces:
                async with self.files.local(one.key) as path:
                    await asyncio.to_thread(_append_file, whole, path)
            whole.close()
            try:
                found = await self._inspect(row, whole, target)
            except Refused as refused:
                await self._forget_pieces(row, pieces)
                kept = datetime.now(UTC) + timedelta(hours=self.settings.upload_unfinished_hours)
                await self.store.change(row.id, state=REFUSED, error=refused.detail, lease_until=None, expires_at=kept)
                raise
            await self.files.put(content_key(row), found.path)
            unused = datetime.now(UTC) + timedelta(hours=self.settings.upload_unused_hours)
            details = found.details | {"stored_bytes": found.path.stat().st_size}
            done = await self.store.change(
                row.id, state=READY, kind=found.kind, media_type=found.media_type, sha256=whole.sha256,
                has_content=True, details=details, lease_until=None, expires_at=unused,
            )  # fmt: skip
        await self._forget_pieces(row, pieces)
        get_log("agent").info("upload.ready", upload=row.public_id, bytes=row.bytes, type=found.media_type)
        return done

    async def _inspect(self, row: AnyRow, whole: StagedFile, target: StagedFile) -> _Inspected:
        if self.settings.clamd and (virus := await virus_in(whole.path, self.settings.clamd)):
            get_log("agent").warning("upload.infected", upload=row.public_id, virus=virus)
            raise Refused(f"{row.name} was refused: the virus scanner found {virus}")
        request = {
            "path": str(whole.path), "name": row.name, "target": str(target.path),
            "pixels_max": self.settings.image_pixels_max,
        }  # fmt: skip
        try:
            found = await self._inspection.ask(request)
        except WorkerFailed as failed:
            raise Refused(f"{row.name} was refused: {failed}") from None
        if "refused" in found:
            raise Refused(f"{row.name} was refused: {found['refused']}")
        path = target.path if found["rewritten"] else whole.path
        return _Inspected(path, found["kind"], found["media_type"], found["details"])

    async def _forget_pieces(self, row: AnyRow, pieces: list[AnyRow]) -> None:
        await self.store.forget_pieces(row.id)
        for one in pieces:
            await self.files.delete(one.key)


def _append_file(whole: StagedFile, path: Path) -> None:
    with path.open("rb") as source:
        while data := source.read(COPY_BYTES):
            whole.write(data)


def _new_hash(checksum: Checksum | None) -> Any:
    return hashlib.new(checksum.algorithm, usedforsecurity=False) if checksum is not None else None
