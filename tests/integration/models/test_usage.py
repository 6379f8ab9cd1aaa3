"""The truth table of usage: what is recorded for each way in which a call can end, and where the numbers come from."""

import asyncio
import csv
import io
from dataclasses import dataclass

import httpx
import openai
import pytest

from harness.servers.openai_upstream import USAGE, OpenAIUpstream, Script
from harness.services.gateway import Gateway

HELLO = [{"role": "user", "content": "hello there"}]
PROMPT_ESTIMATE = range(5, 20)


@pytest.fixture
def settings_toml() -> str:
    return "model_drain_seconds = 20\n"


@dataclass
class Recorded:
    source: str
    requests: int
    prompt: int
    completion: int


async def recorded(gateway: Gateway) -> list[Recorded]:
    rows = (await gateway.client.get("/gateway/usage")).json()["rows"]
    return [Recorded(one["source"], one["requests"], one["prompt_tokens"], one["completion_tokens"]) for one in rows]


async def wait_for_row(gateway: Gateway) -> Recorded:
    async with asyncio.timeout(60):
        while not (rows := await recorded(gateway)):
            await asyncio.sleep(0.05)
    assert len(rows) == 1
    assert rows[0].requests == 1
    return rows[0]


async def call(gateway: Gateway, *, stream: bool) -> httpx.Response:
    body = {"model": "small", "messages": HELLO, "stream": stream}
    return await gateway.client.post("/v1/chat/completions", json=body)


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("finish", ["stop", "length"])
async def test_done_or_at_its_length_it_is_the_upstreams(
    gateway: Gateway, upstream: OpenAIUpstream, stream: bool, finish: str
):
    upstream.script(Script(finish=finish))
    assert (await call(gateway, stream=stream)).status_code == 200
    assert await wait_for_row(gateway) == Recorded("upstream", 1, 11, 7)


async def test_usage_in_a_chunk_with_choices_is_the_upstreams(gateway: Gateway, upstream: OpenAIUpstream):
    upstream.script(Script(usage_with_choices=True))
    answer = await call(gateway, stream=True)
    assert '"finish_reason":"stop"' in answer.text
    assert await wait_for_row(gateway) == Recorded("upstream", 1, 11, 7)


@pytest.mark.parametrize("stream", [False, True])
async def test_an_explicit_zero_is_zero(gateway: Gateway, upstream: OpenAIUpstream, stream: bool):
    upstream.script(Script(usage={"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}))
    await call(gateway, stream=stream)
    assert await wait_for_row(gateway) == Recorded("upstream", 1, 0, 0)


@pytest.mark.parametrize("stream", [False, True])
async def test_absent_usage_is_estimated(gateway: Gateway, upstream: OpenAIUpstream, stream: bool):
    upstream.script(Script(usage=None, text=("one ", "two ", "three ")))
    await call(gateway, stream=stream)
    row = await wait_for_row(gateway)
    assert row.source == "estimated"
    assert row.prompt in PROMPT_ESTIMATE
    assert row.completion >= 3


@pytest.mark.parametrize("stream", [False, True])
async def test_before_the_first_byte_the_client_leaves_and_the_answer_is_read_on(
    gateway: Gateway, upstream: OpenAIUpstream, stream: bool
):
    gate = asyncio.Event()
    upstream.script(Script(gate=gate))
    calling = asyncio.ensure_future(call(gateway, stream=stream))
    await received(upstream)
    calling.cancel()
    await gone(gateway)
    gate.set()
    assert await wait_for_row(gateway) == Recorded("drained", 1, 11, 7)


async def test_in_mid_stream_the_client_leaves_and_the_answer_is_read_on(gateway: Gateway, upstream: OpenAIUpstream):
    later = asyncio.Event()
    upstream.script(Script(later=later))
    await leave_after_the_first_token(gateway)
    later.set()
    assert await wait_for_row(gateway) == Recorded("drained", 1, 11, 7)


async def test_in_mid_stream_the_client_leaves_and_the_upstream_gives_no_usage(
    gateway: Gateway, upstream: OpenAIUpstream
):
    later = asyncio.Event()
    upstream.script(Script(later=later, usage=None))
    await leave_after_the_first_token(gateway)
    later.set()
    assert (await wait_for_row(gateway)).source == "estimated"


class TestWhereWorkCanBeStopped:
    @pytest.fixture
    def models_toml(self, upstream: OpenAIUpstream) -> str:
        return f"[models.small]\nupstreams = [{{ url = '{upstream.url}', drain = false }}]\n"

    async def test_a_client_that_leaves_ends_the_upstreams_work(self, gateway: Gateway, upstream: OpenAIUpstream):
        upstream.script(Script(later=asyncio.Event()))
        await leave_after_the_first_token(gateway)
        async with asyncio.timeout(60):
            await upstream.received[0].left.wait()
        row = await wait_for_row(gateway)
        assert row.source == "estimated"
        assert row.completion >= 1

    async def test_also_one_that_has_no_token_yet(self, gateway: Gateway, upstream: OpenAIUpstream):
        upstream.script(Script(gate=asyncio.Event()))
        calling = asyncio.ensure_future(call(gateway, stream=True))
        await received(upstream)
        calling.cancel()
        async with asyncio.timeout(60):
            await upstream.received[0].left.wait()
        assert (await wait_for_row(gateway)).source == "estimated"


async def test_reading_on_is_bounded_in_time(gateway: Gateway, upstream: OpenAIUpstream):
    gateway.toml = gateway.toml.replace("model_drain_seconds = 20", "model_drain_seconds = 0.3")
    await gateway.reload()
    upstream.script(Script(later=asyncio.Event()))
    await leave_after_the_first_token(gateway)
    async with asyncio.timeout(60):
        await upstream.received[0].left.wait()
    assert (await wait_for_row(gateway)).source == "estimated"


@pytest.mark.parametrize("stream", [False, True])
async def test_an_upstream_that_resets_before_it_answers(gateway: Gateway, upstream: OpenAIUpstream, stream: bool):
    upstream.script(Script(reset_after=0))
    answer = await call(gateway, stream=stream)
    assert answer.status_code == 502
    assert answer.headers["x-should-retry"] == "false"
    row = await wait_for_row(gateway)
    assert (row.source, row.completion) == ("estimated", 0)
    assert row.prompt in PROMPT_ESTIMATE


async def test_an_upstream_that_resets_in_the_middle_of_a_stream(
    client: openai.AsyncOpenAI, gateway: Gateway, upstream: OpenAIUpstream
):
    upstream.script(Script(text=("a ", "b ", "c "), reset_after=2))
    stream = await client.chat.completions.create(model="small", messages=HELLO, stream=True)
    with pytest.raises(openai.APIError, match="upstream"):
        async for _ in stream:
            pass
    row = await wait_for_row(gateway)
    assert (row.source, row.completion) == ("estimated", 2)


async def test_an_upstream_that_resets_in_the_middle_of_an_answer(gateway: Gateway, upstream: OpenAIUpstream):
    upstream.script(Script(reset_after=1))
    answer = await call(gateway, stream=False)
    assert answer.status_code == 502
    assert answer.headers["x-should-retry"] == "false"
    assert (await wait_for_row(gateway)).source == "estimated"


async def test_a_stream_that_ends_without_being_finished(
    client: openai.AsyncOpenAI, gateway: Gateway, upstream: OpenAIUpstream
):
    upstream.script(Script(text=("a ", "b ", "c "), close_after=2))
    stream = await client.chat.completions.create(model="small", messages=HELLO, stream=True)
    with pytest.raises(openai.APIError):
        async for _ in stream:
            pass
    assert (await wait_for_row(gateway)).source == "estimated"


async def test_an_error_event_before_the_first_token_keeps_its_status(gateway: Gateway, upstream: OpenAIUpstream):
    upstream.script(Script(error_after=0))
    answer = await call(gateway, stream=True)
    assert answer.status_code == 502
    assert answer.json()["error"]["message"] == "scripted failure"
    assert (await wait_for_row(gateway)).source == "estimated"


async def test_an_error_event_in_the_middle_of_a_stream(
    client: openai.AsyncOpenAI, gateway: Gateway, upstream: OpenAIUpstream
):
    later = asyncio.Event()
    upstream.script(Script(text=("a ", "b "), later=later, error_after=1))
    stream = await client.chat.completions.create(model="small", messages=HELLO, stream=True)
    await anext(aiter(stream))
    later.set()
    with pytest.raises(openai.APIError, match="scripted failure"):
        await anext(aiter(stream))
    row = await wait_for_row(gateway)
    assert (row.source, row.completion) == ("estimated", 1)


async def test_an_error_response_costs_nothing(gateway: Gateway, upstream: OpenAIUpstream):
    upstream.script(Script(status=400, error={"error": {"message": "no", "type": "invalid_request_error"}}), Script())
    assert (await call(gateway, stream=False)).status_code == 400
    assert (await call(gateway, stream=False)).status_code == 200
    assert await wait_for_row(gateway) == Recorded("upstream", 1, 11, 7)


async def test_cached_and_reasoning_tokens_are_kept(gateway: Gateway, upstream: OpenAIUpstream):
    details = {"prompt_tokens_details": {"cached_tokens": 4, "cache_write_tokens": 2},
               "completion_tokens_details": {"reasoning_tokens": 3}}  # fmt: skip
    upstream.script(Script(usage=USAGE | details))
    await call(gateway, stream=True)
    row = (await gateway.client.get("/gateway/usage")).json()["rows"][0]
    assert (row["cached_tokens"], row["cache_write_tokens"], row["reasoning_tokens"]) == (4, 2, 3)


async def test_usage_by_day_and_model_and_as_csv(gateway: Gateway):
    for _ in range(3):
        await call(gateway, stream=False)
    row = (await gateway.client.get("/gateway/usage", params={"model": "small"})).json()["rows"][0]
    assert (row["key"], row["requests"], row["prompt_tokens"]) == ("anonymous", 3, 33)
    assert row["cost_usd"] is None
    assert row["unpriced"] == 3
    for other in ({"model": "x"}, {"until": "2020-01-01"}, {"key": "key:x"}):
        assert (await gateway.client.get("/gateway/usage", params=other)).json()["rows"] == []
    answer = await gateway.client.get("/gateway/usage.csv")
    assert answer.headers["content-type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [(one["model"], one["requests"], one["cost_usd"]) for one in rows] == [("small", "3", "")]


async def test_metrics_by_model(gateway: Gateway):
    await call(gateway, stream=False)
    await wait_for_row(gateway)
    text = (await gateway.client.get("/metrics")).text
    assert 'aistack_model_tokens_total{kind="prompt",model="small"} 11.0' in text
    assert 'aistack_model_calls_total{model="small",source="upstream"} 1.0' in text


async def received(upstream: OpenAIUpstream) -> None:
    async with asyncio.timeout(60):
        while not upstream.received:
            await asyncio.sleep(0.01)


async def gone(gateway: Gateway) -> None:
    """The gateway has seen that nobody waits for the answer."""
    async with asyncio.timeout(60):
        while 'aistack_requests_in_flight{service="models"} 0.0' not in (await gateway.client.get("/metrics")).text:
            await asyncio.sleep(0.02)


async def leave_after_the_first_token(gateway: Gateway) -> None:
    body = {"model": "small", "messages": HELLO, "stream": True}
    async with gateway.client.stream("POST", "/v1/chat/completions", json=body) as answer:
        async for _ in answer.aiter_bytes():
            break
    await gone(gateway)


BODY = {"model": "small", "messages": HELLO}


async def test_usage_that_comes_twice_counts_once(gateway: Gateway, upstream: OpenAIUpstream):
    upstream.script(Script(usage_with_choices=True, usage_again=1))
    answer = await gateway.client.post("/v1/chat/completions", json=BODY | {"stream": True})
    assert answer.text.count("[DONE]") == 1
    assert await wait_for_row(gateway) == Recorded("upstream", 1, 11, 7)


async def test_usage_after_the_end_counts_and_is_not_passed_on(gateway: Gateway, upstream: OpenAIUpstream):
    upstream.script(Script(usage=None, usage_after_done=True))
    wanted = {"stream": True, "stream_options": {"include_usage": True}}
    answer = await gateway.client.post("/v1/chat/completions", json=BODY | wanted)
    assert answer.text.endswith("data: [DONE]\n\n")
    assert await wait_for_row(gateway) == Recorded("upstream", 1, 11, 7)
