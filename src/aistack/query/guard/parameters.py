"""Named parameters (`:name`) as each driver wants them: PostgreSQL $1, SQLite and DuckDB ?, others a mark of ours."""

import re
from collections.abc import Mapping

from aistack.databases.placeholders import MARK
from aistack.query.guard.lexer import Unreadable, spans
from aistack.query.guard.statement_check import Refused

NAMED = re.compile(r"(?<![:\w]):([A-Za-z_]\w*)")
VALUES_MAX = 1_000

Value = str | int | float | bool | None


def bound(sql: str, dialect: str, values: Mapping[str, Value]) -> tuple[str, list[Value]]:
    """The statement with the driver's own marks, and the values in their order. Raises Refused."""
    if not values:
        return sql, []
    if len(values) > VALUES_MAX:
        raise Refused("parameters", f"{len(values)} parameters were given; {VALUES_MAX} are allowed")
    try:
        literals = [(span.start, span.end) for span in spans(sql, dialect)]
    except Unreadable as error:
        raise Refused("unreadable", str(error)) from None
    order: list[str] = []
    given: list[Value] = []

    def mark(found: re.Match[str]) -> str:
        name = found[1]
        if name not in values or any(start <= found.start() < end for start, end in literals):
            return found[0]
        if dialect == "postgres":
            if name not in order:
                order.append(name)
                given.append(values[name])
            return f"${order.index(name) + 1}"
        order.append(name)
        given.append(values[name])
        return "?" if dialect in ("sqlite", "duckdb") else MARK

    written = NAMED.sub(mark, sql)
    unused = set(values) - set(order)
    if unused:
        raise Refused("parameters", f"the statement has no parameter :{min(unused)}")
    return written, given
