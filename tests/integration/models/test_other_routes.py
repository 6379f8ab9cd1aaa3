"""Rerank and transcriptions, which upstreams that have them answer."""

import openai
import pytest

from harness.servers.openai_upstream import OpenAIUpstream
from harness.services.gateway import Gateway, answering, plain


async def test_rerank(gateway: Gateway, upstream: OpenAIUpstream):
    body = {"model": "small", "query": "q", "documents": ["a", "b"], "top_n": 1}
    answer = await gateway.client.post("/v1/rerank", json=body)
    assert [one["index"] for one in answer.json()["results"]] == [0, 1]
    assert answer.json()["model"] == "small"
    assert upstream.received[0].path == "/v1/rerank"
    assert upstream.received[0].body == body | {"model": "upstream-small"}
    rows = (await gateway.client.get("/gateway/usage")).json()["rows"]
    assert rows[0]["prompt_tokens"] == 11


async def test_transcriptions(client: openai.AsyncOpenAI, gateway: Gateway, upstream: OpenAIUpstream):
    audio = bytes(range(256)) * 100 + b"\r\n--\r\n"
    answer = await client.audio.transcriptions.create(model="small", file=("a.wav", audio), language="de")
    assert answer.text == "Hello"
    sent = upstream.received[0]
    assert sent.path == "/v1/audio/transcriptions"
    assert b'name="model"\r\n\r\nupstream-small\r\n' in sent.body["raw"]
    assert audio in sent.body["raw"]
    rows = (await gateway.client.get("/gateway/usage")).json()["rows"]
    assert (rows[0]["prompt_tokens"], rows[0]["completion_tokens"]) == (14, 4)


@pytest.mark.parametrize(
    ("files", "data", "param"),
    [
        ({}, {"model": "small"}, None),
        ({"file": ("a", b"x")}, {}, "model"),
        ({"other": ("a", b"x")}, {"model": "m"}, "file"),
    ],
)
async def test_forms_that_lack_something(gateway: Gateway, files: dict, data: dict, param: str | None):
    answer = await gateway.client.post("/v1/audio/transcriptions", files=files, data=data)
    assert answer.status_code == 400
    assert answer.json()["error"]["param"] == param


@pytest.mark.parametrize("path", ["/v1/images/generations", "/v1/files", "/v1", "/v1/modelsx"])
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_unknown_paths_below_v1_have_errors_that_clients_of_models_read(gateway: Gateway, path: str, method: str):
    answer = await gateway.client.request(method, path)
    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == "not_found"
    assert path in answer.json()["error"]["message"]


async def test_other_services_keep_their_paths_below_v1(gateway: Gateway):
    await gateway.instance("shop", answering(plain(b"shop")), routes=["/v1/shop"])
    assert (await gateway.client.get("/v1/shop/cart")).text == "shop"
    assert (await gateway.client.get("/v1/shopping")).json()["error"]["code"] == "not_found"
