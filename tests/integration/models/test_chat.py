"""Chat, completions and embeddings with the official client."""

import asyncio
import json

import openai
import pytest

from harness.servers.openai_upstream import OpenAIUpstream, Script
from harness.services.gateway import Gateway

HELLO = [{"role": "user", "content": "hello"}]


async def test_an_answer_in_one_piece(client: openai.AsyncOpenAI, upstream: OpenAIUpstream):
    answer = await client.chat.completions.create(model="small", messages=HELLO, temperature=0.5, seed=3)
    assert answer.choices[0].message.content == "Hello"
    assert answer.model == "small"
    assert answer.usage is not None and answer.usage.total_tokens == 18
    sent = upstream.received[0]
    assert sent.path == "/v1/chat/completions"
    assert sent.body == {"model": "upstream-small", "messages": HELLO, "temperature": 0.5, "seed": 3}


async def test_a_streamed_answer(client: openai.AsyncOpenAI, upstream: OpenAIUpstream):
    stream = await client.chat.completions.create(model="small", messages=HELLO, stream=True)
    chunks = [chunk async for chunk in stream]
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks) == "Hello"
    assert {chunk.model for chunk in chunks} == {"small"}
    assert upstream.received[0].body["stream_options"] == {"include_usage": True}


async def test_usage_at_the_end_of_a_stream_only_if_asked_for(client: openai.AsyncOpenAI):
    wanted = {"include_usage": True}
    stream = await client.chat.completions.create(model="small", messages=HELLO, stream=True, stream_options=wanted)
    chunks = [chunk async for chunk in stream]
    assert chunks[-1].choices == []
    assert chunks[-1].usage is not None and chunks[-1].usage.prompt_tokens == 11


async def test_tokens_pass_as_they_come(client: openai.AsyncOpenAI, upstream: OpenAIUpstream):
    later = asyncio.Event()
    upstream.script(Script(later=later))
    stream = await client.chat.completions.create(model="small", messages=HELLO, stream=True)
    first = await anext(aiter(stream))
    assert first.choices[0].delta.content == "Hel"
    later.set()
    second = await anext(aiter(stream))
    assert second.choices[0].delta.content == "lo"


async def test_completions(client: openai.AsyncOpenAI):
    answer = await client.completions.create(model="small", prompt="say")
    assert answer.choices[0].text == "Hello"
    stream = await client.completions.create(model="small", prompt="say", stream=True)
    assert "".join([chunk.choices[0].text async for chunk in stream]) == "Hello"


async def test_embeddings_as_the_client_asks_for_them_in_base64(client: openai.AsyncOpenAI, upstream: OpenAIUpstream):
    answer = await client.embeddings.create(model="small", input=["a", "b"])
    assert [one.embedding for one in answer.data] == [[0.25, -0.5, 1.0]] * 2
    assert upstream.received[0].body["encoding_format"] == "base64"
    tokens = await client.embeddings.create(model="small", input=[1, 2, 3], encoding_format="float", dimensions=3)
    assert tokens.data[0].embedding == [0.25, -0.5, 1.0]


async def test_tool_calls_pass_untouched(client: openai.AsyncOpenAI, upstream: OpenAIUpstream):
    upstream.script(Script(text=(), tool_calls=[{"name": "f", "arguments": ['{"a"', ":1}"]}], finish="tool_calls"))
    stream = await client.chat.completions.create(model="small", messages=HELLO, stream=True)
    parts = [call async for chunk in stream for call in chunk.choices[0].delta.tool_calls or ()]
    assert "".join(part.function.arguments for part in parts) == '{"a":1}'


async def test_models_are_listed_with_their_roles(client: openai.AsyncOpenAI):
    assert {model.id async for model in await client.models.list()} == {"small", "default", "precise", "vision"}
    assert (await client.models.retrieve("default")).id == "default"
    with pytest.raises(openai.NotFoundError):
        await client.models.retrieve("other")


async def test_a_role_is_an_alias(client: openai.AsyncOpenAI, upstream: OpenAIUpstream):
    answer = await client.chat.completions.create(model="default", messages=HELLO)
    assert answer.model == "small"
    assert upstream.received[0].body["model"] == "upstream-small"


@pytest.mark.parametrize(
    ("body", "status", "param", "code"),
    [
        ('{"messages": []}', 400, "model", None),
        ('{"model": "small"}', 400, "messages", "invalid_value"),
        ('{"model": "small", "messages": [], "stream": 1}', 400, "stream", None),
        ('{"model": "none", "messages": [{"role": "user", "content": "x"}]}', 404, "model", "model_not_found"),
        ("{", 400, None, None),
        ("[]", 400, None, None),
    ],
)
async def test_what_is_wrong_is_said_in_openais_shape(
    gateway: Gateway, body: str, status: int, param: str | None, code: str | None
):
    answer = await gateway.client.post("/v1/chat/completions", content=body)
    assert answer.status_code == status
    error = answer.json()["error"]
    assert error["type"] == "invalid_request_error"
    assert (error["param"], error["code"]) == (param, code)


async def test_other_methods_and_paths(gateway: Gateway):
    assert (await gateway.client.get("/v1/chat/completions")).status_code == 405
    assert (await gateway.client.post("/v1/models")).status_code == 405
    assert (await gateway.client.post("/v1/chat/else", json={})).status_code == 404


async def test_a_body_in_chunks(gateway: Gateway):
    async def pieces():
        yield b'{"model": "small", "messages'
        await asyncio.sleep(0.02)
        yield b'": [{"role": "user", "content": "hi"}]}'

    answer = await gateway.client.post("/v1/chat/completions", content=pieces())
    assert answer.json()["choices"][0]["message"]["content"] == "Hello"


async def test_a_body_that_comes_in_pieces_keeps_the_connection(gateway: Gateway):
    body = b'{"model": "small", "messages": [{"role": "user", "content": "hi"}]}'
    reader, writer = await asyncio.open_connection("127.0.0.1", gateway.port)
    for _ in range(2):
        writer.write(b"POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\ncontent-length: %d\r\n\r\n" % len(body))
        for at in range(0, len(body), 20):
            await writer.drain()
            await asyncio.sleep(0.01)
            writer.write(body[at : at + 20])
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200")
        length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        assert b"Hello" in await reader.readexactly(length)
    writer.close()


async def test_headers_say_what_was_done(gateway: Gateway):
    body = {"model": "default", "messages": HELLO}
    answer = await gateway.client.post("/v1/chat/completions", json=body, headers={"x-request-id": "r" * 20})
    assert answer.headers["x-request-id"] == "r" * 20
    assert answer.headers["x-aistack-attempts"] == "1"
    assert answer.headers["x-aistack-model"] == "small"
    assert "openai-processing-ms" in answer.headers


@pytest.mark.parametrize("name", ['"a\\u006dodel"', '"model"'])
async def test_a_body_that_names_its_model_twice_is_written_anew(gateway: Gateway, upstream: OpenAIUpstream, name: str):
    messages = json.dumps(HELLO)
    nested = f'{{"model": "other", "model": "small", "metadata": {{{name}: "small"}}, "messages": {messages}}}'
    assert (await gateway.client.post("/v1/chat/completions", content=nested)).status_code == 200
    assert upstream.received[0].body["model"] == "upstream-small"
    assert list(upstream.received[0].body["metadata"].values()) == ["small"]


async def test_chunks_are_made_at_one_time_and_have_usage_null_until_the_last(
    client: openai.AsyncOpenAI, upstream: OpenAIUpstream
):
    upstream.script(Script(ticking=True, bare=True))
    wanted = {"include_usage": True}
    stream = await client.chat.completions.create(model="small", messages=HELLO, stream=True, stream_options=wanted)
    chunks = [chunk.model_dump(exclude_unset=True) async for chunk in stream]
    assert len({chunk["created"] for chunk in chunks}) == 1
    assert [chunk["usage"] is None for chunk in chunks] == [True] * (len(chunks) - 1) + [False]


@pytest.mark.parametrize("given", [3, "", [], [""], ["a", 3]])
async def test_embeddings_of_what_is_no_input(gateway: Gateway, upstream: OpenAIUpstream, given: object):
    answer = await gateway.client.post("/v1/embeddings", json={"model": "small", "input": given})
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, "input")
    assert not upstream.received
