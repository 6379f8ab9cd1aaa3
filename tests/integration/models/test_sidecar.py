"""Models behind an inference sidecar, through the gateway."""

import asyncio

import httpx
import openai
import pytest

from aistack.gateway.models.calls.sidecar_attempt import PredictionFailed
from harness.servers.openai_upstream import OpenAIUpstream
from harness.services.gateway import Gateway
from harness.standins.sidecar import StandInSidecar, failure, response

HELLO = [{"role": "user", "content": "hello"}]
UNAVAILABLE, INTERNAL = 14, 13


def chunk(text: str, finish: str | None = None) -> dict:
    choice = {"index": 0, "delta": {"content": text}, "finish_reason": finish}
    return {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "/path/x.gguf", "choices": [choice]}


def completion(text: str) -> dict:
    choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
    return {"id": "c", "object": "chat.completion", "created": 1, "model": "/path/x.gguf", "choices": [choice]}


@pytest.fixture
def sidecar(monkeypatch: pytest.MonkeyPatch) -> StandInSidecar:
    stand_in = StandInSidecar()
    monkeypatch.setattr("aistack.gateway.workers.data_plane.sidecar_client", lambda address: stand_in)
    return stand_in


@pytest.fixture
def models_toml(upstream: OpenAIUpstream, sidecar: StandInSidecar) -> str:
    return f"""
    [models.local]
    upstreams = [{{ worker = "smollm2" }}]
    fallbacks = ["small"]
    [models.small]
    upstreams = [{{ url = '{upstream.url}' }}]
    """


async def row(gateway: Gateway) -> tuple[str, int, int]:
    async with asyncio.timeout(60):
        while True:
            rows = (await gateway.client.get("/gateway/usage")).json()["rows"]
            if rows:
                return rows[0]["source"], rows[0]["prompt_tokens"], rows[0]["completion_tokens"]
            await asyncio.sleep(0.05)


async def test_a_streamed_answer(client: openai.AsyncOpenAI, gateway: Gateway, sidecar: StandInSidecar):
    sidecar.responses = [response(chunk("Hel")), response(chunk("lo", "stop")), response(usage=(9, 2), end=True)]
    stream = await client.chat.completions.create(model="local", messages=HELLO, stream=True)
    chunks = [one async for one in stream]
    assert [one.choices[0].delta.content for one in chunks] == ["Hel", "lo"]
    assert {one.model for one in chunks} == {"local"}
    assert await row(gateway) == ("upstream", 9, 2)
    request = sidecar.requests[0]
    assert request.startswith(b"\x0a\x07smollm2")
    assert b'"model":"smollm2"' in request or b'"model": "smollm2"' in request
    assert b"anonymous" in request


async def test_an_answer_in_one_piece(client: openai.AsyncOpenAI, gateway: Gateway, sidecar: StandInSidecar):
    sidecar.responses = [response(completion("Hello"), usage=(9, 2), end=True)]
    answer = await client.chat.completions.create(model="local", messages=HELLO)
    assert answer.choices[0].message.content == "Hello"
    assert answer.model == "local"
    assert await row(gateway) == ("upstream", 9, 2)


async def test_a_request_at_fault(client: openai.AsyncOpenAI, upstream: OpenAIUpstream, sidecar: StandInSidecar):
    sidecar.responses = [failure(400, "context_length_exceeded", "5000 tokens are more than 4096")]
    with pytest.raises(openai.BadRequestError) as refused:
        await client.chat.completions.create(model="local", messages=HELLO)
    assert refused.value.code == "context_length_exceeded"
    assert not upstream.received


@pytest.mark.parametrize("status", [UNAVAILABLE, INTERNAL])
async def test_a_worker_that_is_away_or_dies_before_its_first_token_is_replaced(
    client: openai.AsyncOpenAI, upstream: OpenAIUpstream, sidecar: StandInSidecar, status: int
):
    sidecar.responses = [PredictionFailed("the worker is away", status)]
    answer = await client.chat.completions.create(model="local", messages=HELLO)
    assert answer.model == "small"
    assert len(upstream.received) == 1


async def test_a_worker_that_dies_in_the_middle(client: openai.AsyncOpenAI, sidecar: StandInSidecar):
    gate = asyncio.Event()
    sidecar.responses = [response(chunk("Hel")), gate, PredictionFailed("the worker died after 1 chunk", UNAVAILABLE)]
    stream = await client.chat.completions.create(model="local", messages=HELLO, stream=True)
    await anext(aiter(stream))
    gate.set()
    with pytest.raises(openai.APIError, match="died"):
        await anext(aiter(stream))


@pytest.mark.parametrize("stream", [False, True])
async def test_a_client_that_leaves_ends_the_prediction(gateway: Gateway, sidecar: StandInSidecar, stream: bool):
    sidecar.responses = [*([response(chunk("Hel"))] if stream else []), asyncio.Event()]
    body = {"model": "local", "messages": HELLO, "stream": stream}
    async with httpx.AsyncClient(base_url=gateway.url) as leaver:
        calling = asyncio.ensure_future(leaver.post("/v1/chat/completions", json=body))
        async with asyncio.timeout(60):
            while not sidecar.requests:
                await asyncio.sleep(0.01)
        calling.cancel()
    async with asyncio.timeout(60):
        await sidecar.closed.wait()
    assert (await row(gateway))[0] == "estimated"
