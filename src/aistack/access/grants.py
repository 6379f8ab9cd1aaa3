"""The grants of a service's things: checks, conditions for lists, changes, requests to share, and handing over."""

import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Table, delete, false, func, insert, or_, select, true, update
from sqlalchemy.ext.asyncio import AsyncConnection

from aistack.access.access import EVERYONE, Grant, Manager, Thing, held, subjects_of
from aistack.access.levels import LEVELS, READ_ONLY_MAX, Level, at_least
from aistack.access.tables import Things
from aistack.chassis.errors import Conflict
from aistack.chassis.identity import OWNER, Principal
from aistack.stores.records import Records

BeforeTransfer = Callable[[AsyncConnection, Thing, str, bool], Awaitable[None]]  # the last: somebody takes it over

CACHE_SECONDS = 0.5  # another instance's changes apply after this time
CACHED_MAX = 10_000
GRANTS_MAX = 1_000  # of one thing
REQUESTS_MAX = 100  # of one thing


class AccessStore:
    """Grants in `table`, for the things that `kinds` describe.

    `before_transfer` runs in the transaction that gives a thing to another owner.
    """

    def __init__(
        self, records: Records, table: Table, kinds: Sequence[Things], before_transfer: BeforeTransfer | None = None
    ) -> None:
        self.records = records
        self._before_transfer = before_transfer
        self.kinds = {one.kind: one for one in kinds}
        self._grants = table.c
        self._table = table
        self._cached: dict[tuple[str, str], tuple[float, tuple[Grant, ...]]] = {}
        self.version = 0  # changes with every change of grants and owners that this instance makes

    async def held_on(self, who: Principal, thing: Thing) -> Level | None:
        """The level that a principal holds on a thing."""
        if who.role == OWNER or thing.owner == who.subject:
            return held(who, thing, ())
        return held(who, thing, await self.of(thing))

    async def of(self, thing: Thing) -> tuple[Grant, ...]:
        """The grants on a thing, at most CACHE_SECONDS old."""
        key, now = (thing.kind, thing.id), time.monotonic()
        found = self._cached.get(key)
        if found is not None and now - found[0] < CACHE_SECONDS:
            return found[1]
        version = self.version
        query = select(self._grants.subject, self._grants.level).where(self._on(*key), self._grants.level != "")
        async with self.records.read() as connection:
            rows = await connection.execute(query.order_by(self._grants.subject))
            grants = tuple(Grant(row.subject, row.level) for row in rows)
        if len(self._cached) >= CACHED_MAX:
            self._cached.clear()
        if version == self.version:  # what was read before a change is not kept after it
            self._cached[key] = now, grants
        return grants

    def visible(self, who: Principal, kind: str, level: Level = "view") -> ColumnElement[bool]:
        """A condition on the things' table: those that the principal holds with at least this level."""
        things = self.kinds[kind]
        if who.kind == "service" or (who.read_only and not at_least(READ_ONLY_MAX, level)):
            return false()
        condition: ColumnElement[bool] = true()
        if who.role != OWNER:
            levels = LEVELS[LEVELS.index(level) :]
            granted = select(self._grants.thing).where(
                self._grants.kind == kind,
                self._grants.subject.in_(subjects_of(who)),
                self._grants.level.in_(levels),
            )
            condition = or_(things.owner == who.subject, things.key.in_(granted))
        if who.things is not None:
            condition &= things.key.in_([one.partition(":")[2] for one in who.things if one.startswith(f"{kind}:")])
        return condition

    async def granted(self, who: Principal, kind: str) -> dict[str, list[Grant]]:
        """The grants that apply to a principal, by the id of the thing."""
        query = select(self._grants.thing, self._grants.subject, self._grants.level).where(
            self._grants.kind == kind, self._grants.subject.in_(subjects_of(who)), self._grants.level != ""
        )
        found: dict[str, list[Grant]] = {}
        async with self.records.read() as connection:
            for row in await connection.execute(query):
                found.setdefault(row.thing, []).append(Grant(row.subject, row.level))
        return found

    async def grant(self, connection: AsyncConnection, thing: Thing, grant: Grant) -> None:
        """Adds a grant to a new thing, in the transaction that creates it."""
        await connection.execute(self._row(thing, grant.subject, grant.level, ""))

    async def set(self, thing: Thing, grants: Sequence[Grant], by: Manager | None = None) -> bool:
        """Replaces the grants on a thing; requests that they answer are done.

        False if the thing was deleted, or `by` does not manage it any more. Raises Conflict for more than GRANTS_MAX
        grants.
        """
        if len(grants) > GRANTS_MAX:
            raise Conflict(f"a thing has at most {GRANTS_MAX} grants; share with a group instead")
        async with self._changing(thing, by) as (connection, owner):
            if owner is None:
                return False
            levels: dict[str, Level] = {one.subject: one.level for one in grants if one.subject != owner}
            requests = select(self._grants.subject, self._grants.requested).where(
                self._on(thing.kind, thing.id), self._grants.requested != ""
            )
            pending: dict[str, Level] = {row.subject: row.requested for row in await connection.execute(requests)}
            await connection.execute(delete(self._table).where(self._on(thing.kind, thing.id)))
            for subject in dict.fromkeys((*levels, *pending)):
                level, requested = levels.get(subject), pending.get(subject)
                if requested is not None and at_least(level, requested):
                    requested = None
                if level or requested:
                    await connection.execute(self._row(thing, subject, level or "", requested or ""))
        return True

    async def transfer(self, thing: Thing, owner: str, by: Manager | None = None) -> bool:
        """Gives a thing to another owner, whose grants on it end. False as for `set`. `by` needs room in the quota."""
        things = self.kinds[thing.kind]
        async with self._changing(thing, by) as (connection, before):
            if before is None:
                return False
            if by is not None and owner != before:
                await things.check_quota(connection, owner)
            if self._before_transfer is not None:
                await self._before_transfer(connection, thing, owner, by is not None)
            await connection.execute(update(things.id.table).where(things.key == thing.id).values(owner=owner))
            await connection.execute(delete(self._table).where(self._of(thing, owner)))
        return True

    async def offer(self, thing: Thing, subject: str, by: Manager) -> bool:
        """Lets a subject manage a thing, and so take it over. False as for `set`."""
        async with self._changing(thing, by) as (connection, owner):
            if owner is None:
                return False
            await connection.execute(delete(self._table).where(self._of(thing, subject)))
            if subject != owner:
                await connection.execute(self._row(thing, subject, "manage", ""))
        return True

    async def remove_thing(self, connection: AsyncConnection, kind: str, thing_id: str) -> None:
        """Deletes the grants of a thing, in the transaction that deletes it."""
        await connection.execute(delete(self._table).where(self._on(kind, thing_id)))
        self._changed(kind, thing_id)

    async def request(self, who: Principal, kind: str, thing_id: str, level: Level) -> None:
        """Asks the managers of a thing for a level. Nothing shows whether the thing exists."""
        things = self.kinds[kind]
        async with self.records.write() as connection:
            owner = await connection.scalar(select(things.owner).where(things.key == thing_id))
            grants = select(self._grants.subject, self._grants.level).where(self._on(kind, thing_id))
            rows = [Grant(row.subject, row.level) for row in await connection.execute(grants)]
            if owner is None or len(rows) >= GRANTS_MAX + REQUESTS_MAX or who.kind == "service":
                return
            thing = Thing(kind, thing_id, owner)
            if at_least(held(who, thing, [one for one in rows if one.level]), level):
                return
            own = self._of(thing, who.subject)
            if not (await connection.execute(update(self._table).where(own).values(requested=level))).rowcount:
                await connection.execute(self._row(thing, who.subject, "", level))

    async def requests(self, thing: Thing) -> list[tuple[str, Level, datetime]]:
        """The open requests: subject, level and time, oldest first."""
        columns, own = self._grants, self._on(thing.kind, thing.id)
        query = select(columns.subject, columns.requested, columns.changed_at).where(own, columns.requested != "")
        async with self.records.read() as connection:
            rows = await connection.execute(query.order_by(columns.changed_at))
            return [(row.subject, row.requested, row.changed_at) for row in rows]

    async def decline(self, thing: Thing, subject: str) -> None:
        """Removes a request."""
        own = self._of(thing, subject)
        async with self.records.write() as connection:
            await connection.execute(delete(self._table).where(own, self._grants.level == ""))
            await connection.execute(update(self._table).where(own).values(requested=""))

    async def owned(self, subject: str, kind: str) -> list[str]:
        """The ids of the things of one kind that belong to a subject."""
        things = self.kinds[kind]
        async with self.records.read() as connection:
            return list(await connection.scalars(select(things.key).where(things.owner == subject).order_by(things.id)))

    async def counts(self, subject: str) -> dict[str, int]:
        """How many things of each kind belong to a subject."""
        async with self.records.read() as connection:
            return {
                one.kind: await connection.scalar(select(func.count()).where(one.owner == subject)) or 0
                for one in self.kinds.values()
            }

    async def forget(self, subject: str) -> None:
        """Deletes all grants and requests of a subject that no longer exists."""
        if subject in (EVERYONE, OWNER):
            return
        async with self.records.write() as connection:
            await connection.execute(delete(self._table).where(self._grants.subject == subject))
        self._cached.clear()
        self.version += 1

    def _changed(self, kind: str, thing_id: str) -> None:
        self._cached.pop((kind, thing_id), None)
        self.version += 1

    def level_of(self, who: Principal, thing: Thing, grants: Sequence[Grant]) -> Level | None:
        """What a principal holds on a thing with this owner and these grants."""
        return held(who, thing, grants)

    @asynccontextmanager
    async def _changing(self, thing: Thing, by: Manager | None) -> AsyncGenerator[tuple[AsyncConnection, str | None]]:
        """A transaction in which a thing can be neither deleted nor shared by others, and the thing's owner.

        The owner is None if the thing was deleted, or if `by` does not manage it at this moment: what was checked
        before the transaction may be older.
        """
        things = self.kinds[thing.kind]
        try:
            async with self.records.write() as connection:
                query = select(things.owner).where(things.key == thing.id).with_for_update()
                owner: str | None = await connection.scalar(query)
                if owner is not None and by is not None:
                    granted = select(self._grants.subject, self._grants.level).where(self._on(*thing[:2]))
                    rows = await connection.execute(granted.where(self._grants.level != ""))
                    grants = [Grant(row.subject, row.level) for row in rows]
                    level = self.level_of(by.who, Thing(thing.kind, thing.id, owner), grants)
                    if not (at_least(level, "manage") or at_least(by.otherwise, "manage")):
                        owner = None
                yield connection, owner
        finally:
            self._changed(thing.kind, thing.id)

    def _on(self, kind: str, thing_id: str) -> ColumnElement[bool]:
        return (self._grants.kind == kind) & (self._grants.thing == thing_id)

    def _of(self, thing: Thing, subject: str) -> ColumnElement[bool]:
        return self._on(thing.kind, thing.id) & (self._grants.subject == subject)

    def _row(self, thing: Thing, subject: str, level: str, requested: str) -> Any:
        values = {"subject": subject, "level": level, "requested": requested, "changed_at": datetime.now(UTC)}
        return insert(self._table).values(kind=thing.kind, thing=thing.id, **values)
