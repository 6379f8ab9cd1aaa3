"""Time zones by their IANA names, by cities in both languages and by fixed offsets."""

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo, available_timezones

from aistack.agent.computation.numbers import ArithmeticProblem

_AMBIGUOUS = {
    "cst": "China, US Central or Cuba", "ist": "India, Ireland or Israel", "bst": "Britain or Bangladesh",
    "ast": "Atlantic or Arabia",
}  # fmt: skip
_ABBREVIATIONS = {
    "est": -5, "edt": -4, "cdt": -5, "mst": -7, "mdt": -6, "pst": -8, "pdt": -7, "cet": 1, "cest": 2, "eet": 2,
    "eest": 3, "wet": 0, "jst": 9, "kst": 9, "aest": 10, "aedt": 11, "msk": 3, "sgt": 8, "hkt": 8,
}  # fmt: skip
_OFFSET = re.compile(r"(?:utc|gmt)?\s*([+-])(\d{1,2})(?::?(\d{2}))?", re.I)


def zone(name: str) -> tzinfo:
    """The zone of a name. Raises ArithmeticProblem if it is unknown, or means several."""
    text = re.sub(r"\s+", "_", name.strip().rstrip("时间").strip())
    lower = text.lower().removesuffix("_time")
    if lower in _AMBIGUOUS:
        raise ArithmeticProblem(f"{name} may be the time of {_AMBIGUOUS[lower]}; name a city")
    if lower in _ABBREVIATIONS:
        return timezone(timedelta(hours=_ABBREVIATIONS[lower]), text.upper())
    offset = _OFFSET.fullmatch(text)
    if offset is not None and int(offset[2]) <= 14 and int(offset[3] or 0) < 60:
        span = timedelta(hours=int(offset[2]), minutes=int(offset[3] or 0))
        return timezone(span if offset[1] == "+" else -span)
    found = _names().get(lower)
    if found is None:
        raise ArithmeticProblem(f"{name!r} is not a time zone that is known here; use a name such as Europe/Berlin")
    return ZoneInfo(found)


def is_zone(name: str) -> bool:
    try:
        return bool(zone(name))
    except ArithmeticProblem:
        return False


def local_note(local: datetime) -> str:
    """What is odd about a local time: the clocks skip it, or show it twice. Empty if nothing is."""
    first, second = local.replace(fold=0), local.replace(fold=1)
    if first.utcoffset() == second.utcoffset():
        return ""
    back = first.astimezone(UTC).astimezone(local.tzinfo)
    if back.replace(tzinfo=None) != local.replace(tzinfo=None):
        return "the clocks go forward and skip this time"
    return "the clocks go back and show this time twice; the first is meant"


@cache
def _names() -> dict[str, str]:
    names = {name.lower(): name for name in available_timezones() if not name.startswith(("posix", "right"))}
    for city in list(names.values()):
        names.setdefault(city.rpartition("/")[2].lower(), city)
    for line in files("aistack.agent.computation").joinpath("zones.txt").read_text("utf-8").splitlines():
        if not line.startswith("#"):
            name, *places = line.split()
            names |= dict.fromkeys(places, name)
    return names
