"""DuckDB's types: its Python client rounds or replaces some values, so those are selected as DuckDB's own text.

Infinite dates, nanoseconds, intervals, bits and single floats are affected, also inside lists, structs and maps.
"""

from collections.abc import Callable
from typing import Any

from aistack.databases.arrow.columns import NATIVE
from aistack.databases.session import Column

KINDS = {
    "boolean": "boolean", "varchar": "text", "blob": "binary", "date": "date", "time": "time", "time_ns": "time",
    "time with time zone": "time", "interval": "interval", "uuid": "uuid", "json": "json", "float": "float",
    "double": "float", "enum": "text", "struct": "json", "map": "json", "union": "json", "list": "array",
    "array": "array", "decimal": "decimal", "bignum": "integer",
}  # fmt: skip
LISTS = ("list", "array")
EXACT = frozenset(("boolean", "double", "varchar", "blob", "decimal", "uuid", '"null"', "null", "json"))
INTEGERS = frozenset(
    ("tinyint", "smallint", "integer", "bigint", "utinyint", "usmallint", "uinteger", "ubigint", "hugeint", "uhugeint")
)
TOO_LARGE_FOR_ARROW = frozenset(("hugeint", "uhugeint"))
IN_ARROW = frozenset(
    ("float", "date", "time", "time_ns", "timestamp", "timestamp_s", "timestamp_ms", "timestamp_ns",
     "timestamp with time zone")
)  # fmt: skip
ARROW_DECIMAL_DIGITS = 38

Exact = Callable[[str], bool]


def kind_of(kind: Any) -> str:
    """The column type (see `session.Column`) of a type of DuckDB's client."""
    name = str(kind.id).lower()
    if str(kind).upper() == "JSON":
        return "json"
    if name in INTEGERS:
        return "integer"
    if name.startswith("timestamp"):
        return "timestamp"
    return KINDS.get(name, "other")


def arrow_column(name: str, kind: Any) -> Column:
    """A column of what `exact_query` selects for Arrow."""
    if str(kind.id).lower() in TOO_LARGE_FOR_ARROW:
        return Column(name, "decimal", ARROW_DECIMAL_DIGITS)
    return Column(name, NATIVE)


def exact_query(sql: str, types: list[Any], *, for_arrow: bool) -> str:
    """The statement with those columns as text that the client, or Arrow, cannot hold. Same order, same number."""
    is_exact: Exact = _exact_in_arrow if for_arrow else _exact_in_python
    expressions = [expression(f"c{at}", kind, is_exact, for_arrow) for at, kind in enumerate(types)]
    if all(one == f"c{at}" for at, one in enumerate(expressions)):
        return sql
    names = ", ".join(f"c{at}" for at in range(len(types)))
    return f"SELECT {', '.join(expressions)} FROM (\n{sql.rstrip().rstrip(';')}\n) AS result({names})"  # noqa: S608


def expression(value: str, kind: Any, is_exact: Exact, for_arrow: bool) -> str:
    """SQL for a value of a type; the value itself if it is exact."""
    name = str(kind.id).lower()
    if name in LISTS:
        inner = expression("e", kind.children[0][1], is_exact, for_arrow)
        return value if inner == "e" else f"list_transform({value}, lambda e: {inner})"
    if name == "struct":
        return _struct(value, kind, is_exact, for_arrow)
    if name == "map":
        return _map(value, kind, is_exact, for_arrow)
    if name == "union":
        return f"to_json({value})::VARCHAR" if for_arrow else value
    if is_exact(name):
        return value
    if name == "float":
        return f"CAST(CAST({value} AS VARCHAR) AS DOUBLE)"
    return f"CAST({value} AS VARCHAR)"


def _struct(value: str, kind: Any, is_exact: Exact, for_arrow: bool) -> str:
    names = [_quoted(name) for name, _ in kind.children]
    fields = [f"{value}.{name}" for name in names]
    inner = [expression(field, one, is_exact, for_arrow) for field, (_, one) in zip(fields, kind.children, strict=True)]
    if inner == fields:
        return value
    packed = ", ".join(f"{name} := {one}" for name, one in zip(names, inner, strict=True))
    return f"CASE WHEN {value} IS NULL THEN NULL ELSE struct_pack({packed}) END"


def _map(value: str, kind: Any, is_exact: Exact, for_arrow: bool) -> str:
    (_, key), (_, held) = kind.children
    keys, values = (expression("e", one, is_exact, for_arrow) for one in (key, held))
    if keys == values == "e":
        return value
    new_keys = f"list_transform(map_keys({value}), lambda e: {keys})"
    new_values = f"list_transform(map_values({value}), lambda e: {values})"
    return f"CASE WHEN {value} IS NULL THEN NULL ELSE map({new_keys}, {new_values}) END"


def _exact_in_python(name: str) -> bool:
    return name in EXACT or name in INTEGERS or name == "bignum"


def _exact_in_arrow(name: str) -> bool:
    return (
        (name in EXACT or name in INTEGERS or name in IN_ARROW) and name not in TOO_LARGE_FOR_ARROW and name != "uuid"
    )


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
