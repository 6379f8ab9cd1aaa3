"""Holidays and events of a collection's calendar explain anomalies, and are part of forecasts."""

import random
from collections.abc import AsyncIterator
from datetime import date, timedelta

import pytest
import pytest_asyncio

from harness.services.trend import Trend, trend_service

pytestmark = pytest.mark.asyncio(loop_scope="module")

FIRST = date(2025, 1, 1)
OFF = {
    *(date(2025, 1, 28) + timedelta(days=day) for day in range(8)), date(2025, 4, 4),
    *(date(2025, 5, 1) + timedelta(days=day) for day in range(5)), date(2025, 5, 31),
}  # fmt: skip


def sales(days: int, on_holidays: float = 0.1) -> list[list[object]]:
    """100 a day and 60 at weekends, and a share of that on holidays of China."""
    chance = random.Random(5)
    rows: list[list[object]] = []
    for number in range(days):
        day = FIRST + timedelta(days=number)
        usual = (60 if day.weekday() >= 5 else 100) + chance.gauss(0, 2)
        rows.append([day.isoformat(), usual * (on_holidays if day in OFF else 1)])
    return rows


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def trend(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Trend]:
    async with trend_service(tmp_path_factory.mktemp("calendar")) as opened:
        answer = await opened.http.put("/v1/trend/calendar", json={"countries": ["CN"], "zone": "Asia/Shanghai"})
        assert answer.json() == {"countries": ["CN"], "zone": "Asia/Shanghai", "events": []}, answer.text
        await opened.post("/calendar/events", {"name": "Warehouse fire", "first": "2025-03-11", "last": "2025-03-12"})
        yield opened


async def test_known_days_are_listed_in_the_language_asked_for(trend: Trend):
    asked = {"since": "2025-01-26", "until": "2025-01-29"}
    days = await trend.get("/calendar/days", language="zh", **asked)
    assert days == [
        {"day": "2025-01-26", "name": "调休上班", "kind": "work_day", "country": "CN"},
        {"day": "2025-01-28", "name": days[1]["name"], "kind": "holiday", "country": "CN"},
        {"day": "2025-01-29", "name": "春节", "kind": "holiday", "country": "CN"},
    ]
    english = await trend.get("/calendar/days", language="en", **asked)
    assert "New Year" in english[-1]["name"] or "Spring Festival" in english[-1]["name"]


async def test_an_anomaly_on_a_known_day_names_it(trend: Trend):
    points = sales(118, on_holidays=1)
    for row in points:
        if row[0] in ("2025-03-11", "2025-03-12"):
            row[1] = 0.0
    answer = await trend.post("/analyze", {"points": points, "language": "en"})
    known = {name for one in answer["anomalies"] for name in one["known_days"]}
    assert "Warehouse fire" in known
    assert any("Warehouse fire" in one["text"] for one in answer["statements"] if one["code"] == "on_known_day")


async def test_holidays_ahead_are_in_the_forecast_and_do_not_spoil_other_days(trend: Trend):
    asked = {"points": [[day, value] for day, value in sales(118)], "horizon": 14, "support": "non_negative"}
    answer = await trend.post("/forecast", asked)
    codes = {one["code"]: one["parameters"] for one in answer["statements"]}
    assert codes["known_days_by_share"]["size"] == pytest.approx(-0.9, abs=0.08)
    forecast = {time[:10]: value for time, value in zip(answer["times"], answer["values"], strict=True)}
    for day in range(1, 6):
        assert forecast[f"2025-05-{day:02}"] < 20
    assert forecast["2025-05-06"] == pytest.approx(100, abs=12)
    assert "May" in codes["known_days_ahead"]["names"] or "Labor" in codes["known_days_ahead"]["names"]


async def test_a_report_names_the_known_days_of_its_window(trend: Trend):
    today = date.today()
    event = await trend.post("/calendar/events", {"name": "Trade fair", "first": (today - timedelta(1)).isoformat(),
                                                  "last": (today + timedelta(1)).isoformat()})  # fmt: skip
    await trend.post("/documents", {"documents": [{"title": "Visitors fill the halls", "source": "wire"}]})
    await trend.settled()
    report = await trend.post("/report/generate", {"report_type": "custom", "window": "7d", "language": "en"})
    found = report["content"]
    assert any("Trade fair" in one["text"] for one in found["findings"] if one["kind"] == "known_days")
    gone = await trend.http.delete(f"/v1/trend/calendar/events/{event['id']}")
    assert gone.status_code == 204


async def test_bad_calendars_are_refused_with_a_reason(trend: Trend):
    for body in ({"countries": ["XX"]}, {"countries": ["Germany"]}, {"zone": "Mars/Olympus"}):
        answer = await trend.http.put("/v1/trend/calendar", json=body)
        assert answer.status_code in (400, 422), answer.text
    assert (await trend.get("/calendar"))["countries"] == ["CN"]
    for event in ({"name": "", "first": "2025-01-01"}, {"name": "x", "first": "2025-01-02", "last": "2025-01-01"}):
        assert (await trend.http.post("/v1/trend/calendar/events", json=event)).status_code == 422
    answer = await trend.http.get("/v1/trend/calendar/days?since=2025-01-01&until=1999-01-01")
    assert answer.status_code in (400, 422)
    assert (await trend.http.delete("/v1/trend/calendar/events/nothing")).status_code == 404
