"""Dates as people and feeds write them, in English and Chinese, normalized to UTC.

RFC 3339, RFC 822 with its usual mistakes, dates in words, relative ones ("3 hours ago", "昨天 12:30") and seconds since
1970. What the text leaves open (a zone, a year, the order of day and month) is filled in, and marked as a guess.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo

CHINA = timezone(timedelta(hours=8))
AHEAD_MAX = timedelta(days=2)
CHARACTERS_MAX = 200
YEAR_MIN, YEAR_MAX = 1970, 2100
MONTH_NAMES = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
# Hours from UTC. Some stand for several zones; RFC 822 decides where it names them.
ZONES = {
    "z": 0, "ut": 0, "utc": 0, "gmt": 0, "wet": 0, "est": -5, "edt": -4, "cst": -6, "cdt": -5, "mst": -7, "mdt": -6,
    "pst": -8, "pdt": -7, "akst": -9, "hst": -10, "bst": 1, "west": 1, "cet": 1, "met": 1, "cest": 2, "eet": 2,
    "eest": 3, "msk": 3, "ist": 5.5, "ict": 7, "hkt": 8, "sgt": 8, "awst": 8, "jst": 9, "kst": 9, "aest": 10,
    "aedt": 11, "nzst": 12, "nzdt": 13,
}  # fmt: skip
AMBIGUOUS_ZONES = frozenset({"cst", "ist", "bst"})
SECONDS_OF = {
    "second": 1, "sec": 1, "minute": 60, "min": 60, "hour": 3600, "hr": 3600, "h": 3600, "day": 86_400, "d": 86_400,
    "week": 604_800, "month": 2_592_000, "year": 31_536_000, "秒": 1, "秒钟": 1, "分钟": 60, "分": 60, "小时": 3600,
    "个小时": 3600, "天": 86_400, "日": 86_400, "周": 604_800, "星期": 604_800, "个星期": 604_800, "个月": 2_592_000,
    "月": 2_592_000, "年": 31_536_000,
}  # fmt: skip
DAYS_BEFORE = {"today": 0, "今天": 0, "今日": 0, "yesterday": 1, "昨天": 1, "昨日": 1, "前天": 2, "前日": 2}

TIME = r"(?P<hour>\d{1,2})(?:[:：点时h](?P<minute>\d{1,2})(?:[:：分](?P<second>\d{1,2})(?:[.,]\d+)?)?)?[分秒]?"
CLOCK = rf"(?:(?P<half>上午|下午|晚上|凌晨|中午|早上)\s*)?{TIME}(?:\s*(?P<ampm>[ap])\.?m\.?)?"
ZONE = r"(?:\s*\(?(?P<zone>[A-Za-z]{1,4}|(?:(?:UTC|GMT)\s?)?[+\-−]\d{1,2}(?::?\d{2})?)\)?(?:\s\(?[A-Z]{1,4}\)?)?)?"
WEEKDAY = r"(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*\.?,?\s*|(?:星期|周|礼拜)[一二三四五六日天]\s*)?"
MONTH = rf"(?P<month_name>{'|'.join(MONTH_NAMES)})[a-z]*\.?"
_AFTER_DATE = rf"(?:,?\s*(?:at\s+|T|\s)?\s*{WEEKDAY}{CLOCK}{ZONE})?"


@dataclass(frozen=True, slots=True)
class StatedDate:
    """`is_guess`: the text did not settle the zone, the year, or which number is the month."""

    at: datetime
    is_guess: bool


def parse_date(text: str, now: datetime, zone: tzinfo | None = None) -> StatedDate | None:
    """The date in a text, or None. Texts without a zone are in `zone`: by default UTC, or China's for Chinese ones."""
    cleaned = re.sub(r"\s+", " ", text).strip(" \t,;|·-—")
    if not cleaned or len(cleaned) > CHARACTERS_MAX:
        return None
    home = zone or (CHINA if re.search("[\u4e00-\u9fff]", cleaned) else UTC)
    for pattern, read in FORMS:
        found = pattern.fullmatch(cleaned)
        if found is not None:
            try:
                stated = read(found, now, home)
            except (ValueError, OverflowError):
                return None
            return stated if YEAR_MIN <= stated.at.year <= YEAR_MAX else None
    return None


def zone_of(language: str) -> tzinfo | None:
    """The zone that texts in a language are in when they name none; None if the language does not tell."""
    return CHINA if language.lower().startswith("zh") else None


def _dated(found: re.Match[str], now: datetime, home: tzinfo) -> StatedDate:
    """A date with a year, or one without: then the latest such day that is not in the future."""
    given = found.groupdict()
    month = int(given["month"]) if given.get("month") else MONTH_NAMES.index(given["month_name"].lower()[:3]) + 1
    day, is_guess = int(given["day"]), False
    if given.get("year"):
        year = int(given["year"])
        year += 0 if len(given["year"]) > 2 else 2000 if year < 70 else 1900
    else:
        is_guess = True
        here = now.astimezone(home)
        year = here.year
        if datetime(year, month, day, tzinfo=home) > here + AHEAD_MAX:
            year -= 1
    return _at(given, datetime(year, month, day), home, is_guess)


def _numeric(found: re.Match[str], now: datetime, home: tzinfo) -> StatedDate:
    """`01/06/2024`: the month first, unless it cannot be; `01.06.2024`: the day first, as in Europe."""
    given = found.groupdict()
    first, second = int(given["first"]), int(given["other"])
    day_first = given["separator"] == "." or first > 12
    day, month = (first, second) if day_first else (second, first)
    open_order = first <= 12 and second <= 12 and first != second
    return _at(given, datetime(int(given["year"]), month, day), home, open_order)


def _clock_only(found: re.Match[str], now: datetime, home: tzinfo) -> StatedDate:
    """`yesterday 12:30`, `昨天`."""
    here = now.astimezone(home) - timedelta(days=DAYS_BEFORE[found["when"].lower()])
    return _at(found.groupdict(), datetime(here.year, here.month, here.day), home, False)


def _ago(found: re.Match[str], now: datetime, home: tzinfo) -> StatedDate:
    count = found["count"].lower()
    number = 1.0 if count in ("a", "an", "一") else 0.5 if count == "半" else float(count)
    return StatedDate(now.astimezone(UTC) - timedelta(seconds=number * SECONDS_OF[found["unit"].lower()]), False)


def _just_now(found: re.Match[str], now: datetime, home: tzinfo) -> StatedDate:
    return StatedDate(now.astimezone(UTC), False)


def _since_1970(found: re.Match[str], now: datetime, home: tzinfo) -> StatedDate:
    seconds = int(found[1]) / (1000 if len(found[1]) == 13 else 1)
    return StatedDate(datetime.fromtimestamp(seconds, UTC), False)


def _at(given: dict[str, str | None], day: datetime, home: tzinfo, is_guess: bool) -> StatedDate:
    hour, minute, second = (int(given.get(name) or 0) for name in ("hour", "minute", "second"))
    half, ampm = given.get("half") or "", (given.get("ampm") or "").lower()
    if ((ampm == "p" or half in ("下午", "晚上")) and hour < 12) or (half == "中午" and hour < 10):
        hour += 12
    elif (ampm == "a" or half == "凌晨") and hour == 12:
        hour = 0
    extra = timedelta()
    if hour == 24 and minute == 0 and second == 0:
        hour, extra = 0, timedelta(days=1)
    second = min(second, 59)  # a leap second
    where, is_open = _zone(given.get("zone") or "", home)
    at = day.replace(hour=hour, minute=minute, second=second, tzinfo=where) + extra
    return StatedDate(at.astimezone(UTC), is_guess or (is_open and given.get("hour") is not None))


def _zone(name: str, home: tzinfo) -> tuple[tzinfo, bool]:
    """The zone, and whether it is a guess."""
    name = name.strip().lower().replace("−", "-").replace(" ", "")
    if name.lstrip("+-") in ZONES:
        name = name.lstrip("+-")
        return timezone(timedelta(hours=ZONES[name])), name in AMBIGUOUS_ZONES
    offset = re.fullmatch(r"(?:utc|gmt)?([+-])(\d{1,2}):?(\d{2})?", name)
    if offset is None:
        return home, True
    minutes = int(offset[2]) * 60 + int(offset[3] or 0)
    if minutes > 15 * 60:
        return home, True
    return timezone(timedelta(minutes=minutes if offset[1] == "+" else -minutes)), False


def _form(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


_UNITS = "|".join(sorted((re.escape(one) for one in SECONDS_OF), key=len, reverse=True))
_YEAR_FIRST = r"(?P<year>\d{4})(?P<separator>[-/.])(?P<month>\d{1,2})(?P=separator)(?P<day>\d{1,2})"
_COMPACT = (
    r"(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})"
    rf"(?:T?(?P<hour>\d{{2}})(?P<minute>\d{{2}})(?P<second>\d{{2}})?{ZONE})?"
)
_CHINESE = r"(?:(?P<year>\d{4}|\d{2})年\s*)?(?P<month>\d{1,2})月\s*(?P<day>\d{1,2})[日号]"
_NUMERIC = r"(?P<first>\d{1,2})(?P<separator>[/.-])(?P<other>\d{1,2})(?P=separator)(?P<year>\d{4})"
_AGO = rf"(?:about |大约|约)?(?P<count>\d+(?:\.\d+)?|an?|半|一)\s*(?P<unit>{_UNITS})s?\.?\s*(?:ago|以?之?前)"
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
FORMS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str], datetime, tzinfo], StatedDate]], ...] = (
    (_form(rf"{WEEKDAY}{_YEAR_FIRST}{_AFTER_DATE}"), _dated),
    (_form(rf"{WEEKDAY}{_DAY}[\s-]+{MONTH},?[\s-]+(?P<year>\d{{4}}|\d{{2}}){_AFTER_DATE}"), _dated),
    (_form(rf"{WEEKDAY}{MONTH}\s+{_DAY},?\s+(?P<year>\d{{4}}){_AFTER_DATE}"), _dated),
    (_form(rf"{WEEKDAY}{MONTH}\s+{_DAY}\s+{TIME}{ZONE}\s+(?P<year>\d{{4}})"), _dated),
    (_form(rf"{WEEKDAY}{MONTH}\s+{_DAY}{_AFTER_DATE}"), _dated),
    (_form(rf"{WEEKDAY}{_DAY}\s+{MONTH}{_AFTER_DATE}"), _dated),
    (_form(_CHINESE + _AFTER_DATE), _dated),
    (_form(_NUMERIC + _AFTER_DATE), _numeric),
    (_form(rf"(?P<when>{'|'.join(DAYS_BEFORE)}){_AFTER_DATE}"), _clock_only),
    (_form(_AGO), _ago),
    (_form(r"just now|now|刚刚|刚才"), _just_now),
    (_form(r"(\d{10}|\d{13})"), _since_1970),
    (_form(_COMPACT), _dated),
)  # fmt: skip
