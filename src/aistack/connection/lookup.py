"""Finds connections by id or name, for those who may see them. Others' connections may have the same names."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncConnection

from aistack.access.access import Grant, Thing
from aistack.access.grants import AccessStore
from aistack.access.levels import Level
from aistack.access.namesakes import keep_apart
from aistack.access.rules import check_level
from aistack.chassis.identity import Principal
from aistack.connection.rights import KIND, Rights, Roles, chosen, no_connection, rights_on
from aistack.connection.tables import GRANTS, THINGS, Connection
from aistack.connection.wire import Candidate
from aistack.stores.records import AnyRow, Records


class Lookup:
    def __init__(self, records: Records) -> None:
        self.records = records
        self.access = AccessStore(records, GRANTS, [THINGS], _before_transfer)

    async def all(self) -> Sequence[AnyRow]:
        async with self.records.read() as connection:
            return (await connection.execute(select(Connection).order_by(Connection.name, Connection.id))).all()

    async def visible(self, who: Principal) -> list[tuple[AnyRow, Rights]]:
        """The connections that a principal may see, with its rights on them."""
        grants = await self._all_grants()
        found = [(row, rights_on(who, thing(row), grants.get(row.id, ()), _roles(row))) for row in await self.all()]
        return [(row, rights) for row, rights in found if rights.level is not None]

    async def named(self, asked: str) -> Sequence[AnyRow]:
        """All connections with this id or name, whoever may see them."""
        query = select(Connection).where((Connection.id == asked) | (Connection.name == asked))
        async with self.records.read() as connection:
            return (await connection.execute(query.order_by(Connection.id))).all()

    async def existing(self, ids: Sequence[str]) -> list[str]:
        async with self.records.read() as connection:
            return list(await connection.scalars(select(Connection.id).where(Connection.id.in_(ids))))

    async def find(self, asked: str, who: Principal) -> tuple[AnyRow, Rights]:
        """The connection that a principal means with an id or a name, for the level that the route needs.

        Raises NotFound, Forbidden, or Conflict if several have the name.
        """
        found = await self._named_with_grants(asked)
        rows = {row.id: row for row, _ in found}
        rights = {row.id: rights_on(who, thing(row), grants, _roles(row)) for row, grants in found}
        meant = chosen(asked, [thing(row) for row in rows.values() if rights[row.id].level is not None], who)
        if meant is None:
            raise no_connection(asked)
        check_level(meant, rights[meant.id].level, no_connection(asked), asked)
        return rows[meant.id], rights[meant.id]

    async def rights_of(self, row: AnyRow, who: Principal) -> Rights:
        return rights_on(who, thing(row), await self.access.of(thing(row)), _roles(row))

    async def held_on(self, who: Principal, one: Thing) -> Level | None:
        """The level on a connection, by grants and by roles."""
        for row in await self.named(one.id):
            if row.id == one.id:
                return (await self.rights_of(row, who)).level
        return None

    async def one(self, asked: str) -> AnyRow:
        """The connection with this id, or the only one with this name, for services. Raises NotFound."""
        rows = await self.named(asked)
        for row in rows:
            if row.id == asked or len(rows) == 1:
                return row
        raise no_connection(asked)

    async def candidates(self, asked: str) -> list[Candidate]:
        """Those that an id or a name may mean, and who may use them."""
        return [
            Candidate(
                id=row.id,
                name=row.name,
                owner=row.owner,
                grants=grants,
                roles=row.roles,
            )
            for row, grants in await self._named_with_grants(asked)
        ]

    async def _named_with_grants(self, asked: str) -> list[tuple[AnyRow, list[Grant]]]:
        """As `named`, with their grants. As many queries for a name that nobody uses, so that time tells nothing."""
        ids = select(Connection.id).where((Connection.id == asked) | (Connection.name == asked))
        rows, grants = await self.named(asked), await self._all_grants(GRANTS.c.thing.in_(ids))
        return [(row, grants.get(row.id, [])) for row in rows]

    async def _all_grants(self, *where: ColumnElement[bool]) -> dict[str, list[Grant]]:
        grants: dict[str, list[Grant]] = {}
        columns = GRANTS.c
        query = select(columns.thing, columns.subject, columns.level).where(columns.kind == KIND, columns.level != "")
        async with self.records.read() as connection:
            for row in await connection.execute(query.where(*where)):
                grants.setdefault(row.thing, []).append(Grant(row.subject, row.level))
        return grants


async def _before_transfer(connection: AsyncConnection, one: Thing, heir: str, _taken_over: bool) -> None:
    await keep_apart(connection, THINGS, Connection.__table__.c.name, one, heir)


def thing(row: AnyRow) -> Thing:
    return Thing(KIND, row.id, row.owner)


def _roles(row: AnyRow) -> Roles:
    return Roles.model_validate(row.roles)
