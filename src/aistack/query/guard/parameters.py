"""Parameter binding: `:name` becomes $1 for PostgreSQL, ? for SQLite and DuckDB, a neutral placeholder otherwise."""

import re
from collections.abc import Mapping

from aistack.databases.placeholders import PLACEHOLDER
from aistack.query.guard.lexer import Unreadable, spans
from aistack.query.guard.statement_check import Refused
from aistack.query.wire import Value

NAMED = re.compile(r"(?<![:\w]):([A-Za-z_]\w*)")
VALUES_MAX = 1_000


def bound(sql: str, dialect: str, values: Mapping[str, Value]) -> tuple[str, list[Value]]:
    """The statement with the driver's placeholders, and the values in their order. Raises Refused."""
    if not values:
        return sql, []
    if len(values) > VALUES_MAX:
        raise Refused("parameters", f"{len(values)} parameters were given; at most {VALUES_MAX} are allowed")
    try:
        literals = [(span.start, span.end) for span in spans(sql, dialect)]
    except Unreadable as error:
        raise Refused("unreadable", str(error)) from None
    order: list[str] = []
    ordered: list[Value] = []

    def placeholder(found: re.Match[str]) -> str:
        name = found[1]
        if name not in values or any(start <= found.start() < end for start, end in literals):
            return found[0]
        if dialect == "postgres":
            if name not in order:
                order.append(name)
                ordered.append(values[name])
            return f"${order.index(name) + 1}"
        order.append(name)
        ordered.append(values[name])
        return "?" if dialect in ("sqlite", "duckdb") else PLACEHOLDER

    rewritten = NAMED.sub(placeholder, sql)
    unused = set(values) - set(order)
    if unused:
        raise Refused("parameters", f"the statement has no parameter :{min(unused)}")
    return rewritten, ordered
