"""Many rows of eight columns: to Arrow beside ADBC, to CSV beside COPY and MariaDB's own client; memory."""

import asyncio
import statistics
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil

from aistack.databases.target import Target
from benchmarks.report import Row
from harness.services.sql import SqlServices, sql_services

ROWS, QUICK_ROWS = 1_000_000, 20_000
ROUNDS, QUICK_ROUNDS = 5, 1
SQL = "SELECT * FROM wide"
ADBC = """
import sys, time, adbc_driver_postgresql.dbapi as adbc
begun = time.perf_counter()
with adbc.connect(sys.argv[1]) as connection, connection.cursor() as cursor:
    cursor.execute("SELECT * FROM wide")
    rows = sum(batch.num_rows for batch in cursor.fetch_record_batch())
assert rows == int(sys.argv[2]), rows
print(time.perf_counter() - begun)
"""


async def rows(postgres: Target, mariadb: Target, size: int, quick: bool) -> list[Row]:
    """`size` is the number of rows in each server's table."""
    rounds = QUICK_ROUNDS if quick else ROUNDS
    with TemporaryDirectory() as folder:
        async with sql_services(Path(folder), allow_privileged=True, seconds_max=600) as made:
            for name, target in (("pg", postgres), ("my", mariadb)):
                await made.connect(
                    name=name, engine=target.engine, host=target.host, port=target.port, database=target.database,
                    user=target.user, tls="off",
                )  # fmt: skip
            url = f"postgresql://{postgres.user}@{postgres.host}:{postgres.port}/{postgres.database}"
            copy = ["psql", url, "-q", "-c", f"COPY ({SQL}) TO STDOUT (FORMAT csv, HEADER)"]
            client = [
                "mariadb",
                "--no-defaults",
                "-h127.0.0.1",
                f"-P{mariadb.port}",
                "-uroot",
                "--quick",
                "bench",
                "-B",
                "-e",
                SQL,
            ]
            arrow = await _paired(rounds, lambda: _fetch(made, "pg", "arrow", size), lambda: _adbc(url, size))
            csv = await _paired(rounds, lambda: _fetch(made, "pg", "csv", size), lambda: _run(copy))
            mysql = await _paired(rounds, lambda: _fetch(made, "my", "csv", size), lambda: _run(client))
            growth = {form: await _growth(made, form, size) for form in ("csv", "arrow", "ndjson")}
    made_rows: list[Row] = []
    for name, peer, bar, (ours, theirs) in (
        ("PostgreSQL to Arrow", "ADBC", ">= 0.9", arrow),
        ("PostgreSQL to CSV", "psql's COPY", ">= 0.9", csv),
        ("MariaDB to CSV", "its client", "", mysql),
    ):
        made_rows += [
            Row(f"{name}, ours", round(size / ours / 1000), "1000 rows/s"),
            Row(f"{name}, {peer}", round(size / theirs / 1000), "1000 rows/s"),
            Row(f"{name}, ours / {peer}", round(theirs / ours, 2), "ratio", bar),
        ]
    made_rows += [
        Row(f"memory added to the service, {_words(size)} rows to {form}", round(added, 1), "MiB", "<= 64")
        for form, added in growth.items()
    ]
    return made_rows


def _words(rows: int) -> str:
    return "a million" if rows == 1_000_000 else f"{rows}"


async def _paired(
    rounds: int, ours: Callable[[], Awaitable[float]], theirs: Callable[[], Awaitable[float]]
) -> tuple[float, float]:
    """Median seconds of each, measured in turn."""
    spent = [(await ours(), await theirs()) for _ in range(rounds)]
    return statistics.median(one for one, _ in spent), statistics.median(other for _, other in spent)


async def _fetch(made: SqlServices, connection: str, form: str, rows: int) -> float:
    begun = time.perf_counter()
    body = {"connection_id": connection, "sql": SQL, "format": form, "timeout_seconds": 300}
    execution = await _started(made, body)
    written_bytes = 0
    from aistack.query.execution.result_formats import encoded

    async for piece in encoded(execution, form):
        written_bytes += len(piece)
    assert written_bytes > rows and execution.error is None, (written_bytes, execution.error)
    return time.perf_counter() - begun


async def _started(made: SqlServices, body: dict) -> object:
    """The service's own path without the socket: what a socket costs is the gateway's benchmark."""
    from aistack.chassis.identity import principal
    from aistack.query.execution.runner import RunRequest, limits_of
    from aistack.query.wire import QueryRequest

    runner = made.query.state.runner
    asked = QueryRequest(**body)
    return await runner.start(RunRequest(asked, limits_of(asked, runner.settings), principal.get(), form=asked.format))


async def _adbc(url: str, rows: int) -> float:
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", ADBC, url, str(rows), stdout=subprocess.PIPE)
    said, _ = await process.communicate()
    return float(said)


async def _run(command: list[str]) -> float:
    begun = time.perf_counter()
    process = await asyncio.create_subprocess_exec(*command, stdout=subprocess.DEVNULL)
    assert await process.wait() == 0
    return time.perf_counter() - begun


async def _growth(made: SqlServices, form: str, rows: int) -> float:
    """MiB that the service's process grows by at most while a result goes by."""
    process = psutil.Process()
    before = process.memory_info().rss
    most = 0
    done = asyncio.Event()

    async def look() -> None:
        nonlocal most
        while not done.is_set():
            most = max(most, process.memory_info().rss)
            await asyncio.sleep(0.02)

    looking = asyncio.create_task(look())
    await _fetch(made, "pg", form, rows)
    done.set()
    await looking
    return (most - before) / 2**20
