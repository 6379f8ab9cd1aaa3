"""Rules for single dialects, where the parser reads as harmless what the server does not.

T-SQL starts a new statement without a semicolon, so `SELECT 1 SHUTDOWN` shuts the server down. Oracle calls functions
without arguments by name alone. ClickHouse accepts settings and files at the end of a query. Reading from a sequence
advances it.
"""

import re
from collections.abc import Iterator
from typing import Any

from aistack.query.guard.allow_lists import words_of

Violation = tuple[str, str]  # its kind, and the message for the author of the statement

QUALIFYING = (
    "tsql",
    "oracle",
    "clickhouse",
    "snowflake",
    "bigquery",
)  # where qualified names can address other servers, packages or schemas
PARTS_MAX = 3  # names with more parts address another server
RESERVED = {"tsql": words_of("tsql_reserved")}  # words that cannot be unquoted names
SEQUENCES = {"oracle": frozenset(("nextval", "currval")), "snowflake": frozenset(("nextval",))}
CLAUSES = ("settings", "format")  # clauses that the parser accepts in a SELECT
SECRET_SCHEMAS = frozenset(("mysql", "performance_schema", "sys"))  # in every dialect
MORE_SECRET_SCHEMAS = {
    "tsql": frozenset(("master", "msdb")),
    "oracle": frozenset(("system",)),
    "clickhouse": frozenset(("system",)),
    "snowflake": frozenset(("snowflake",)),
}
SYSTEM_VIEWS = {  # matched against SCHEMA.NAME
    "oracle": re.compile(r"\.(?:(?:g?v_?|x)\$|(?:dba|cdb)_|user\$)", re.I),
    "bigquery": re.compile(
        r"information_schema\.(?!tables|columns|column_field_paths|views|schemata|partitions)", re.I
    ),
}
MORE_NODES = {
    "postgres": frozenset(("ObjectIdentifier",)),  # a cast to oid
    "oracle": frozenset(("Connect", "Prior", "StandardHash")),
    "clickhouse": frozenset(("Final", "PreWhere", "CityHash64")),
    "snowflake": frozenset(("HistoricalData",)),
}
FORBIDDEN_NODES = {
    "duckdb": frozenset(("Glob",)),
    "mysql": frozenset(("PropertyEQ", "Parameter")),
    "tsql": frozenset(("Interval", "IntervalSpan")),  # in T-SQL, INTERVAL '1' is a column and its alias
}
CALLS = ("Anonymous", "AnonymousAggFunc", "CombinedAggFunc", "ParameterizedAgg", "CombinedParameterizedAgg")


def nodes_of(dialect: str, common: frozenset[str]) -> frozenset[str]:
    """The syntax nodes that a statement may contain in this dialect."""
    none = frozenset[str]()
    return (common | MORE_NODES.get(dialect, none)) - FORBIDDEN_NODES.get(dialect, none)


def secret_schemas(dialect: str) -> frozenset[str]:
    """Schemas with the server's own tables, which must not be read."""
    return SECRET_SCHEMAS | MORE_SECRET_SCHEMAS.get(dialect, frozenset[str]())


def violation(node: Any, kind: str, dialect: str) -> Violation | None:
    """The rule that a node of a statement violates, if any."""
    is_word = kind == "Var" or (kind == "Identifier" and not node.quoted)
    if is_word and str(node.this).lower() in RESERVED.get(dialect, ()):
        return "several", f"{node.this} starts another statement; if it is a name, write it in [brackets]"
    if kind == "Column" and str(node.name).lower() in SEQUENCES.get(dialect, ()):
        return "function", f"{node.name} advances a sequence"
    if kind == "Select":
        found = next((clause for clause in CLAUSES if node.args.get(clause)), None)
        return ("part", f"{found.upper()} is not allowed") if found else None
    if kind == "Dot" and dialect in QUALIFYING and any(type(part).__name__ in CALLS for part in node.flatten()):
        return "function", "functions of packages and schemas are not allowed"
    if kind == "Table" and dialect in QUALIFYING:
        return _table_violation(node, dialect)
    return None


def _table_violation(node: Any, dialect: str) -> Violation | None:
    if type(node.this).__name__ == "Dot" or len(node.parts) > PARTS_MAX:
        return "table", "a table name has too many parts; tables on other servers cannot be read"
    if dialect in SYSTEM_VIEWS and SYSTEM_VIEWS[dialect].search(f"{node.db}.{node.name}"):
        return "table", f"{node.name} shows other accounts' activity and cannot be read"
    return None


def hidden_calls(tree: Any, dialect: str) -> Iterator[Violation]:
    """Calls that look like columns: Oracle's PACKAGE.FUNCTION without parentheses."""
    if dialect != "oracle":
        return
    from sqlglot import expressions

    exp: Any = expressions
    known = {str(node.alias_or_name).lower() for node in tree.find_all(exp.Table, exp.Subquery, exp.CTE)}
    for column in tree.find_all(exp.Column):
        if column.table and str(column.table).lower() not in known:
            yield "function", f"{column.table} is not a table of this statement"
