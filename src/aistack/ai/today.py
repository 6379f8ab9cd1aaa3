"""What "today" is: the caller's day if the request names a time zone, or else the day of the database's session."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from aistack.ai.databases import Databases
from aistack.ai.schema.snapshot import DatabaseSnapshot
from aistack.ai.text.dates import date_spans
from aistack.chassis.errors import Problem
from aistack.chassis.identity import Principal

PROBES = {
    "postgres": "SELECT CURRENT_DATE, EXTRACT(TIMEZONE FROM CURRENT_TIMESTAMP)",
    "mysql": "SELECT CURRENT_DATE, TIMESTAMPDIFF(SECOND, UTC_TIMESTAMP(), NOW())",
}
SOME_DAYS = date(2001, 5, 16), date(2014, 11, 3)


@dataclass(frozen=True, slots=True)
class Today:
    """`zone` is its name or its offset, as people are told."""

    day: date
    zone: str

    def note(self, *, chinese: bool) -> str:
        """What an answer says about it."""
        return f"今天为 {self.day}（{self.zone}）" if chinese else f"today is {self.day} ({self.zone})"


def is_relative(question: str) -> bool:
    """Whether a date in the question depends on the day it is asked."""
    first, second = (date_spans(question, day) for day in SOME_DAYS)
    return first != second


async def today(
    databases: Databases, database: DatabaseSnapshot, who: Principal, caller_zone: str, seconds: float
) -> Today:
    """The day of the caller's zone, of the database's, or of this machine where the database has no zone."""
    if caller_zone:
        return Today(datetime.now(ZoneInfo(caller_zone)).date(), caller_zone)
    probe = PROBES.get(database.connection.engine)
    if probe is not None:
        try:
            answer = await databases.run(database.connection.id, probe, who, 1, seconds)
            day, offset = answer.rows[0]
            return Today(date.fromisoformat(str(day)), _offset(float(str(offset))))
        except (Problem, ValueError, IndexError):
            pass  # the day of this machine is the next best
    now = datetime.now(UTC).astimezone()
    return Today(now.date(), _offset((now.utcoffset() or now - now).total_seconds()))


def _offset(seconds: float) -> str:
    minutes = round(seconds / 60)
    sign = "-" if minutes < 0 else "+"
    return "UTC" if minutes == 0 else f"UTC{sign}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"
