"""The known days of a period: public holidays, work days that make up for them, and events.

Holidays are those of the library `holidays`, which has them built in and asks no network. It is imported where it runs:
in the worker process.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

from aistack.trend.series.wording import Language

Kind = Literal["holiday", "work_day", "event"]
CHINESE = ("zh_CN", "zh_TW", "zh_HK")
WORK_DAY = {"en": "work day in place of a holiday", "zh": "调休上班"}
YEARS_MAX = 60
DAYS_MAX = 20_000
FRIDAY = 4


@dataclass(frozen=True, slots=True)
class KnownDay:
    """`country` is that of a holiday, such as `CN`; empty for events."""

    day: date
    name: str
    kind: Kind
    country: str = ""


class KnownDays:
    """The known days of a calendar: `countries` such as `CN` or `DE-BY`, and `events` as (name, first, last)."""

    def __init__(
        self, countries: Sequence[str], events: Sequence[tuple[str, date, date]], language: Language, zone: str = ""
    ) -> None:
        self._countries = countries
        self._events = events
        self._language: Language = language
        self._zone = ZoneInfo(zone) if zone else UTC

    def between(self, first: date, last: date) -> list[KnownDay]:
        """In order of time; of long periods the last 60 years."""
        first = max(first, date(max(1, last.year - YEARS_MAX), 1, 1))
        years = range(first.year, last.year + 1)
        found = [day for country in self._countries for day in _of_country(country, years, self._language)]
        for name, begun, ended in self._events:
            at, end = max(begun, first), min(ended, last)
            while at <= end:
                found.append(KnownDay(at, name, "event"))
                at += timedelta(days=1)
        return sorted((one for one in found if first <= one.day <= last), key=lambda one: (one.day, one.country))

    def of_times(self, microseconds: Sequence[int]) -> dict[int, list[KnownDay]]:
        """The known days at some times since 1970, by their places."""
        days = [self.day_of(one) for one in microseconds]
        if not days:
            return {}
        known: dict[date, list[KnownDay]] = {}
        for one in self.between(min(days), max(days)):
            known.setdefault(one.day, []).append(one)
        return {place: known[day] for place, day in enumerate(days) if day in known}

    def day_of(self, microseconds: int) -> date:
        return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=microseconds)).astimezone(self._zone).date()


def known_days_of(calendar: Mapping[str, Any], language: Language) -> KnownDays:
    """Of a calendar as it travels to the worker process."""
    events = [
        (one["name"], date.fromisoformat(one["first"]), date.fromisoformat(one["last"])) for one in calendar["events"]
    ]
    return KnownDays(calendar["countries"], events, language, calendar["zone"])


def off_days(found: Mapping[int, Sequence[KnownDay]]) -> dict[int, list[str]]:
    """The names of holidays and events at each place; days that are work days are none."""
    named = {place: [one.name for one in days if one.kind != "work_day"] for place, days in found.items()}
    return {place: names for place, names in named.items() if names}


def days_asked(request: Mapping[str, Any]) -> dict[str, Any]:
    """The worker's answer: known days `since` to `until`. Raises ValueError for a country that is not known."""
    language: Language = request["language"]
    found = known_days_of(request["calendar"], language).between(
        date.fromisoformat(request["since"]), date.fromisoformat(request["until"])
    )
    return {
        "days": [
            {"day": one.day.isoformat(), "name": one.name, "kind": one.kind, "country": one.country} for one in found
        ][:DAYS_MAX]
    }


def _of_country(country: str, years: range, language: Language) -> list[KnownDay]:
    """Holidays in the language if the library has it, otherwise in English or the country's own."""
    import holidays

    code, _, part = country.partition("-")
    try:
        languages = holidays.country_holidays(code, subdiv=part or None).supported_languages
        wanted = next((one for one in CHINESE if one in languages), None) if language == "zh" else None
        wanted = wanted or next((one for one in ("en_US", "en_GB", "en") if one in languages), None)
        found = holidays.country_holidays(code, subdiv=part or None, years=years, language=wanted)
    except NotImplementedError:
        raise ValueError(f"{country} is no country whose holidays are known; use a code like CN, US or DE-BY") from None
    made_up = {day for day in getattr(found, "weekend_workdays", ()) if day.year in years}
    named = dict(found.items())
    days = [KnownDay(day, name, "holiday", country) for day, name in {**_bridged(named, made_up), **named}.items()]
    return [*days, *(KnownDay(day, WORK_DAY[language], "work_day", country) for day in sorted(made_up))]


def _bridged(named: Mapping[date, str], made_up: set[date]) -> dict[date, str]:
    """Weekend days inside a break, which lists of holidays leave out."""
    found: dict[date, str] = {}
    for day, name in named.items():
        if day.weekday() == FRIDAY and day + timedelta(days=3) in named:
            found |= {day + timedelta(days=ahead): name for ahead in (1, 2)}
    return {day: name for day, name in found.items() if day not in made_up}
