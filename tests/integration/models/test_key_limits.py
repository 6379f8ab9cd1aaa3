"""Limits and wishes of keys: tokens per minute, calls at once, the name of the reasoning."""

import asyncio

import httpx
import openai
import pytest

from harness.servers.openai_upstream import OpenAIUpstream, Script
from harness.services.gateway import Gateway

HELLO = [{"role": "user", "content": "hello"}]
BODY = {"model": "small", "messages": HELLO}


@pytest.fixture
def identity() -> bool:
    return True


async def key_with(gateway: Gateway, **rules: object) -> httpx.AsyncClient:
    made = (await gateway.client.post("/gateway/keys", json={"name": "k", "model_rules": rules})).json()
    return httpx.AsyncClient(base_url=gateway.url, headers={"authorization": f"Bearer {made['key']}"}, timeout=60)


async def test_tokens_per_minute(gateway: Gateway, upstream: OpenAIUpstream):
    async with await key_with(gateway, tokens_per_minute=20) as caller:
        answer = await caller.post("/v1/chat/completions", json=BODY)
        assert answer.status_code == 200
        assert answer.headers["x-ratelimit-limit-tokens"] == "20"
        assert 0 < int(answer.headers["x-ratelimit-remaining-tokens"]) <= 20
        refused = await caller.post("/v1/chat/completions", json=BODY)
    assert refused.status_code == 429
    assert refused.json()["error"]["code"] == "rate_limit_exceeded"
    assert int(refused.headers["retry-after"]) >= 1
    assert int(refused.headers["retry-after-ms"]) > 0
    assert int(refused.headers["x-ratelimit-remaining-tokens"]) <= 2
    assert refused.headers["x-ratelimit-reset-tokens"].endswith("s")
    assert "x-should-retry" not in refused.headers
    assert len(upstream.received) == 1


async def test_the_official_client_waits_for_its_tokens(gateway: Gateway):
    async with await key_with(gateway, tokens_per_minute=1000) as caller:
        key = caller.headers["authorization"].removeprefix("Bearer ")
    async with openai.AsyncOpenAI(base_url=f"{gateway.url}/v1", api_key=key) as client:
        answer = await client.chat.completions.with_raw_response.create(model="small", messages=HELLO)
    assert answer.headers["x-ratelimit-limit-tokens"] == "1000"


async def test_calls_at_once(gateway: Gateway, upstream: OpenAIUpstream):
    gate = asyncio.Event()
    upstream.script(Script(gate=gate))
    async with await key_with(gateway, parallel=1) as caller:
        first = asyncio.ensure_future(caller.post("/v1/chat/completions", json=BODY))
        async with asyncio.timeout(60):
            while not upstream.received:
                await asyncio.sleep(0.01)
        refused = await caller.post("/v1/chat/completions", json=BODY)
        gate.set()
        assert (await first).status_code == 200
        assert (await caller.post("/v1/chat/completions", json=BODY)).status_code == 200
    assert (refused.status_code, refused.json()["error"]["code"]) == (429, "rate_limit_exceeded")


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(
    ("field", "names"),
    [
        ("both", {"reasoning", "reasoning_content"}),
        ("reasoning", {"reasoning"}),
        ("reasoning_content", {"reasoning_content"}),
    ],
)
async def test_reasoning_has_the_name_that_the_key_wants(
    gateway: Gateway, upstream: OpenAIUpstream, field: str, names: set[str], stream: bool
):
    upstream.script(Script(reasoning="hmm"))
    async with await key_with(gateway, reasoning_field=field) as caller:
        key = caller.headers["authorization"].removeprefix("Bearer ")
    async with openai.AsyncOpenAI(base_url=f"{gateway.url}/v1", api_key=key) as client:
        answer = await client.chat.completions.create(model="small", messages=HELLO, stream=stream)
        if stream:
            message = (await anext(aiter(answer))).choices[0].delta.model_dump()
        else:
            message = answer.choices[0].message.model_dump()
    assert {name for name in ("reasoning", "reasoning_content") if message.get(name) == "hmm"} == names
