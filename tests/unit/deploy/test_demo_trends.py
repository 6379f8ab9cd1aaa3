"""The demo of trends ends now, whenever it is loaded."""

from datetime import UTC, datetime, timedelta

from aistack.deploy.demo_trends import demo_news, demo_series

NOW = datetime(2026, 3, 29, 12, tzinfo=UTC)


def test_news_are_of_the_last_week_in_both_languages():
    documents = demo_news(NOW).documents
    assert {one.language for one in documents} == {"en", "zh"}
    assert len({one.id for one in documents}) == len(documents)
    assert all(one.published_at and NOW - timedelta(days=7) < one.published_at < NOW for one in documents)


def test_series_have_a_point_a_day_until_today():
    lines = demo_series(NOW).splitlines()
    assert lines[0] == "time,orders,visits"
    days = [line.split(",")[0] for line in lines[1:]]
    assert days[-1] == "2026-03-29"
    assert len(set(days)) == len(days) == 180
