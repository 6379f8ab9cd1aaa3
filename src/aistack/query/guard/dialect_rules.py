"""What only some dialects have, and the parser takes for something harmless: each function says what speaks against it.

T-SQL begins a next statement without a semicolon, so `SELECT 1 SHUTDOWN` shuts down; Oracle calls a function without
arguments by its name alone; ClickHouse takes settings and files at a query's end; sequences change where they are read.
"""

import re
from collections.abc import Iterator
from typing import Any

from aistack.query.guard.allow_lists import words_of

Objection = tuple[str, str]  # its kind, and the message for whoever wrote the statement

LINKED = ("tsql", "oracle", "clickhouse", "snowflake", "bigquery")  # where a long or qualified name may be anything
PARTS_MAX = 3  # more name another server, or nothing
RESERVED = {"tsql": words_of("tsql_reserved")}  # which no unquoted name can be
SEQUENCES = {"oracle": frozenset(("nextval", "currval")), "snowflake": frozenset(("nextval",))}
CLAUSES = ("settings", "format")  # which the parser keeps as plain parts
SECRET_SCHEMAS = frozenset(("mysql", "performance_schema", "sys"))  # everywhere
MORE_SECRET_SCHEMAS = {
    "tsql": frozenset(("master", "msdb")),
    "oracle": frozenset(("system",)),
    "clickhouse": frozenset(("system",)),
    "snowflake": frozenset(("snowflake",)),
}
OWN_TABLES = {  # by SCHEMA.NAME
    "oracle": re.compile(r"\.(?:(?:g?v_?|x)\$|(?:dba|cdb)_|user\$)", re.I),
    "bigquery": re.compile(
        r"information_schema\.(?!tables|columns|column_field_paths|views|schemata|partitions)", re.I
    ),
}
MORE_NODES = {
    "oracle": frozenset(("Connect", "Prior", "StandardHash")),
    "clickhouse": frozenset(("Final", "PreWhere", "CityHash64")),
    "snowflake": frozenset(("HistoricalData",)),
}
NEVER = {
    "duckdb": frozenset(("Glob",)),
    "mysql": frozenset(("PropertyEQ", "Parameter")),
    "tsql": frozenset(("Interval", "IntervalSpan")),  # INTERVAL '1' is a column and its alias there
}
CALLS = ("Anonymous", "AnonymousAggFunc", "CombinedAggFunc", "ParameterizedAgg", "CombinedParameterizedAgg")


def nodes_of(dialect: str, common: frozenset[str]) -> frozenset[str]:
    """What a statement may be made of in this dialect."""
    none = frozenset[str]()
    return (common | MORE_NODES.get(dialect, none)) - NEVER.get(dialect, none)


def secret_schemas(dialect: str) -> frozenset[str]:
    """Those that hold a server's own tables, none of which is read."""
    return SECRET_SCHEMAS | MORE_SECRET_SCHEMAS.get(dialect, frozenset[str]())


def objection(node: Any, kind: str, dialect: str) -> Objection | None:
    """What speaks against one node of a statement."""
    is_word = kind == "Var" or (kind == "Identifier" and not node.quoted)
    if is_word and str(node.this).lower() in RESERVED.get(dialect, ()):
        return "several", f"{node.this} begins another statement, or has to be written in [brackets]"
    if kind == "Column" and str(node.name).lower() in SEQUENCES.get(dialect, ()):
        return "function", f"{node.name} changes a sequence"
    if kind == "Select":
        found = next((clause for clause in CLAUSES if node.args.get(clause)), None)
        return ("part", f"{found.upper()} may not be used here") if found else None
    if kind == "Dot" and dialect in LINKED and any(type(part).__name__ in CALLS for part in node.flatten()):
        return "function", "functions of packages and schemas may not be called"
    if kind == "Table" and dialect in LINKED:
        return _of_table(node, dialect)
    return None


def _of_table(node: Any, dialect: str) -> Objection | None:
    if type(node.this).__name__ == "Dot" or len(node.parts) > PARTS_MAX:
        return "table", "a table's name has too many parts; other servers are not read from here"
    if dialect in OWN_TABLES and OWN_TABLES[dialect].search(f"{node.db}.{node.name}"):
        return "table", f"{node.name} tells of others, and is not read from here"
    return None


def calls_hidden(tree: Any, dialect: str) -> Iterator[Objection]:
    """PACKAGE.FUNCTION looks like a column to whoever does not know the package."""
    if dialect != "oracle":
        return
    from sqlglot import expressions

    exp: Any = expressions
    known = {str(node.alias_or_name).lower() for node in tree.find_all(exp.Table, exp.Subquery, exp.CTE)}
    for column in tree.find_all(exp.Column):
        if column.table and str(column.table).lower() not in known:
            yield "function", f"{column.table} is no table of this statement"
