"""Several upstreams: fallbacks, retries, timeouts, and which failures may be repeated."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import openai
import pytest

from harness.certificates import write_certificate
from harness.processes import free_port
from harness.servers.openai_upstream import OpenAIUpstream, Script, openai_upstream
from harness.services.gateway import Gateway, running_gateway

HELLO = [{"role": "user", "content": "hello"}]


@pytest.fixture
async def spare() -> AsyncIterator[OpenAIUpstream]:
    async with openai_upstream() as running:
        yield running


@pytest.fixture
def models_toml(upstream: OpenAIUpstream, spare: OpenAIUpstream) -> str:
    dead = f"http://127.0.0.1:{free_port()}/v1"
    return f"""
    [models.first]
    upstreams = [{{ url = '{upstream.url}' }}]
    fallbacks = ["second"]
    first_token_seconds = 0.5
    [models.second]
    upstreams = [{{ url = '{spare.url}' }}]
    [models.repeatable]
    upstreams = [{{ url = '{upstream.url}' }}, {{ url = '{spare.url}' }}]
    repeatable = true
    first_token_seconds = 0.5
    [models.dead]
    upstreams = [{{ url = '{dead}' }}, {{ url = '{dead}/2' }}, {{ url = '{dead}/3' }}, {{ url = '{spare.url}' }}]
    [models.gone]
    upstreams = [{{ url = '{dead}/gone' }}]
    [models.slow]
    upstreams = [{{ url = '{upstream.url}' }}]
    seconds = 1.5
    """


async def ask(gateway: Gateway, model: str, **more: object):
    body = {"model": model, "messages": HELLO} | more
    return await gateway.client.post("/v1/chat/completions", json=body)


@pytest.mark.parametrize("status", [429, 500, 503, 529, 401, 404])
async def test_an_upstream_that_did_not_do_the_work_is_replaced(
    gateway: Gateway, upstream: OpenAIUpstream, spare: OpenAIUpstream, status: int
):
    upstream.script(Script(status=status))
    answer = await ask(gateway, "first")
    assert answer.status_code == 200
    assert answer.headers["x-aistack-attempts"] == "2"
    assert answer.headers["x-aistack-model"] == answer.json()["model"] == "second"
    assert spare.received[0].body["model"] == "second"


@pytest.mark.parametrize("status", [400, 413, 422])
async def test_a_request_at_fault_is_not_sent_elsewhere(
    gateway: Gateway, upstream: OpenAIUpstream, spare: OpenAIUpstream, status: int
):
    error = {"message": "the prompt is too long", "type": "x", "param": "messages", "code": "context_length_exceeded"}
    upstream.script(Script(status=status, error={"error": error}))
    answer = await ask(gateway, "first")
    assert answer.status_code == status
    assert answer.json()["error"]["code"] == "context_length_exceeded"
    assert answer.json()["error"]["param"] == "messages"
    assert not spare.received


@pytest.mark.parametrize("script", [Script(reset_after=0), Script(status=502), Script(status=504)])
async def test_what_may_have_been_done_is_not_ordered_twice(
    gateway: Gateway, upstream: OpenAIUpstream, spare: OpenAIUpstream, script: Script
):
    upstream.script(script)
    answer = await ask(gateway, "first")
    assert answer.status_code == 502
    assert answer.headers["x-should-retry"] == "false"
    assert not spare.received


async def test_unless_the_model_is_repeatable(gateway: Gateway, upstream: OpenAIUpstream, spare: OpenAIUpstream):
    upstream.script(Script(reset_after=0))
    answer = await ask(gateway, "repeatable")
    assert answer.status_code == 200
    assert len(spare.received) == 1


async def test_a_first_token_that_does_not_come(gateway: Gateway, upstream: OpenAIUpstream, spare: OpenAIUpstream):
    upstream.script(Script(gate=asyncio.Event()))
    answer = await ask(gateway, "first", stream=True)
    assert answer.status_code == 504
    assert answer.json()["error"]["code"] == "upstream_timeout"
    assert upstream.received[0].left.is_set() or await upstream.received[0].left.wait()
    assert (await ask(gateway, "repeatable", stream=True)).status_code == 200


async def test_an_answer_that_takes_too_long(gateway: Gateway, upstream: OpenAIUpstream):
    upstream.script(Script(gate=asyncio.Event()))
    answer = await ask(gateway, "slow")
    assert answer.status_code == 504
    assert answer.headers["x-should-retry"] == "false"


async def test_at_most_three_attempts(gateway: Gateway, spare: OpenAIUpstream):
    answer = await ask(gateway, "dead")
    assert answer.status_code == 503
    assert answer.headers["x-aistack-attempts"] == "3"
    assert "x-should-retry" not in answer.headers
    assert not spare.received


async def test_upstreams_that_failed_lately_are_tried_last(gateway: Gateway, spare: OpenAIUpstream):
    for _ in range(3):
        await ask(gateway, "dead")
    answer = await ask(gateway, "dead")
    assert answer.status_code == 200
    assert answer.headers["x-aistack-attempts"] == "1"


async def test_the_list_says_which_models_fail(gateway: Gateway):
    async def available() -> dict[str, bool]:
        listed = (await gateway.client.get("/v1/models")).json()["data"]
        return {one["id"]: one["available"] for one in listed if one["id"] in ("gone", "dead")}

    assert await available() == {"gone": True, "dead": True}
    for _ in range(3):
        assert (await ask(gateway, "gone")).status_code >= 500
    assert await available() == {"gone": False, "dead": True}
    assert (await gateway.client.get("/v1/models/gone")).json()["available"] is False


async def test_the_official_client_orders_uncertain_work_once(
    client: openai.AsyncOpenAI, upstream: OpenAIUpstream, spare: OpenAIUpstream
):
    upstream.script(Script(reset_after=0))
    with pytest.raises(openai.InternalServerError):
        await client.chat.completions.create(model="first", messages=HELLO)
    assert len(upstream.received) == 1


async def test_and_retries_what_was_not_sent(gateway: Gateway, upstream: OpenAIUpstream):
    upstream.script(Script(status=503))
    async with openai.AsyncOpenAI(base_url=f"{gateway.url}/v1", api_key="x") as client:
        with pytest.raises(openai.InternalServerError):
            await client.chat.completions.create(model="slow", messages=HELLO)
    assert len(upstream.received) == 3


async def test_a_rate_limit_of_an_upstream_says_when_to_come_back(gateway: Gateway, upstream: OpenAIUpstream):
    upstream.script(Script(status=429, headers={"retry-after": "7"}))
    answer = await ask(gateway, "slow")
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "7")
    assert answer.json()["error"]["code"] == "rate_limit_exceeded"


async def test_kept_connections_are_used_again_and_replaced_when_stale(gateway: Gateway, upstream: OpenAIUpstream):
    for _ in range(3):
        assert (await ask(gateway, "slow")).status_code == 200


class TestKeepAlive:
    @pytest.fixture
    def settings_toml(self) -> str:
        return "model_stream_open_seconds = 0.3\nmodel_ping_seconds = 0.3\n"

    async def test_a_silent_stream_is_opened_with_comments(self, gateway: Gateway, spare: OpenAIUpstream):
        gate = asyncio.Event()
        spare.script(Script(gate=gate))
        body = {"model": "second", "messages": HELLO, "stream": True}
        async with gateway.client.stream("POST", "/v1/chat/completions", json=body) as answer:
            assert answer.status_code == 200
            assert answer.headers["x-accel-buffering"] == "no"
            lines = answer.aiter_lines()
            assert await anext(lines) == ": ping"
            gate.set()
            rest = [line async for line in lines]
        assert rest[-2] == "data: [DONE]"

    async def test_a_failure_after_that_is_an_event(self, gateway: Gateway, upstream: OpenAIUpstream):
        upstream.script(Script(gate=asyncio.Event()))
        answer = await ask(gateway, "slow", stream=True)
        assert answer.status_code == 200
        assert '"code": "upstream_timeout"' in answer.text


async def test_upstreams_over_tls_are_verified(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    from aistack.gateway.models.calls.pools import client_tls

    write_certificate(tmp_path, "an upstream")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "cert.pem", tmp_path / "key.pem")
    async with openai_upstream(tls=context) as secure:
        toml = f"[models.secure]\nupstreams = [{{ url = '{secure.url}' }}]\n"
        client_tls.cache_clear()
        async with running_gateway(tmp_path, toml) as gateway:
            refused = await ask(gateway, "secure")
            assert refused.status_code == 503
            assert "certificate" in refused.json()["error"]["message"]
            monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "cert.pem"))
            client_tls.cache_clear()
            for _ in range(2):
                assert (await ask(gateway, "secure")).status_code == 200
    client_tls.cache_clear()


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ("image input is not supported", "unsupported_value"),
        ("input (20001 tokens) is too large to process", "context_length_exceeded"),
    ],
)
async def test_a_500_that_means_the_request_is_a_400(
    gateway: Gateway, upstream: OpenAIUpstream, message: str, code: str
):
    upstream.script(Script(status=500, error={"error": {"message": message, "type": "server_error", "code": 500}}))
    answer = await ask(gateway, "first")
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, code)
    assert len(upstream.received) == 1
