"""Answers that cost more than was reserved for them, and budgets while the database is away."""

import asyncio
from collections.abc import AsyncIterator, Iterator

import httpx
import pytest

from harness.servers.openai_upstream import OpenAIUpstream, Script
from harness.servers.postgres import PostgresServer, postgres_server
from harness.services.gateway import Gateway

HELLO = [{"role": "user", "content": "hello"}]
DEAR = {"prompt_tokens": 100, "completion_tokens": 900, "total_tokens": 1000}
CHEAP = {"prompt_tokens": 10, "completion_tokens": 10, "total_tokens": 20}


@pytest.fixture
def identity() -> bool:
    return True


@pytest.fixture
async def session(gateway: Gateway) -> AsyncIterator[httpx.AsyncClient]:
    """With a key whose budget is 500 tokens."""
    made = await gateway.client.post("/gateway/keys", json={"name": "k", "model_rules": {"budget": "500 tokens"}})
    headers = {"authorization": f"Bearer {made.json()['key']}"}
    async with httpx.AsyncClient(base_url=gateway.url, headers=headers, timeout=60) as one:
        yield one


async def ask(session: httpx.AsyncClient, *, stream: bool = False) -> httpx.Response:
    body = {"model": "small", "messages": HELLO, "max_tokens": 10, "stream": stream}
    return await session.post("/v1/chat/completions", json=body)


async def rows(gateway: Gateway) -> list[tuple[str, int, int]]:
    found = (await gateway.client.get("/gateway/usage")).json()["rows"]
    return [(row["source"], row["requests"], row["prompt_tokens"] + row["completion_tokens"]) for row in found]


@pytest.mark.parametrize("stream", [False, True])
async def test_a_budget_that_ends_within_an_answer_ends_the_next_call(
    gateway: Gateway, session: httpx.AsyncClient, upstream: OpenAIUpstream, stream: bool
):
    upstream.script(Script(usage=DEAR))
    first = await ask(session, stream=stream)
    assert first.status_code == 200
    assert "[DONE]" in first.text or first.json()["choices"][0]["finish_reason"] == "stop"
    second = await ask(session, stream=stream)
    assert second.status_code == 429 and second.json()["error"]["code"] == "insufficient_quota"
    assert len(upstream.received) == 1
    assert await rows(gateway) == [("upstream", 1, 1000)]


async def test_calls_that_began_before_it_ended_go_on(
    gateway: Gateway, session: httpx.AsyncClient, upstream: OpenAIUpstream
):
    gate = asyncio.Event()
    upstream.script(Script(usage=DEAR, later=gate), Script(usage=DEAR))
    begun = asyncio.ensure_future(ask(session, stream=True))
    async with asyncio.timeout(60):
        while not upstream.received:
            await asyncio.sleep(0.01)
    assert (await ask(session)).status_code == 200
    assert (await ask(session)).status_code == 429
    gate.set()
    assert "[DONE]" in (await begun).text
    assert await rows(gateway) == [("upstream", 2, 2000)]


class TestWithAStoppedDatabase:
    @pytest.fixture
    def server(self) -> Iterator[PostgresServer]:
        with postgres_server() as running:
            yield running

    @pytest.fixture(params=[1, 2], ids=["one worker", "two workers"])
    def workers(self, request: pytest.FixtureRequest) -> int:
        return request.param

    @pytest.fixture
    def settings_toml(self, server: PostgresServer, workers: int) -> str:
        return f"database_url = '{server.url}'\nworkers = {workers}\nrate_limits = []\n"

    async def test_budgets_hold_and_all_is_counted_when_it_is_back(
        self,
        gateway: Gateway,
        session: httpx.AsyncClient,
        upstream: OpenAIUpstream,
        server: PostgresServer,
        workers: int,
    ):
        upstream.script(Script(usage=CHEAP))
        session.headers["connection"] = "close"  # so that each call may reach another worker
        assert (await ask(session)).status_code == 200
        server.stop()
        refused = 0
        async with asyncio.timeout(60):
            while refused < 10:
                answer = await ask(session)
                refused = refused + 1 if answer.status_code == 429 else 0
        assert answer.json()["error"]["code"] == "insufficient_quota"
        spent = 20 * len(upstream.received)
        assert 400 < spent <= 500 * workers
        server.start()
        async with asyncio.timeout(60):
            while (await rows_if_there(gateway)) != [("upstream", spent // 20, spent)]:
                await asyncio.sleep(0.05)


async def rows_if_there(gateway: Gateway) -> list[tuple[str, int, int]]:
    answer = await gateway.client.get("/gateway/usage")
    return await rows(gateway) if answer.status_code == 200 else []
