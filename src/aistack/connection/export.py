"""The export of somebody's connections, without their credentials."""

from collections.abc import AsyncGenerator
from typing import Any

from sqlalchemy import select

from aistack.access.access import Thing
from aistack.access.exporting.exports import Export, ExportedFile, columns_of, grants_of, json_file, numbered, row_pages
from aistack.access.grants import AccessStore
from aistack.connection.rights import KIND
from aistack.connection.tables import Connection


def connection_exports(access: AccessStore) -> dict[str, Export]:
    """By kind of thing."""
    secret = Connection.sealed.key
    shown: list[Any] = [column for column in Connection.__table__.c if column.key != secret]

    async def connections(subject: str) -> AsyncGenerator[ExportedFile]:
        mine = select(*shown).where(Connection.owner == subject)
        async for number, rows in row_pages(access.records, mine, [Connection.id]):
            found = [
                columns_of(row, "owner", "revision")
                | {"shared_with": grants_of(await access.of(Thing(KIND, row.id, subject)))}
                for row in rows
            ]
            yield json_file(numbered("connections", number), found)

    return {KIND: connections}
