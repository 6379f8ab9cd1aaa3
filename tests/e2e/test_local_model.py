"""A real model through the whole way: client, gateway, sidecar, worker, llama.cpp."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import openai
import pytest

from harness.processes import until
from harness.services.gateway import Gateway, running_gateway
from harness.services.local_model import EMBEDDING_MODEL, LocalModel, local_model
from harness.services.model_worker import CHAT_MODEL, models_folder

pytestmark = pytest.mark.heavy

CONTEXT = 2048
HELLO = [{"role": "user", "content": "Name a colour."}]
NEVER_ENDS = {"2": -100, "0": -100}  # the end tokens cannot be chosen
LATE_STEPS = 50  # of the 1900 that a whole answer takes: how long it takes to ask and to leave, in tokens


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalModel]:
    weights = models_folder(CHAT_MODEL, EMBEDDING_MODEL)
    with local_model(tmp_path_factory.mktemp("model"), weights, "--context", str(CONTEXT)) as running:
        yield running


@pytest.fixture
async def gateway(model: LocalModel, tmp_path: Path) -> AsyncIterator[Gateway]:
    toml = "".join(
        f"[models.{name}]\nupstreams = [{model.upstream(of)}]\n"
        for name, of in (("local", CHAT_MODEL), ("vectors", EMBEDDING_MODEL), ("absent", "no-such-model"))
    )
    async with running_gateway(tmp_path, toml) as running:
        yield running


@pytest.fixture
async def client(gateway: Gateway) -> AsyncIterator[openai.AsyncOpenAI]:
    async with openai.AsyncOpenAI(base_url=f"{gateway.url}/v1", api_key="none", max_retries=0) as made:
        yield made


def endless(**fields: Any) -> dict[str, Any]:
    return {"model": "local", "messages": HELLO, "max_tokens": 1900, "logit_bias": NEVER_ENDS} | fields


async def reached(check: Callable[[], Any], what: str) -> Any:
    return await asyncio.to_thread(until, check, what=what)


async def test_the_first_chunk_comes_while_the_model_still_works(client: openai.AsyncOpenAI, model: LocalModel):
    stream = await client.chat.completions.create(**endless(), stream=True)
    async for chunk in stream:
        if chunk.choices[0].delta.content:
            break
    assert not await asyncio.to_thread(lambda: model.is_idle)
    assert chunk.model == "local"
    await stream.close()
    await reached(lambda: model.is_idle, "the model to stop")


async def test_a_streamed_answer_is_the_same_as_one_in_one_piece(client: openai.AsyncOpenAI):
    asked: dict[str, Any] = {"model": "local", "messages": HELLO, "max_tokens": 24, "temperature": 0}
    whole = await client.chat.completions.create(**asked)
    stream = await client.chat.completions.create(**asked, stream=True, stream_options={"include_usage": True})
    chunks = [chunk async for chunk in stream]
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert text and text == whole.choices[0].message.content
    assert whole.usage is not None and chunks[-1].usage is not None
    assert chunks[-1].usage.completion_tokens == whole.usage.completion_tokens > 0
    assert chunks[-1].usage.prompt_tokens == whole.usage.prompt_tokens > 0
    assert {chunk.model for chunk in chunks} == {whole.model} == {"local"}


async def test_a_client_that_leaves_a_stream_stops_the_model(gateway: Gateway, model: LocalModel):
    cancelled = await asyncio.to_thread(model.cancelled)
    async with (
        httpx.AsyncClient(base_url=gateway.url, timeout=60) as leaver,
        leaver.stream("POST", "/v1/chat/completions", json=endless(stream=True)) as answer,
    ):
        await anext(answer.aiter_bytes())
        before = await asyncio.to_thread(lambda: model.steps)
    await stopped(model, cancelled, before)


async def test_a_client_that_leaves_an_answer_in_one_piece_stops_the_model(gateway: Gateway, model: LocalModel):
    await leave_while_it_works(gateway, model, endless())


async def test_a_client_that_leaves_while_its_prompt_is_read_stops_the_model(gateway: Gateway, model: LocalModel):
    text = " ".join(str(number) for number in range(450))
    prompt = [{"role": "user", "content": text}]
    await leave_while_it_works(gateway, model, endless(messages=prompt, max_tokens=20), steps_max=1900 // 128 + 2)


async def leave_while_it_works(
    gateway: Gateway, model: LocalModel, body: dict[str, Any], steps_max: int = LATE_STEPS
) -> None:
    cancelled, before = await asyncio.to_thread(lambda: (model.cancelled(), model.steps))
    async with httpx.AsyncClient(base_url=gateway.url, timeout=60) as leaver:
        calling = asyncio.ensure_future(leaver.post("/v1/chat/completions", json=body))
        await reached(lambda: not model.is_idle, "the model to begin")
        calling.cancel()
    await stopped(model, cancelled, before, steps_max)


async def stopped(model: LocalModel, cancelled: int, before: int, steps_max: int = LATE_STEPS) -> None:
    """The worker counts one more cancelled request, and its model makes no further steps."""
    await reached(lambda: model.cancelled() == cancelled + 1 and model.is_idle, "the model to stop")
    assert await asyncio.to_thread(lambda: model.steps) - before <= steps_max


async def test_embeddings_in_both_encodings(client: openai.AsyncOpenAI):
    texts = ["A cat sleeps on the sofa.", "A kitten naps on a couch."]
    packed = await client.embeddings.create(model="vectors", input=texts)
    plain = await client.embeddings.create(model="vectors", input=texts, encoding_format="float")
    assert packed.model == "vectors" and packed.usage.prompt_tokens > 10
    for one, other in zip(packed.data, plain.data, strict=True):
        assert len(one.embedding) == 384
        assert one.embedding == pytest.approx(other.embedding, abs=1e-6)


async def test_text_is_tokenized(gateway: Gateway):
    answer = (await gateway.client.post("/tokenize", json={"model": "local", "input": "hello wörld"})).json()
    assert answer["count"] == len(answer["tokens"]) == 4
    assert answer["max_model_len"] == CONTEXT


@pytest.mark.parametrize(
    ("fields", "status", "code", "param"),
    [
        ({"messages": [{"role": "user", "content": "word " * 3000}]}, 400, "context_length_exceeded", "messages"),
        ({"max_tokens": CONTEXT}, 400, "context_length_exceeded", "max_tokens"),
        ({"temperature": 9}, 400, None, "temperature"),
        ({"messages": [{"content": "no role"}]}, 400, None, "messages[0].role"),
        ({"n": 17}, 400, None, "n"),
        ({"model": "absent"}, 404, "model_not_found", "model"),
        ({"model": "vectors"}, 400, "unsupported_task", "model"),
    ],
    ids=lambda value: str(value)[:40],
)
@pytest.mark.parametrize("stream", [False, True])
async def test_a_request_at_fault_has_its_status_and_names_the_field(
    gateway: Gateway, fields: dict[str, Any], status: int, code: str | None, param: str, stream: bool
):
    body = {"model": "local", "messages": HELLO, "stream": stream} | fields
    answer = await gateway.client.post("/v1/chat/completions", json=body)
    error = answer.json()["error"]
    assert (answer.status_code, error["param"]) == (status, param), error
    assert code is None or error["code"] == code


async def test_a_model_killed_for_its_memory_fails_its_requests_and_the_next_one_is_served(
    gateway: Gateway, model: LocalModel
):
    """The kernel kills the model's process when memory runs out; its worker goes on."""
    async with gateway.client.stream("POST", "/v1/chat/completions", json=endless(stream=True)) as answer:
        lines = answer.aiter_lines()
        await anext(lines)
        os.kill(model.worker.engine_pids()[0], signal.SIGKILL)
        rest = [line async for line in lines]
    assert any('"error"' in line and "crashed" in line for line in rest), rest[-3:]
    body = {"model": "local", "messages": HELLO, "max_tokens": 8}
    assert (await gateway.client.post("/v1/chat/completions", json=body)).status_code == 200


async def test_a_worker_that_is_gone_and_a_sidecar_that_is_gone_are_unavailable(tmp_path: Path):
    weights = models_folder(CHAT_MODEL, EMBEDDING_MODEL)
    with local_model(tmp_path / "m", weights, "--context", "512") as model:
        toml = f"[models.local]\nupstreams = [{model.upstream()}]\n"
        async with running_gateway(tmp_path, toml) as gateway:
            body = {"model": "local", "messages": HELLO, "max_tokens": 400, "logit_bias": NEVER_ENDS}
            async with gateway.client.stream("POST", "/v1/chat/completions", json=body | {"stream": True}) as answer:
                lines = answer.aiter_lines()
                assert answer.status_code == 200
                await anext(lines)
                model.worker.process.send_signal(signal.SIGKILL)
                rest = [line async for line in lines]
            assert any('"error"' in line and "chunk" in line for line in rest), rest[-3:]
            assert "data: [DONE]" not in rest
            gone = await gateway.client.post("/v1/chat/completions", json=body)
            assert gone.status_code == 503
            assert "aistack worker --serve" in gone.json()["error"]["message"]
            model.sidecar.process.kill()
            model.sidecar.process.wait()
            away = await gateway.client.post("/v1/chat/completions", json=body)
            assert away.status_code == 503
            assert away.json()["error"]["code"] == "upstream_unreachable"
