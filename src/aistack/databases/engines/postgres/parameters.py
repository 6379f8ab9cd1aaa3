"""Values for PostgreSQL's parameters.

The server infers each parameter's type from the statement. A value that this type cannot hold (19.99 for an integer),
or that only the server can read (a date, a range), is sent as a number or text, and cast in the statement.
"""

import json
import math
from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from aistack.databases.placeholders import rendered
from aistack.databases.session import DatabaseFailed

TEXTS = frozenset(("text", "varchar", "bpchar", "name", "char", "unknown"))
INTEGER_BITS = {"int2": 16, "int4": 32, "int8": 64}
ENCODED_BY_SERVER = frozenset(
    ("date", "time", "timetz", "timestamp", "timestamptz", "interval", "uuid", "bytea", "bool", "float4", "float8",
     "oid")
)  # fmt: skip
NUMBER = "numeric"


class NeedsCast(Exception):
    """A value that does not fit the parameter. `kind` is the type to send it as."""

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind


def numbered(sql: str, casts: Mapping[int, str]) -> str:
    """The statement with $1, $2, ...; `casts` are what to write after some of them."""
    return rendered(sql, lambda number: f"(${number}{casts[number]})" if number in casts else f"${number}")


def typed(values: Sequence[Any], kinds: Sequence[Any]) -> tuple[list[Any], dict[int, str]]:
    """The values as the driver takes them, and casts by parameter. Raises DatabaseFailed."""
    found: list[Any] = []
    casts: dict[int, str] = {}
    for number, (value, kind) in enumerate(zip(values, kinds, strict=True), 1):
        is_array = kind.kind == "array"
        if _is_list(value) and not is_array:
            raise DatabaseFailed("failed", "a list can be used in IN (:list), = ANY(:list) or <> ALL(:list)")
        name = kind.name.removesuffix("[]")
        items: Any = value if _is_list(value) else [value]
        try:
            items = [_driver_value(one, name) for one in items]
        except NeedsCast as cast:
            numbers = cast.kind == NUMBER and not any(isinstance(one, str) for one in items)
            brackets = "[]" if is_array else ""
            items = [None if one is None else _decimal(one) if numbers else _text(one) for one in items]
            casts[number] = f"::numeric{brackets}" if numbers else f"::text{brackets}::{type_name(kind)}"
        found.append(items if _is_list(value) else items[0])
    return found, casts


def guessed_casts(values: Sequence[Any]) -> dict[int, str]:
    """Casts by the values alone, for statements from which the server cannot infer a type."""
    return {number: f"::{_guessed(value)}" for number, value in enumerate(values, 1)}


def literal(value: Any, kind: Any) -> str:
    """A value as SQL, for commands that take no parameters. `kind` is the parameter's type."""
    name = type_name(kind)
    if _is_list(value):
        items: Any = value
        return f"(ARRAY[{', '.join(_quoted(one) for one in items)}]::{name})"
    return f"({_quoted(value)}::{name})"


def type_name(kind: Any) -> str:
    """A type's quoted name."""
    brackets = "[]" if kind.kind == "array" else ""
    parts = (kind.schema, kind.name.removesuffix("[]"))
    return ".".join('"' + part.replace('"', '""') + '"' for part in parts) + brackets


def _is_list(value: Any) -> bool:
    return isinstance(value, list)


def _driver_value(value: Any, name: str) -> Any:
    """Raises NeedsCast."""
    if value is None or (isinstance(value, bool) and name == "bool"):
        return value
    if name in TEXTS:
        return _text(value)
    if isinstance(value, str):
        return _number_of(value) if name == NUMBER else _checked_text(value, name)
    if name in ("json", "jsonb"):
        return json.dumps(value)
    if name in INTEGER_BITS:
        whole = int(value) if isinstance(value, int) or value.is_integer() else None
        if whole is None or not -(2 ** (INTEGER_BITS[name] - 1)) <= whole < 2 ** (INTEGER_BITS[name] - 1):
            raise NeedsCast(NUMBER)
        return whole
    if name in ("float4", "float8"):
        return _float(value)
    if name == NUMBER:
        return _decimal(value)
    if name in ENCODED_BY_SERVER:
        raise NeedsCast("text")
    return _text(value)


def _checked_text(value: str, name: str) -> str:
    if name in INTEGER_BITS or name in ENCODED_BY_SERVER:
        raise NeedsCast("text")
    return value


def _number_of(value: str) -> Decimal:
    try:
        return Decimal(value)
    except InvalidOperation:
        raise NeedsCast("text") from None  # the server says what is wrong with it


def _float(value: float) -> float:
    try:
        return float(value)
    except OverflowError:
        raise NeedsCast(NUMBER) from None


def _decimal(value: float) -> Decimal:
    """19.99 is the decimal 19.99, and not the binary fraction nearest to it."""
    return Decimal(repr(value)) if isinstance(value, float) else Decimal(int(value))


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _guessed(value: Any) -> str:
    if _is_list(value):
        items: Any = value
        kinds = {_guessed(one) for one in items if one is not None}
        return f"{kinds.pop() if len(kinds) == 1 else 'text'}[]"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        return "bigint" if -(2**63) <= value < 2**63 else NUMBER
    return NUMBER if isinstance(value, float) and math.isfinite(value) else "text"


def _quoted(value: Any) -> str:
    if value is None:
        return "NULL"
    return "'" + (format(value, "f") if isinstance(value, Decimal) else _text(value)).replace("'", "''") + "'"
