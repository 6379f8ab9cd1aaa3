"""Numbers and dates as a spreadsheet shows them (ECMA-376 part 1, 18.8.30 and 18.8.31, number formats)."""

import re
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache

BUILT_IN = {
    1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 9: "0%", 10: "0.00%", 11: "0.00E+00", 14: "yyyy-mm-dd",
    15: "d-mmm-yy", 16: "d-mmm", 17: "mmm-yy", 18: "h:mm AM/PM", 19: "h:mm:ss AM/PM", 20: "h:mm", 21: "h:mm:ss",
    22: "yyyy-mm-dd h:mm", 37: "#,##0;(#,##0)", 38: "#,##0;(#,##0)", 39: "#,##0.00;(#,##0.00)",
    40: "#,##0.00;(#,##0.00)", 45: "mm:ss", 46: "[h]:mm:ss", 48: "##0.0E+0",
}  # fmt: skip
TOKEN = re.compile(
    r'"(?P<quoted>[^"]*)"|\\(?P<escaped>.)|[_*].|\[\$(?P<currency>[^\]-]*)[^\]]*\]|\[(?P<elapsed>h+|m+|s+)\]'
    r"|\[(?P<condition>[<>=][^\]]*)\]|\[(?P<special>DBNum)[^\]]*\]|\[[^\]]*\]"
    r"|(?P<digits>[#0?][#0?,]*(?:\.[#0?]*,*)?(?:[eE][+-]0+)?|\.[#0?]+)|(?P<half>AM/PM|A/P|上午/下午)"
    r"|(?P<date>y+|m+|d+|h+|s+(?:\.0+)?|General)|(?P<literal>.)",
    re.I | re.S,
)
SECTION = re.compile(r'((?:"[^"]*"|\\.|\[[^\]]*\]|[^;"\\\[])*)(?:;|$)')
SPACES = re.compile(r"\s+")
NO_NUMBER = frozenset(("date", "elapsed", "condition", "special", "half"))
DIGITS_MAX = 15  # of a number in a sheet
ORIGIN, ORIGIN_1904 = datetime(1899, 12, 30), datetime(1904, 1, 1)
SERIAL_DIGITS = 8  # of a date's fraction of a day, which is exact to a millisecond
SERIAL_MAX = 2_958_466  # the year 10000

Token = tuple[str, str]


def shown(value: object, code: str) -> str:
    """A number, date, time or duration in a number format; plain where there is none, or one that says nothing."""
    if isinstance(value, datetime | date | time | timedelta):
        if _is_of_numbers(code):  # python-calamine takes some numbers for dates
            return shown(round((_moment(value) - ORIGIN) / timedelta(days=1), SERIAL_DIGITS), code)
        return _date(value, code) or _plain_date(value)
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, int | float):
        return (_number(Decimal(repr(value)), code) if code else "") or _plain(value)
    return str(value)


def shown_serial(value: float, code: str, *, is_1904: bool) -> str:
    """A number in a number format. It is the count of days since 1900 or 1904 if the format is one of dates."""
    sections = _sections(code) if code else []
    kinds = {kind for kind, _ in sections[0]} if sections else set[str]()
    if not kinds & {"date", "elapsed"} or not 0 <= value < SERIAL_MAX or "general" in code.lower():
        return shown(value, code)
    duration = timedelta(days=value)
    if "elapsed" in kinds:
        return shown(duration, code)
    moment = (ORIGIN_1904 if is_1904 else ORIGIN) + timedelta(
        microseconds=round(duration / timedelta(microseconds=1), -3)
    )
    return shown(moment.time() if value < 1 else moment, code)


def _plain(value: float) -> str:
    if isinstance(value, int) or (value.is_integer() and abs(value) < 10**DIGITS_MAX):
        return str(int(value))
    return f"{value:.{DIGITS_MAX}g}"


def _plain_date(value: date | time | timedelta) -> str:
    if isinstance(value, timedelta):
        minutes, seconds = divmod(round(value.total_seconds()), 60)
        return f"{minutes // 60}:{minutes % 60:02}:{seconds:02}"
    return str(value.date() if isinstance(value, datetime) and value.time() == time() else value)


@lru_cache(maxsize=1024)
def _sections(code: str) -> list[list[Token]]:
    """The parts for positive and negative numbers, zero and text, each as tokens. What shows nothing is left out."""
    return [
        [(one.lastgroup, one[one.lastgroup]) for one in TOKEN.finditer(part) if one.lastgroup]
        for part in SECTION.findall(code if code.endswith(";") else code + ";")[:-1]
    ]


def _number(value: Decimal, code: str) -> str:
    """Nothing if the format is for dates, has conditions, or divides the digits of a number."""
    if not value.is_finite():
        return ""
    before, pattern, after, percents = _number_parts(code, 1 if value < 0 else 2 if value == 0 else 0)
    if not pattern:
        return before
    digits = _digits(abs(value) * 100**percents if percents else abs(value), pattern)
    return f"{before}{digits}{after}" if digits or not value else ""


@lru_cache(maxsize=1024)
def _number_parts(code: str, section: int) -> tuple[str, str, str, int]:
    """What stands before the digits, their pattern, what stands after them, and by how many percent signs."""
    sections = _sections(code)
    at = section if section < len(sections) else 0
    tokens = sections[at] if sections else []
    kinds = [kind for kind, _ in tokens]
    if kinds.count("digits") > 1 or not NO_NUMBER.isdisjoint(kinds):
        return "", "", "", 0
    texts = [text for _, text in tokens]
    if "digits" not in kinds:
        return "".join(texts).strip() if at else "", "", "", 0
    place = kinds.index("digits")
    before, after = (SPACES.sub(" ", "".join(part)) for part in (texts[:place], texts[place + 1 :]))
    sign = "-" if section == 1 and at == 0 else ""
    percents = sum(token == ("literal", "%") for token in tokens)
    return sign + before.lstrip(), texts[place], after.rstrip(), percents


def _digits(value: Decimal, pattern: str) -> str:
    mantissa, _, exponent = pattern.upper().partition("E")
    scaled = mantissa.rstrip(",")
    whole, _, decimals = scaled.partition(".")
    if exponent:
        digits, _, power = f"{float(value):.{len(decimals)}E}".partition("E")
        sign = "-" if int(power) < 0 else exponent[0].strip("-")
        return f"{digits}E{sign}{abs(int(power)):0{len(exponent) - 1}}"
    value /= 1000 ** (len(mantissa) - len(scaled))
    rounded = value.quantize(Decimal(1).scaleb(-len(decimals)), ROUND_HALF_UP)
    left, _, right = f"{rounded:f}".partition(".")
    while right and decimals[len(right) - 1] != "0" and right[-1] == "0":
        right = right[:-1]
    left = left.lstrip("0").zfill(whole.count("0"))
    if "," in whole:
        groups = [left[max(0, end - 3) : end] for end in range(len(left), 0, -3)]
        left = ",".join(reversed(groups))
    return f"{left}.{right}" if right else left


def _date(value: date | time | timedelta, code: str) -> str:
    """Nothing if the format is not one of dates, or has parts that are not known."""
    sections = _sections(code)
    if not sections or not any(kind in ("date", "elapsed") for kind, _ in sections[0]):
        return ""
    tokens = [(kind, text.lower() if kind in ("date", "elapsed") else text) for kind, text in sections[0]]
    names = [text for kind, text in tokens if kind == "date"]
    if any(kind in ("digits", "special", "condition") for kind, _ in tokens) or "general" in names:
        return ""
    if any(kind == "literal" and text.isalpha() and text.isascii() for kind, text in tokens):
        return ""
    moment = _moment(value)
    half = any(kind == "half" for kind, _ in tokens)
    letters = ["", *(text[0] for kind, text in tokens if kind in ("date", "elapsed")), ""]
    at, parts = 0, list[str]()
    for kind, text in tokens:
        if kind == "elapsed":
            begin = ORIGIN if isinstance(value, timedelta) else datetime.combine(moment, time())
            seconds = (moment - begin).total_seconds()
            text = str(round(seconds) // {"h": 3600, "m": 60, "s": 1}[text[0]]).zfill(len(text))
        elif kind == "date":
            is_minute = len(text) <= 2 and (letters[at] == "h" or letters[at + 2] == "s")
            text = _field(moment, text, is_minute=is_minute, half=half)
        elif kind == "half":
            text = text.split("/")[moment.hour >= 12]
        at += kind in ("date", "elapsed")
        parts.append(text)
    return " ".join("".join(parts).split())


def _is_of_numbers(code: str) -> bool:
    kinds = {kind for kind, _ in _sections(code)[0]} if code and _sections(code) else set[str]()
    return "digits" in kinds and not kinds & {"date", "elapsed", "half"}


def _moment(value: date | time | timedelta) -> datetime:
    if isinstance(value, datetime):
        return value
    if isinstance(value, time):
        return datetime.combine(ORIGIN, value)
    if isinstance(value, timedelta):
        return ORIGIN + value
    return datetime.combine(value, time())


def _field(moment: datetime, text: str, *, is_minute: bool, half: bool) -> str:
    size = len(text)
    match text[0]:
        case "y":
            return f"{moment.year:04}" if size > 2 else f"{moment.year % 100:02}"
        case "m" if is_minute:
            return str(moment.minute).zfill(size)
        case "m" if size > 2:
            name = f"{moment:%B}"
            return name if size == 4 else name[:1] if size == 5 else name[:3]
        case "m":
            return str(moment.month).zfill(size)
        case "d" if size > 2:
            return f"{moment:%A}" if size > 3 else f"{moment:%a}"
        case "d":
            return str(moment.day).zfill(size)
        case "h":
            return str((moment.hour % 12 or 12) if half else moment.hour).zfill(size)
        case _:
            whole, _, part = text.partition(".")
            fraction = f".{moment.microsecond:06}"[: len(part) + 1] if part else ""
            return str(moment.second).zfill(len(whole)) + fraction
