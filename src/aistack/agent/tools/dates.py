"""Date and time arithmetic as a tool."""

import calendar
from collections.abc import Callable
from datetime import UTC, date, datetime, tzinfo
from typing import Any, Literal

from pydantic import Field

from aistack.agent.computation.date_words import read_date, read_moment
from aistack.agent.computation.dates import Span, between, plus
from aistack.agent.computation.numbers import ArithmeticProblem
from aistack.agent.computation.zones import local_note, zone
from aistack.agent.tool_protocol import ToolContext, ToolResult
from aistack.agent.tools.typed_tool import Arguments, TypedTool

WEEKDAYS = {"en": calendar.day_name, "zh": ("星期一", "星期二", "星期三", "星期四", "星期五", "星期六", "星期日")}
HOLIDAYS_MAX = 200
SPAN_MAX = 1_000_000

_DAY = "a date such as 2024-02-29, 6 January 2024, 2024年1月6日, today, next Friday, 下周一, in 3 weeks"


class DateQuestion(Arguments):
    operation: Literal["add", "between", "describe", "convert_zone", "now"]
    date: str = Field("today", max_length=200, description=_DAY + "; for convert_zone with a time of day")
    until: str = Field("", max_length=200, description="for between: the second date")
    years: int = Field(0, ge=-SPAN_MAX, le=SPAN_MAX)
    months: int = Field(0, ge=-SPAN_MAX, le=SPAN_MAX)
    weeks: int = Field(0, ge=-SPAN_MAX, le=SPAN_MAX)
    days: int = Field(0, ge=-10 * SPAN_MAX, le=10 * SPAN_MAX)
    working_days: int = Field(0, ge=-SPAN_MAX, le=SPAN_MAX, description="for add: Monday to Friday, without holidays")
    holidays: list[str] = Field(
        default_factory=list[str], max_length=HOLIDAYS_MAX, description="free days to leave out"
    )
    zone: str = Field("", max_length=64, description="time zone or city of `date`, and of today")
    to_zone: str = Field("", max_length=64, description="for convert_zone: the other time zone or city")


class DateCalculator(TypedTool[DateQuestion]):
    """`now` gives the current time in UTC, `home` is the time zone of those who name none."""

    name = "date_calculator"
    description = (
        "Exact date and time arithmetic: add or subtract spans (months' ends, working days), days and working days "
        "between two dates, the weekday and week of a date, a time in another time zone, the current date and time."
    )
    arguments = DateQuestion
    seconds_max = 5.0

    def __init__(self, now: Callable[[], datetime] = lambda: datetime.now(UTC), home: tzinfo = UTC) -> None:
        self._now = now
        self._home = home

    async def call(self, arguments: DateQuestion, context: ToolContext) -> ToolResult:
        here = zone(arguments.zone) if arguments.zone else self._home
        today = self._now().astimezone(here).date()
        chinese = context.language == "zh"
        match arguments.operation:
            case "add":
                return _added(arguments, today, chinese)
            case "between":
                return _between(arguments, today, chinese)
            case "describe":
                return _described(read_date(arguments.date, today), chinese)
            case "convert_zone":
                return _converted(arguments, here, today, chinese)
            case "now":
                moment = self._now().astimezone(zone(arguments.to_zone) if arguments.to_zone else here)
                text = f"{moment:%Y-%m-%d %H:%M} ({_weekday(moment.date(), chinese)}, {moment.tzname()})"
                return ToolResult(text, {"now": moment.isoformat(timespec="seconds")})


def _added(arguments: DateQuestion, today: date, chinese: bool) -> ToolResult:
    span = Span(arguments.years, arguments.months, arguments.weeks, arguments.days, arguments.working_days)
    if span == Span():
        raise ArithmeticProblem("give a number of years, months, weeks, days or working_days to add")
    start = read_date(arguments.date, today)
    found, is_moved = plus(start, span, _holidays(arguments, today))
    notes = _holiday_notes(arguments, bool(span.working_days), chinese)
    if is_moved:
        notes.append("该月没有这一天，取月末" if chinese else "that month is shorter, so its last day is meant")
    data = {"start": start.isoformat(), "date": found.isoformat(), "weekday": _weekday(found, chinese), "notes": notes}
    return ToolResult(_noted(f"{found.isoformat()} ({_weekday(found, chinese)})", notes), data)


def _between(arguments: DateQuestion, today: date, chinese: bool) -> ToolResult:
    if not arguments.until:
        raise ArithmeticProblem("give the second date as `until`")
    first, second = read_date(arguments.date, today), read_date(arguments.until, today)
    found = between(first, second, _holidays(arguments, today))
    parts = (found.years, found.months, found.rest_days)
    data: dict[str, Any] = {
        "from": first.isoformat(), "until": second.isoformat(), "days": found.days, "years": parts[0],
        "months": parts[1], "rest_days": parts[2], "working_days": found.working_days,
    }  # fmt: skip
    notes = _holiday_notes(arguments, True, chinese)
    if chinese:
        span = f"{parts[0]} 年 {parts[1]} 个月 {parts[2]} 天"
        text = f"{first} 到 {second}：{found.days} 天（{span}），{found.working_days} 个工作日"
    else:
        text = (
            f"{first} to {second}: {found.days} days ({parts[0]} years, {parts[1]} months, {parts[2]} days), "
            f"{found.working_days} working days"
        )
    return ToolResult(_noted(text, notes), data | {"notes": notes})


def _described(day: date, chinese: bool) -> ToolResult:
    year, week, _ = day.isocalendar()
    number = day.timetuple().tm_yday
    leap, month_days = calendar.isleap(day.year), calendar.monthrange(day.year, day.month)[1]
    data = {
        "date": day.isoformat(), "weekday": _weekday(day, chinese), "iso_week": f"{year}-W{week:02}",
        "day_of_year": number, "quarter": (day.month + 2) // 3, "days_in_month": month_days, "is_leap_year": leap,
    }  # fmt: skip
    if chinese:
        kind = "闰年" if leap else "平年"
        text = f"{day}：{data['weekday']}，{year} 年第 {week} 周，全年第 {number} 天，当月 {month_days} 天，{kind}"
    else:
        kind = "a leap year" if leap else "not a leap year"
        text = (
            f"{day}: {data['weekday']}, ISO week {week} of {year}, day {number} of the year, "
            f"{month_days} days in the month, {kind}"
        )
    return ToolResult(text, data)


def _converted(arguments: DateQuestion, here: tzinfo, today: date, chinese: bool) -> ToolResult:
    if not arguments.to_zone:
        raise ArithmeticProblem("give the other time zone as `to_zone`")
    local = read_moment(arguments.date, today).replace(tzinfo=here)
    note = local_note(local)
    try:
        found = local.astimezone(UTC).astimezone(zone(arguments.to_zone))
    except OverflowError:
        raise ArithmeticProblem("times are computed from year 1 to 9999") from None
    shown = f"{local:%Y-%m-%d %H:%M} {local.tzname()} = {found:%Y-%m-%d %H:%M} {found.tzname()}"
    data = {"from": local.isoformat(timespec="minutes"), "to": found.isoformat(timespec="minutes")}
    return ToolResult(_noted(f"{shown} ({_weekday(found.date(), chinese)})", [note] if note else []), data)


def _holidays(arguments: DateQuestion, today: date) -> frozenset[date]:
    return frozenset(read_date(one, today) for one in arguments.holidays)


def _holiday_notes(arguments: DateQuestion, counts_working_days: bool, chinese: bool) -> list[str]:
    if not counts_working_days or arguments.holidays:
        return []
    return [
        "工作日只排除周末，未考虑节假日和调休" if chinese else "working days leave out weekends, but no public holidays"
    ]


def _noted(text: str, notes: list[str]) -> str:
    return "; ".join((text, *notes))


def _weekday(day: date, chinese: bool) -> str:
    return WEEKDAYS["zh" if chinese else "en"][day.weekday()]
