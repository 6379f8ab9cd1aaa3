"""Formats names, literals and SQL fragments for one engine."""

import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from aistack.ai.dialects.reserved_words import RESERVED
from aistack.ai.schema.profiles import Column, ColumnProfile, Scalar
from aistack.ai.schema.schema_graph import Join, SchemaGraph
from aistack.connection.wire import Engine
from aistack.databases import identifiers
from aistack.databases.target import dialect_of

DAY = re.compile(r"\d{4}-\d\d-\d\d")
PLAIN = re.compile(r"[a-z_][a-z0-9_]*")
DOUBLE = {
    "postgres": "DOUBLE PRECISION", "sqlite": "REAL", "sqlserver": "FLOAT", "oracle": "BINARY_DOUBLE",
    "clickhouse": "Nullable(Float64)", "bigquery": "FLOAT64",
}  # fmt: skip
NATIVE = ("postgres", "mysql", "sqlite", "duckdb")  # take the LIMIT, AS and literals that are generated here as is
BACKSLASHES = ("mysql", "clickhouse", "snowflake", "bigquery")  # engines with escape sequences in strings


class SqlFormatter:
    """Formats the parts of one statement, and allocates its table aliases."""

    def __init__(self, graph: SchemaGraph, engine: Engine, zone: str = "") -> None:
        """`zone` is the time zone of days and months, if it is not the database's own."""
        self.graph = graph
        self.zone = zone
        self.engine: Engine = engine
        self._aliases: set[str] = set()

    def column_of(self, alias: str, column: Column) -> str:
        """A column of an aliased table; with a cast where it holds numbers as text."""
        text = f"{self.quoted(alias)}.{self.quoted(column.name)}"
        profile = self.graph.tables.get(column.table)
        is_cast = profile is not None and profile.columns[column.name].is_cast
        return f"CAST({text} AS {DOUBLE.get(self.engine, 'DOUBLE')})" if is_cast else text

    def join_condition(self, join: Join, left: str, right: str) -> str:
        """The condition of a join between two aliases."""
        pairs = zip(join.left_columns, join.right_columns, strict=True)
        return " AND ".join(
            f"{self.quoted(left)}.{self.quoted(one)} = {self.quoted(right)}.{self.quoted(other)}"
            for one, other in pairs
        )

    def table(self, name: str, alias: str) -> str:
        """A table of the FROM clause."""
        text = ".".join(self.quoted(part) for part in identifiers.parts(name, self.engine))
        return text if alias == name else f"{text} AS {self.quoted(alias)}"

    def alias(self, name: str) -> str:
        """A new alias for a table, which no other in the statement has."""
        base = identifiers.parts(name, self.engine)[-1]
        made, number = base, 2
        while made in self._aliases:
            made, number = f"{base}_{number}", number + 1
        self._aliases.add(made)
        return made

    def quoted(self, name: str) -> str:
        """An identifier, quoted if it has to be."""
        if PLAIN.fullmatch(name) and name not in RESERVED and self.engine != "sqlserver":
            return name
        return identifiers.quoted(name, self.engine)

    def literal(self, value: Scalar) -> str:
        """A value as a literal that cannot end early."""
        if not isinstance(value, str):
            return repr(int(value)) if float(value).is_integer() else repr(value)
        escaped = value.replace("\\", "\\\\") if self.engine in BACKSLASHES else value
        if self.engine == "bigquery":
            return "'" + escaped.replace("'", "\\'") + "'"
        return "'" + escaped.replace("'", "''") + "'"

    def literal_for(self, value: Scalar, profile: ColumnProfile) -> str:
        """A value to compare a column with; a day begins at midnight of the zone."""
        if not self.zone or not profile.has_zone or not isinstance(value, str) or not DAY.fullmatch(value):
            return self.literal(value)
        midnight = datetime.fromisoformat(value).replace(tzinfo=ZoneInfo(self.zone))
        return self.literal(midnight.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S+00"))

    def in_zone(self, text: str, profile: ColumnProfile) -> str:
        """An instant as the clock of the zone shows it."""
        is_possible = self.zone and profile.has_zone and self.engine in ("postgres", "duckdb")
        return f"({text} AT TIME ZONE {self.literal(self.zone)})" if is_possible else text

    def fragment(self, text: str, table: str, alias: str) -> str:
        """SQL of the semantic layer, its columns qualified with the table's alias."""
        import sqlglot
        from sqlglot import exp

        tree = sqlglot.parse_one(text, read=dialect_of(self.engine))
        for column in tree.find_all(exp.Column):
            if column.table in ("", table):
                column.set("table", exp.to_identifier(alias, quoted=not PLAIN.fullmatch(alias) or alias in RESERVED))
        return tree.sql(dialect=dialect_of(self.engine))

    def transpiled(self, sql: str) -> str:
        """The statement in the engine's own syntax: TOP or FETCH FIRST for LIMIT, date literals, table aliases."""
        if self.engine in NATIVE:
            return sql
        import sqlglot

        dialect = dialect_of(self.engine)
        return str(sqlglot.parse_one(sql, read=dialect).sql(dialect=dialect))
