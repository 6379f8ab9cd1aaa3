"""What is around the requests: models, headers, methods, bodies that are none, limits, and clients that leave."""

import asyncio
from typing import Any

import httpx
import openai
from openai.types import Model

from tests.conformance.models.checks import Area
from tests.conformance.models.server import HELLO, ModelServer, ok, refused

area = Area("transport")
ROUTES = ("/v1/chat/completions", "/v1/completions", "/v1/responses")
BODIES: dict[str, bytes] = {
    "nothing": b"",
    "half an object": b'{"model": ',
    "a text": b"hello",
    "a list": b"[]",
    "a number": b"3",
    "null": b"null",
    "invalid UTF-8": b'{"model": "\xff\xfe"}',
    "NaN": b'{"model": "x", "temperature": NaN, "messages": []}',
    "depth": b'{"a":' * 20_000,
    "a deep list": b'{"messages":' + b"[" * 5000 + b"]" * 5000 + b"}",
}


@area.check("the list of models")
async def _(server: ModelServer) -> None:
    body = ok(await server.send("GET", "/v1/models"))
    assert body["object"] == "list" and server.model in [one["id"] for one in body["data"]]
    for one in body["data"]:
        Model.model_validate(one)


@area.check("one model")
async def _(server: ModelServer) -> None:
    body = ok(await server.send("GET", f"/v1/models/{server.model}"))
    assert body["id"] == server.model and body["object"] == "model"


@area.check("a model that is not there")
async def _(server: ModelServer) -> None:
    assert refused(await server.send("GET", "/v1/models/no-such-model"), status=404)["code"] == "model_not_found"


@area.check("the official client lists models")
async def _(server: ModelServer) -> None:
    async with openai.AsyncOpenAI(base_url=f"{server.url}/v1", api_key=server.key, max_retries=0) as client:
        assert server.model in [one.id async for one in client.models.list()]


@area.each("a model's context is told as", ("context_length", "max_model_len"))
async def _(server: ModelServer, name: str) -> None:
    models = ok(await server.send("GET", "/v1/models"))["data"]
    assert next(one for one in models if one["id"] == server.model).get(name)


@area.each("GET is 405 at", ROUTES)
async def _(server: ModelServer, path: str) -> None:
    answer = await server.send("GET", path)
    refused(answer, status=405)
    assert "POST" in answer.headers["allow"]


@area.check("an unknown path is 404 in the form of errors")
async def _(server: ModelServer) -> None:
    refused(await server.post("/v1/banana", {}), status=404)


@area.each("the body is", BODIES)
async def _(server: ModelServer, body: bytes) -> None:
    for path in ROUTES[:1] if len(body) > 100 else ROUTES:
        answer = await server.send("POST", path, content=body, headers={"content-type": "application/json"})
        refused(answer)


@area.check("half of a character in a text")
async def _(server: ModelServer) -> None:
    body = b'{"model": "%b", "messages": [{"role": "user", "content": "\\ud800"}]}' % server.model.encode()
    answer = await server.send("POST", ROUTES[0], content=body, headers={"content-type": "application/json"})
    assert answer.status in (200, 400) and answer.json


@area.each("the media type", ("application/json", "application/json; charset=utf-8", "text/plain"))
async def _(server: ModelServer, kind: str) -> None:
    body = b'{"model": "%b", "max_tokens": 2, "messages": [{"role": "user", "content": "hi"}]}' % server.model.encode()
    ok(await server.send("POST", ROUTES[0], content=body, headers={"content-type": kind}))


@area.check("a chunked request")
async def _(server: ModelServer) -> None:
    async def parts() -> Any:
        yield b'{"model": "%b", "max_tokens": 2, ' % server.model.encode()
        yield b'"messages": [{"role": "user", "content": "hi"}]}'

    ok(await server.send("POST", ROUTES[0], content=parts(), headers={"content-type": "application/json"}))


@area.check("the model's name with escaped letters")
async def _(server: ModelServer) -> None:
    escaped = "".join(f"\\u{ord(one):04x}" for one in server.model).encode()
    body = b'{"model": "%b", "max_tokens": 2, "messages": [{"role": "user", "content": "hi"}]}' % escaped
    ok(await server.send("POST", ROUTES[0], content=body, headers={"content-type": "application/json"}))


@area.each("each answer has the header", ("x-request-id", "openai-processing-ms", "content-type"))
async def _(server: ModelServer, name: str) -> None:
    assert (await server.chat()).headers.get(name)


@area.check("errors have a request id")
async def _(server: ModelServer) -> None:
    assert (await server.chat(temperature="x")).headers.get("x-request-id")


@area.check("two answers have different request ids")
async def _(server: ModelServer) -> None:
    one, two = await server.chat(max_tokens=1), await server.chat(max_tokens=1)
    assert one.headers["x-request-id"] != two.headers["x-request-id"]


@area.each("errors have param and code", ({"temperature": "x"}, {"model": "no-such-model"}, {"messages": 3}))
async def _(server: ModelServer, fields: dict[str, Any]) -> None:
    answer = await server.post(ROUTES[0], {"model": server.model, "messages": HELLO, "max_tokens": 4} | fields)
    error = answer.error
    assert {"message", "type", "param", "code"} <= error.keys()
    assert error["type"] == "invalid_request_error" and error["param"] == next(iter(fields))


@area.check("a prompt over the context says both numbers")
async def _(server: ModelServer) -> None:
    long = [{"role": "user", "content": "word " * (server.context * 2)}]
    error = refused(await server.chat(long), str(server.context))
    assert error["code"] == "context_length_exceeded"


@area.check("an answer over the context is refused, or limited")
async def _(server: ModelServer) -> None:
    answer = await server.chat(max_tokens=10_000_000, stop=["e", "o", "a"])
    assert answer.status == 200 or refused(answer, "max_tokens")


@area.check("a prompt of a megabyte is refused")
async def _(server: ModelServer) -> None:
    refused(await server.chat([{"role": "user", "content": "a b " * 250_000}]))


@area.each("the client leaves", ("before the answer", "in a stream", "in a long prompt"))
async def _(server: ModelServer, when: str) -> None:
    words = "word " * (server.context // 2) if when == "in a long prompt" else "Tell me a long story."
    body = {"model": server.model, "messages": [{"role": "user", "content": words}], "max_tokens": 500}
    async with httpx.AsyncClient(base_url=server.url) as leaver:
        if when == "in a stream":
            async with leaver.stream("POST", ROUTES[0], json=body | {"stream": True}) as answer:
                await anext(aiter(answer.aiter_bytes()))
        else:
            calling = asyncio.ensure_future(leaver.post(ROUTES[0], json=body))
            await asyncio.wait((calling,), timeout=0.2)
            calling.cancel()
    ok(await server.chat(max_tokens=2))


@area.check("many clients leave at once")
async def _(server: ModelServer) -> None:
    body = {"model": server.model, "messages": HELLO, "max_tokens": 200, "stream": True}
    async with httpx.AsyncClient(base_url=server.url) as leaver:
        calling = [asyncio.ensure_future(leaver.post(ROUTES[0], json=body)) for _ in range(8)]
        await asyncio.wait(calling, timeout=0.2)
        for call in calling:
            call.cancel()
    ok(await server.chat(max_tokens=2))


@area.each("tokens are counted from", ({"prompt": "a red fox"}, {"messages": HELLO}))
async def _(server: ModelServer, fields: dict[str, Any]) -> None:
    body = ok(await server.post("/tokenize", {"model": server.model} | fields))
    assert len(body["tokens"]) == body["count"] > 1


@area.check("the tokens of a prompt are those of its usage")
async def _(server: ModelServer) -> None:
    tokens = ok(await server.post("/tokenize", {"model": server.model, "messages": HELLO}))["count"]
    assert ok(await server.chat(max_tokens=1))["usage"]["prompt_tokens"] == tokens
