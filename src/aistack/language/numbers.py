"""One form for numbers, quantities, versions and dates, however they are written.

`1,234.50` and `1234.5` are one term, and so are `10 GB` and `10 gigabytes`, `5 %` and `百分之五`, `6 January 2024`,
`2024-01-06` and `二〇二四年一月六日`. A date without a year, `1月6日`, shares a term with the same day of every year.
"""

import re
from collections.abc import Iterator
from importlib.resources import files

MONTHS = {
    name: number
    for number, names in enumerate(
        ("january jan", "february feb", "march mar", "april apr", "may", "june jun", "july jul", "august aug",
         "september sept sep", "october oct", "november nov", "december dec"), 1,
    )
    for name in names.split()
}  # fmt: skip
UNITS = {
    name: line.split()[0]
    for line in files("aistack.language").joinpath("units.txt").read_text("utf-8").splitlines()
    for name in line.split()
    if not line.startswith("#")
} | {"per cent": "%"}
_SCALES = {
    "thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12, "万": 10**4, "百万": 10**6,
    "千万": 10**7, "亿": 10**8, "万亿": 10**12, "bn": 10**9, "mn": 10**6,
}  # fmt: skip
NUMERALS = {character: value for value, character in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_TENS = {"十": 10, "百": 100, "千": 1000}
_MYRIADS = {"万": 10**4, "亿": 10**8}

_NUMBER = r"(?<![\w.,])\d+(?:[.,]\d+)*"
_names = "|".join(re.escape(name) for name in sorted(UNITS, key=len, reverse=True))
_scales = "|".join(sorted(_SCALES, key=len, reverse=True))
_QUANTITY = re.compile(
    rf"(?P<sign>US\$|[$€£¥]|\b(?:USD|EUR|GBP|CNY|RMB|JPY) ?)?(?P<number>{_NUMBER})"
    rf"(?:[ -]?(?P<scale>{_scales})(?![a-z]))?(?:[ -]?(?P<unit>{_names})(?![a-zA-Z\d]))?",
    re.I,
)
_NUMERAL = "[零〇一二三四五六七八九十百千万亿两]"
_CHINESE_NUMBER = re.compile(rf"(?P<percent>百分之)?(?P<ordinal>第)?(?P<number>{_NUMERAL}+)(?P<unit>[号日月年个%]?)")
_part = rf"\d{{1,2}}|{_NUMERAL}{{1,3}}"
_CHINESE_DATE = re.compile(
    rf"(?<!\d)(?:(?P<year>\d{{4}}|[零〇一二三四五六七八九]{{4}}) ?年 ?)?"
    rf"(?:(?P<month>{_part}) ?月(?:份|(?: ?(?P<day>{_part}) ?[日号]))?)?"
)
_month = "|".join(sorted(MONTHS, key=len, reverse=True))
_ENGLISH_DATE = re.compile(
    rf"\b(?:(?:(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?: of)?[ -])(?P<month>{_month})\b\.?"
    rf"|(?P<month2>{_month})\b\.?(?: (?:the )?(?P<day2>\d{{1,2}})(?:st|nd|rd|th)?(?!\d))?)"
    rf"(?:(?:,? |-)(?P<year>\d{{4}})(?!\d))?",
    re.I,
)
_DATE = (
    re.compile(r"(?P<year>(?:1[5-9]|20|21)\d\d)(?P<by>[-/.])(?P<month>\d{1,2})(?:(?P=by)(?P<day>\d{1,2}))?"),
    re.compile(r"(?P<year>(?:19|20)\d\d)(?P<month>\d\d)(?P<day>\d\d)"),
    re.compile(r"(?P<day>\d{1,2})(?P<by>[-/.])(?P<month>\d{1,2})(?P=by)(?P<year>(?:1[5-9]|20|21)\d\d)"),
    re.compile(r"(?P<month>\d{1,2})(?P<by>[-/])(?P<day>\d{1,2})(?P=by)(?P<year>(?:1[5-9]|20|21)\d\d)"),
)
TERM_CHARACTERS_MAX = 64
NUMBER_CHARACTERS_MAX = 32  # longer runs of digits and numerals count as words
_THOUSANDS = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?")
_EUROPEAN = re.compile(r"\d{1,3}(?:\.\d{3})+,\d+")


def number_terms(text: str) -> list[str]:
    """The terms of a number without spaces: one for a number or a version, several for a list like `1,2,3`."""
    if _THOUSANDS.fullmatch(text):
        return [_plain(text.replace(",", ""))]
    if _EUROPEAN.fullmatch(text):
        return [_plain(text.replace(".", "").replace(",", "."))]
    return [_decimal(one)[:TERM_CHARACTERS_MAX] for one in text.split(",")]


def quantity_terms(text: str) -> Iterator[str]:
    """A term for each number with a unit, a currency or a word like million, beside the terms of its words."""
    for match in _QUANTITY.finditer(text):
        sign, scale, unit = match["sign"], match["scale"], match["unit"]
        if not (sign or scale or unit):
            continue
        number = number_terms(match["number"])[-1]
        if number.count(".") > 1 or len(number) > NUMBER_CHARACTERS_MAX:
            continue
        if scale:
            number = f"{float(number) * _SCALES[scale.lower()]:.6f}"
        number = _plain(number)
        if scale:
            yield number
        unit = UNITS.get((unit or sign or "").lower().strip(), "")
        if unit:
            yield number + unit


def chinese_number_terms(text: str) -> Iterator[str]:
    """The numbers that are written in Chinese numerals, in digits."""
    for match in _CHINESE_NUMBER.finditer(text):
        numeral = match["number"]
        if len(numeral) == 1 and (numeral in "万亿百千" or not (match["ordinal"] or match["percent"] or match["unit"])):
            continue
        if numeral == "一" and match["unit"] == "个":
            continue
        value = chinese_number(numeral)
        if value is not None:
            yield str(value)
            if match["percent"]:
                yield f"{value}%"


def chinese_number(numeral: str) -> int | None:
    """The value of a Chinese numeral, by digits (二〇二四) or by places (三百二十). None for anything else."""
    if len(numeral) > NUMBER_CHARACTERS_MAX:
        return None
    if all(one in NUMERALS for one in numeral):
        return int("".join(str(NUMERALS[one]) for one in numeral)) if "两" not in numeral or len(numeral) == 1 else None
    total = section = digit = 0
    for one in numeral:
        if one in NUMERALS:
            digit = NUMERALS[one]
        elif one in _TENS:
            section += (digit or 1) * _TENS[one]
            digit = 0
        else:
            total = (total + section + digit) * _MYRIADS[one] if one == "亿" else total + (section + digit) * 10**4
            section = digit = 0
    return total + section + digit


def without_chinese_dates(text: str, terms: list[str]) -> str:
    """The text without dates like 2024年1月6日, whose terms are added to `terms`."""

    def blank(match: re.Match[str]) -> str:
        year, month, day = (_value(match[name]) for name in ("year", "month", "day"))
        if (year is None and day is None) or not _is_date(month, day):
            return match.group()
        terms.extend(_date_terms(year, month, day))
        return " "

    return _CHINESE_DATE.sub(blank, text)


def english_date_terms(text: str) -> Iterator[str]:
    """The terms of dates like 6 January 2024, beside those of their words."""
    for match in _ENGLISH_DATE.finditer(text):
        month = MONTHS[(match["month"] or match["month2"]).lower()]
        day, year = _value(match["day"] or match["day2"]), _value(match["year"])
        if (day is not None or year is not None) and _is_date(month, day):
            yield from _date_terms(None if year is None else year, month, day, is_year_apart=True)


def date_terms(token: str) -> list[str]:
    """The terms of a date like 2024-01-06, 6.1.2024 or 20240106. Both readings of 1/6/2024. Empty if it is none."""
    found: dict[str, None] = {}
    for pattern in _DATE:
        match = pattern.fullmatch(token)
        if match is None:
            continue
        month, day = int(match["month"]), _value(match["day"])
        if _is_date(month, day) and not (day is None and match["by"] == "."):
            found |= dict.fromkeys(_date_terms(int(match["year"]), month, day))
    return list(found)


def _date_terms(year: int | None, month: int | None, day: int | None, *, is_year_apart: bool = False) -> Iterator[str]:
    if year is not None and not is_year_apart:
        yield str(year)
    if year is not None and month is not None:
        yield f"{year}-{month:02}"
    if month is not None and day is not None:
        yield f"--{month:02}-{day:02}"
        if year is not None:
            yield f"{year}-{month:02}-{day:02}"


def _is_date(month: int | None, day: int | None) -> bool:
    return (month is None or 1 <= month <= 12) and (day is None or 1 <= day <= 31)


def _value(text: str | None) -> int | None:
    if text is None:
        return None
    return int(text) if text.isdecimal() else chinese_number(text)


def _decimal(text: str) -> str:
    """A decimal number of four and more digits before the point loses zeros at the end; 3.10 may be a version."""
    whole, _, part = text.partition(".")
    is_year = len(whole) == 4 and whole.startswith(("19", "20"))
    return _plain(text) if len(whole) >= 4 and part and "." not in part and not is_year else text


def _plain(text: str) -> str:
    return text.rstrip("0").rstrip(".") if "." in text else text
