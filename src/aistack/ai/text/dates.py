"""Dates in questions: years, months, quarters, days, and dates relative to today, such as last month.

Each becomes a half-open span: from its first day up to, but not including, the day after its last.
"""

import re
from dataclasses import dataclass
from datetime import date, timedelta

MONTHS = {
    name: number
    for number, names in enumerate(
        ("january jan", "february feb", "march mar", "april apr", "may", "june jun", "july jul", "august aug",
         "september sep sept", "october oct", "november nov", "december dec"), 1,
    )
    for name in names.split()
}  # fmt: skip
MONTH = "|".join(sorted(MONTHS, key=len, reverse=True))
CHINESE_NUMBERS = {
    "一": 1,
    "二": 2,
    "三": 3,
    "四": 4,
    "十二": 12,
    "十一": 11,
    "十": 10,
    "九": 9,
    "八": 8,
    "七": 7,
    "六": 6,
    "五": 5,
}
CHINESE_NUMBER = "十[一二]|[一二三四五六七八九十]"
UNITS = {"day": "day", "天": "day", "日": "day", "week": "week", "周": "week", "星期": "week", "month": "month", "个月": "month",
        "月": "month", "quarter": "quarter", "季度": "quarter", "year": "year", "年": "year"}  # fmt: skip
FIRST, LAST = date(1, 1, 1), date(9999, 12, 31)  # ends of spans that are open on one side
YEARS = range(1000, 3000)

PATTERNS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (name, re.compile(pattern, re.I))
    for name, pattern in (
        ("between", r"(?:between|from) (?P<a>\d{4}(?:-\d\d){0,2}) (?:and|to|until|till) (?P<b>\d{4}(?:-\d\d){0,2})\b"),
        (
            "between",
            r"(?:从)?\s*(?P<a>\d{4}(?:-\d\d){0,2})\s*年?\s*(?:到|至|-|~)\s*(?P<b>\d{4}(?:-\d\d){0,2})\s*年?(?:之间|期间)?",
        ),
        ("day", r"(?P<y>\d{4})-(?P<m>\d\d?)-(?P<d>\d\d?)\b"),
        ("day", r"(?P<y>\d{4})\s*年\s*(?P<m>\d\d?)\s*月\s*(?P<d>\d\d?)\s*[日号]"),
        ("day", rf"(?P<mn>{MONTH})\.? (?P<d>\d\d?)(?:st|nd|rd|th)?,? (?P<y>\d{{4}})\b"),
        ("day", rf"(?P<d>\d\d?)(?:st|nd|rd|th)? (?P<mn>{MONTH}),? (?P<y>\d{{4}})\b"),
        ("month", rf"\b(?P<mn>{MONTH})\.?,? (?:of )?(?P<y>\d{{4}})\b"),
        ("month", r"(?P<y>\d{4})\s*年\s*(?P<m>\d\d?)\s*月(?:份)?"),
        ("month", rf"(?P<y>\d{{4}})\s*年\s*(?P<mz>{CHINESE_NUMBER})\s*月(?:份)?"),
        ("month", r"\b(?P<y>\d{4})-(?P<m>\d\d?)\b"),
        ("quarter", r"\bq(?P<q>[1-4]),? (?:of )?(?P<y>\d{4})\b"),
        ("quarter", r"\b(?P<y>\d{4})[- ]?q(?P<q>[1-4])\b"),
        ("quarter", r"(?P<qw>first|second|third|fourth|last) quarter (?:of |in )?(?P<y>\d{4})\b"),
        ("quarter", r"(?P<q>[1-4])(?:st|nd|rd|th) quarter (?:of |in )?(?P<y>\d{4})\b"),
        ("quarter", r"(?P<y>\d{4})\s*年\s*第?\s*(?P<qz>[1-4一二三四])\s*季度"),
        ("half", r"(?P<h>first|second) half of (?P<y>\d{4})\b"),
        ("half", r"(?P<y>\d{4})\s*年\s*(?P<hz>[上下])半年"),
        ("since", r"(?:since|starting(?: in| from)?) (?P<y>\d{4})\b"),
        ("since", r"(?P<y>\d{4})\s*年?\s*(?:以来|以后)"),
        ("after", r"after (?P<y>\d{4})\b"),
        ("after", r"(?P<y>\d{4})\s*年?\s*之后"),
        ("until", r"(?:before|until|prior to) (?P<y>\d{4})\b"),
        ("until", r"(?P<y>\d{4})\s*年?\s*(?:之前|以前)"),
        ("year", r"(?P<y>\d{4})\s*年(?:度)?(?!\s*(?:\d|第|[一二三四五六七八九十上下]))"),
        ("year", r"\b(?P<y>[12]\d{3})\b(?!\s*[年-])"),
        ("last_n", r"(?:the )?(?:last|past|previous) (?P<n>\d+) (?:calendar )?(?P<u>day|week|month|quarter|year)s?\b"),
        ("last_n", r"(?:最近|过去|近)\s*(?P<n>\d+)\s*(?P<u>天|日|周|个月|季度|年)"),
        ("this", r"\bthis (?P<u>week|month|quarter|year)\b"),
        ("this", r"(?:本|这个|今)(?P<u>周|星期|月|季度|年)"),
        ("last", r"\b(?:last|previous) (?:iso |calendar |full |whole )*(?P<u>week|month|quarter|year)\b"),
        ("last", r"(?:上个?|去)(?P<u>周|星期|月|季度|年)"),
        ("today", r"\btoday\b|今天|今日"),
        ("yesterday", r"\byesterday\b|昨天|昨日"),
        ("before_last", r"前年"),
    )
)


@dataclass(frozen=True, slots=True)
class DateSpan:
    """From `start` up to, but not including, `end`; both are ISO dates."""

    start: str
    end: str


def date_spans(question: str, today: date) -> list[tuple[int, int, DateSpan]]:
    """Every date in a question: where its characters start and end, and its span."""
    found: list[tuple[int, int, DateSpan]] = []
    for name, pattern in PATTERNS:
        for match in pattern.finditer(question):
            try:
                start, end = _span(name, match.groupdict(), today)
            except (ValueError, OverflowError):
                continue
            found.append((match.start(), match.end(), DateSpan(start.isoformat(), end.isoformat())))
    return found


def _span(name: str, part: dict[str, str | None], today: date) -> tuple[date, date]:
    match name:
        case "between":
            return _iso_span(part["a"] or "")[0], _iso_span(part["b"] or "")[1]
        case "day":
            day = date(int(part["y"] or 0), _month(part), int(part["d"] or 0))
            return day, day + timedelta(1)
        case "month":
            return _months(int(part["y"] or 0), _month(part), 1)
        case "quarter":
            return _months(int(part["y"] or 0), 3 * _quarter(part) - 2, 3)
        case "half":
            second = part.get("h") == "second" or part.get("hz") == "下"
            return _months(int(part["y"] or 0), 7 if second else 1, 6)
        case "year":
            return _months(_year(part), 1, 12)
        case "since":
            return date(_year(part), 1, 1), LAST
        case "after":
            return date(_year(part) + 1, 1, 1), LAST
        case "until":
            return FIRST, date(_year(part), 1, 1)
        case "last_n":
            return _last_n(today, UNITS[(part["u"] or "").lower()], int(part["n"] or 0))
        case "this":
            return _calendar_unit(today, UNITS[(part["u"] or "").lower()], 0)
        case "last":
            return _calendar_unit(today, UNITS[(part["u"] or "").lower()], -1)
        case "before_last":
            return _months(today.year - 2, 1, 12)
        case "yesterday":
            return today - timedelta(1), today
        case _:
            return today, today + timedelta(1)


def _iso_span(text: str) -> tuple[date, date]:
    numbers = [int(one) for one in text.split("-")]
    if len(numbers) == 1:
        return _months(numbers[0], 1, 12)
    if len(numbers) == 2:
        return _months(numbers[0], numbers[1], 1)
    day = date(*numbers)
    return day, day + timedelta(1)


def _months(year: int, month: int, count: int) -> tuple[date, date]:
    after = year * 12 + month - 1 + count
    return date(year, month, 1), date(after // 12, after % 12 + 1, 1)


def _calendar_unit(today: date, unit: str, offset: int) -> tuple[date, date]:
    """The whole week, month, quarter or year, `offset` units from the current one."""
    if unit == "week":
        monday = today - timedelta(today.weekday()) + timedelta(weeks=offset)
        return monday, monday + timedelta(7)
    months = {"month": 1, "quarter": 3, "year": 12}[unit]
    first = (today.month - 1) // months * months + today.year * 12 + offset * months
    return _months(first // 12, first % 12 + 1, months)


def _last_n(today: date, unit: str, count: int) -> tuple[date, date]:
    """The last `count` days, weeks, ... up to and including today."""
    after = today + timedelta(1)
    if unit in ("day", "week"):
        return after - timedelta(count * (7 if unit == "week" else 1)), after
    months = count * {"month": 1, "quarter": 3, "year": 12}[unit]
    at = after.year * 12 + after.month - 1 - months
    return date(at // 12, at % 12 + 1, min(after.day, 28)), after


def _month(part: dict[str, str | None]) -> int:
    if part.get("mn"):
        return MONTHS[(part["mn"] or "").lower()]
    return CHINESE_NUMBERS[part["mz"] or ""] if part.get("mz") else int(part["m"] or 0)


def _quarter(part: dict[str, str | None]) -> int:
    if part.get("qw"):
        return {"first": 1, "second": 2, "third": 3}.get(part["qw"] or "", 4)
    given = part.get("q") or part.get("qz") or ""
    return CHINESE_NUMBERS.get(given) or int(given)


def _year(part: dict[str, str | None]) -> int:
    year = int(part["y"] or 0)
    if year not in YEARS:
        raise ValueError(year)
    return year
