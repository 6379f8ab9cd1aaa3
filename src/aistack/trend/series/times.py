"""Times of any form as microseconds since 1970. Uses no numpy."""

import math
import re
from datetime import UTC, date, datetime, timedelta

MICROSECONDS = 1_000_000
_EPOCH = datetime(1970, 1, 1)
_YEAR_MAX = 2200
_MONTH_OR_QUARTER = re.compile(r"(\d{4})\s*(?:[-/年]\s*(\d{1,2})\s*月?|[- ]?[Qq]([1-4])|年?)$")
_DAY = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?(?=$|[ T])[ T]*(.*)$")


def time_of(microseconds: int) -> str:
    """RFC 3339, in UTC."""
    return (_EPOCH + timedelta(microseconds=int(microseconds))).isoformat() + "Z"


def microseconds_of(value: object) -> int | None:
    """A time as microseconds since 1970 in UTC; None where it cannot be read or lies outside the years 1 to 2200."""
    match value:
        case bool() | None:
            return None
        case datetime():
            return _of_datetime(value)
        case date():
            return _of_datetime(datetime(value.year, value.month, value.day, tzinfo=UTC))
        case int() | float():
            try:
                number = float(value)
            except OverflowError:
                return None
            return _of_number(number) if math.isfinite(number) else None
        case str():
            return _of_text(value.strip())
        case _:
            return None


def _of_datetime(value: datetime) -> int | None:
    value = value if value.tzinfo else value.replace(tzinfo=UTC)
    since = value - datetime(1970, 1, 1, tzinfo=UTC)
    return (since.days * 86_400 + since.seconds) * MICROSECONDS + since.microseconds if value.year < _YEAR_MAX else None


def _of_number(value: float) -> int | None:
    for limit, factor in ((1e11, 1e6), (1e14, 1e3), (1e17, 1.0), (1e20, 1e-3)):
        if abs(value) < limit:
            return round(value * factor) if abs(value * factor) < 7.3e15 else None
    return None


def _of_text(text: str) -> int | None:
    try:
        if match := _MONTH_OR_QUARTER.match(text):
            month = int(match[2] or 0) or (int(match[3]) * 3 - 2 if match[3] else 1)
            return _of_datetime(datetime(int(match[1]), month, 1, tzinfo=UTC))
        if match := _DAY.match(text):
            text = f"{match[1]}-{int(match[2]):02}-{int(match[3]):02}" + (f"T{match[4]}" if match[4] else "")
        return _of_datetime(datetime.fromisoformat(text.replace(" UTC", "Z")))
    except (ValueError, OverflowError):
        pass
    try:
        return _of_number(float(text))
    except (ValueError, OverflowError):
        return None
