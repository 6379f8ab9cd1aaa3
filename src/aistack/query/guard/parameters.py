"""Parameter binding: `:name` becomes a numbered placeholder for PostgreSQL, ? for SQLite and DuckDB, or a neutral one.

A list is a parameter too. PostgreSQL takes it as an array, so `IN (:ids)` becomes `= ANY(:ids)`; elsewhere each of its
elements gets a placeholder. No row is in an empty list, and every row is outside of it.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from aistack.databases.placeholders import PLACEHOLDER, numbered_placeholder
from aistack.query.guard.lexer import Unreadable, spans
from aistack.query.guard.statement_check import Refused
from aistack.query.wire import Scalar, Value

NAMED = re.compile(r"(?<![:\w]):([A-Za-z_]\w*)")
IN_LIST = re.compile(r"(?:\b(not)\s+)?\bin\s*\(\s*$", re.I)
ARRAY_FUNCTION = re.compile(r"\b(?:any|all|some|unnest)\s*\(\s*$", re.I)
VALUES_MAX = 1_000
ELEMENTS_MAX = 10_000
EMPTY_LIST = {"sqlite": ""}  # elsewhere an empty list is a syntax error
NO_ROWS = "SELECT NULL FROM (SELECT 1 AS one) AS nothing WHERE 1 = 0"
BARE_NO_ROWS = {"oracle": "SELECT NULL FROM dual WHERE 1 = 0"}


@dataclass(slots=True)
class _Binding:
    dialect: str
    values: Mapping[str, Value]
    ordered: list[Value] = field(default_factory=list[Value])
    numbers: dict[str, int] = field(default_factory=dict[str, int])

    def placeholder(self, name: str) -> str:
        """For a single value, or for a list as a whole."""
        if self.dialect != "postgres":
            return self._next(self.values[name])
        if name not in self.numbers:
            self.ordered.append(self.values[name])
            self.numbers[name] = len(self.ordered)
        return numbered_placeholder(self.numbers[name])

    def elements(self, found: Sequence[Scalar]) -> str:
        if not found:
            return EMPTY_LIST.get(self.dialect, BARE_NO_ROWS.get(self.dialect, NO_ROWS))
        return ", ".join(self._next(one) for one in found)

    def _next(self, value: Value) -> str:
        self.ordered.append(value)
        if self.dialect == "postgres":
            return numbered_placeholder(len(self.ordered))
        return "?" if self.dialect in ("sqlite", "duckdb") else PLACEHOLDER


def bound(sql: str, dialect: str, values: Mapping[str, Value]) -> tuple[str, list[Value]]:
    """The statement with the driver's placeholders, and the values in their order. Raises Refused."""
    if not values:
        return sql, []
    _check_size(values)
    try:
        literals = [(span.start, span.end) for span in spans(sql, dialect)]
    except Unreadable as error:
        raise Refused("unreadable", str(error)) from None
    binding, used = _Binding(dialect, values), set[str]()
    parts: list[str] = []
    at = 0
    for found in NAMED.finditer(sql):
        name = found[1]
        if name not in values or any(start <= found.start() < end for start, end in literals):
            continue
        used.add(name)
        before, value = sql[at : found.start()], values[name]
        if not isinstance(value, list):
            parts += before, binding.placeholder(name)
        elif dialect == "postgres" and (in_list := IN_LIST.search(before)) and sql[found.end() :].lstrip()[:1] == ")":
            parts += before[: in_list.start()], "<> ALL (" if in_list[1] else "= ANY (", binding.placeholder(name)
        elif dialect in ("postgres", "duckdb") and ARRAY_FUNCTION.search(before):
            parts += before, binding.placeholder(name)
        else:
            parts += before, binding.elements(value)
        at = found.end()
    if unused := set(values) - used:
        raise Refused("parameters", f"the statement has no parameter :{min(unused)}")
    return "".join([*parts, sql[at:]]), binding.ordered


def _check_size(values: Mapping[str, Value]) -> None:
    if len(values) > VALUES_MAX:
        raise Refused("parameters", f"{len(values)} parameters were given; at most {VALUES_MAX} are allowed")
    elements = sum(len(one) for one in values.values() if isinstance(one, list))
    if elements > ELEMENTS_MAX:
        raise Refused("parameters", f"the lists have {elements} elements; at most {ELEMENTS_MAX} are allowed")
