"""Dates, times and spans as people write them in English and Chinese.

A date that may be read in two ways, such as 03/04/2024, is refused and never guessed.
"""

import calendar
import re
from datetime import date, datetime, time, timedelta

from aistack.agent.computation.dates import Span, plus
from aistack.agent.computation.numbers import ArithmeticProblem
from aistack.language.numbers import MONTHS, NUMERALS

TEXT_CHARACTERS_MAX = 200
WEEKDAYS = {
    name: number
    for number, names in enumerate(
        ("monday mon 周一 星期一 礼拜一", "tuesday tue tues 周二 星期二 礼拜二", "wednesday wed 周三 星期三 礼拜三",
         "thursday thu thurs 周四 星期四 礼拜四", "friday fri 周五 星期五 礼拜五", "saturday sat 周六 星期六 礼拜六",
         "sunday sun 周日 周天 星期日 星期天 礼拜天"),
    )
    for name in names.split()
}  # fmt: skip
_RELATIVE = {
    "today": 0, "now": 0, "tomorrow": 1, "yesterday": -1, "the day after tomorrow": 2, "the day before yesterday": -2,
    "今天": 0, "今日": 0, "现在": 0, "明天": 1, "明日": 1, "后天": 2, "大后天": 3, "昨天": -1, "昨日": -1, "前天": -2,
}  # fmt: skip
_FEASTS = {
    "christmas": (12, 25), "christmas day": (12, 25), "christmas eve": (12, 24), "new year's day": (1, 1),
    "new year": (1, 1), "new year's eve": (12, 31), "halloween": (10, 31), "valentine's day": (2, 14),
    "圣诞节": (12, 25), "圣诞": (12, 25), "元旦": (1, 1), "国庆节": (10, 1), "国庆": (10, 1), "劳动节": (5, 1),
}  # fmt: skip
_month = "|".join(sorted(MONTHS, key=len, reverse=True))
_weekday = "|".join(sorted(WEEKDAYS, key=len, reverse=True))
_numeral = "[零〇一二三四五六七八九十百千两]+"
_ISO = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})")
_SLASHED = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})")
_DAY_FIRST = re.compile(rf"(?:the )?(\d{{1,2}})(?:st|nd|rd|th)?(?: of)? ({_month})\.?,?(?: (\d{{4}}))?", re.I)
_MONTH_FIRST = re.compile(rf"({_month})\.? (?:the )?(\d{{1,2}})(?:st|nd|rd|th)?(?:,? (\d{{4}}))?", re.I)
_CHINESE = re.compile(
    rf"(?:(\d{{4}}|[零〇一二三四五六七八九]{{4}}|今|明|去|后|前) ?年)? ?"
    rf"(\d+|{_numeral}) ?月 ?(?:(\d+|{_numeral}) ?[日号]|底)"
)
_WEEKDAY = re.compile(rf"(this|next|last|coming|这|下|上|本)?(?:个)? ?({_weekday})", re.I)
_CHINESE_WEEKDAY = re.compile(r"(下下|上上|这|本|下|上)(?:个)?(?:周|星期|礼拜)([一二三四五六日天])")
_MONTH_END = re.compile(r"(?:the )?end of (this|next|last|the)? ?month|(本|这个|下个|上个|下|上|这)?月(?:底|末)", re.I)
_LATER = re.compile(r"in .+|.+ (?:from now|from today|later)|.+(?:之?后|以后)")
_EARLIER = re.compile(r".+ ago|.+(?:之?前|以前)")
_YEAR_END = re.compile(r"(?:the )?end of (?:the|this) year|(?:今)?年底|年末", re.I)
_SPAN = re.compile(
    rf"(\d+|an?|one|two|three|four|five|six|seven|eight|nine|ten|{_numeral}|半) ?"
    r"(working days?|business days?|work ?days?|years?|months?|weeks?|days?|fortnights?"
    r"|个?工作日|年|个?月|周|个?星期|天|日)",
    re.I,
)
_WORDS = {
    word: number
    for number, word in enumerate(
        ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]
    )
}
_TIME = re.compile(
    r"(?P<half>上午|下午|晚上|早上|凌晨|中午)?\s*(?P<hour>\d{1,2}|[零一二两三四五六七八九十]{1,3})"
    r"(?:[:：](?P<minute>\d{2})(?::(?P<second>\d{2}))?|[点时](?P<chinese>\d{1,2}|半|一刻|三刻)?分?|(?=\s*[ap]\.?m))"
    r"\s*(?P<meridiem>[ap]\.?m\.?)?",
    re.I,
)  # fmt: skip


def read_date(text: str, today: date) -> date:
    """The date that a text means. Raises ArithmeticProblem if it means none, or may mean two."""
    cleaned = " ".join(text.strip().strip("?？。.,").split())
    if not cleaned or len(cleaned) > TEXT_CHARACTERS_MAX:
        raise ArithmeticProblem("a date is missing or too long")
    try:
        found = _absolute(cleaned, today) or _relative(cleaned.lower(), today)
    except ValueError:
        raise ArithmeticProblem(f"{cleaned} is not in the calendar") from None
    if found is None:
        raise ArithmeticProblem(f"{cleaned!r} is not a date that is understood here; write it as 2024-03-01")
    return found


def read_moment(text: str, today: date) -> datetime:
    """A time of day, with a date beside it or today's. Has no zone. Raises ArithmeticProblem."""
    cleaned = " ".join(text.strip().split())
    try:
        return datetime.fromisoformat(cleaned).replace(tzinfo=None)
    except ValueError:
        found = read_time(cleaned)
    if found is None:
        raise ArithmeticProblem(f"{cleaned[:50]!r} has no time of day; write it as 15:30")
    at, start, end = found
    rest = re.sub(
        r"^(?:at|on) |(?: at| on)$", "", f"{cleaned[:start].strip()} {cleaned[end:].strip()}".strip(), flags=re.I
    )
    return datetime.combine(read_date(rest, today) if rest.strip(" ,") else today, at)


def read_time(text: str) -> tuple[time, int, int] | None:
    """The first time of day in a text, and where it starts and ends."""
    found = _TIME.search(text)
    if found is None:
        noon = re.search(r"\b(noon|midnight)\b|(正午)", text, re.I)
        return noon and (time(0 if noon[0].lower() == "midnight" else 12), noon.start(), noon.end())
    hour, minute = number_of(found["hour"]), found["minute"] or found["chinese"] or "0"
    minutes = {"半": 30, "一刻": 15, "三刻": 45}.get(minute) or int(minute)
    meridiem = (found["meridiem"] or "").lower()[:1]
    if (meridiem and not 1 <= hour <= 12) or hour > 24 or minutes > 59 or int(found["second"] or 0) > 59:
        raise ArithmeticProblem(f"{found[0].strip()} is not a time of day")
    if meridiem:
        hour = hour % 12 + (12 if meridiem == "p" else 0)
    elif found["half"] in ("下午", "晚上") and hour < 12:
        hour += 12
    return time(hour % 24, minutes, int(found["second"] or 0)), found.start(), found.end()


def read_span(text: str) -> Span:
    """Spans such as `2 weeks and 3 days` or `三个月零五天` together. Raises ArithmeticProblem if there is none."""
    parts: dict[str, int] = dict.fromkeys(("years", "months", "weeks", "days", "working_days"), 0)
    if len(text) > TEXT_CHARACTERS_MAX:
        raise ArithmeticProblem("the span is too long")
    for number, name in _SPAN.findall(text):
        half = number == "半"
        unit, times = _span_unit(name.lower().removeprefix("个"))
        if half and unit != "years":
            raise ArithmeticProblem("only years are halved")
        if half:
            parts["months"] += 6
        else:
            parts[unit] += number_of(number) * times
    if not any(parts.values()):
        raise ArithmeticProblem(f"{text!r} is not a span such as 3 weeks")
    return Span(**parts)


def number_of(text: str) -> int:
    """The number in digits, English words up to ten, or Chinese numerals below ten thousand."""
    if text.isascii() and text.isdigit():
        if len(text) > 7:
            raise ArithmeticProblem(f"{text[:20]} is too large")
        return int(text)
    if text.lower() in ("a", "an"):
        return 1
    if text.lower() in _WORDS:
        return _WORDS[text.lower()]
    if not any(one in text for one in "十百千"):
        return int("".join(str(NUMERALS[one]) for one in text))
    total, digit = 0, 0
    for character in text:
        scale = {"十": 10, "百": 100, "千": 1000}.get(character)
        if scale is None:
            digit = NUMERALS[character]
        else:
            total, digit = total + (digit or 1) * scale, 0
    return total + digit


def _span_unit(name: str) -> tuple[str, int]:
    if name.startswith(("work", "business", "工作")):
        return "working_days", 1
    if name.startswith("fortnight"):
        return "weeks", 2
    for unit, words in {"years": ("year", "年"), "months": ("month", "月"), "weeks": ("week", "周", "星期")}.items():
        if name.startswith(words):
            return unit, 1
    return "days", 1


def _absolute(text: str, today: date) -> date | None:
    if found := _ISO.fullmatch(text):
        return date(int(found[1]), int(found[2]), int(found[3]))
    if found := _SLASHED.fullmatch(text):
        first, second, year = int(found[1]), int(found[2]), int(found[3])
        if first <= 12 and second <= 12 and first != second:
            raise ArithmeticProblem(f"{text} may be read in two ways; write it as {year}-{first:02}-{second:02}")
        return date(year, second, first) if first > 12 or first == second else date(year, first, second)
    if found := _DAY_FIRST.fullmatch(text):
        return date(int(found[3] or today.year), MONTHS[found[2].lower()], int(found[1]))
    if found := _MONTH_FIRST.fullmatch(text):
        return date(int(found[3] or today.year), MONTHS[found[1].lower()], int(found[2]))
    if found := _CHINESE.fullmatch(text):
        shift = {"今": 0, "明": 1, "去": -1, "后": 2, "前": -2}
        year = (
            today.year if not found[1] else today.year + shift[found[1]] if found[1] in shift else number_of(found[1])
        )
        month = number_of(found[2])
        return date(year, month, number_of(found[3]) if found[3] else calendar.monthrange(year, month)[1])
    return None


def _relative(text: str, today: date) -> date | None:
    if text in _RELATIVE:
        return today + timedelta(days=_RELATIVE[text])
    dated = re.fullmatch(r"(?P<year>\d{4}) ?年(?:的)?(?P<feast>\D+)|(?P<name>\D+) (?P<of>\d{4})", text)
    feast = (dated["feast"] or dated["name"]) if dated else text
    if feast in _FEASTS:
        month, day = _FEASTS[feast]
        year = int(dated["year"] or dated["of"]) if dated else 0
        this_year = date(year or today.year, month, day)
        return this_year if year or this_year >= today else date(today.year + 1, month, day)
    if found := _CHINESE_WEEKDAY.fullmatch(text):
        weeks = {"上上": -2, "上": -1, "这": 0, "本": 0, "下": 1, "下下": 2}[found[1]]
        monday = today - timedelta(days=today.weekday())
        return monday + timedelta(weeks=weeks, days=WEEKDAYS["周" + found[2]])
    if found := _WEEKDAY.fullmatch(text):
        ahead = (WEEKDAYS[found[2]] - today.weekday()) % 7
        if found[1] == "last":
            return today - timedelta(days=(today.weekday() - WEEKDAYS[found[2]]) % 7 or 7)
        return today + timedelta(days=ahead or (7 if found[1] in ("next", "coming") else 0))
    if found := _MONTH_END.fullmatch(text):
        which = found[1] or found[2] or ""
        start = plus(
            today.replace(day=1),
            Span(months={"next": 1, "下": 1, "下个": 1, "last": -1, "上": -1, "上个": -1}.get(which, 0)),
        )[0]
        return start.replace(day=calendar.monthrange(start.year, start.month)[1])
    if _YEAR_END.fullmatch(text):
        return date(today.year, 12, 31)
    if found := _LATER.fullmatch(text):
        return plus(today, read_span(found[0]))[0]
    if found := _EARLIER.fullmatch(text):
        return plus(today, negative(read_span(found[0])))[0]
    return None


def negative(span: Span) -> Span:
    return Span(-span.years, -span.months, -span.weeks, -span.days, -span.working_days)
