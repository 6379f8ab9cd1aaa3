"""A settlement that fails says so, waits, and is made up for."""

import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from aistack.trend.tables import Collection
from benchmarks.trend.scores import adjusted_rand
from benchmarks.trend.topics import stream
from harness.services.trend import trend_service
from harness.waiting import until_async


async def test_a_failed_settlement_is_visible_and_waits_longer_each_time(tmp_path: Path):
    async with trend_service(tmp_path) as trend:
        in_the_way = tmp_path / "trend" / "settling"
        in_the_way.write_text("")
        await trend.post("/documents", {"documents": [{"title": "Grid operator warns of shortages"}]})

        async def retry_now(failures: int) -> timedelta:
            """Has it tried, and returns the pause that follows the failure."""
            async with trend.app.state.collections.records.write() as connection:
                await connection.execute(update(Collection).values(settle_after=0.0))

            async def failed() -> bool:
                return (await trend.get("/hot-topics"))["state"]["failures"] == failures

            await until_async(failed, f"{failures} settlements failed")
            state = (await trend.get("/crawl/status"))["topics"]
            assert not state["is_current"]
            assert state["error"] == "its files cannot be written: Not a directory"
            return datetime.fromisoformat(state["retry_at"]) - datetime.now(UTC)

        async def first_failed() -> bool:
            return (await trend.get("/hot-topics"))["state"]["failures"] == 1

        await until_async(first_failed, "the first settlement failed")
        assert await retry_now(2) > timedelta(seconds=30)
        in_the_way.unlink()
        async with trend.app.state.collections.records.write() as connection:
            await connection.execute(update(Collection).values(settle_after=0.0))
        await trend.settled()
        state = (await trend.get("/hot-topics"))["state"]
        assert (state["is_current"], state["failures"], state["error"], state["documents"]) == (True, 0, "", 1)


@pytest.mark.deep
async def test_topics_are_the_same_in_whatever_order_and_portions_documents_come(tmp_path: Path):
    given = stream(7, 240, days=6, events=3).documents
    began = datetime.now(UTC) - timedelta(days=6)
    bodies = [
        {
            "title": one.title, "text": one.text, "source": one.source, "id": str(number),
            "published_at": (began + timedelta(seconds=one.at)).isoformat(),
        }
        for number, one in enumerate(given)
    ]  # fmt: skip

    async def topics(folder: str, order: list[int], portions: int) -> dict[str, str]:
        """The topic of each document, by its date."""
        async with trend_service(tmp_path / folder) as trend:
            for portion in range(portions):
                await trend.post("/documents", {"documents": [bodies[at] for at in order[portion::portions]]})
                await trend.settled()
            await trend.current()
            return {one["published_at"]: one["topic"] for one in await trend.get("/documents", limit=500)}

    shuffled = list(range(len(bodies)))
    random.Random(3).shuffle(shuffled)
    once = await topics("once", list(range(len(bodies))), 1)
    piecemeal = await topics("piecemeal", shuffled, 4)
    assert once.keys() == piecemeal.keys()
    assert adjusted_rand([once[at] for at in once], [piecemeal[at] for at in once]) >= 0.98


async def test_pushing_while_it_settles_loses_nothing(tmp_path: Path):
    async with trend_service(tmp_path) as trend:
        for number in range(5):
            await trend.post(
                "/documents", {"documents": [{"title": f"Harbour strike, day {number}", "id": str(number)}]}
            )
        await trend.current()
        state = (await trend.get("/hot-topics"))["state"]
        assert (state["documents"], state["failures"]) == (5, 0)
        assert all(one["topic"] for one in await trend.get("/documents"))


async def test_calendars_and_explanations_on_every_database(database_url: str, tmp_path: Path):
    async with trend_service(tmp_path, database_url=database_url) as trend:
        await trend.http.put("/v1/trend/calendar", json={"countries": ["US"]})
        await trend.post("/calendar/events", {"name": "Sale", "first": "2026-07-03"})
        days = await trend.get("/calendar/days", since="2026-07-03", until="2026-07-04", language="en")
        assert {one["name"] for one in days} >= {"Sale", "Independence Day"}
        await trend.post("/documents", {"documents": [{"title": "Grid operator warns of shortages"}]})
        await trend.current()
        (document,) = await trend.get("/documents")
        found = await trend.get(f"/documents/{document['id']}/why")
        assert (found["topic"], found["statements"][0]["code"]) == (document["topic"], "shares_no_words")
