"""Dates as feeds and pages write them, in UTC."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aistack.trend.feeds.dates import parse_date

NOW = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)
PLUS_8 = timezone(timedelta(hours=8))


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2024-01-06T03:04:05Z", "2024-01-06T03:04:05"),
        ("2024-01-06T03:04:05.123456+08:00", "2024-01-05T19:04:05"),
        ("2024-01-06T24:00:00Z", "2024-01-07T00:00:00"),
        ("2024-01-06", "2024-01-06T00:00:00"),
        ("20240106T030405Z", "2024-01-06T03:04:05"),
        ("2024-01-06 03:04:05 +0000 UTC", "2024-01-06T03:04:05"),
        ("Sat, 06 Jan 2024 03:04:05 GMT", "2024-01-06T03:04:05"),
        ("Sat,6 Jan 24 03:04 EST", "2024-01-06T08:04:00"),
        ("Saturday, January 6, 2024 3:04 PM PST", "2024-01-06T23:04:00"),
        ("Sat Jan 6 03:04:05 PST 2024", "2024-01-06T11:04:05"),
        ("Sat, 06 Jan 2024 03:04:60 -0000", "2024-01-06T03:04:59"),
        ("Sept 5th, 2024", "2024-09-05T00:00:00"),
        ("31/01/2024", "2024-01-31T00:00:00"),
        ("3小时前", "2026-11-27T09:00:00"),
        ("半小时前", "2026-11-27T11:30:00"),
        ("2 hours ago", "2026-11-27T10:00:00"),
        ("刚刚", "2026-11-27T12:00:00"),
        ("1704510245", "2024-01-06T03:04:05"),
        ("1704510245000", "2024-01-06T03:04:05"),
    ],
)
def test_what_a_text_settles_is_no_guess(text: str, at: str):
    stated = parse_date(text, NOW)
    assert stated is not None
    assert stated.at.replace(tzinfo=None).isoformat(timespec="seconds") == at
    assert not stated.is_guess


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2024年1月6日 星期六 下午3:30", "2024-01-06T07:30:00"),
        ("1月6日15时30分", "2026-01-06T07:30:00"),
        ("12月30日", "2025-12-29T16:00:00"),
        ("昨天 12:30", "2026-11-26T04:30:00"),
        ("Dec 31", "2025-12-31T00:00:00"),
        ("06/01/2024", "2024-06-01T00:00:00"),
        ("06.01.2024 12:00", "2024-01-06T12:00:00"),
        ("2024-01-06 03:04:05 CST", "2024-01-06T09:04:05"),
        ("2024-01-06 03:04:05", "2024-01-06T03:04:05"),
    ],
)
def test_what_a_text_leaves_open_is_a_guess(text: str, at: str):
    stated = parse_date(text, NOW)
    assert stated is not None
    assert (stated.at.replace(tzinfo=None).isoformat(), stated.is_guess) == (at, True)


def test_texts_without_a_zone_are_in_the_source_s():
    stated = parse_date("2024-01-06 08:00", NOW, PLUS_8)
    assert stated is not None
    assert stated.at == datetime(2024, 1, 6, tzinfo=UTC)


@pytest.mark.parametrize("text", ["", "hello", "2024-02-30", "Wed, 32 Jan 2024 00:00:00 GMT", "1700-01-01", "9" * 300])
def test_what_is_no_date_is_none(text: str):
    assert parse_date(text, NOW) is None


@given(st.text(alphabet="0123456789 年月日时分:-/.,TZ+pmUTCGMTJanSat小前昨天下午", max_size=60))
def test_no_text_is_an_error(text: str):
    stated = parse_date(text, NOW)
    assert stated is None or stated.at.tzinfo is UTC
