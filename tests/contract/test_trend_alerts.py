"""Alert rules over the API, and the dashboard."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from harness.servers.channels import open_channels
from harness.services.trend import Trend, trend_service
from harness.waiting import until_async
from tests.contract.test_trends import push


@pytest.fixture
async def trend(database_url: str, tmp_path: Path) -> AsyncIterator[Trend]:
    async with trend_service(tmp_path, database_url=database_url) as opened:
        yield opened


async def alarms(trend: Trend, count: int, rule: str = "") -> list[dict]:
    """The open alerts, once there are `count`; the `rule` is checked meanwhile."""

    async def there() -> bool:
        await trend.due(rule)
        return len(await trend.get("/alerts", open=True)) == count

    await until_async(there, f"{count} alerts are open")
    return await trend.get("/alerts", open=True)


async def test_a_level_raises_one_alarm_that_is_told_and_acknowledged(trend: Trend):
    async with open_channels() as channels:
        await push(trend, "quake", 6)
        await push(trend, "rates", 3)
        await trend.settled()
        watch = await trend.post("/watches", {"name": "w", "query": {}})
        address = {"channel": "webhook", "url": channels.url + "/hook"}
        subscriber = await trend.post("/subscribers", {"name": "s", "watch": watch["id"], "address": address})
        condition = {"kind": "topic_level", "documents": 5}
        rule = {"name": "many", "condition": condition, "subscriber": subscriber["id"]}
        await trend.post("/alert-rules", rule)
        (alert,) = await alarms(trend, 1)
        assert ("Earthquake" in alert["name"], alert["value"], alert["state"]) == (True, 6, "alarm")

        async def told() -> bool:
            return bool(channels.posts)

        await until_async(told, "the alarm was told")
        assert "Earthquake" in channels.posts[0].json["entries"][0]["title"]
        assert [one["state"] for one in await trend.get("/alert-rules")] == ["alarm"]
        assert (await trend.http.post(f"/v1/trend/alerts/{alert['id']}/acknowledge")).status_code == 204
        (listed,) = await trend.get("/alert-rules")
        assert listed["state"] == "acknowledged"
        shown = await trend.get("/dashboard")
        assert (shown["documents"], len(shown["topics"]), shown["alerts"][0]["state"]) == (9, 2, "acknowledged")
        assert (sum(shown["volume"]), shown["messages"]) == (9, {"sent": 1})
        assert (await trend.http.delete(f"/v1/trend/alert-rules/{listed['id']}")).status_code == 204
        assert await trend.get("/alerts") == []


async def test_a_silent_source_raises_an_alarm(trend: Trend):
    source = await trend.post("/sources", {"url": "http://127.0.0.1:9/feed"})
    await trend.post("/alert-rules", {"name": "silence", "condition": {"kind": "source_silent", "hours": 1e-5}})
    (alert,) = await alarms(trend, 1)
    assert (alert["subject"], alert["level"]) == (source["id"], 1e-5)


async def test_a_change_point_in_a_series_raises_an_alarm_that_ends(trend: Trend):
    async def push_days(first: int, last: int, value: float) -> None:
        points = [[1735689600 + day * 86_400, value + (day * 7 % 5) * 0.4] for day in range(first, last)]
        await trend.post("/series", {"series": [{"name": "sales", "points": points}]})

    await push_days(0, 60, 100)
    condition = {"kind": "series_change", "series": ["sales"], "window": "14d"}
    rule = await trend.post("/alert-rules", {"name": "broke", "condition": condition})
    await push_days(60, 70, 160)
    (alert,) = await alarms(trend, 1, rule["id"])
    assert (alert["name"], round(alert["level"], -1), round(alert["value"], -1)) == ("sales", 100, 160)
    await push_days(70, 100, 160)
    await alarms(trend, 0, rule["id"])


async def test_a_live_series_in_alarm_raises_an_alarm(trend: Trend):
    points = [[1735689600 + hour * 3_600, 50 + (hour * 7 % 5)] for hour in range(400)]
    await trend.post("/series", {"series": [{"name": "load", "points": points}]})
    await trend.post("/alert-rules", {"name": "load", "condition": {"kind": "series_alarm"}})
    live = [{"time": 1735689600 + hour * 3_600, "value": 500} for hour in range(400, 403)]
    scored = await trend.post("/series/load/points", {"points": live})
    assert scored["state"] == "alarm"
    (rule,) = await trend.get("/alert-rules")
    (alert,) = await alarms(trend, 1, rule["id"])
    assert (alert["name"], alert["value"]) == ("load", 500)


async def test_a_rule_that_cannot_be_is_refused(tmp_path: Path):
    async with trend_service(tmp_path) as trend:
        for condition in (
            {"kind": "topic_level"}, {"kind": "source_silent", "hours": 0}, {"kind": "weather"},
            {"kind": "series_change"}, {"kind": "series_change", "series": ["a"], "window": "always"},
            {"kind": "topic_level", "documents": 3, "query": {"none_of": ["/(/"]}},
        ):  # fmt: skip
            answer = await trend.http.post("/v1/trend/alert-rules", json={"name": "r", "condition": condition})
            assert answer.status_code in (400, 422), condition
        assert (await trend.get("/dashboard"))["topics"] == []
