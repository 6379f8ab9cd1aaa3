"""Instances that share a queue of jobs: each job is claimed once, and taken over when its instance dies."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert, select

from aistack.query.app import MIGRATIONS
from aistack.query.tables import HEAD, VERSION_TABLE, Job
from aistack.stores.job_leases import JobLeases
from aistack.stores.records import Records, service_records
from harness.servers.postgres import new_database

BEGUN = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture(params=["sqlite", "postgresql"])
async def databases(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[tuple[Records, Records]]:
    """One database, opened by two instances."""
    url = "" if request.param == "sqlite" else await new_database(request.getfixturevalue("postgres"))
    async with AsyncExitStack() as held:
        opened = [
            await held.enter_async_context(service_records(url, tmp_path, MIGRATIONS, HEAD, VERSION_TABLE))
            for _ in range(2)
        ]
        yield opened[0], opened[1]


def leases(records: Records, instance: str, seconds: float = 60) -> JobLeases:
    return JobLeases(records, Job, instance, seconds, holder="instance", oldest_first="created_at")


async def add(records: Records, count: int) -> list[str]:
    """Ids of queued jobs, the oldest first."""
    ids = [f"job{number}" for number in range(count)]
    rest = {"owner": "a", "principal": {}, "request": {}, "instance": "", "error": "", "rows": 0, "bytes": 0}
    rows = [
        {"id": job_id, "state": "queued", "created_at": BEGUN + timedelta(seconds=number)} | rest
        for number, job_id in enumerate(ids)
    ]
    async with records.write() as connection:
        await connection.execute(insert(Job), rows[::-1])
    return ids


async def test_the_oldest_job_is_claimed_first(databases: tuple[Records, Records]):
    first = leases(databases[0], "one")
    assert not await first.has_work() and await first.claim() is None
    ids = await add(databases[0], 3)
    assert await first.has_work()
    claimed = [await first.claim() for _ in range(4)]
    assert [row and row.id for row in claimed] == [*ids, None]
    assert claimed[0] and (claimed[0].state, claimed[0].instance) == ("running", "one")
    assert not await first.has_work()


async def test_no_job_is_claimed_twice_at_the_same_time(databases: tuple[Records, Records]):
    ids = await add(databases[0], 30)
    queue = [leases(records, name) for records, name in zip(databases, ("one", "two"), strict=True)]
    claimed: list[str] = []

    async def work(own: JobLeases) -> None:
        while (row := await own.claim()) is not None:
            claimed.append(row.id)

    await asyncio.gather(*(work(own) for own in queue * 3))
    assert sorted(claimed) == sorted(ids)


async def test_an_expired_lease_is_taken_over_and_its_holder_cannot_extend_it(databases: tuple[Records, Records]):
    (job_id,) = await add(databases[0], 1)
    dead, other = leases(databases[0], "dead", seconds=0), leases(databases[1], "other")
    assert await dead.claim()
    taken = await other.claim(error="again")
    assert taken and (taken.id, taken.instance, taken.error) == (job_id, "other", "again")
    assert not await dead.extend(job_id)
    assert await other.extend(job_id)


async def test_a_lease_that_is_extended_is_not_taken_over(databases: tuple[Records, Records]):
    (job_id,) = await add(databases[0], 1)
    brief, long = leases(databases[0], "one", seconds=0), leases(databases[0], "one", seconds=60)
    assert await brief.claim()
    assert await long.extend(job_id)
    assert await leases(databases[1], "two").claim() is None


async def test_an_instance_releases_what_it_holds_and_nothing_else(databases: tuple[Records, Records]):
    ids = await add(databases[0], 2)
    stopping, running = leases(databases[0], "stopping"), leases(databases[1], "running")
    assert await stopping.claim() and await running.claim()
    await stopping.release_all()
    async with databases[1].read() as connection:
        rows = (await connection.execute(select(Job).order_by(Job.created_at))).all()
    assert [(row.id, row.state, row.instance) for row in rows] == [
        (ids[0], "queued", ""),
        (ids[1], "running", "running"),
    ]
