"""The schema of a database: tables and views with columns, keys, indexes, comments and estimated sizes."""

from dataclasses import dataclass, field


@dataclass(slots=True)
class ColumnInfo:
    """`type` is in the engine's notation. `samples` are frequent values, where reading them is allowed."""

    name: str
    type: str
    nullable: bool = True
    default: str = ""
    comment: str = ""
    samples: list[str] = field(default_factory=list[str])


@dataclass(slots=True)
class ForeignKey:
    columns: list[str]
    table: str
    table_columns: list[str]


@dataclass(slots=True)
class IndexInfo:
    name: str
    columns: list[str]
    unique: bool


@dataclass(slots=True)
class TableInfo:
    """`name` is qualified if the table is not in the default schema. `rows` is an estimate, None if unknown."""

    name: str
    kind: str = "table"
    comment: str = ""
    rows: int | None = None
    columns: list[ColumnInfo] = field(default_factory=list[ColumnInfo])
    primary_key: list[str] = field(default_factory=list[str])
    foreign_keys: list[ForeignKey] = field(default_factory=list[ForeignKey])
    indexes: list[IndexInfo] = field(default_factory=list[IndexInfo])


@dataclass(slots=True)
class Schema:
    tables: list[TableInfo] = field(default_factory=list[TableInfo])
