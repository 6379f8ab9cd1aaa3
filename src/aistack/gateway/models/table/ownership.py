"""Whose the entries of the model table are, and who may use them. All of it is kept in memory.

Names are unique in the table, whoever an entry belongs to, as clients call models by name.
"""

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from sqlalchemy import delete, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from aistack.access.access import EVERYONE, Grant, Manager, Thing, held
from aistack.access.grants import AccessStore
from aistack.access.levels import Level, at_least
from aistack.chassis.errors import Conflict, Forbidden
from aistack.chassis.identity import OWNER, Principal
from aistack.gateway.tables import GRANTS, MODEL, MODEL_THINGS, ModelOwner
from aistack.stores.records import Records

OPEN = Grant(EVERYONE, "use")  # what an entry has whose owner and grants nobody has set


class ModelOwnership(AccessStore):
    """The grants on models. `exists` says whether there is an entry, `changed` is called when owners or grants are."""

    def __init__(self, records: Records, exists: Callable[[str], bool], changed: Callable[[], None]) -> None:
        super().__init__(records, GRANTS, [MODEL_THINGS])
        self._exists = exists
        self._on_change = changed
        self._known: dict[str, tuple[str, tuple[Grant, ...]]] = {}  # owner and grants, by name

    async def load(self) -> bool:
        """Reads them again; whether they changed."""
        grants: dict[str, list[Grant]] = {}
        async with self.records.read() as connection:
            query = select(GRANTS.c.thing, GRANTS.c.subject, GRANTS.c.level).where(GRANTS.c.level != "")
            for row in await connection.execute(query.order_by(GRANTS.c.subject)):
                grants.setdefault(row.thing, []).append(Grant(row.subject, row.level))
            rows = await connection.execute(select(ModelOwner.name, ModelOwner.owner))
            known = {row.name: (row.owner, tuple(grants.get(row.name, ()))) for row in rows}
        before, self._known = self._known, known
        return known != before

    def shared(self) -> dict[str, frozenset[str]]:
        """The subjects that may use an entry, for those whose owner or grants were set."""
        return {
            name: frozenset((owner, *(one.subject for one in grants if at_least(one.level, "use"))))
            for name, (owner, grants) in self._known.items()
        }

    def thing(self, name: str) -> Thing:
        owner, _ = self._known.get(name, (OWNER, ()))
        return Thing(MODEL, name, owner)

    def level(self, who: Principal, name: str) -> Level | None:
        """What a principal holds on an entry. Administrators manage those of the stack's owners."""
        owner, grants = self._known.get(name, (OWNER, (OPEN,)))
        return self.level_of(who, Thing(MODEL, name, owner), grants)

    def level_of(self, who: Principal, thing: Thing, grants: Sequence[Grant]) -> Level | None:
        return "manage" if thing.owner == OWNER and who.is_administrator else held(who, thing, grants)

    def check_may_put(self, who: Principal, name: str) -> None:
        """Raises Conflict for another's entry that one does not see, Forbidden for one that one may not edit."""
        if not self._exists(name):
            return
        level = self.level(who, name)
        if level is None:
            raise Conflict(f"the name {name} is taken; use another one")
        if not at_least(level, "edit"):
            raise Forbidden(f"you may {level} model {name}, but this needs the right to edit it; ask its owner")

    async def names_of(self, subject: str) -> list[str]:
        """The entries that belong to a subject."""
        return await self.owned(subject, MODEL)

    async def held_on(self, who: Principal, thing: Thing) -> Level | None:
        return self.level(who, thing.id)

    async def of(self, thing: Thing) -> tuple[Grant, ...]:
        _, grants = self._known.get(thing.id, (OWNER, (OPEN,)))
        return grants

    async def add(self, connection: AsyncConnection, name: str, owner: str) -> None:
        """Gives a new entry to its owner, in the transaction that stores it. Raises Conflict."""
        try:
            await connection.execute(insert(ModelOwner).values(name=name, owner=owner))
        except IntegrityError:
            raise Conflict(f"the name {name} is taken; use another one") from None

    @asynccontextmanager
    async def _changing(self, thing: Thing, by: Manager | None) -> AsyncGenerator[tuple[AsyncConnection, str | None]]:
        await self._ensure_row(thing.id)
        async with super()._changing(thing, by) as changing:
            yield changing
        await self.refresh()

    async def request(self, who: Principal, kind: str, thing_id: str, level: Level) -> None:
        if self._exists(thing_id):
            await self._ensure_row(thing_id)
            await super().request(who, kind, thing_id, level)

    async def forget(self, subject: str) -> None:
        await super().forget(subject)
        await self.refresh()

    async def remove(self, connection: AsyncConnection, name: str) -> None:
        """Deletes owner and grants, in the transaction that deletes the entry."""
        await self.remove_thing(connection, MODEL, name)
        await connection.execute(delete(ModelOwner).where(ModelOwner.name == name))

    async def refresh(self) -> None:
        """Reads owners and grants again, and says so if they changed."""
        if await self.load():
            self._on_change()

    async def _ensure_row(self, name: str) -> None:
        """An entry of the stack's owners gets a row, and stays everyone's to use."""
        if name in self._known or not self._exists(name):
            return
        now = datetime.now(UTC)
        async with self.records.write() as connection:
            if await connection.scalar(select(ModelOwner.name).where(ModelOwner.name == name)) is None:
                await connection.execute(insert(ModelOwner).values(name=name, owner=OWNER))
                row = {"kind": MODEL, "thing": name, "requested": "", "changed_at": now}
                await connection.execute(insert(GRANTS).values(subject=OPEN.subject, level=OPEN.level, **row))
