"""Database values as JSON: what JSON represents without loss is kept, everything else becomes text."""

import base64
import math
from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from aistack.databases.session import JsonValue

SAFE_INTEGER_MAX = 2**53 - 1
NESTED: tuple[type, ...] = (list, tuple, set, frozenset)


def json_value(value: Any) -> JsonValue:
    """One value. Integers beyond 2^53, NaN and infinities become text, bytes become base64."""
    kind: Any = value.__class__
    found = CONVERTERS.get(kind)
    if found is not None:
        return found(value)
    if kind is dict:
        return {str(key): json_value(inner) for key, inner in value.items()}
    if kind in NESTED or hasattr(value, "keys"):  # a record of PostgreSQL is neither
        return [json_value(inner) for inner in value]
    return str(value)


def decoded_binary(value: str) -> bytes:
    """What a binary cell holds."""
    return base64.b64decode(value)


def _integer(value: int) -> JsonValue:
    return value if -SAFE_INTEGER_MAX <= value <= SAFE_INTEGER_MAX else str(value)


def _float(value: float) -> JsonValue:
    if math.isfinite(value):
        return value
    return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"


def _unchanged(value: Any) -> JsonValue:
    return value


def _binary(value: bytes) -> JsonValue:
    return base64.b64encode(value).decode()


def _iso(value: date | time) -> JsonValue:
    return value.isoformat()


def _timestamp(value: datetime) -> JsonValue:
    return value.isoformat(" ")


def _decimal(value: Decimal) -> JsonValue:
    return format(value, "f") if value.is_finite() else str(value)


def _duration(value: timedelta) -> JsonValue:
    """[-]H:MM:SS[.ffffff]; hours may exceed 24."""
    micros = abs(value) // timedelta(microseconds=1)
    seconds, micros = divmod(micros, 1_000_000)
    text = f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}" + (f".{micros:06}" if micros else "")
    return f"-{text}" if value < timedelta() else text


CONVERTERS: dict[type, Callable[[Any], JsonValue]] = {
    int: _integer,
    float: _float,
    str: _unchanged,
    bool: _unchanged,
    type(None): _unchanged,
    bytes: _binary,
    bytearray: _binary,
    memoryview: _binary,
    datetime: _timestamp,
    date: _iso,
    time: _iso,
    timedelta: _duration,
    Decimal: _decimal,
}


def json_rows(rows: Sequence[Sequence[Any]]) -> list[list[JsonValue]]:
    """Rows with every value converted."""
    known = CONVERTERS.get
    return [[known(value.__class__, json_value)(value) for value in row] for row in rows]
