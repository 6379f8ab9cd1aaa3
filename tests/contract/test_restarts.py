"""Servers that restart, hang, answer half or sit behind a pooler: one failed request at most, and none later."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from aistack.databases.pool import session_pool
from harness.servers.mariadb import mariadb
from harness.servers.pgbouncer import pgbouncer
from harness.servers.postgres import new_database, postgres_server
from harness.servers.proxy import Proxy, proxy
from harness.services.sql import SqlServices, sql_services

CALLERS = 6
TABLE = "CREATE TABLE orders (id INT PRIMARY KEY, total DECIMAL(10, 2)); INSERT INTO orders VALUES (1, 5), (2, 7);"
SLOW = "SELECT COUNT(*) FROM generate_series(1, 1000000000) AS numbers"
SQL = "SELECT COUNT(*), SUM(total) FROM orders"


@dataclass
class Server:
    """A database server that can be stopped and started again, and how to connect to it."""

    described: dict[str, Any]
    start: Callable[[], None]
    stop: Callable[[], None]


@pytest.fixture(scope="module", params=["postgres", "mysql"])
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    if request.param == "postgres":
        with postgres_server() as made:
            run_script(made.url, TABLE)
            yield Server(described(made.url), made.start, made.stop)
    else:
        with mariadb() as made:
            made.execute(
                f"CREATE DATABASE shop; USE shop; {TABLE}; CREATE USER reader; GRANT SELECT ON shop.* TO reader"
            )
            account = {"engine": "mysql", "host": "127.0.0.1", "port": made.port, "database": "shop", "user": "reader"}
            yield Server(account, made.start, made.stop)


def run_script(url: str, script: str) -> None:
    import asyncpg

    async def run() -> None:
        connection = await asyncpg.connect(url)
        await connection.execute(script)
        await connection.close()

    asyncio.run(run())


def described(url: str, **more: object) -> dict[str, Any]:
    parts = urlsplit(url)
    return {
        "engine": "postgres", "host": parts.hostname, "port": parts.port, "database": parts.path[1:],
        "user": parts.username, "password": "trusted", "tls": "off",
    } | more  # fmt: skip


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[SqlServices]:
    async with sql_services(tmp_path / "data", connection_allow_privileged=True, allow_privileged=True) as made:
        yield made


@dataclass
class Load:
    """Callers that ask again and again; `failures` are the answers that were not right."""

    services: SqlServices
    asked: int = 0
    failures: list[str] = field(default_factory=list)
    stopping: bool = False

    async def call(self) -> None:
        while not self.stopping:
            self.asked += 1
            body = {"connection_id": "shop", "sql": SQL}
            answer = await self.services.http.post("/api/query", json=body)
            if (
                answer.status_code != 200
                or answer.json()["error"]
                or [float(c) for c in answer.json()["rows"][0]] != [2, 12]
            ):
                self.failures.append(answer.text)


async def restarts(services: SqlServices, server: Server, count: int) -> Load:
    load = Load(services)
    async with asyncio.TaskGroup() as tasks:
        for _ in range(CALLERS):
            tasks.create_task(load.call())
        for _ in range(count):
            before = load.asked
            await asyncio.to_thread(server.stop)
            await asyncio.to_thread(server.start)
            while load.asked < before + 3 * CALLERS:
                await asyncio.sleep(0.01)
        load.stopping = True
    return load


class TestRestarts:
    @pytest.mark.parametrize("count", [2, pytest.param(20, marks=pytest.mark.deep)])
    async def test_a_restart_under_load_costs_one_request_of_a_session_at_most(
        self, shop: SqlServices, server: Server, count: int
    ):
        await shop.connect(**server.described)
        await shop.run(SQL)
        load = await restarts(shop, server, count)
        print(f"{server.described['engine']}: {load.asked} requests, {count} restarts, {len(load.failures)} failed")
        assert len(load.failures) <= count * CALLERS, load.failures[:3]
        for _ in range(2 * CALLERS):
            await shop.run(SQL)

    async def test_everything_works_after_a_restart(self, shop: SqlServices, server: Server):
        await shop.connect(**server.described)
        await asyncio.gather(*(shop.run(SQL) for _ in range(CALLERS)))
        await shop.ask("How many orders are there?")
        await asyncio.to_thread(server.stop)
        await asyncio.to_thread(server.start)
        statement = {"connection_id": "shop", "sql": SQL}
        for _ in range(2):
            assert (await shop.http.post("/api/query/explain", json=statement)).status_code == 200
            assert (await shop.http.post("/api/connections/shop/test")).json()["ok"]
            assert (await shop.http.get("/api/connections/shop/schema", params={"refresh": True})).status_code == 200
            csv = await shop.http.post("/api/query", json=statement | {"format": "csv"})
            assert csv.status_code == 200 and "2,12.00" in csv.text
            assert (await shop.ask("How many orders are there?"))["result"]["rows"] == [[2]]
            await shop.run(SQL)
            job = await shop.http.post("/api/query/jobs", json=statement)
            assert job.status_code == 202, job.text
            while (state := await job_state(shop, job.json()["id"])) in ("queued", "running"):
                await asyncio.sleep(0.05)
            assert state == "done"


async def job_state(shop: SqlServices, job: str) -> str:
    return (await shop.http.get(f"/api/query/jobs/{job}")).json()["state"]


class TestFailures:
    """A server that hangs, answers half or resets: the failure ends in time, and only where it is."""

    @pytest.fixture
    async def between(
        self, tmp_path: Path, server: Server, monkeypatch: pytest.MonkeyPatch
    ) -> AsyncIterator[tuple[SqlServices, Proxy]]:
        monkeypatch.setattr(session_pool, "RESTART_SECONDS_MAX", 0.2)
        settings = {"allow_privileged": True, "connect_seconds_max": 2}
        async with (
            proxy(server.described["host"], server.described["port"]) as made,
            sql_services(tmp_path / "data", **settings) as services,
        ):
            await services.connect(**server.described | {"port": made.port})
            await services.connect(**server.described | {"name": "other"})
            yield services, made
            made.behavior = "pass"

    @pytest.mark.parametrize("left", [0, 40])
    async def test_a_server_that_hangs_fails_within_the_limits(self, between: tuple[SqlServices, Proxy], left: int):
        services, made = between
        await services.run(SQL)
        made.behavior, made.left = "hang", left
        async with asyncio.timeout(60):
            waiting = asyncio.create_task(
                services.http.post("/api/query", json={"connection_id": "shop", "sql": SQL, "timeout_seconds": 1})
            )
            for _ in range(3):
                other = {"connection_id": "other", "sql": SQL}
                assert (await services.http.post("/api/query", json=other)).status_code == 200
            assert (await waiting).status_code in (502, 504)
            new = await services.http.post("/api/query", json={"connection_id": "shop", "sql": SQL})
            assert new.status_code in (502, 504) and "did not answer in time" in new.text
        made.behavior = "pass"
        await until_answered(services)

    @pytest.mark.parametrize("left", [20, 60_000])
    async def test_an_answer_that_breaks_off_is_no_success(self, between: tuple[SqlServices, Proxy], left: int):
        services, made = between
        sql = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 900) "
        sql += "SELECT a.i, b.i FROM n AS a CROSS JOIN n AS b"
        for form in ("json", "ndjson"):
            await until_answered(services)
            made.behavior, made.left = "reset", left
            body = {"connection_id": "shop", "sql": sql, "format": form, "limit": 100_000}
            answer = await services.http.post("/api/query", json=body)
            last = answer.json() if form == "json" else json.loads(answer.text.splitlines()[-1])
            assert answer.status_code == 502 or last["error"], answer.text[-300:]
            made.behavior = "pass"


async def until_answered(services: SqlServices) -> None:
    async with asyncio.timeout(60):
        while (await services.http.post("/api/query", json={"connection_id": "shop", "sql": SQL})).status_code != 200:
            await asyncio.sleep(0.1)


class TestPgBouncer:
    """Transaction pooling: consecutive transactions of a session run on different servers."""

    @pytest.fixture
    async def pooled(self, shop: SqlServices, postgres: str) -> AsyncIterator[SqlServices]:
        url = await new_database(postgres)
        await asyncio.to_thread(run_script, url, TABLE)
        with pgbouncer(url) as address:
            await shop.connect(**described(address))
            shop.address = address
            yield shop

    async def test_parameters_rows_and_formats_work_side_by_side(self, pooled: SqlServices):
        async def one(number: int) -> None:
            sql = "SELECT id, total, :word AS word, ARRAY[1, 2] AS list, now() AS at FROM orders WHERE id <> :id"
            answer = await pooled.run(sql, params={"word": f"w{number}", "id": number})
            assert [row[2] for row in answer["rows"]] == [f"w{number}"] * 2
            for form in ("csv", "arrow", "ndjson"):
                body = {"connection_id": "shop", "sql": SQL, "format": form}
                export = await pooled.http.post("/api/query", json=body)
                assert export.status_code == 200, f"{form}: {export.text}"

        await asyncio.gather(*(one(number) for number in range(10, 16)))
        plan = await pooled.http.post("/api/query/explain", json={"connection_id": "shop", "sql": SQL})
        assert plan.status_code == 200 and "Aggregate" in plan.text
        assert (await pooled.ask("How many orders are there?"))["result"]["rows"] == [[2]]
        assert (await pooled.http.get("/api/connections/shop/schema")).json()["tables"][0]["name"] == "orders"

    async def test_limits_and_read_only_hold_and_do_not_stay_on_the_server(self, pooled: SqlServices):
        slow = await pooled.http.post("/api/query", json={"connection_id": "shop", "sql": SLOW, "timeout_seconds": 0.5})
        assert slow.status_code == 504
        running = [
            asyncio.create_task(
                pooled.http.post(
                    "/api/query", json={"connection_id": "shop", "sql": SLOW, "query_id": f"{number:032x}"}
                )
            )
            for number in range(2)
        ]
        async with asyncio.timeout(60):
            for number in range(2):
                while not (await pooled.http.delete(f"/api/query/{number:032x}")).is_success:
                    await asyncio.sleep(0.05)
        assert [(await one).status_code for one in running] == [409, 409]
        for _ in range(8):
            await pooled.run(SQL)
        for _ in range(4):
            assert await shown(pooled.address, "statement_timeout") == "0"
            assert await shown(pooled.address, "transaction_read_only") == "off"


async def shown(url: str, setting: str) -> str:
    """A setting of whichever connection the pooler gives."""
    import asyncpg

    connection = await asyncpg.connect(url, statement_cache_size=0)
    try:
        return await connection.fetchval(f"SHOW {setting}")
    finally:
        await connection.close()
