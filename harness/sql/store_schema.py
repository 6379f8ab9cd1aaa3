"""The store's schema as the ai service knows it, without a database."""

import re
from datetime import UTC, datetime

from aistack.ai.schema.schema_graph import SchemaGraph
from aistack.ai.schema.semantic_layer import Layer
from aistack.connection.wire import SchemaView, TableView
from harness.sql.store import TABLES


def table(name: str, columns: dict[str, str], keys: dict[str, str] | None = None, key: str = "id") -> TableView:
    """`keys` are foreign keys: a column and the table it refers to, by its id."""
    return TableView(
        name=name, kind="table", comment="", rows=10, primary_key=[key] if key in columns else [], indexes=[],
        columns=[
            {"name": one, "type": kind, "nullable": True, "default": "", "comment": "", "samples": []}
            for one, kind in columns.items()
        ],
        foreign_keys=[
            {"columns": [column], "table": other, "table_columns": ["id"]} for column, other in (keys or {}).items()
        ],
    )  # fmt: skip


def schema(*tables: TableView, engine: str = "sqlite") -> SchemaView:
    return SchemaView(connection="c", engine=engine, read_at=datetime.now(UTC), tables=list(tables))


def store_schema(engine: str = "sqlite") -> SchemaView:
    """The store's tables, read from its own CREATE statements."""
    found: list[TableView] = []
    for name, body in re.findall(r"CREATE TABLE (\w+) \((.*?)\);", TABLES, re.S):
        columns: dict[str, str] = {}
        keys: dict[str, str] = {}
        for part in re.split(r",(?![^(]*\))", body):
            column, kind, *_ = part.split()
            columns[column] = kind
            if reference := re.search(r"REFERENCES (\w+)", part):
                keys[column] = reference.group(1)
        found.append(table(name, columns, keys))
    return schema(*found, engine=engine)


def store_graph(engine: str = "sqlite", layer: Layer | None = None) -> SchemaGraph:
    return SchemaGraph(store_schema(engine), layer or Layer())
