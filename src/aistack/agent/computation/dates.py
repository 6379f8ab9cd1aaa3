"""Arithmetic with dates in the Gregorian calendar: spans, ends of months, weekdays and working days."""

import calendar
from collections.abc import Collection
from dataclasses import dataclass
from datetime import MAXYEAR, MINYEAR, date, timedelta

from aistack.agent.computation.numbers import ArithmeticProblem

YEARS_MAX = 9_998
WORKING_DAYS_MAX = 100_000
SATURDAY = 5


@dataclass(frozen=True, slots=True)
class Span:
    """A span of the calendar. All of it may be negative; `working_days` excludes the other parts."""

    years: int = 0
    months: int = 0
    weeks: int = 0
    days: int = 0
    working_days: int = 0


@dataclass(frozen=True, slots=True)
class Distance:
    """From one date to another: in all days, as years, months and days, and in working days.

    The first date does not count and the second does; of the two dates the earlier counts as the first.
    """

    days: int
    years: int
    months: int
    rest_days: int
    working_days: int


def plus(start: date, span: Span, holidays: Collection[date] = ()) -> tuple[date, bool]:
    """The date a span later, and whether the day was moved to the end of a shorter month.

    Years and months come first, then weeks and days. Raises ArithmeticProblem outside years 1 to 9999.
    """
    if span.working_days:
        if span != Span(working_days=span.working_days):
            raise ArithmeticProblem("working days cannot be combined with other spans")
        return _plus_working_days(start, span.working_days, holidays), False
    if max(abs(span.years), abs(span.months) // 12, abs(span.weeks) // 52, abs(span.days) // 366) > YEARS_MAX:
        raise ArithmeticProblem(f"spans are at most {YEARS_MAX} years")
    month_number = start.year * 12 + start.month - 1 + span.years * 12 + span.months
    year, month = month_number // 12, month_number % 12 + 1
    if not MINYEAR <= year <= MAXYEAR:
        raise ArithmeticProblem("dates are computed from year 1 to 9999")
    day = min(start.day, calendar.monthrange(year, month)[1])
    try:
        moved = date(year, month, day) + timedelta(weeks=span.weeks, days=span.days)
    except OverflowError:
        raise ArithmeticProblem("dates are computed from year 1 to 9999") from None
    return moved, day != start.day


def between(first: date, second: date, holidays: Collection[date] = ()) -> Distance:
    """The distance from `first` to `second`; all of it is negative if `second` is earlier."""
    sign = 1 if first <= second else -1
    early, late = sorted((first, second))
    months = (late.year - early.year) * 12 + late.month - early.month
    if plus(early, Span(months=months))[0] > late:
        months -= 1
    rest = (late - plus(early, Span(months=months))[0]).days
    years, months = divmod(months, 12)
    return Distance(
        days=(second - first).days,
        years=sign * years,
        months=sign * months,
        rest_days=sign * rest,
        working_days=sign * _working_days(early, late, holidays),
    )


def _working_days(early: date, late: date, holidays: Collection[date]) -> int:
    """Working days after `early` up to and including `late`."""
    days = (late - early).days
    weeks, rest = divmod(days, 7)
    count = weeks * 5 + sum(1 for one in range(1, rest + 1) if (early.weekday() + one) % 7 < SATURDAY)
    return count - sum(1 for one in set(holidays) if early < one <= late and one.weekday() < SATURDAY)


def _plus_working_days(start: date, count: int, holidays: Collection[date]) -> date:
    if abs(count) > WORKING_DAYS_MAX:
        raise ArithmeticProblem(f"at most {WORKING_DAYS_MAX} working days are counted")
    free = frozenset(holidays)
    step = timedelta(days=1 if count > 0 else -1)
    day, left = start, abs(count)
    try:
        while left:
            day += step
            if day.weekday() < SATURDAY and day not in free:
                left -= 1
    except OverflowError:
        raise ArithmeticProblem("dates are computed from year 1 to 9999") from None
    return day
