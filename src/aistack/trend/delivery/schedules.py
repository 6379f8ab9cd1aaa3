"""When a subscriber is told: schedules and quiet hours, in the subscriber's time zone."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from aistack.trend.delivery.wire import Options, QuietHours

IMMEDIATE_SECONDS = 5  # between two looks for new stories


def next_due(options: Options, now: datetime) -> datetime:
    """The next time after `now` at which the schedule is due, quiet hours left out."""
    schedule = options.schedule
    if schedule.mode == "immediate":
        due = now + timedelta(seconds=IMMEDIATE_SECONDS)
    elif schedule.mode == "hourly":
        due = (now + timedelta(hours=1)).replace(minute=0, second=0, microsecond=0)
    else:
        due = _next_daily(schedule.times, schedule.days, ZoneInfo(options.zone), now)
    return after_quiet(options, due)


def after_quiet(options: Options, at: datetime) -> datetime:
    """The time itself, or the end of the quiet hours that it lies in."""
    quiet = options.quiet_hours
    if quiet is None:
        return at
    zone = ZoneInfo(options.zone)
    local = at.astimezone(zone)
    if not _is_quiet(quiet, local.strftime("%H:%M")):
        return at
    end = _at(local, quiet.end, zone)
    return end if end > at else _at(local + timedelta(days=1), quiet.end, zone)


def _is_quiet(quiet: QuietHours, clock: str) -> bool:
    if quiet.start < quiet.end:
        return quiet.start <= clock < quiet.end
    return clock >= quiet.start or clock < quiet.end


def _next_daily(times: list[str], days: list[int], zone: ZoneInfo, now: datetime) -> datetime:
    local = now.astimezone(zone)
    for ahead in range(9):
        day = local + timedelta(days=ahead)
        if day.isoweekday() in days:
            later = [at for at in (_at(day, clock, zone) for clock in times) if at > now]
            if later:
                return min(later)
    raise AssertionError("a week has every day")


def _at(day: datetime, clock: str, zone: ZoneInfo) -> datetime:
    """A clock time of a local day in UTC. One that daylight saving skips is an hour later."""
    wall = datetime.combine(day.date(), time.fromisoformat(clock), zone)
    return wall.astimezone(UTC)
