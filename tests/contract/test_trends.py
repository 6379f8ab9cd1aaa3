"""The trend service over its API, the same on SQLite and on PostgreSQL."""

import random
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from harness.servers.site import Site, open_site
from harness.services.trend import Trend, trend_service
from harness.waiting import until_async

STORIES = {
    "quake": ("Earthquake shakes the coast of Halland", "An earthquake of magnitude 6.1 damaged bridges in Halland."),
    "rates": ("Central bank raises interest rates", "The central bank lifted interest rates against inflation."),
    "芯片": ("英伟达推出人工智能芯片", "英伟达在加州展示人工智能芯片，数据中心客户纷纷下单。"),
}
SYLLABLES = ("bal", "cor", "dun", "fel", "gar", "hol", "jin", "kel", "lom", "mur", "nev", "pol", "rid", "sav", "tem")
OTHER_WORDS = [f"{first}{second}" for first in SYLLABLES for second in SYLLABLES]


@pytest.fixture
async def trend(database_url: str, tmp_path: Path) -> AsyncIterator[Trend]:
    async with trend_service(tmp_path, database_url=database_url) as opened:
        yield opened


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    async with open_site() as opened:
        yield opened


def rss(*titles: str, **extra: str) -> bytes:
    now = datetime.now(UTC)
    items = "".join(
        f"<item><title>{title}</title><link>http://news.test/{number}</link><guid>http://news.test/{number}</guid>"
        f"<description>{title} in detail.</description>"
        f"<pubDate>{(now - timedelta(hours=number)).isoformat()}</pubDate></item>"
        for number, title in enumerate(titles)
    )
    return f"<rss version='2.0'><channel><title>Wire</title>{items}</channel></rss>".encode()


async def push(trend: Trend, story: str, count: int, hours_ago: float = 1, source: str = "wire") -> None:
    """Documents about a story, each with many words of its own."""
    title, text = STORIES[story]
    at = datetime.now(UTC) - timedelta(hours=hours_ago)
    chance = random.Random(f"{story} {hours_ago} {source}")
    documents = [
        {
            "title": f"{title} {' '.join(chance.choices(OTHER_WORDS, k=2))}", "source": f"{source}-{number % 3}",
            "text": f"{text} {' '.join(chance.choices(OTHER_WORDS, k=20))}. {text}",
            "published_at": (at + timedelta(minutes=number)).isoformat(),
        }
        for number in range(count)
    ]  # fmt: skip
    assert (await trend.post("/documents", {"documents": documents}))["added"] == count


async def added(trend: Trend, **source: object) -> dict:
    return await trend.post("/sources", source)


async def read(trend: Trend) -> dict:
    """Waits until the only source was read, and returns it."""

    async def once() -> bool:
        (source,) = await trend.get("/sources")
        return source["read_at"] is not None

    await until_async(once, "the source was read")
    return (await trend.get("/sources"))[0]


async def test_documents_become_topics_with_names_in_both_languages(trend: Trend):
    for story in STORIES:
        await push(trend, story, 6)
    await trend.settled()
    found = await trend.get("/hot-topics", window="24h")
    assert sorted(one["count"] for one in found["topics"]) == [6, 6, 6]
    names = " ".join(one["name"] for one in found["topics"])
    assert all(word in names.lower() for word in ("earthquake", "interest rates", "英伟达"))
    assert (found["documents"], found["alone"]) == (18, 0)
    assert all(one["state"] == "emerging" and sum(one["volume"]) == 6 for one in found["topics"])
    detail = await trend.get(f"/topics/{found['topics'][0]['id']}")
    assert [share["documents"] for share in detail["spread"]] == [2, 2, 2]


async def test_what_is_always_there_is_not_hot(trend: Trend):
    for days in range(1, 5):
        await push(trend, "rates", 6, hours_ago=24 * days)
    await push(trend, "rates", 6)
    await push(trend, "quake", 6)
    await trend.settled()
    first, second = (await trend.get("/hot-topics", window="24h"))["topics"]
    assert ("earthquake" in first["name"].lower(), "interest rates" in second["name"].lower()) == (True, True)
    assert first["surprise"] > second["surprise"] + 1
    assert second["state"] != "emerging"


async def test_a_topic_keeps_its_id_while_it_grows(trend: Trend):
    await push(trend, "quake", 3)
    await trend.settled()
    (before,) = (await trend.get("/hot-topics"))["topics"]
    await push(trend, "quake", 3, source="radio")

    async def grown() -> bool:
        (after,) = (await trend.get("/hot-topics"))["topics"]
        return (after["id"], after["count"]) == (before["id"], 6)

    await until_async(grown, "the topic has the new documents")


async def test_the_same_words_again_are_not_added_again(trend: Trend):
    document = {"title": "Earthquake strikes", "text": "The coast shook.", "source": "wire", "id": "one"}
    assert await trend.post("/documents", {"documents": [document]}) == {"given": 1, "added": 1}
    assert await trend.post("/documents", {"documents": [document | {"id": "other"}]}) == {"given": 1, "added": 0}
    await trend.post("/documents", {"documents": [document | {"text": "The coast shook twice."}]})
    assert [one["text"] for one in await trend.get("/documents")] == ["The coast shook twice."]


async def test_copies_in_other_sources_count_as_spread_not_as_volume(trend: Trend):
    title, text = STORIES["quake"]
    long = f"{text} " + "The governor asked for help and opened shelters in three towns. " * 3
    for source in ("wire", "radio", "paper"):
        await trend.post("/documents", {"documents": [{"title": title, "text": long + source, "source": source}]})
    await trend.settled()
    (topic,) = (await trend.get("/hot-topics", documents_min=1))["topics"]
    assert (topic["count"], topic["sources"]) == (1, 3)


async def test_a_term_is_found_in_every_form(trend: Trend):
    await push(trend, "rates", 4)
    await push(trend, "芯片", 3)
    for written, count in (("interest rate", 4), ("Interest Rates", 4), ("inflation", 4), ("芯片", 3), ("英伟达", 3)):
        assert (await trend.get(f"/terms/{written}", window="24h"))["count"] == count, written
    assert (await trend.http.get("/v1/trend/terms/the")).status_code == 400


async def test_a_feed_is_read_and_its_items_are_documents(trend: Trend, site: Site):
    await added(trend, url=site.page("/feed", rss("One thing", "Another thing"), etag='W/"a  1"'), category="news")
    source = await read(trend)
    assert (source["title"], source["documents"], source["error"]) == ("Wire", 2, "")
    first, second = await trend.get("/documents")
    assert (first["title"], first["source"], first["category"]) == ("One thing", "Wire", "news")
    assert first["at"] > second["at"]
    assert len(site.asked("/feed")) == 1
    assert site.asked("/robots.txt") == []


async def test_a_feed_that_fails_says_why_and_is_asked_less_often(trend: Trend, site: Site):
    url = site.page("/feed", b"", status="429 Too Many Requests", retry_after="7200")
    await added(trend, url=url)
    source = await read(trend)
    assert "status 429" in source["error"]
    assert datetime.fromisoformat(source["due_at"]) > datetime.now(UTC) + timedelta(seconds=7000)
    status = await trend.get("/crawl/status")
    assert (status["sources"], status["failing"], status["documents"]) == (1, 1, 0)


async def test_a_feed_that_is_gone_is_not_asked_again(trend: Trend, site: Site):
    await added(trend, url=site.page("/feed", b"", status="410 Gone"))
    source = await read(trend)
    assert (source["due_at"], "gone for good" in source["error"]) == (None, True)


async def test_a_page_is_read_only_where_robots_txt_allows_it(trend: Trend, site: Site):
    site.page("/robots.txt", b"User-agent: *\nDisallow: /private*\n")
    site.page("/private/news", b"<p class=n>Hidden</p>")
    await added(trend, kind="page", url=site.url + "/private/news", selector=".n")
    assert "robots.txt" in (await read(trend))["error"]
    assert site.asked("/private/news") == []


async def test_deleting_a_source_deletes_what_came_from_it(trend: Trend, site: Site):
    source = await added(trend, url=site.page("/feed", rss("One thing")))
    await read(trend)
    assert (await trend.http.delete(f"/v1/trend/sources/{source['id']}")).status_code == 204
    assert await trend.get("/documents") == []


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ({"url": "ftp://news.test/feed"}, "http"),
        ({"url": "http://news.test/feed", "zone": "Mars/Base"}, "time zone"),
        ({"url": "http://news.test/", "kind": "page"}, "selector"),
        ({"url": "http://news.test/feed", "every_seconds": 1}, "every_seconds"),
    ],
)
async def test_a_source_that_cannot_be_is_refused(trend: Trend, source: dict, reason: str):
    answer = await trend.http.post("/v1/trend/sources", json=source)
    assert answer.status_code in (400, 422)
    assert reason in answer.text


async def test_a_window_must_be_one(trend: Trend):
    for window in ("", "0h", "5 days", "9999w", "-1d"):
        answer = await trend.http.get("/v1/trend/hot-topics", params={"window": window})
        assert answer.status_code == 400, window
