"""The rows of uploads: whose they are, how far they have come, and when they end."""

import contextlib
import secrets
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, delete, func, insert, or_, select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from aistack.access.access import Thing
from aistack.access.grants import AccessStore
from aistack.access.levels import Level
from aistack.access.rules import check_level
from aistack.agent.tables import SESSION, Session
from aistack.agent.uploads.tables import (
    FINISHING,
    OPEN,
    UPLOAD,
    UPLOAD_THINGS,
    SessionUpload,
    Upload,
    UploadPiece,
    UploadText,
)
from aistack.chassis.errors import Conflict, Forbidden, NotFound, Problem
from aistack.chassis.identity import Principal, principal
from aistack.stores.records import AnyRow, Records

PIECES_MAX = 5_000  # of one upload
FINISHING_SECONDS = 600
REMOVED_AT_ONCE = 200


class OverQuota(Problem):
    code = "over-quota"
    status = 413


class UploadStore:
    """Methods that take a reference act for the request's caller."""

    def __init__(self, records: Records, access: AccessStore) -> None:
        self.records = records
        self.access = access

    async def create(self, name: str, size: int, quota_bytes: int, expires_hours: float) -> AnyRow:
        """An upload of the caller that nothing of has arrived yet. Raises OverQuota, Forbidden and Conflict."""
        who, now = principal.get(), datetime.now(UTC)
        if who.kind == "service" or who.role == "guest" or who.read_only or who.things is not None:
            raise Forbidden("this key or account cannot upload files; use one that is not narrowed")
        async with self.records.write() as connection:
            if not self.records.embedded:  # so that two uploads at once cannot both fit
                lock = text("SELECT pg_advisory_xact_lock(hashtext(:who))")
                await connection.execute(lock, {"who": f"agent_uploads:{who.id}"})
            await UPLOAD_THINGS.check_quota(connection, who.subject)
            used = await connection.scalar(select(func.sum(Upload.bytes)).where(Upload.created_by == who.id)) or 0
            if used + size > quota_bytes:
                raise OverQuota(
                    f"this file of {size} bytes does not fit: {used} of your {quota_bytes} bytes are used; "
                    "delete files that you do not need"
                )
            new = insert(Upload).values(
                public_id=secrets.token_hex(16), owner=who.subject, created_by=who.id, name=name, bytes=size,
                received=0, state=OPEN, details={}, created_at=now, expires_at=now + timedelta(hours=expires_hours),
            )  # fmt: skip
            return (await connection.execute(new.returning(Upload))).one()

    async def find(self, public_id: str, wanted: Level | None = None) -> AnyRow:
        """The upload, for the level that the route needs. Raises NotFound and Forbidden.

        Whoever may view a session may view the files in it.
        """
        missing = NotFound(f"there is no upload {public_id[:40]}")
        row = await self._row(Upload.public_id == public_id)
        if row is None:
            raise missing
        who, thing = principal.get(), thing_of(row)
        level = await self.access.held_on(who, thing) or await self._level_by_session(who, row.id)
        check_level(thing, level, missing, row.name, wanted)
        return row

    async def find_thing(self, public_id: str) -> Thing:
        """As `find`, for the routes of access."""
        return thing_of(await self.find(public_id))

    async def fresh(self, upload_id: int) -> AnyRow:
        """Regardless of the caller. Raises NotFound if it was deleted meanwhile."""
        row = await self._row(Upload.id == upload_id)
        if row is None:
            raise NotFound("the upload was deleted")
        return row

    async def visible(self, limit: int, before: int | None) -> list[AnyRow]:
        """The caller's files and those shared with it, newest first."""
        query = select(Upload).where(self.access.visible(principal.get(), UPLOAD))
        if before is not None:
            query = query.where(Upload.id < before)
        async with self.records.read() as connection:
            return list((await connection.execute(query.order_by(Upload.id.desc()).limit(limit))).all())

    async def count(self, owner: str) -> int:
        async with self.records.read() as connection:
            return await connection.scalar(select(func.count()).where(Upload.owner == owner)) or 0

    async def used_bytes(self) -> int:
        """What counts for the caller's quota."""
        own = select(func.sum(Upload.bytes)).where(Upload.created_by == principal.get().id)
        async with self.records.read() as connection:
            return await connection.scalar(own) or 0

    async def add_piece(self, row: AnyRow, start: int, size: int, key: str, expires_hours: float) -> None:
        """Appends a piece. Raises Conflict if another one was appended meanwhile."""
        now = datetime.now(UTC)
        here = (Upload.id == row.id) & (Upload.received == start) & (Upload.state == OPEN)
        moved = update(Upload).where(here, Upload.bytes >= start + size)
        moved = moved.values(received=start + size, expires_at=now + timedelta(hours=expires_hours))
        async with self.records.write() as connection:
            if not (await connection.execute(moved)).rowcount:
                raise Conflict("another request appended to this upload; ask for its offset with HEAD and go on there")
            count = await connection.scalar(select(func.count()).where(UploadPiece.upload_id == row.id)) or 0
            if count >= PIECES_MAX:
                raise Conflict(f"an upload has at most {PIECES_MAX} pieces; delete it and send larger ones")
            await connection.execute(insert(UploadPiece).values(upload_id=row.id, start=start, bytes=size, key=key))

    async def pieces(self, upload_id: int) -> list[AnyRow]:
        query = select(UploadPiece).where(UploadPiece.upload_id == upload_id).order_by(UploadPiece.start)
        async with self.records.read() as connection:
            return list((await connection.execute(query)).all())

    async def claim(self, row: AnyRow) -> bool:
        """Whether this request finishes the upload. False if another one does, or did."""
        now = datetime.now(UTC)
        free = (Upload.state == OPEN) | ((Upload.state == FINISHING) & (Upload.lease_until < now))
        claimed = update(Upload).where(Upload.id == row.id, free, Upload.received == Upload.bytes)
        claimed = claimed.values(state=FINISHING, lease_until=now + timedelta(seconds=FINISHING_SECONDS))
        async with self.records.write() as connection:
            return bool((await connection.execute(claimed)).rowcount)

    async def change(self, upload_id: int, **values: Any) -> AnyRow:
        """Sets columns. Raises NotFound if it was deleted meanwhile."""
        changed = update(Upload).where(Upload.id == upload_id).values(**values).returning(Upload)
        async with self.records.write() as connection:
            row = (await connection.execute(changed)).one_or_none()
        if row is None:
            raise NotFound("the upload was deleted")
        return row

    async def forget_pieces(self, upload_id: int) -> None:
        async with self.records.write() as connection:
            await connection.execute(delete(UploadPiece).where(UploadPiece.upload_id == upload_id))

    async def attach(self, connection: AsyncConnection, session_id: int, upload_ids: Sequence[int]) -> None:
        """Notes that a session uses files, in the transaction of the message. Raises NotFound if one was deleted."""
        held = select(SessionUpload.upload_id).where(SessionUpload.session_id == session_id)
        already = set((await connection.execute(held)).scalars())
        new = [one for one in dict.fromkeys(upload_ids) if one not in already]
        try:
            if new:
                rows = [{"session_id": session_id, "upload_id": one} for one in new]
                await connection.execute(insert(SessionUpload), rows)
        except IntegrityError:
            raise NotFound("an attached file was deleted") from None
        used = update(Upload).where(Upload.id.in_(upload_ids)).values(was_used=True, expires_at=None)
        await connection.execute(used)

    async def of_session(self, session_id: str) -> list[AnyRow]:
        """The files of a session, by its public id, oldest first."""
        joined = select(Upload).join(SessionUpload).join(Session, Session.id == SessionUpload.session_id)
        async with self.records.read() as connection:
            query = joined.where(Session.public_id == session_id).order_by(Upload.id)
            return list((await connection.execute(query)).all())

    async def unfinished(self) -> list[AnyRow]:
        """Complete uploads that nobody finished, because an instance died."""
        complete, limit = Upload.received == Upload.bytes, datetime.now(UTC)
        left = ((Upload.state == FINISHING) & (Upload.lease_until < limit)) | (
            (Upload.state == OPEN) & (Upload.expires_at < limit)
        )
        return await self._rows(complete & left)

    async def expired(self) -> list[AnyRow]:
        """What is to be deleted: unfinished and unused files past their time, and those of deleted sessions only."""
        in_use = select(SessionUpload.upload_id).where(SessionUpload.upload_id == Upload.id).exists()
        past = Upload.expires_at < datetime.now(UTC)
        incomplete = ~((Upload.state == OPEN) & (Upload.received == Upload.bytes))
        return await self._rows(~in_use & or_(Upload.was_used, past & incomplete & (Upload.state != FINISHING)))

    async def delete(self, row: AnyRow) -> None:
        async with self.records.write() as connection:
            await connection.execute(delete(Upload).where(Upload.id == row.id))
            await self.access.remove_thing(connection, UPLOAD, row.public_id)

    async def with_id(self, public_id: str) -> AnyRow | None:
        """Regardless of the caller."""
        return await self._row(Upload.public_id == public_id)

    async def text_of(self, upload_id: int) -> AnyRow | None:
        """What was read of a file."""
        async with self.records.read() as connection:
            return (await connection.execute(select(UploadText).where(UploadText.upload_id == upload_id))).one_or_none()

    async def save_text(self, upload_id: int, text_read: str, details: Mapping[str, Any]) -> None:
        """Keeps what was read of a file, if it still exists and nothing is kept yet."""
        row = {"upload_id": upload_id, "text": text_read.replace("\x00", ""), "details": dict(details)}
        with contextlib.suppress(IntegrityError):
            async with self.records.write() as connection:
                await connection.execute(insert(UploadText).values(**row))

    async def _level_by_session(self, who: Principal, upload_id: int) -> Level | None:
        visible = select(Session.id).join(SessionUpload, SessionUpload.session_id == Session.id)
        visible = visible.where(SessionUpload.upload_id == upload_id, self.access.visible(who, SESSION)).limit(1)
        async with self.records.read() as connection:
            return "view" if await connection.scalar(visible) is not None else None

    async def _row(self, condition: ColumnElement[bool]) -> AnyRow | None:
        async with self.records.read() as connection:
            return (await connection.execute(select(Upload).where(condition))).one_or_none()

    async def _rows(self, condition: ColumnElement[bool]) -> list[AnyRow]:
        query = select(Upload).where(condition).order_by(Upload.id).limit(REMOVED_AT_ONCE)
        async with self.records.read() as connection:
            return list((await connection.execute(query)).all())


def thing_of(row: AnyRow) -> Thing:
    """An upload as the access rules see it."""
    return Thing(UPLOAD, row.public_id, row.owner)


def content_key(row: AnyRow | Mapping[str, Any]) -> str:
    """Where the file store has a finished upload."""
    public_id = str(row["public_id"] if isinstance(row, Mapping) else row.public_id)
    return f"uploads/{public_id[:2]}/{public_id}"
