"""Values as they travel: what JSON can say without loss stays, everything else becomes text."""

import base64
import math
from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from aistack.databases.session import Cell

SAFE_INTEGER_MAX = 2**53 - 1
NESTED: tuple[type, ...] = (list, tuple, set, frozenset)


def cell(value: Any) -> Cell:
    """One value. Integers beyond 2^53 and floats that JSON has no word for become text, bytes base64."""
    kind: Any = value.__class__
    found = CELLS.get(kind)
    if found is not None:
        return found(value)
    if kind is dict:
        return {str(key): cell(inner) for key, inner in value.items()}
    if kind in NESTED or hasattr(value, "keys"):  # a record of PostgreSQL is neither
        return [cell(inner) for inner in value]
    return str(value)


def _integer(value: int) -> Cell:
    return value if -SAFE_INTEGER_MAX <= value <= SAFE_INTEGER_MAX else str(value)


def _float(value: float) -> Cell:
    if math.isfinite(value):
        return value
    return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"


def _same(value: Any) -> Cell:
    return value


def _binary(value: bytes) -> Cell:
    return base64.b64encode(value).decode()


def _iso(value: date | time) -> Cell:
    return value.isoformat()


def _moment(value: datetime) -> Cell:
    return value.isoformat(" ")


def _decimal(value: Decimal) -> Cell:
    return format(value, "f") if value.is_finite() else str(value)


def _span(value: timedelta) -> Cell:
    """[-]H:MM:SS[.ffffff], hours above 24 too."""
    micros = abs(value) // timedelta(microseconds=1)
    seconds, micros = divmod(micros, 1_000_000)
    text = f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}" + (f".{micros:06}" if micros else "")
    return f"-{text}" if value < timedelta() else text


CELLS: dict[type, Callable[[Any], Cell]] = {
    int: _integer,
    float: _float,
    str: _same,
    bool: _same,
    type(None): _same,
    bytes: _binary,
    bytearray: _binary,
    memoryview: _binary,
    datetime: _moment,
    date: _iso,
    time: _iso,
    timedelta: _span,
    Decimal: _decimal,
}


def rows_of(rows: Sequence[Sequence[Any]]) -> list[list[Cell]]:
    """Every value of the rows."""
    known = CELLS.get
    return [[known(value.__class__, cell)(value) for value in row] for row in rows]
