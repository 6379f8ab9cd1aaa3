"""PostgreSQL's dates and times, beyond those that Python has."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aistack.databases import date_times as times


@given(st.datetimes())
def test_what_python_has_is_written_as_python_does_and_read_back(moment: datetime):
    wire = times.timestamp_wire(moment.isoformat())
    text = times.timestamp_text(wire)
    assert datetime.fromisoformat(text) == moment and times.timestamp_wire(text) == wire
    assert times.date_text(times.date_wire(moment.date().isoformat())) == moment.date().isoformat()
    assert times.time_wire(times.time_text(times.time_wire(moment.time().isoformat()))) == times.time_wire(
        moment.time().isoformat()
    )


@given(st.datetimes(timezones=st.just(UTC), min_value=datetime(2, 1, 1)), st.integers(-14 * 60, 14 * 60))
def test_a_moment_with_an_offset_is_the_same_in_utc(moment: datetime, minutes: int):
    from datetime import timezone

    try:
        elsewhere = moment.astimezone(timezone(timedelta(minutes=minutes)))
    except OverflowError:
        return
    assert times.timestamp_tz_wire(elsewhere.isoformat()) == times.timestamp_tz_wire(moment.isoformat())


@pytest.mark.parametrize(
    ("text", "wire"),
    [
        ("infinity", (2**31 - 1,)),
        ("-infinity", (-(2**31),)),
        ("0001-12-31 BC", (-730_120,)),
        ("10000-01-01", (2_921_940,)),
    ],
)
def test_dates_that_python_has_not(text: str, wire: tuple[int]):
    assert times.date_text(wire) == text


@pytest.mark.parametrize(
    ("wire", "text"),
    [
        ((0, 0, 0), "00:00:00"),
        ((14, 3, 14_706_000_000), "1 year 2 mons 3 days 04:05:06"),
        ((-1, 0, -1_500_000), "-1 mons -00:00:01.5"),
        ((0, 1, 0), "1 day"),
    ],
)
def test_intervals(wire: tuple[int, int, int], text: str):
    assert times.interval_text(wire) == text
