"""The table of a service's grants. A row with an empty level is a request to share that nobody has answered."""

from typing import Any

from sqlalchemy import Column, ColumnElement, Index, MetaData, String, Table, cast, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from aistack.chassis.errors import Conflict
from aistack.chassis.identity import OWNER
from aistack.stores.records import UtcDateTime

ID_CHARACTERS_MAX = 64


def grant_columns(id_characters_max: int = ID_CHARACTERS_MAX) -> list[Column[Any]]:
    """The columns, for the table and for the migration that creates it."""
    return [
        Column("kind", String(32), primary_key=True),
        Column("thing", String(id_characters_max), primary_key=True),
        Column("subject", String(256), primary_key=True),
        Column("level", String(8), nullable=False, default=""),
        Column("requested", String(8), nullable=False, default=""),
        Column("changed_at", UtcDateTime, nullable=False),
    ]


def access_grants(metadata: MetaData, prefix: str, id_characters_max: int = ID_CHARACTERS_MAX) -> Table:
    """The table `PREFIX_access_grants`, with an index by subject."""
    name = f"{prefix}_access_grants"
    return Table(name, metadata, *grant_columns(id_characters_max), Index(f"{name}_subject", "subject", "kind"))


class Things:
    """The things of one kind: columns of their `Table`. `key` is the id as grants and callers write it, a string.

    `name` is what a list of somebody's things shows beside the id. A subject may own `owned_max` of them.
    """

    def __init__(
        self,
        kind: str,
        id_column: ColumnElement[Any],
        owner: ColumnElement[Any],
        name: ColumnElement[Any],
        owned_max: int | None = None,
    ) -> None:
        self.kind = kind
        self.name: Any = name
        self.owned_max = owned_max
        self.id: Any = id_column
        self.owner: Any = owner
        self.key: Any = id_column if isinstance(id_column.type, String) else cast(id_column, String)

    async def check_quota(self, connection: AsyncConnection, owner: str) -> None:
        """Raises Conflict if a subject owns `owned_max` of them. The stack's owners may own more."""
        if self.owned_max is None or owner == OWNER:
            return
        owned = select(func.count()).where(self.owner == owner)
        if (await connection.scalar(owned) or 0) >= self.owned_max:
            raise Conflict(f"{owner} already has {self.owned_max} of these; delete one first")
