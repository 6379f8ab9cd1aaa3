"""Budgets and rules of keys: enforced before each attempt, whoever counts, whatever is away."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import openai
import pytest

from aistack.chassis.identity import Principal, on_behalf
from aistack.stack.secrets import service_key
from harness.servers.openai_upstream import OpenAIUpstream, Script
from harness.services.gateway import Gateway

HELLO = [{"role": "user", "content": "hello"}]
MILLION = {"prompt_tokens": 1000, "completion_tokens": 1000, "total_tokens": 2000}


@pytest.fixture
def identity() -> bool:
    return True


@pytest.fixture
def models_toml(upstream: OpenAIUpstream) -> str:
    return f"""
    [models.dear]
    upstreams = [{{ url = '{upstream.url}' }}]
    prices = {{ input = 10, output = 10 }}
    [models.cheap]
    upstreams = [{{ url = '{upstream.url}' }}]
    prices = {{ input = 0.01, output = 0.01 }}
    [models.unknown]
    upstreams = [{{ url = '{upstream.url}' }}]
    """


async def key_with(gateway: Gateway, **rules: object) -> str:
    answer = await gateway.client.post("/gateway/keys", json={"name": "team", "model_rules": rules})
    assert answer.status_code == 201, answer.text
    return answer.json()["key"]


@pytest.fixture
async def session() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(timeout=30) as made:
        yield made


async def ask(session: httpx.AsyncClient, gateway: Gateway, key: str, model: str = "dear", **more: object):
    body = {"model": model, "messages": HELLO, "max_tokens": 10} | more
    return await session.post(
        f"{gateway.url}/v1/chat/completions", json=body, headers={"authorization": f"Bearer {key}"}
    )


async def test_a_spent_budget_ends_calls_at_once(
    gateway: Gateway, upstream: OpenAIUpstream, session: httpx.AsyncClient
):
    upstream.script(Script(usage=MILLION))
    key = await key_with(gateway, budget="0.03 USD/day")
    assert (await ask(session, gateway, key)).status_code == 200  # 0.02 USD
    assert (await ask(session, gateway, key)).status_code == 200  # an estimate of 0.0001 USD still fits
    refused = await ask(session, gateway, key)
    assert refused.status_code == 429
    assert refused.json()["error"]["code"] == refused.json()["error"]["type"] == "insufficient_quota"
    assert refused.headers["x-should-retry"] == "false"
    assert len(upstream.received) == 2


async def test_the_official_client_asks_once(gateway: Gateway, upstream: OpenAIUpstream):
    key = await key_with(gateway, budget="1 tokens")
    async with openai.AsyncOpenAI(base_url=f"{gateway.url}/v1", api_key=key) as client:
        with pytest.raises(openai.RateLimitError, match="budget"):
            await client.chat.completions.create(model="dear", messages=HELLO)
    assert not upstream.received


async def test_what_is_reserved_counts_while_calls_are_in_progress(
    gateway: Gateway, upstream: OpenAIUpstream, session: httpx.AsyncClient
):
    gate = asyncio.Event()
    upstream.script(Script(gate=gate))
    key = await key_with(gateway, budget="150 tokens/day")
    calls = [asyncio.ensure_future(ask(session, gateway, key, max_tokens=60)) for _ in range(4)]
    async with asyncio.timeout(60):
        while sum(call.done() for call in calls) < 2:
            await asyncio.sleep(0.01)
    gate.set()
    answers = await asyncio.gather(*calls)
    assert sorted(answer.status_code for answer in answers) == [200, 200, 429, 429]


@pytest.mark.parametrize(
    ("prompt", "status"), [("Hello", 200), ([1, 2, 3], 200), (["Hello"] * 3, 429), ([[1, 2], [3], [4]], 429)]
)
async def test_every_prompt_of_a_completion_counts(
    prompt: object, status: int, gateway: Gateway, session: httpx.AsyncClient
):
    key = await key_with(gateway, budget="150 tokens/day")
    body = {"model": "dear", "prompt": prompt, "max_tokens": 60}
    url, headers = f"{gateway.url}/v1/completions", {"authorization": f"Bearer {key}"}
    assert (await session.post(url, json=body, headers=headers)).status_code == status


async def test_a_dear_model_gives_way_to_one_that_fits(
    gateway: Gateway, upstream: OpenAIUpstream, session: httpx.AsyncClient
):
    key = await key_with(gateway, budget="0.001 USD/day", budget_fallbacks=["cheap"])
    answer = await ask(session, gateway, key, max_tokens=5000)
    assert answer.status_code == 200
    assert answer.headers["x-aistack-model"] == "cheap"
    assert upstream.received[0].body["model"] == "cheap"


async def test_an_unknown_price_is_not_free(gateway: Gateway, session: httpx.AsyncClient):
    key = await key_with(gateway, budget="10 USD")
    answer = await ask(session, gateway, key, "unknown")
    assert answer.status_code == 429
    assert "price" in answer.json()["error"]["message"]


async def test_a_budget_can_be_raised(gateway: Gateway, session: httpx.AsyncClient):
    made = (
        await gateway.client.post("/gateway/keys", json={"name": "t", "model_rules": {"budget": "1 tokens"}})
    ).json()
    assert (await ask(session, gateway, made["key"])).status_code == 429
    changed = await gateway.client.put(f"/gateway/keys/{made['id']}/models", json={"budget": "1000 tokens"})
    assert changed.json()["model_rules"]["budget"] == "1000 tokens"
    assert (await ask(session, gateway, made["key"])).status_code == 200


@pytest.mark.parametrize("budget", ["10", "10 EUR", "-1 USD", "1 USD/year"])
async def test_a_wrong_budget(gateway: Gateway, budget: str):
    answer = await gateway.client.post("/gateway/keys", json={"name": "t", "model_rules": {"budget": budget}})
    assert answer.status_code == 400
    assert "USD/month" in answer.json()["detail"]


async def test_spending_outlives_a_restart(gateway: Gateway, upstream: OpenAIUpstream, session: httpx.AsyncClient):
    upstream.script(Script(usage=MILLION))
    key = await key_with(gateway, budget="2500 tokens/month")
    assert (await ask(session, gateway, key)).status_code == 200
    await gateway.stop()
    await gateway.start()
    async with asyncio.timeout(60):
        while (await ask(session, gateway, key, max_tokens=1000)).status_code != 429:
            await asyncio.sleep(0.05)


async def test_only_some_models(gateway: Gateway, session: httpx.AsyncClient):
    key = await key_with(gateway, models=["cheap"])
    assert (await ask(session, gateway, key, "cheap")).status_code == 200
    assert (await ask(session, gateway, key, "dear")).status_code == 404
    listed = await session.get(f"{gateway.url}/v1/models", headers={"authorization": f"Bearer {key}"})
    assert [one["id"] for one in listed.json()["data"]] == ["cheap"]


async def test_identical_requests_from_the_cache(
    gateway: Gateway, upstream: OpenAIUpstream, session: httpx.AsyncClient
):
    key, other = await key_with(gateway, cache=True), await key_with(gateway, cache=True)
    first = await ask(session, gateway, key)
    second = await ask(session, gateway, key)
    assert second.content == first.content
    assert second.headers["x-aistack-cache"] == "hit"
    assert len(upstream.received) == 1
    await ask(session, gateway, key, max_tokens=11)
    await ask(session, gateway, other)
    assert len(upstream.received) == 3
    rows = (await gateway.client.get("/gateway/usage")).json()["rows"]
    assert sorted((row["source"], row["requests"]) for row in rows) == [("cache", 1), ("upstream", 1), ("upstream", 2)]


async def test_embeddings_that_are_asked_for_at_once_are_made_once(
    gateway: Gateway, upstream: OpenAIUpstream, session: httpx.AsyncClient
):
    gate = asyncio.Event()
    upstream.script(Script(gate=gate))
    headers = {"authorization": f"Bearer {gateway.admin}"}
    body = {"model": "cheap", "input": "same"}
    url = f"{gateway.url}/v1/embeddings"
    calls = [asyncio.ensure_future(session.post(url, json=body, headers=headers)) for _ in range(5)]
    async with asyncio.timeout(60):
        while True:
            metrics = (await gateway.client.get("/metrics")).text
            if 'aistack_requests_in_flight{service="models"} 5.0' in metrics:
                break
            await asyncio.sleep(0.01)
    gate.set()
    answers = [(await call).json() for call in calls]
    assert all(answer == answers[0] for answer in answers)
    assert len(upstream.received) == 1


async def test_without_a_key_the_error_is_openais(gateway: Gateway, session: httpx.AsyncClient):
    answer = await session.post(f"{gateway.url}/v1/chat/completions", json={})
    assert answer.status_code == 401
    assert answer.json()["error"]["code"] == "invalid_api_key"
    answer = await session.post(f"{gateway.url}/v1/messages", json={})
    assert answer.json()["error"]["type"] == "authentication_error"


class TestRateLimits:
    @pytest.fixture
    def settings_toml(self) -> str:
        return "rate_limits = ['/v1 1/m burst 2']\n"

    async def test_their_headers_are_openais(self, gateway: Gateway, session: httpx.AsyncClient):
        key = await key_with(gateway)
        answers = [await ask(session, gateway, key) for _ in range(3)]
        assert [answer.status_code for answer in answers] == [200, 200, 429]
        assert answers[0].headers["x-ratelimit-limit-requests"] == "2"
        assert [answer.headers.get("x-ratelimit-remaining-requests") for answer in answers[:2]] == ["1", "0"]
        assert answers[2].json()["error"]["code"] == "rate_limit_exceeded"
        assert int(answers[2].headers["retry-after"]) > 0


async def test_a_service_spends_the_budget_of_the_caller_it_works_for(gateway: Gateway, session: httpx.AsyncClient):
    made = (
        await gateway.client.post("/gateway/keys", json={"name": "t", "model_rules": {"budget": "20 tokens"}})
    ).json()
    secret = (gateway.folder / "secrets" / "stack.key").read_text().strip()
    bearer = {"authorization": f"Bearer {service_key(secret, 'rag')}"}
    who = Principal(f"key:{made['id']}", "key", "t")
    url, body = f"{gateway.url}/v1/chat/completions", {"model": "dear", "messages": HELLO, "max_tokens": 1}
    behalf = on_behalf(who, secret, "rag", "models")
    statuses = [(await session.post(url, json=body, headers=bearer | behalf)).status_code for _ in range(2)]
    assert statuses == [200, 429]
    assert (await session.post(url, json=body, headers=bearer)).status_code == 200
    forged = on_behalf(who, "another-secret-of-32-characters-0123", "rag", "models")
    assert (await session.post(url, json=body, headers=bearer | forged)).status_code == 401
    rows = (await gateway.client.get("/gateway/usage", params={"key": who.id})).json()["rows"]
    assert rows[0]["requests"] == 1
