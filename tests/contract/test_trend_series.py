"""Series of the trend service over its API: pushed, analyzed, forecast, scored as they come."""

import asyncio
import json
import math
import random
import sqlite3
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx
import pytest

from harness.servers.postgres import new_database
from harness.services.sql import sql_services
from harness.services.trend import Trend, trend_service
from harness.waiting import until_async

START = datetime(2026, 1, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
NAMES = ("orders", "returns")


@pytest.fixture
async def trend(tmp_path: Path) -> AsyncIterator[Trend]:
    async with trend_service(tmp_path) as opened:
        yield opened


def daily(hours: int, seed: int = 7, first: int = 0) -> list[tuple[datetime, float]]:
    """Hourly values with a season of a day."""
    chance = random.Random(seed)
    return [
        (START + (first + at) * HOUR, 50 + 10 * math.sin((first + at) / 24 * math.tau) + chance.gauss(0, 1))
        for at in range(hours)
    ]


def pairs(points: list[tuple[datetime, float]]) -> list[list[object]]:
    return [[at.isoformat(), value] for at, value in points]


async def pushed(trend: Trend, content: str, form: str = "text/csv", **params: object) -> list[dict]:
    answer = await trend.http.post("/v1/trend/series", content=content, params=params, headers={"content-type": form})
    assert answer.status_code == 201, answer.text
    return answer.json()


async def sent(trend: Trend, path: str, body: dict) -> httpx.Response:
    """Also with NaN and infinity, which Python writes into JSON."""
    return await trend.http.post(
        f"/v1/trend/{path}", content=json.dumps(body), headers={"content-type": "application/json"}
    )


async def push_daily(trend: Trend, name: str, hours: int, **params: object) -> str:
    rows = "".join(f"{at.isoformat()},{value}\n" for at, value in daily(hours))
    (one,) = await pushed(trend, f"time,{name}\n{rows}", **params)
    return one["id"]


@pytest.mark.parametrize(
    ("form", "content"),
    [
        ("text/csv", "date,orders,returns\n2026-01-01,10,1\n2026-01-02,12,2\n2026-01-03,11,3\n"),
        ("text/csv; charset=utf-8", "\ufeffdate;orders;returns\r\n2026/1/1;10;1\r\n2026/1/2;12,0;2\r\n2026/1/3;11;3"),
        (
            "text/csv",
            "series,time,value\n" + "".join(f"{n},2026-01-0{d},{d}\n" for n in NAMES for d in (1, 2, 3)),
        ),
        (
            "application/x-ndjson",
            "\n".join(
                json.dumps({"series": n, "time": f"2026年1月{d}日", "value": d})
                for n in NAMES
                for d in (3, 1, 2)
            ),
        ),
        (
            "application/json",
            json.dumps(
                {"series": [{"name": n, "points": [[f"2026010{d}", d] for d in (1, 2, 3)]} for n in NAMES]}
            ),
        ),
    ],
)  # fmt: skip
async def test_points_are_read_in_each_form(trend: Trend, form: str, content: str):
    answers = await pushed(trend, content, form)
    assert [(one["name"], one["given"], one["added"]) for one in answers] == [("orders", 3, 3), ("returns", 3, 3)]
    shown = await trend.get("/series/orders")
    assert shown["points"] == 3
    assert (shown["first_at"], shown["last_at"]) == ("2026-01-01T00:00:00Z", "2026-01-03T00:00:00Z")


async def test_the_same_push_again_changes_nothing_and_a_new_value_replaces(trend: Trend):
    await pushed(trend, "time,a\n2026-01-01,1\n2026-01-02,2\n")
    (again,) = await pushed(trend, "time,a\n2026-01-01,1\n2026-01-02,5\n2026-01-03,6\n")
    assert (again["given"], again["added"]) == (3, 1)
    assert [one["value"] for one in await trend.get("/series/a/points")] == [6, 5, 1]


async def test_what_was_done_to_the_points_is_said_in_both_languages(trend: Trend):
    content = "time,a\n2026-01-02,2\n2026-01-01,1\nyesterday,3\n2026-01-03,none\n2026-01-02,7\n"
    (english,) = await pushed(trend, content)
    assert {one["code"] for one in english["statements"]} == {
        "points_without_time", "points_without_value", "points_sorted", "duplicates_folded",
    }  # fmt: skip
    (chinese,) = await pushed(trend, content, language="zh")
    assert any("时间无法识别" in one["text"] for one in chinese["statements"])
    assert [one["value"] for one in await trend.get("/series/a/points")] == [7, 1]


UNREADABLE = [
    ("text/csv", "", "empty"),
    ("text/csv", "hello", "at least two columns"),
    ("text/csv", "2026-01-01,5\n2026-01-02,6\n", "names of the columns"),
    ("text/csv", "time,a\nsoon,1\nlater,2\n", "no time of a can be read"),
    ("application/json", "{", "not JSON"),
    ("application/json", '{"a": 1}', "no time and value"),
    ("application/json", "[" * 100_000, "not JSON"),
    ("application/x-ndjson", '{"time": "2026-01-01", "value": 1}', "needs a name"),
    ("application/x-ndjson", "[1, 2, 3]", "is no point"),
    ("application/xml", "<a/>", "Content-Type"),
]


async def test_what_cannot_be_read_is_refused_with_the_reason(trend: Trend):
    for form, content, reason in UNREADABLE:
        answer = await trend.http.post("/v1/trend/series", content=content, headers={"content-type": form})
        assert (answer.status_code, reason in answer.text) == (400, True), (content[:40], answer.text)


async def test_local_times_are_those_of_the_zone_also_when_clocks_are_set_back(trend: Trend):
    start = datetime(2026, 10, 24, 20, tzinfo=ZoneInfo("Europe/Berlin")).astimezone(UTC)
    zone = ZoneInfo("Europe/Berlin")
    clocks = [(start + at * HOUR).astimezone(zone).strftime("%Y-%m-%d %H:%M") for at in range(24)]
    rows = "".join(f"{clock},{at}\n" for at, clock in enumerate(clocks))
    (one,) = await pushed(trend, f"time,a\n{rows}2026-10-26T00:00:00+02:00,99\n", zone="Europe/Berlin")
    assert (one["added"], one["statements"]) == (25, [])
    points = await trend.get("/series/a/points")
    assert [datetime.fromisoformat(one["time"]) for one in points] == [
        start + at * HOUR for at in (28, *range(23, -1, -1))
    ]
    answer = await trend.http.post(
        "/v1/trend/series?zone=Mars", content="time,a\n2026-01-01,1\n", headers={"content-type": "text/csv"}
    )
    assert (answer.status_code, "time zone" in answer.text) == (400, True)


async def test_a_series_keeps_the_latest_points(tmp_path: Path):
    async with trend_service(tmp_path, series_points_max=1_000) as trend:
        series = await push_daily(trend, "a", 1_500)
        shown = await trend.get(f"/series/{series}")
        assert (shown["points"], shown["first_at"]) == (1_000, (START + 500 * HOUR).isoformat().replace("+00:00", "Z"))


async def test_series_are_listed_and_deleted(trend: Trend):
    await pushed(trend, "time,alpha,beta,alphabet\n2026-01-01,1,2,3\n")
    assert [one["name"] for one in await trend.get("/series", contains="ALPHA")] == ["alpha", "alphabet"]
    assert [one["name"] for one in await trend.get("/series", after="alphabet")] == ["beta"]
    assert (await trend.http.delete("/v1/trend/series/alpha")).status_code == 204
    assert (await trend.http.get("/v1/trend/series/alpha")).status_code == 404
    await trend.post("/collections", {"name": "other"})
    assert await trend.get("/series", collection="other") == []


async def test_an_analysis_finds_season_change_and_spike(trend: Trend):
    points = [(at, value + (15 if number >= 400 else 0)) for number, (at, value) in enumerate(daily(700))]
    points[200] = (points[200][0], 140.0)
    answer = await trend.post("/analyze", {"points": pairs(points)})
    assert [one["period"] for one in answer["seasons"]] == [24]
    (change,) = answer["change_points"]
    assert abs(datetime.fromisoformat(change["time"]) - points[400][0]) <= 3 * HOUR
    assert 12 < change["after"] - change["before"] < 18
    (anomaly,) = answer["anomalies"]
    assert (anomaly["time"], anomaly["kind"]) == (points[200][0].isoformat().replace("+00:00", "Z"), "spike")
    assert all(one["name"] for one in answer["methods"])
    assert (answer["quality"]["verdict"], answer["quality"]["gaps"]) == ("good", 0)
    words = " ".join(one["text"] for one in answer["statements"])
    assert "repeat every 24 steps (1 day)" in words
    assert "far above the expected" in words


async def test_sentences_are_in_the_language_asked_for(trend: Trend):
    body = {"points": pairs(daily(200))}
    answer = await trend.http.post(
        "/v1/trend/forecast", json=body, headers={"accept-language": "fr, zh-CN;q=0.9, en;q=0.5"}
    )
    assert any("回测" in one["text"] for one in answer.json()["statements"])
    assert any("In the backtest" in one["text"] for one in (await trend.post("/forecast", body))["statements"])


async def test_a_forecast_says_how_good_it_is_and_a_random_walk_is_no_better_than_naive(trend: Trend):
    series = await push_daily(trend, "load", 24 * 28)
    answer = await trend.post("/forecast", {"indicator": series, "horizon": 24})
    truth = [50 + 10 * math.sin((24 * 28 + at) / 24 * math.tau) for at in range(24)]
    assert max(abs(one - true) for one, true in zip(answer["values"], truth, strict=True)) < 3
    assert (answer["name"], answer["period"], answer["quality"]["verdict"]) == ("load", 24, "good")
    for low, value, high in zip(answer["lower_95"], answer["values"], answer["upper_95"], strict=True):
        assert low < value < high
    chance, at, walk = random.Random(3), 0.0, []
    for number in range(400):
        at += chance.gauss(0, 1)
        walk.append([(START + number * HOUR).isoformat(), at])
    answer = await trend.post("/forecast", {"points": walk, "horizon": 5})
    assert answer["quality"]["verdict"] != "good"
    assert answer["tried"]


async def test_a_backtest_covers_the_window_at_the_end(trend: Trend):
    series = await push_daily(trend, "load", 24 * 28)
    answer = await trend.post("/backtest", {"indicator": "load", "window": "6d"})
    assert len(answer["origins"]) == 6
    assert answer["horizon"] == 24
    last = START + (24 * 28 - 1) * HOUR
    assert answer["origins"][-1]["times"][-1] == last.isoformat().replace("+00:00", "Z")
    stored = {one["time"]: one["value"] for one in await trend.get(f"/series/{series}/points")}
    first = answer["origins"][0]
    assert first["actual"] == [pytest.approx(stored[time]) for time in first["times"]]
    refused = await trend.http.post("/v1/trend/backtest", json={"indicator": "load", "window": "1y"})
    assert (refused.status_code, "shorter" in refused.text) == (400, True)


async def test_a_scenario_stands_beside_the_baseline_with_what_was_assumed(trend: Trend):
    await push_daily(trend, "load", 24 * 14)
    body = {
        "indicator": "load", "scenario_name": "subsidy ends", "demand_shift": 0.1, "policy_intensity": 0.2,
        "policy_elasticity": -0.5, "horizon": 10, "start": 2,
    }  # fmt: skip
    answer = await trend.post("/scenario", body)
    assert answer["factor"][0] == 1
    assert answer["factor"][-1] == pytest.approx(1.1 * 0.9)
    for base, factor, value in zip(
        answer["baseline"]["values"], answer["factor"], answer["scenario"]["values"], strict=True
    ):
        assert value == pytest.approx(base * factor)
    assert [one["code"] for one in answer["assumptions"]] == ["assumed_shift", "assumed_shift", "not_causal"]
    for wrong in ({"demand_shift": -2}, {"demand_shift": float("inf")}, {"scenario_name": ""}, {"horizon": 0}):
        assert (await sent(trend, "scenario", body | wrong)).status_code == 422, wrong


HOSTILE = {
    "nothing": [],
    "one point": [["2026-01-01", 1]],
    "two points": [["2026-01-01", 1], ["2026-01-02", 2]],
    "constant": [[1_760_000_000 + 60 * at, 5] for at in range(300)],
    "not a number": [[1_760_000_000 + 60 * at, float("nan")] for at in range(50)],
    "texts": [["soon", "many"], [None, "1"]][:1],
    "at one time": [[1_760_000_000, at] for at in range(100)],
    "unsorted": [[1_760_000_000 + 60 * (at * 37 % 200), at * 37 % 200] for at in range(200)],
    "irregular": [[1_760_000_000 + at**2, at] for at in range(200)],
    "huge values": [[1_760_000_000 + 60 * at, 1e300 * (-1) ** at] for at in range(60)],
    "far apart": [["0001-01-01", 1], ["2026-01-01", 2], ["2100-01-01", 3]],
    "daylight saving": [
        [(datetime(2026, 3, 20, 12, tzinfo=UTC) + timedelta(days=at) - (at > 8) * HOUR).isoformat(), at % 7]
        for at in range(30)
    ],
}  # fmt: skip


async def test_any_points_have_an_answer(trend: Trend):
    for kind, points in HOSTILE.items():
        for path, more in (
            ("analyze", {"components": True}),
            ("forecast", {"horizon": 3}),
            ("backtest", {"window": "1h"}),
            ("scenario", {"scenario_name": "more", "demand_shift": 0.1}),
        ):
            answer = await sent(trend, path, {"points": points, **more})
            assert answer.status_code in ((200,) if path == "analyze" else (200, 400)), (kind, path, answer.text)
            assert answer.status_code == 200 or answer.json()["detail"]
            json.loads(answer.text, parse_constant=lambda text: pytest.fail(f"{text} is not JSON"))


async def test_a_day_of_23_hours_is_a_day(trend: Trend):
    answer = await trend.post("/analyze", {"points": HOSTILE["daylight saving"]})
    assert (answer["step"]["text"], answer["quality"]["gaps"]) == ("1 day", 0)


async def test_live_points_are_scored_and_a_spike_is_an_alarm(trend: Trend):
    series = await push_daily(trend, "load", 24 * 28)
    scores: list[dict] = []
    for at, value in daily(48, seed=8, first=24 * 28):
        body = {"points": [{"time": at.isoformat(), "value": value}]}
        scores += (await trend.post(f"/series/{series}/points", body))["points"]
    assert not any(one["alarm"] for one in scores)
    assert all(abs(one["expected"] - one["value"]) < 8 for one in scores)
    spike = {"points": [{"time": (START + (24 * 28 + 48) * HOUR).isoformat(), "value": 200}]}
    answer = await trend.post(f"/series/{series}/points", spike)
    assert (answer["points"][0]["alarm"], answer["points"][0]["note"], answer["state"]) == (True, "scored", "alarm")
    again = await trend.post(f"/series/{series}/points", spike)
    assert (again["points"][0]["score"], again["points"][0]["note"]) == (answer["points"][0]["score"], "known")
    assert len(await trend.get(f"/series/{series}/points", alarms="true")) == 1
    assert (await trend.post(f"/series/{series}/acknowledge", {}))["state"] == "acknowledged"
    late = {"points": [{"time": (START + 5.5 * HOUR).isoformat(), "value": 50}]}
    (point,) = (await trend.post(f"/series/{series}/points", late))["points"]
    assert (point["score"], point["note"]) == (None, "late")


async def test_a_new_series_learns_first(trend: Trend):
    await pushed(trend, "time,value,name\n2026-01-01T00:00:00Z,50,fresh\n")
    for at, value in daily(20, first=1):
        answer = await trend.post("/series/fresh/points", {"points": [{"time": at.isoformat(), "value": value}]})
        assert (answer["state"], answer["points"][0]["score"]) == ("learning", 0)


async def scores_of(trend: Trend, points: list[tuple[datetime, float]]) -> list[float]:
    answers = [
        await trend.post("/series/load/points", {"points": [{"time": at.isoformat(), "value": value}]})
        for at, value in points
    ]
    return [one["points"][0]["score"] for one in answers]


async def test_scores_are_the_same_in_one_request_in_many_and_through_a_restart(tmp_path: Path):
    points = [(at, value if number % 50 else 90.0) for number, (at, value) in enumerate(daily(120, 9, 24 * 21), 1)]
    async with trend_service(tmp_path / "one") as trend:
        await push_daily(trend, "load", 24 * 21)
        body = {"points": [{"time": at.isoformat(), "value": value} for at, value in points]}
        together = [one["score"] for one in (await trend.post("/series/load/points", body))["points"]]
    async with trend_service(tmp_path / "two") as trend:
        await push_daily(trend, "load", 24 * 21)
        apart = await scores_of(trend, points[:55])
    async with trend_service(tmp_path / "two") as trend:
        apart += await scores_of(trend, points[55:])
    assert apart == together
    assert sum(one > 0.9 for one in together) >= 1


async def test_two_instances_score_each_point_once(tmp_path: Path, postgres: str):
    url = await new_database(postgres)
    async with (
        trend_service(tmp_path / "one", database_url=url) as one,
        trend_service(tmp_path / "two", database_url=url) as two,
    ):
        await push_daily(one, "load", 24 * 14)
        points = daily(40, 11, 24 * 14)
        bodies = [{"points": [{"time": at.isoformat(), "value": value}]} for at, value in points]
        answers = await asyncio.gather(
            *(
                instance.post("/series/load/points", body)
                for instance, body in [(one, body) for body in bodies] + [(two, body) for body in bodies]
            )
        )
        by_time: dict[str, set[float | None]] = {}
        for answer in answers:
            (point,) = answer["points"]
            by_time.setdefault(point["time"], set()).add(point["score"])
        assert all(len(scores) == 1 for scores in by_time.values())
        stored = await one.get("/series/load/points", since=points[0][0].isoformat())
        assert len(stored) == 40
        assert (await two.get("/series/load"))["points"] == 24 * 14 + 40


async def test_who_leads_and_who_grows_is_compared(trend: Trend):
    chance = random.Random(5)
    noise = [chance.gauss(0, 1) for _ in range(205)]
    rows = "".join(
        f"{(START + at * HOUR).isoformat()},{20 + noise[at + 3]},{20 + noise[at] + chance.gauss(0, 0.3)},"
        f"{10 + at / 10 + chance.gauss(0, 1)}\n"
        for at in range(200)
    )
    await pushed(trend, f"time,first,second,third\n{rows}")
    answer = await trend.post("/compare", {"indicators": ["first", "second", "third"]})
    (pair,) = answer["pairs"]
    assert (pair["first"], pair["second"], pair["lag_steps"]) == ("first", "second", 3)
    texts = [one["text"] for one in answer["statements"]]
    assert any("first leads second (steps: 3" in text for text in texts)
    assert any(text.startswith("third grew most") for text in texts)


async def test_periods_of_a_series_are_compared(trend: Trend):
    rows = "".join(
        f"{(START + at * HOUR).isoformat()},{value + (20 if at >= 240 else 0)}\n"
        for at, (_, value) in enumerate(daily(480))
    )
    await pushed(trend, f"time,load\n{rows}")
    periods = [
        {"since": (START + first * HOUR).isoformat(), "until": (START + (first + 240) * HOUR).isoformat()}
        for first in (0, 240)
    ]
    before, after = (await trend.post("/compare", {"indicators": ["load"], "periods": periods}))["periods"]
    assert (before["points"], after["points"], before["p"]) == (240, 240, None)
    assert after["change"] == pytest.approx(0.4, abs=0.03)
    assert after["p"] < 0.01


async def test_the_volume_of_a_topic_and_a_term_is_a_series(trend: Trend):
    now = datetime.now(UTC)
    texts = ("The battery plant opened in Kiel.", "Rain closed the harbor of Kiel.")
    documents = [
        {
            "title": f"{texts[at % 2]} {at}", "text": f"{texts[at % 2]} Report {at} of the day.", "source": "wire",
            "published_at": (now - timedelta(hours=3 + at)).isoformat(),
        }
        for at in range(60)
    ]  # fmt: skip
    await trend.post("/documents", {"documents": documents})
    await trend.settled()
    answer = await trend.post("/analyze", {"indicator": "term:battery", "window": "7d", "components": True})
    assert (answer["indicator"], answer["step"]["text"]) == ("term:batteri", "1 hour")
    assert sum(answer["components"]["values"]) == 30
    assert any(one["code"] == "last_bucket_left_out" for one in answer["statements"])
    topic = (await trend.get("/documents"))[0]["topic"]
    forecast = await trend.post("/forecast", {"indicator": f"topic:{topic}", "window": "7d", "horizon": 6})
    assert all(value == int(value) and value >= 0 for value in forecast["values"])
    both = await trend.post("/compare", {"indicators": ["term:battery", "term:rain"], "window": "7d"})
    assert [one["total"] for one in both["items"]] == [30, 30]
    missing = await trend.http.post("/v1/trend/analyze", json={"indicator": "topic:none"})
    assert missing.status_code == 404


async def test_terms_of_two_periods_are_compared(trend: Trend):
    now = datetime.now(UTC)
    documents = [
        {
            "title": f"{word} {at}", "text": f"{word} in report {at}", "source": "wire",
            "published_at": (now - timedelta(days=days, minutes=at)).isoformat(),
        }
        for days, word in ((10, "Hydrogen"), (2, "Battery"))
        for at in range(15)
    ]  # fmt: skip
    await trend.post("/documents", {"documents": documents})
    periods = [
        {"since": (now - timedelta(days=first)).isoformat(), "until": (now - timedelta(days=last)).isoformat()}
        for first, last in ((12, 8), (4, 0))
    ]
    answer = await trend.post("/compare", {"periods": periods})
    assert answer["documents"] == [15, 15]
    assert [one["term"].lower() for one in answer["rose"]] == ["battery"]
    assert [one["term"].lower() for one in answer["fell"]] == ["hydrogen"]


@pytest.mark.deep
async def test_a_million_points_are_pushed_and_analyzed(trend: Trend):
    chance = random.Random(1)
    rows = "".join(f"{1_600_000_000 + 60 * at},{chance.random():.3f}\n" for at in range(1_000_000))
    (one,) = await pushed(trend, f"time,minutes\n{rows}")
    assert (one["given"], one["added"]) == (1_000_000, 1_000_000)
    answer = await trend.post("/analyze", {"indicator": "minutes"})
    assert any(said["code"] == "analysed_in_blocks" for said in answer["statements"])


NONSENSE = [
    {},
    {"points": [], "indicator": "a"},
    {"points": [["2026-01-01", 1, 2]]},
    {"points": [["2026-01-01", {}]]},
    {"points": "many"},
    {"indicator": "a" * 300},
    {"points": [], "step_seconds": 0},
    {"points": [], "bucket": "year"},
]


async def test_a_request_that_makes_no_sense_is_refused(trend: Trend):
    for body in NONSENSE:
        assert (await trend.http.post("/v1/trend/analyze", json=body)).status_code == 422, body


async def test_a_window_must_be_one(trend: Trend):
    await push_daily(trend, "load", 30)
    for window in ("5", "0d", "-1d", "99999y", "5 d"):
        answer = await trend.http.post("/v1/trend/analyze", json={"indicator": "load", "window": window})
        assert answer.status_code == 400, window
    shorter = await trend.post("/analyze", {"indicator": "load", "window": "10h"})
    assert shorter["steps"] == 10


async def filled(trend: Trend) -> dict:
    """Waits until the only source was read, and returns it."""

    async def once() -> bool:
        (source,) = await trend.get("/sources")
        return source["read_at"] is not None

    await until_async(once, "the query ran")
    return (await trend.get("/sources"))[0]


async def test_a_query_on_a_connected_database_fills_series(tmp_path: Path):
    database = tmp_path / "shop.sqlite3"
    with sqlite3.connect(database) as connection:
        connection.execute("CREATE TABLE orders (day TEXT, amount REAL, returned REAL)")
        rows = [(f"2026-03-{day:02}", 10.5 * day, day % 3) for day in range(1, 29)]
        connection.executemany("INSERT INTO orders VALUES (?, ?, ?)", rows)
    async with sql_services(tmp_path / "sql") as sql, trend_service(tmp_path / "trend") as trend:
        trend.app.state.queries._http = sql.http
        await sql.connect(engine="sqlite", path=str(database))
        query = {
            "connection_id": "shop", "series": "orders", "params": {"first": "2026-03-02"},
            "sql": "SELECT day, sum(amount) AS amount, sum(returned) AS returned FROM orders"
            " WHERE day >= :first GROUP BY day",
        }  # fmt: skip
        source = await trend.post("/sources", {"kind": "query", "query": query, "every_seconds": 3600})
        read = await filled(trend)
        assert (read["error"], read["documents"], read["kind"]) == ("", 54, "query")
        shown = await trend.get("/series")
        assert [(one["name"], one["points"]) for one in shown] == [("orders: amount", 27), ("orders: returned", 27)]
        taken = await trend.http.post(
            "/v1/trend/series", content="time,orders: amount\n2026-01-01,1\n", headers={"content-type": "text/csv"}
        )
        assert (taken.status_code, "filled by source" in taken.text) == (409, True)
        assert (await trend.http.delete(f"/v1/trend/sources/{source['id']}")).status_code == 204
        assert await trend.get("/series") == []
        gone = query | {"connection_id": "nothing"}
        await trend.post("/sources", {"kind": "query", "query": gone})
        read = await filled(trend)
        assert (read["due_at"], "stopped" in read["error"]) == (None, True)


async def test_a_query_is_a_query_and_a_feed_is_a_feed(trend: Trend):
    query = {"connection_id": "shop", "series": "a", "sql": "SELECT 1, 2"}
    for source in (
        {"kind": "query"},
        {"kind": "feed", "query": query},
        {"kind": "query", "query": query, "url": "http://a.test/"},
    ):
        assert (await trend.http.post("/v1/trend/sources", json=source)).status_code == 422, source
