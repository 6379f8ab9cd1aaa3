"""PostgreSQL's dates and times as text, and back. Their range exceeds Python's: years before 1, infinity, 24:00.

The binary protocol encodes them as days and microseconds since 2000-01-01 (PostgreSQL, datatype/timestamp.h).
"""

from collections.abc import Callable
from datetime import UTC, date, datetime, time

EPOCH_DAY = date(2000, 1, 1).toordinal()
EPOCH = datetime(2000, 1, 1)
DAY = 86_400_000_000
MOST = {"date": 2**31 - 1, "timestamp": 2**63 - 1}
LEAST = {"date": -(2**31), "timestamp": -(2**63)}

Wire = tuple[int, ...]


def date_text(wire: Wire) -> str:
    days = wire[0]
    if days in (MOST["date"], LEAST["date"]):
        return "infinity" if days > 0 else "-infinity"
    ordinal = days + EPOCH_DAY
    if 1 <= ordinal <= date.max.toordinal():
        return date.fromordinal(ordinal).isoformat()
    year, month, day = _civil(ordinal - 719_163)
    return f"{year:04}-{month:02}-{day:02}" if year > 0 else f"{1 - year:04}-{month:02}-{day:02} BC"


def time_text(wire: Wire) -> str:
    seconds, micros = divmod(wire[0], 1_000_000)
    text = f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    return f"{text}.{micros:06}".rstrip("0") if micros else text


def time_tz_text(wire: Wire) -> str:
    return time_text(wire) + _offset(-wire[1])


def timestamp_text(wire: Wire) -> str:
    micros = wire[0]
    if micros in (MOST["timestamp"], LEAST["timestamp"]):
        return "infinity" if micros > 0 else "-infinity"
    days, rest = divmod(micros, DAY)
    day = date_text((days,))
    if day.endswith(" BC"):
        return f"{day[:-3]} {time_text((rest,))} BC"
    return f"{day} {time_text((rest,))}"


def timestamp_tz_text(wire: Wire) -> str:
    text = timestamp_text(wire)
    if "infinity" in text:
        return text
    return f"{text[:-3]}+00:00 BC" if text.endswith(" BC") else f"{text}+00:00"


def interval_text(wire: Wire) -> str:
    """In PostgreSQL's output format: `1 year 2 mons -3 days +04:05:06` (interval.c, EncodeInterval)."""
    months, days, micros = wire
    sign = -1 if months < 0 else 1
    years, months = divmod(abs(months), 12)
    text, is_before = "", False
    for value, unit in ((sign * years, "year"), (sign * months, "mon"), (days, "day")):
        if value:
            plus = "+" if is_before and value > 0 else ""
            text += f" {plus}{value} {unit}" + ("" if value == 1 else "s")
            is_before = value < 0
    if micros or not text:
        text += f" {'-' if micros < 0 else '+' if is_before else ''}{time_text((abs(micros),))}"
    return text.lstrip()


def date_wire(text: object) -> Wire:
    """Raises ValueError."""
    return (date.fromisoformat(str(text)).toordinal() - EPOCH_DAY,)


def time_wire(text: object) -> Wire:
    given = time.fromisoformat(str(text))
    return (((given.hour * 60 + given.minute) * 60 + given.second) * 1_000_000 + given.microsecond,)


def time_tz_wire(text: object) -> Wire:
    given = time.fromisoformat(str(text))
    offset = given.utcoffset()
    return (*time_wire(given.replace(tzinfo=None).isoformat()), -int(offset.total_seconds()) if offset else 0)


def timestamp_wire(text: object) -> Wire:
    given = datetime.fromisoformat(str(text)).replace(tzinfo=None) - EPOCH
    return (given.days * DAY + given.seconds * 1_000_000 + given.microseconds,)


def timestamp_tz_wire(text: object) -> Wire:
    given = datetime.fromisoformat(str(text))
    in_utc = given.astimezone(UTC) if given.tzinfo else given
    return timestamp_wire(in_utc.replace(tzinfo=None).isoformat())


def interval_wire(text: object) -> Wire:
    """From days and a time, as in "3 days 04:05:06", or from seconds. Raises ValueError."""
    words = str(text).split()
    if len(words) == 1 and ":" not in words[0]:
        return (0, 0, round(float(words[0]) * 1_000_000))
    days = int(words[0]) if len(words) >= 2 and words[1].startswith("day") else 0
    rest = words[-1] if ":" in words[-1] else "00:00"
    return (0, days, time_wire(rest)[0])


CODECS: dict[str, tuple[Callable[[object], Wire], Callable[[Wire], str]]] = {
    "date": (date_wire, date_text),
    "time": (time_wire, time_text),
    "timetz": (time_tz_wire, time_tz_text),
    "timestamp": (timestamp_wire, timestamp_text),
    "timestamptz": (timestamp_tz_wire, timestamp_tz_text),
    "interval": (interval_wire, interval_text),
}


def _civil(days: int) -> tuple[int, int, int]:
    """Year (0 is 1 BC), month and day from days since 1970-01-01 (Hinnant, chrono-compatible date algorithms)."""
    days += 719_468
    era, day_of_era = divmod(days, 146_097)
    year_of_era = (day_of_era - day_of_era // 1460 + day_of_era // 36_524 - day_of_era // 146_096) // 365
    day_of_year = day_of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    shifted = (5 * day_of_year + 2) // 153
    month = shifted + 3 if shifted < 10 else shifted - 9
    return year_of_era + era * 400 + (month <= 2), month, day_of_year - (153 * shifted + 2) // 5 + 1


def _offset(seconds: int) -> str:
    sign = "-" if seconds < 0 else "+"
    hours, rest = divmod(abs(seconds), 3600)
    return f"{sign}{hours:02}:{rest // 60:02}"
