"""Sessions: whose they are, and which of them a principal may see."""

import secrets
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, insert, select, update

from aistack.access.access import Thing, held
from aistack.access.grants import AccessStore
from aistack.access.levels import Level
from aistack.access.rules import check_level
from aistack.agent.conversations.history_search import forget_session
from aistack.agent.tables import SESSION, SESSION_THINGS, Run, Session
from aistack.chassis.errors import Forbidden, NotFound
from aistack.chassis.identity import principal
from aistack.stores.records import AnyRow, Records

EXPIRED_AT_ONCE = 200


class SessionStore:
    """Methods that take a reference act for the request's caller."""

    def __init__(self, records: Records, access: AccessStore) -> None:
        self.records = records
        self.access = access

    async def find(self, public_id: str, wanted: Level | None = None) -> AnyRow:
        """The session, for the level that the route at hand needs, or `wanted`. Raises NotFound and Forbidden."""
        query = select(Session).where(Session.public_id == public_id)
        async with self.records.read() as connection:
            row = (await connection.execute(query)).one_or_none()
        missing = NotFound(f"there is no session {public_id[:40]}; GET /v1/agent/sessions lists them")
        if row is None:
            raise missing
        thing = thing_of(row)
        check_level(thing, await self.access.held_on(principal.get(), thing), missing, row.title or public_id, wanted)
        return row

    async def find_thing(self, public_id: str) -> Thing:
        """As `find`, for the routes of access."""
        return thing_of(await self.find(public_id))

    async def row(self, session_id: int) -> AnyRow | None:
        """Regardless of the caller."""
        async with self.records.read() as connection:
            return (await connection.execute(select(Session).where(Session.id == session_id))).one_or_none()

    async def level(self, row: AnyRow) -> Level:
        """What the caller may do with a session that it found."""
        level = await self.access.held_on(principal.get(), thing_of(row))
        if level is None:
            raise NotFound("the access to it was taken back")
        return level

    async def create(self, **values: Any) -> AnyRow:
        """A session of the caller. Raises Forbidden for narrowed keys and guests, Conflict beyond SESSIONS_MAX."""
        who = principal.get()
        if who.kind == "service" or who.role == "guest" or who.read_only or who.things is not None:
            raise Forbidden("this key or account cannot begin a session; name one that is shared with it")
        now = datetime.now(UTC)
        row = {"public_id": secrets.token_hex(6), "owner": who.subject, "created_at": now, "changed_at": now} | values
        async with self.records.write() as connection:
            await SESSION_THINGS.check_quota(connection, who.subject)
            return (await connection.execute(insert(Session).values(**row).returning(Session))).one()

    async def visible(
        self, limit: int, before: datetime | None, folder: str | None, *, archived: bool
    ) -> list[tuple[AnyRow, Level]]:
        """The caller's sessions and those shared with it, the last changed first, with the caller's level."""
        who = principal.get()
        query = select(Session).where(
            self.access.visible(who, SESSION), Session.is_archived == archived, Session.is_temporary.is_(False)
        )
        if before is not None:
            query = query.where(Session.changed_at < before)
        if folder is not None:
            query = query.where(Session.folder == folder)
        query = query.order_by(Session.changed_at.desc(), Session.id.desc()).limit(limit)
        async with self.records.read() as connection:
            rows = (await connection.execute(query)).all()
        granted = await self.access.granted(who, SESSION)
        found: list[tuple[AnyRow, Level]] = []
        for row in rows:
            level = held(who, thing_of(row), granted.get(row.public_id, ()))
            if level is not None:
                found.append((row, level))
        return found

    async def change(self, session_id: int, values: Mapping[str, Any]) -> AnyRow:
        """Raises NotFound if it was deleted meanwhile."""
        changed = update(Session).where(Session.id == session_id).values(**values).returning(Session)
        async with self.records.write() as connection:
            row = (await connection.execute(changed)).one_or_none()
        if row is None:
            raise NotFound("the session was deleted")
        return row

    async def remove(self, public_id: str) -> None:
        """Deletes a session with everything in it; one that is gone is no error."""
        async with self.records.write() as connection:
            row = await connection.scalar(select(Session.id).where(Session.public_id == public_id))
            if row is None:
                return
            await forget_session(connection, row)
            await connection.execute(delete(Session).where(Session.id == row))
            await self.access.remove_thing(connection, SESSION, public_id)

    async def remove_old(self, days: int, temporary_hours: int) -> None:
        """Deletes sessions whose last change is older, and temporary ones; pinned ones stay. Keeps all for 0 days."""
        now = datetime.now(UTC)
        old = Session.is_temporary & (Session.changed_at < now - timedelta(hours=temporary_hours))
        if days:
            old = old | (Session.changed_at < now - timedelta(days=days)) & Session.is_pinned.is_(False)
        async with self.records.read() as connection:
            expired = select(Session.public_id).where(old).limit(EXPIRED_AT_ONCE)
            found = list((await connection.execute(expired)).scalars())
        for public_id in found:
            await self.remove(public_id)

    async def remove_all(self, owner: str) -> int:
        """Deletes all sessions of a person, and says how many."""
        async with self.records.read() as connection:
            found = list((await connection.execute(select(Session.public_id).where(Session.owner == owner))).scalars())
        for public_id in found:
            await self.remove(public_id)
        return len(found)

    async def count(self, owner: str) -> int:
        async with self.records.read() as connection:
            return await connection.scalar(select(func.count(Session.id)).where(Session.owner == owner)) or 0

    async def uses_memory(self, public_id: str) -> bool:
        query = select(Session.uses_memory, Session.is_temporary).where(Session.public_id == public_id)
        async with self.records.read() as connection:
            row = (await connection.execute(query)).first()
        return row is not None and row.uses_memory and not row.is_temporary

    async def busy(self, session_ids: Sequence[int]) -> dict[int, str]:
        """The runs in progress, by the id of their session."""
        query = select(Run.busy_session_id, Run.id).where(Run.busy_session_id.in_(session_ids))
        async with self.records.read() as connection:
            return {row.busy_session_id: row.id for row in await connection.execute(query)}


def thing_of(row: AnyRow) -> Thing:
    """A session as the access rules see it."""
    return Thing(SESSION, row.public_id, row.owner)
