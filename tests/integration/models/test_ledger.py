"""Usage is counted once, whatever is killed or away in between."""

import asyncio
import os
import signal
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from aistack.chassis.errors import Unavailable
from aistack.gateway.app import MIGRATIONS
from aistack.gateway.models.accounting import ledger as ledgers
from aistack.gateway.models.accounting.budgets import Counted, parse_budget
from aistack.gateway.models.accounting.journal import Journal, UsageLine
from aistack.gateway.models.accounting.ledger import UsageLedger
from aistack.gateway.models.accounting.report import UsageQuery
from aistack.gateway.models.accounting.usage import Usage
from aistack.gateway.tables import HEAD, VERSION_TABLE
from aistack.stores.records import Records, open_records
from harness.servers.openai_upstream import OpenAIUpstream, Script
from harness.servers.postgres import PostgresServer, postgres_server
from harness.services.gateway import Gateway, worker_pids

HELLO = [{"role": "user", "content": "hello"}]


def line(number: int = 1) -> UsageLine:
    return UsageLine(1_790_000_000.0 + number, "key:a", "m", "http://x m", "upstream", Usage(3, 2), 5, "/chat")


async def records_in(folder: Path) -> Records:
    return await open_records("", folder / "records.sqlite3", MIGRATIONS, HEAD, VERSION_TABLE)


async def counted(ledger: UsageLedger) -> tuple[int, int]:
    rows = await ledger.usage(UsageQuery())
    return sum(row["requests"] for row in rows), sum(row["prompt_tokens"] for row in rows)


async def test_lines_are_counted_once_over_restarts(tmp_path: Path):
    records = await records_in(tmp_path)
    journal = Journal(tmp_path / "usage")
    for _ in range(3):
        journal.write(line())
        journal.flush()
        ledger = UsageLedger(tmp_path / "usage", records, lambda _: None)
        await ledger.start()
        await ledger.flush()
        await ledger.stop()
    assert await counted(ledger) == (3, 9)
    journal.close()
    await ledger.flush()
    await ledger.flush()
    assert list((tmp_path / "usage").iterdir()) == []
    assert await counted(ledger) == (3, 9)
    await records.close()


async def test_half_a_line_waits_for_its_other_half(tmp_path: Path):
    records = await records_in(tmp_path)
    ledger = UsageLedger(tmp_path / "usage", records, lambda _: None)
    (tmp_path / "usage").mkdir()
    data = line().encoded() * 2
    path = tmp_path / "usage" / "1-1.usage"
    path.write_bytes(data[:-10])
    with path.open("ab") as held:
        import fcntl

        fcntl.flock(held, fcntl.LOCK_EX)
        assert await counted(ledger) == (1, 3)
        held.write(data[-10:])
        held.flush()
        assert await counted(ledger) == (2, 6)
    await records.close()


class Unanswered(Records):
    """Records whose next writing transaction fails after its commit, or before it."""

    committed = True
    failing = 0

    @asynccontextmanager
    async def write(self) -> AsyncGenerator[AsyncConnection]:
        if self.failing and not self.committed:
            self.failing -= 1
            raise ConnectionError("the database went away")
        async with super().write() as connection:
            yield connection
        if self.failing:
            self.failing -= 1
            raise ConnectionError("the answer to the commit was lost")


@pytest.mark.parametrize("committed", [True, False])
async def test_a_batch_whose_commit_was_not_answered_counts_once(tmp_path: Path, committed: bool):
    opened = await records_in(tmp_path)
    records = Unanswered(opened.engine)
    ledger = UsageLedger(tmp_path / "usage", records, lambda _: None)
    journal = Journal(tmp_path / "usage")
    for number in range(4):
        records.committed, records.failing = committed, number % 2 + 1
        journal.write(line(number))
        journal.flush()
        await ledger.flush()
    records.failing = 0
    assert await counted(ledger) == (4, 12)
    assert await counted(ledger) == (4, 12)
    journal.close()
    await records.close()


async def test_budgets_are_counted_while_the_database_does_not_answer(tmp_path: Path):
    opened = await records_in(tmp_path)
    hanging = asyncio.Event()

    class Hanging(Records):
        @asynccontextmanager
        async def write(self) -> AsyncGenerator[AsyncConnection]:
            hanging.set()
            await asyncio.Event().wait()
            yield await self.engine.connect()

    published: list[Counted] = []
    ledger = UsageLedger(tmp_path / "usage", Hanging(opened.engine), published.append)
    journal = Journal(tmp_path / "usage")
    await ledger.start()
    ledger.set_budgets({"key:a": parse_budget("100 tokens")})
    async with asyncio.timeout(60):
        journal.write(line())
        journal.flush()
        await hanging.wait()
        journal.write(line())
        journal.flush()
        while not published or published[-1].spent.get("key:a") != ("", 10):
            await asyncio.sleep(0.01)
    for one in ledger._work:
        await one.stop()
    journal.close()
    await opened.close()


async def test_a_damaged_line_costs_nothing_but_itself(tmp_path: Path):
    records = await records_in(tmp_path)
    ledger = UsageLedger(tmp_path / "usage", records, lambda _: None)
    (tmp_path / "usage").mkdir()
    (tmp_path / "usage" / "1-1.usage").write_bytes(b"[1,2]\n\xff\n" + line().encoded())
    assert await counted(ledger) == (1, 3)
    await records.close()


async def test_while_the_database_is_away_lines_wait_and_budgets_go_on(tmp_path: Path):
    from aistack.gateway.models.accounting.budgets import parse_budget

    class Away(Records):
        away = False

        def write(self):
            if self.away:
                raise OSError("the database is away")
            return super().write()

    records = Away((await records_in(tmp_path)).engine)
    published: list[Counted] = []
    ledger = UsageLedger(tmp_path / "usage", records, published.append)
    ledger.set_budgets({"key:a": parse_budget("1000 tokens")})
    await ledger.start()
    journal = Journal(tmp_path / "usage")
    records.away = True
    for number in range(1000):
        journal.write(line(number))
    journal.flush()
    async with asyncio.timeout(60):
        while not (published and published[-1].spent.get("key:a", ("", 0))[1] == 5000):
            await asyncio.sleep(0.02)
    records.away = False
    assert await counted(ledger) == (1000, 3000)
    await ledger.stop()
    journal.close()
    await records.close()


async def test_the_same_on_postgresql(tmp_path: Path, postgres: str):
    records = await open_records(postgres, tmp_path / "unused", MIGRATIONS, HEAD, VERSION_TABLE)
    journal = Journal(tmp_path / "usage")
    ledger = UsageLedger(tmp_path / "usage", records, lambda _: None)
    await ledger.start()
    for _ in range(2):
        journal.write(line())
        journal.flush()
        await ledger.flush()
    assert await counted(ledger) == (2, 6)
    await ledger.stop()
    journal.close()
    await records.close()


class TestWithAStoppedDatabase:
    """Ten minutes away are 600 turns of the ledger; here its clock runs fast, and the server really stops."""

    @pytest.fixture
    def server(self) -> Iterator[PostgresServer]:
        with postgres_server() as running:
            yield running

    async def test_calls_go_on_and_all_is_counted_when_it_is_back(
        self, tmp_path: Path, server: PostgresServer, monkeypatch: pytest.MonkeyPatch
    ):
        monkeypatch.setattr(ledgers, "READ_SECONDS", 0.02)
        monkeypatch.setattr(ledgers, "WRITE_SECONDS", 0.05)
        published: list[Counted] = []
        records = await open_records(server.url, tmp_path / "unused", MIGRATIONS, HEAD, VERSION_TABLE)
        journal = Journal(tmp_path / "usage")
        ledger = UsageLedger(tmp_path / "usage", records, published.append)
        ledger.set_budgets({"key:a": parse_budget("10000 tokens")})
        await ledger.start()
        journal.write(line())
        journal.flush()
        await ledger.flush()
        server.stop()
        for number in range(600):
            journal.write(line())
            journal.flush()
            if number % 50 == 0:
                await asyncio.sleep(0.05)
        async with asyncio.timeout(60):
            while not (published and published[-1].spent.get("key:a", ("", 0))[1] == 601 * 5):
                await asyncio.sleep(0.02)
        with pytest.raises(Unavailable, match="database"):
            await ledger.usage(UsageQuery())
        server.start()
        async with asyncio.timeout(60):
            while True:
                try:
                    if await counted(ledger) == (601, 601 * 3):
                        break
                except Unavailable:
                    pass
                await asyncio.sleep(0.05)
        await ledger.flush()
        assert await counted(ledger) == (601, 601 * 3)
        await ledger.stop()
        journal.close()
        await records.close()


class TestWithWorkers:
    @pytest.fixture
    def settings_toml(self) -> str:
        return "workers = 2\n"

    async def test_a_killed_worker_loses_no_call_that_was_answered(self, gateway: Gateway):
        answered = 0

        async def ask() -> None:
            nonlocal answered
            body = {"model": "small", "messages": HELLO}
            try:
                async with httpx.AsyncClient() as client:
                    answer = await client.post(f"{gateway.url}/v1/chat/completions", json=body, timeout=30)
                answered += answer.status_code == 200
            except httpx.HTTPError:
                pass

        for _ in range(3):
            await asyncio.gather(*(ask() for _ in range(10)))
            pids = worker_pids()
            os.kill(pids[0], signal.SIGKILL)
            async with asyncio.timeout(60):
                while worker_pids() == pids or len(worker_pids()) < 2:
                    await asyncio.sleep(0.05)
        await ask()
        rows = (await gateway.client.get("/gateway/usage")).json()["rows"]
        assert answered >= 25
        assert rows[0]["requests"] == answered

    async def test_a_killed_worker_loses_only_the_calls_that_it_had_in_progress(
        self, gateway: Gateway, upstream: OpenAIUpstream
    ):
        going_on = asyncio.Event()
        upstream.script(Script(later=going_on))
        begun: list[bool] = []

        async def follow() -> bool:
            body = {"model": "small", "messages": HELLO, "stream": True}
            try:
                async with (
                    httpx.AsyncClient(timeout=60) as client,
                    client.stream("POST", f"{gateway.url}/v1/chat/completions", json=body) as answer,
                ):
                    text = ""
                    async for piece in answer.aiter_text():
                        begun.append(not text)
                        text += piece
                    return "[DONE]" in text
            except httpx.HTTPError:
                return False

        streams = [asyncio.ensure_future(follow()) for _ in range(20)]
        async with asyncio.timeout(60):
            while sum(begun) < len(streams):
                await asyncio.sleep(0.05)
        os.kill(worker_pids()[0], signal.SIGKILL)
        going_on.set()
        complete = sum(await asyncio.gather(*streams))
        async with asyncio.timeout(60):
            while len(worker_pids()) < 2:
                await asyncio.sleep(0.05)
        rows = (await gateway.client.get("/gateway/usage")).json()["rows"]
        assert [(one["source"], one["requests"]) for one in rows] == ([("upstream", complete)] if complete else [])
