"""Times of day without a zone, as the clocks of a zone show them. Uses no numpy.

Where clocks are set back, an hour comes twice: of times in order, the second one is the later.
"""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from aistack.trend.series.times import microseconds_of

EPOCH = datetime(1970, 1, 1)
ZONED = re.compile(r"(?:[zZ]|UTC|[+-]\d\d(?::?\d\d)?)$")


def in_zone(times: Sequence[object], zone: ZoneInfo) -> list[object]:
    """Texts with a time of day and no zone become datetimes in UTC; days, numbers and all others stay as they are."""
    found: list[object] = []
    before: datetime | None = None
    for given in times:
        text = given.strip() if isinstance(given, str) else ""
        microseconds = microseconds_of(text) if ":" in text and not ZONED.search(text) else None
        if microseconds is None:
            found.append(given)
            continue
        clock = EPOCH + timedelta(microseconds=microseconds)
        first = clock.replace(tzinfo=zone).astimezone(UTC)
        second = clock.replace(tzinfo=zone, fold=1).astimezone(UTC)
        at = second if second > first and before is not None and first <= before else first
        before = at
        found.append(at)
    return found
