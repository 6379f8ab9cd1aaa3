"""How names and values are written in each engine's SQL."""

import re

from aistack.ai.facts import Column
from aistack.ai.knowledge import Join, Knowledge
from aistack.ai.rules.meaning import Scalar
from aistack.connection.wire import Engine
from aistack.databases import identifiers as naming
from aistack.databases.target import dialect_of

PLAIN = re.compile(r"[a-z_][a-z0-9_]*")
RESERVED = frozenset(
    [
        "all",
        "and",
        "any",
        "as",
        "asc",
        "between",
        "by",
        "case",
        "check",
        "column",
        "create",
        "cross",
        "current",
        "date",
        "default",
        "delete",
        "desc",
        "distinct",
        "drop",
        "else",
        "end",
        "exists",
        "false",
        "for",
        "foreign",
        "from",
        "full",
        "grant",
        "group",
        "having",
        "if",
        "in",
        "index",
        "inner",
        "insert",
        "interval",
        "into",
        "is",
        "join",
        "key",
        "keys",
        "left",
        "like",
        "limit",
        "natural",
        "not",
        "null",
        "of",
        "offset",
        "on",
        "or",
        "order",
        "outer",
        "over",
        "partition",
        "primary",
        "range",
        "rank",
        "references",
        "right",
        "row",
        "rows",
        "select",
        "set",
        "system",
        "table",
        "then",
        "time",
        "timestamp",
        "to",
        "true",
        "union",
        "unique",
        "update",
        "user",
        "using",
        "values",
        "when",
        "where",
        "window",
        "with",
        "year",
    ]
)
DOUBLE = {
    "postgres": "DOUBLE PRECISION", "sqlite": "REAL", "sqlserver": "FLOAT", "oracle": "BINARY_DOUBLE",
    "clickhouse": "Nullable(Float64)", "bigquery": "FLOAT64",
}  # fmt: skip
NATIVE = ("postgres", "mysql", "sqlite", "duckdb")  # whose LIMIT, AS and literals are written here as they are
BACKSLASHES = ("mysql", "clickhouse", "snowflake", "bigquery")  # where strings have escapes


class Spelling:
    """For one statement: it gives each table an alias of its own."""

    def __init__(self, knowledge: Knowledge, engine: Engine) -> None:
        self.knowledge = knowledge
        self.engine: Engine = engine
        self._aliases: set[str] = set()

    def cell(self, alias: str, column: Column) -> str:
        text = f"{self.quoted(alias)}.{self.quoted(column.name)}"
        facts = self.knowledge.tables.get(column.table)
        is_cast = facts is not None and facts.columns[column.name].is_cast
        return f"CAST({text} AS {DOUBLE.get(self.engine, 'DOUBLE')})" if is_cast else text

    def matches(self, join: Join, left: str, right: str) -> str:
        pairs = zip(join.left_columns, join.right_columns, strict=True)
        return " AND ".join(
            f"{self.quoted(left)}.{self.quoted(one)} = {self.quoted(right)}.{self.quoted(other)}"
            for one, other in pairs
        )

    def table(self, name: str, alias: str) -> str:
        text = ".".join(self.quoted(part) for part in naming.parts(name, self.engine))
        return text if alias == name else f"{text} AS {self.quoted(alias)}"

    def alias(self, name: str) -> str:
        base = naming.parts(name, self.engine)[-1]
        made, number = base, 2
        while made in self._aliases:
            made, number = f"{base}_{number}", number + 1
        self._aliases.add(made)
        return made

    def quoted(self, name: str) -> str:
        if PLAIN.fullmatch(name) and name not in RESERVED and self.engine != "sqlserver":
            return name
        return naming.quoted(name, self.engine)

    def literal(self, value: Scalar) -> str:
        if not isinstance(value, str):
            return repr(int(value)) if float(value).is_integer() else repr(value)
        escaped = value.replace("\\", "\\\\") if self.engine in BACKSLASHES else value
        if self.engine == "bigquery":
            return "'" + escaped.replace("'", "\\'") + "'"
        return "'" + escaped.replace("'", "''") + "'"

    def fragment(self, text: str, table: str, alias: str) -> str:
        """SQL of the semantic layer with its columns' table named as it is here."""
        import sqlglot
        from sqlglot import exp

        tree = sqlglot.parse_one(text, read=dialect_of(self.engine))
        for column in tree.find_all(exp.Column):
            if column.table in ("", table):
                column.set("table", exp.to_identifier(alias, quoted=not PLAIN.fullmatch(alias) or alias in RESERVED))
        return tree.sql(dialect=dialect_of(self.engine))

    def respelled(self, sql: str) -> str:
        """A statement as its engine wants it: TOP or FETCH FIRST for LIMIT, literals of dates, aliases of tables."""
        if self.engine in NATIVE:
            return sql
        import sqlglot

        dialect = dialect_of(self.engine)
        return str(sqlglot.parse_one(sql, read=dialect).sql(dialect=dialect))
