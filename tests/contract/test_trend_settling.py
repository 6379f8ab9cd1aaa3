"""A settlement that fails says so, waits, and is made up for."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import update

from aistack.trend.tables import Collection
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
