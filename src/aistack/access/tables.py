"""The table of a service's grants. A row with an empty level is a request to share that nobody has answered."""

from typing import Any

from sqlalchemy import Column, ColumnElement, Index, MetaData, String, Table, cast

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

    `name` is what a list of somebody's things shows beside the id.
    """

    def __init__(
        self, kind: str, id_column: ColumnElement[Any], owner: ColumnElement[Any], name: ColumnElement[Any]
    ) -> None:
        self.kind = kind
        self.name: Any = name
        self.id: Any = id_column
        self.owner: Any = owner
        self.key: Any = id_column if isinstance(id_column.type, String) else cast(id_column, String)
