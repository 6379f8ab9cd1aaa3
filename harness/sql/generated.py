"""Generated schemas with data: chains, stars, snowflakes, bridges, self references, composite and missing keys."""

import random
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from aistack.ai.schema.schema_graph import SchemaGraph
from aistack.ai.schema.semantic_layer import Layer
from aistack.connection.wire import SchemaView, TableView

NOUNS = """
    vessel harbor captain cargo crane dock museum painting gallery painter visitor ticket school teacher pupil lesson
    farm field tractor harvest clinic doctor patient nurse bridge tunnel engine wagon factory machine robot worker
    library shelf novel reader garden flower gardener pond castle knight dragon tower
"""
MEASURES = """
    weight budget salary score bonus rent wage debt mileage voltage yield dosage acreage tonnage pressure thickness
    altitude depth speed width tariff bounty quota toll latency radius viscosity density humidity torque fine loan
    frequency brightness capacity pension stipend mortality fertility velocity
"""
CATEGORIES = """
    color region grade shape brand season flavor climate texture rank mood style material breed fabric scent pattern
    genre dialect habitat orbit mineral cuisine rhythm emblem nickname costume alloy pigment accent badge motto genus
    sect clan guild hobby tempo idiom fate
"""
SHAPES = ("chain", "star", "snowflake", "bridge", "self", "composite", "missing keys", "wide star")


@dataclass
class Table:
    """`parents` are the tables that its rows refer to, by the names of the columns that hold their keys."""

    name: str
    measure: str
    category: str
    key: tuple[str, ...] = ("id",)
    parents: dict[str, tuple[str, ...]] = field(default_factory=dict)
    rows: list[dict[str, Any]] = field(default_factory=list)

    @property
    def columns(self) -> dict[str, str]:
        references = {name: "INTEGER" for names in self.parents.values() for name in names}
        own = {"name": "TEXT", self.measure: "INTEGER", self.category: "TEXT"}
        return dict.fromkeys(self.key, "INTEGER") | references | own


@dataclass
class Database:
    """Tables with their rows. `is_declared`: the schema declares its keys."""

    tables: dict[str, Table]
    is_declared: bool

    def parent(self, table: str, row: dict[str, Any], other: str) -> dict[str, Any] | None:
        """The row of `other` that a row refers to directly."""
        names = self.tables[table].parents[other]
        wanted = tuple(row[name] for name in names)
        key = self.tables[other].key
        return next((one for one in self.tables[other].rows if tuple(one[name] for name in key) == wanted), None)

    def ancestor(self, table: str, row: dict[str, Any] | None, other: str) -> dict[str, Any] | None:
        """The row of `other` that a row refers to over any number of tables."""
        if row is None or table == other:
            return row
        way = self.way(table, other)
        return self.ancestor(way[1], self.parent(table, row, way[1]), other)

    def way(self, table: str, other: str) -> list[str]:
        """The tables from `table` to one that it refers to; empty if it does not."""
        if table == other:
            return [table]
        for parent in self.tables[table].parents:
            rest = self.way(parent, other) if parent != table else []
            if rest:
                return [table, *rest]
        return []

    def graph(self) -> SchemaGraph:
        tables = [self._view(one) for one in self.tables.values()]
        return SchemaGraph(
            SchemaView(connection="x", engine="sqlite", read_at=datetime.now(UTC), tables=tables), Layer()
        )

    def fill(self) -> sqlite3.Connection:
        database = sqlite3.connect(":memory:")
        for one in self.tables.values():
            columns = one.columns
            database.execute(
                f"CREATE TABLE {one.name} ({', '.join(f'{name} {kind}' for name, kind in columns.items())})"
            )
            marks = ", ".join("?" * len(columns))
            rows = [tuple(row[name] for name in columns) for row in one.rows]
            database.executemany(f"INSERT INTO {one.name} VALUES ({marks})", rows)
        return database

    def _view(self, one: Table) -> TableView:
        columns = [
            {"name": name, "type": kind, "nullable": name not in one.key, "default": "", "comment": "", "samples": []}
            for name, kind in one.columns.items()
        ]
        references = [
            {"columns": list(names), "table": other, "table_columns": list(self.tables[other].key)}
            for other, names in one.parents.items()
        ]
        return TableView.model_validate(
            {"name": one.name, "kind": "table", "comment": "", "rows": None, "columns": columns, "indexes": [],
             "primary_key": list(one.key) if self.is_declared else [],
             "foreign_keys": references if self.is_declared else []}
        )  # fmt: skip


def database(shape: str, seed: int) -> Database:
    """A database of a shape; the same for the same seed."""
    chance = random.Random(seed)
    shuffled = [text.split() for text in (NOUNS, MEASURES, CATEGORIES)]
    for words in shuffled:
        chance.shuffle(words)
    nouns, measures, categories = iter(shuffled[0]), shuffled[1], shuffled[2]

    def table(*parents: str, key: tuple[str, ...] = ("id",)) -> str:
        name, at = next(nouns), len(made)
        columns = {one: tuple(f"{one}_{part}" for part in made[one].key) for one in parents}
        made[name] = Table(name, measures[at], categories[at], key, columns)
        return name

    made: dict[str, Table] = {}
    match shape:
        case "chain":
            last = table()
            for _ in range(chance.randint(1, 3)):
                last = table(last)
        case "star" | "missing keys":
            table(*[table() for _ in range(chance.randint(2, 4))])
        case "snowflake":
            table(*[table(table()) for _ in range(chance.randint(1, 3))])
        case "bridge":
            table(table(), table())
        case "self":
            one = table()
            made[one].parents[one] = ("parent_id",)
            table(one)
        case "composite":
            table(table(key=("year", "number")))
        case _:
            table(*[table() for _ in range(39)])
    for one in made.values():
        _fill(one, made, chance)
    return Database(made, shape != "missing keys")


def _fill(one: Table, made: dict[str, Table], chance: random.Random) -> None:
    """Some references, measures and categories are NULL, and some names are not unique."""
    for at in range(chance.randint(1, 9)):
        row: dict[str, Any] = {name: at + 1 + 10 * place for place, name in enumerate(one.key)}
        for other, names in one.parents.items():
            rows = made[other].rows
            chosen = chance.choice(rows) if rows and chance.random() > 0.15 else None
            values = [chosen[name] for name in made[other].key] if chosen is not None else [None] * len(names)
            row |= dict(zip(names, values, strict=True))
        row["name"] = f"{one.name} {chance.randint(1, 12)}"
        row[one.measure] = None if chance.random() < 0.15 else chance.randint(1, 50)
        row[one.category] = None if chance.random() < 0.15 else chance.choice("ABC")
        one.rows.append(row)


def pairs(made: Database) -> Iterator[tuple[str, str]]:
    """Tables with the tables that each refers to, directly or not, and with itself."""
    for one in made.tables:
        for other in made.tables:
            if made.way(one, other):
                yield one, other
