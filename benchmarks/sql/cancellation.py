"""How soon a cancelled statement is gone from the server, how far a runaway goes over its limit, and a large schema."""

import asyncio
import contextlib
import statistics
import time

from aistack.databases.pool.session_factory import open_session
from aistack.databases.session import DatabaseFailed, Limits, Session
from aistack.databases.target import Target
from benchmarks.report import Row

ROUNDS, QUICK_ROUNDS = 10, 2
TABLES, QUICK_TABLES = 500, 20
LIMIT_SECONDS = 1.0
SLOW = {
    "postgres": "SELECT count(*) FROM wide a, wide b, wide c",
    "mysql": "SELECT count(*) FROM wide a, wide b, wide c WHERE a.token < b.token AND b.token < c.token",
}
LEFT = {
    "postgres": "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%wide a, wide b%' "
    "AND pid <> pg_backend_pid()",
    "mysql": "SELECT count(*) FROM information_schema.processlist WHERE info LIKE 'SELECT count(*) FROM wide a%'",
}
BARS = {"postgres": "<= 0.1", "mysql": "<= 0.3"}


async def rows(postgres: Target, mariadb: Target, quick: bool) -> list[Row]:
    rounds, tables = (QUICK_ROUNDS, QUICK_TABLES) if quick else (ROUNDS, TABLES)
    made: list[Row] = []
    for target in (postgres, mariadb):
        gone = [await _cancelled(target) for _ in range(rounds)]
        median = statistics.median(gone)
        made.append(
            Row(f"{target.engine}, from cancel until the statement is gone", round(median, 3), "s", BARS[target.engine])
        )
        over = [await _overshoot(target) for _ in range(min(3, rounds))]
        made.append(
            Row(
                f"{target.engine}, runaway statement, time beyond its limit of {LIMIT_SECONDS:g} s",
                round(max(over), 2),
                "s",
                "<= 0.5",
            )
        )
    made.append(
        Row(
            f"postgres, first read of a schema of {tables} tables",
            round(await _schema(postgres, tables), 2),
            "s",
            "<= 5",
        )
    )
    return made


async def _cancelled(target: Target) -> float:
    watching, running = await open_session(target, 10), await open_session(target, 10)
    task = asyncio.create_task(_drained(running, SLOW[target.engine], 60))
    while not (await _drained(watching, LEFT[target.engine], 10))[0][0]:
        await asyncio.sleep(0.01)
    begun = time.perf_counter()
    task.cancel()
    await asyncio.wait([task])
    while (await _drained(watching, LEFT[target.engine], 10))[0][0]:
        await asyncio.sleep(0.002)
    spent = time.perf_counter() - begun
    await watching.close()
    return spent


async def _overshoot(target: Target) -> float:
    session = await open_session(target, 10)
    begun = time.perf_counter()
    with contextlib.suppress(DatabaseFailed):
        await _drained(session, SLOW[target.engine], LIMIT_SECONDS)
    return time.perf_counter() - begun - LIMIT_SECONDS


async def _schema(target: Target, tables: int) -> float:
    import asyncpg

    connection = await asyncpg.connect(host=target.host, port=target.port, user=target.user, database=target.database)
    await connection.execute("CREATE TABLE many_0 (id int PRIMARY KEY)")
    for number in range(1, tables):
        await connection.execute(
            f"CREATE TABLE many_{number} (id int PRIMARY KEY, other int REFERENCES many_{number - 1} (id), "
            + ", ".join(f"column_{at} text" for at in range(10))
            + ")"
        )
    await connection.close()
    begun = time.perf_counter()
    session = await open_session(target, 10)
    found = await session.schema()
    spent = time.perf_counter() - begun
    assert len(found.tables) > tables
    await session.close()
    return spent


async def _drained(session: Session, sql: str, seconds: float) -> list:
    async with session.run(sql, (), Limits(seconds)) as result:
        return [row async for batch in result.batches for row in batch]
