"""Watches over the API: what they match, the preview, and whose they are."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from harness.services.trend import Trend, trend_service
from tests.contract.test_trends import push


@pytest.fixture
async def trend(database_url: str, tmp_path: Path) -> AsyncIterator[Trend]:
    async with trend_service(tmp_path, database_url=database_url) as opened:
        yield opened


def words(**lists: list[str]) -> dict:
    return {"groups": [lists]}


async def names(trend: Trend, query: dict) -> list[str]:
    return sorted(one["name"] for one in (await trend.post("/watches/preview", query))["stories"])


async def test_a_preview_shows_the_stories_of_the_last_week(trend: Trend):
    await push(trend, "quake", 4, hours_ago=100)
    await push(trend, "rates", 3)
    await push(trend, "芯片", 3)
    await trend.settled()
    found = await trend.post("/watches/preview", words(any_of=["earthquake", "/inflat\\w+/"], none_of=["chips"]))
    assert (found["documents"], found["looked_at"], found["matched"], len(found["stories"])) == (10, 10, 7, 2)
    story = found["stories"][0]
    assert (story["documents"], story["group"], len(story["evidence"])) == (3, "Stories", 3)
    (chinese,) = (await trend.post("/watches/preview", words(all_of=["英伟达", "人工智能"])))["stories"]
    assert "英伟达" in chinese["name"]
    (chinese,) = (await trend.post("/watches/preview", {"languages": ["zh"], "surprise_min": 0}))["stories"]
    assert "英伟达" in chinese["name"]
    assert len(await names(trend, {"sources": ["wire-1"], "surprise_min": 0})) == 3
    assert await names(trend, {"categories": ["policy"], "surprise_min": 0}) == []


async def test_everything_hot_needs_no_words(trend: Trend):
    for days in range(1, 5):
        await push(trend, "rates", 6, hours_ago=24 * days)
    await push(trend, "rates", 2)
    await push(trend, "quake", 8)
    await trend.settled()
    (hot,) = await names(trend, {})
    assert "earthquake" in hot.lower()


async def test_watches_are_kept_changed_and_deleted(trend: Trend):
    watch = await trend.post("/watches", {"name": "chips", "query": words(any_of=["chip*"])})
    assert (await trend.get("/watches")) == [watch]
    twice = await trend.http.post("/v1/trend/watches", json={"name": "chips", "query": {}})
    assert twice.status_code == 409
    changed = await trend.http.put(
        f"/v1/trend/watches/{watch['id']}", json={"name": "chips", "query": words(any_of=["芯片"])}
    )
    assert changed.json()["query"]["groups"][0]["any_of"] == ["芯片"]
    assert (await trend.get(f"/watches/{watch['id']}")) == changed.json()
    assert (await trend.http.delete(f"/v1/trend/watches/{watch['id']}")).status_code == 204
    assert (await trend.http.get(f"/v1/trend/watches/{watch['id']}")).status_code == 404


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        (words(any_of=["/(a/"]), "regular expression"),
        (words(any_of=["/(a+)\\1/"]), "regular expression"),
        (words(any_of=["/(a{100}){100}/"]), "repeats"),
        (words(any_of=["/.*/"]), "everything"),
        (words(any_of=["***"]), "letters"),
        (words(none_of=["a"]), "all_of or any_of"),
        (words(any_of=["a" * 300]), "200"),
        ({"words": ["a"]}, "words"),
    ],
)
async def test_a_watch_that_cannot_be_is_refused(trend: Trend, query: dict, reason: str):
    for path, body in (("/watches/preview", query), ("/watches", {"name": "w", "query": query})):
        answer = await trend.http.post(f"/v1/trend{path}", json=body)
        assert answer.status_code in (400, 422)
        assert reason in answer.text
