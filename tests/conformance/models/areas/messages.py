"""Anthropic's Messages API: the official types, the order of events, tools, errors in its own form, and counting."""

from typing import Any

import anthropic
import jsonschema
from anthropic.types import Message

from tests.conformance.models.checks import Area
from tests.conformance.models.server import HELLO, Answer, ModelServer, honoured_or_refused, ok, streamed

area = Area("messages")
CITY = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"],
        "additionalProperties": False}  # fmt: skip
WEATHER = {"name": "weather", "description": "Weather of a city", "input_schema": CITY}
CLOCK = {"name": "clock", "input_schema": {"type": "object", "properties": {}}}
ASKED = [{"role": "user", "content": "What is the weather in Rome?"}]
INVALID: list[tuple[str, Any]] = [
    ("model", ...), ("max_tokens", ...), ("max_tokens", 0), ("max_tokens", "x"), ("max_tokens", 1.5),
    ("messages", ...), ("messages", []), ("messages", "x"), ("messages", [3]), ("messages", [{"content": "x"}]),
    ("messages", [{"role": "banana", "content": "x"}]), ("messages", [{"role": "user"}]),
    ("messages", [{"role": "user", "content": 3}]), ("messages", [{"role": "user", "content": [{"type": "banana"}]}]),
    ("messages", [{"role": "user", "content": [3]}]),
    ("temperature", "x"), ("temperature", -1), ("top_p", 2), ("stop_sequences", "x"), ("stop_sequences", [3]),
    ("tools", "x"), ("tools", [{}]), ("tools", [{"name": "a b", "input_schema": CITY}]), ("stream", "x"),
    ("system", 3), ("tool_choice", {"type": "banana"}), ("tools", [{"name": "x"}]), ("top_k", "x"), ("metadata", 3),
]  # fmt: skip


def refused(answer: Answer, *names: str, status: int = 400, kind: str = "invalid_request_error") -> None:
    assert answer.status == status, f"{answer.status} instead of {status}: {answer.body[:300]!r}"
    body = answer.json
    assert body["type"] == "error" and body["error"]["type"] == kind, body
    said = body["error"]["message"]
    assert said and (not names or any(name in said for name in names)), f"{said!r} names none of {names}"


@area.check("an answer is a Message")
async def _(server: ModelServer) -> None:
    body = ok(await server.message())
    Message.model_validate(body)
    assert body["type"] == "message" and body["role"] == "assistant"


@area.check("its id begins with msg_")
async def _(server: ModelServer) -> None:
    assert ok(await server.message())["id"].startswith("msg")


@area.check("model is the name that was asked for")
async def _(server: ModelServer) -> None:
    assert ok(await server.message())["model"] == server.model


@area.check("content is a block of text")
async def _(server: ModelServer) -> None:
    (block,) = ok(await server.message())["content"]
    assert block["type"] == "text" and block["text"]


@area.check("usage")
async def _(server: ModelServer) -> None:
    usage = ok(await server.message())["usage"]
    cached = (usage.get("cache_read_input_tokens") or 0) + (usage.get("cache_creation_input_tokens") or 0)
    assert usage["output_tokens"] > 0 and usage["input_tokens"] + cached > 0


@area.check("a cut answer has stop_reason max_tokens")
async def _(server: ModelServer) -> None:
    words = [{"role": "user", "content": "Count to 50."}]
    assert ok(await server.message(words, max_tokens=3))["stop_reason"] == "max_tokens"


@area.check("an answer that ends by itself has end_turn")
async def _(server: ModelServer) -> None:
    words = [{"role": "user", "content": "Reply with one word: yes."}]
    assert ok(await server.message(words, max_tokens=200, temperature=0))["stop_reason"] == "end_turn"


@area.check("a stop sequence ends the answer")
async def _(server: ModelServer) -> None:
    words = [{"role": "user", "content": "Count: 1, 2, 3, 4, 5, 6, 7. Repeat it."}]
    body = ok(await server.message(words, max_tokens=60, temperature=0, stop_sequences=["4"]))
    assert body["stop_reason"] in ("stop_sequence", "end_turn") and "4" not in body["content"][0]["text"]


@area.each("a system prompt of", ("Be brief.", [{"type": "text", "text": "Be brief."}]))
async def _(server: ModelServer, system: Any) -> None:
    ok(await server.message(system=system))


@area.check("cache_control is accepted")
async def _(server: ModelServer) -> None:
    block = {"type": "text", "text": "Be brief.", "cache_control": {"type": "ephemeral"}}
    ok(await server.message(system=[block]))


@area.check("content in blocks")
async def _(server: ModelServer) -> None:
    ok(await server.message([{"role": "user", "content": [{"type": "text", "text": "Say hello."}]}]))


@area.check("earlier turns")
async def _(server: ModelServer) -> None:
    ok(await server.message([*HELLO, {"role": "assistant", "content": "Hello!"}, {"role": "user", "content": "Again"}]))


@area.each("is accepted", ({"metadata": {"user_id": "u"}}, {"top_k": 5}, {"top_p": 0.9}, {"temperature": 1}))
async def _(server: ModelServer, fields: dict[str, Any]) -> None:
    ok(await server.message(**fields))


@area.each("a tool is used", ({"type": "any"}, {"type": "tool", "name": "weather"}))
async def _(server: ModelServer, choice: Any) -> None:
    body = ok(await server.message(ASKED, tools=[WEATHER], tool_choice=choice, max_tokens=160, temperature=0))
    uses = [block for block in body["content"] if block["type"] == "tool_use"]
    assert uses and uses[0]["name"] == "weather" and uses[0]["id"] and body["stop_reason"] == "tool_use"
    jsonschema.validate(uses[0]["input"], CITY)


@area.check("with tool_choice none there is text")
async def _(server: ModelServer) -> None:
    body = ok(await server.message(ASKED, tools=[WEATHER], tool_choice={"type": "none"}))
    assert {block["type"] for block in body["content"]} == {"text"}


@area.check("the result of a tool")
async def _(server: ModelServer) -> None:
    use = {"type": "tool_use", "id": "toolu_1", "name": "weather", "input": {"city": "Rome"}}
    result = {"type": "tool_result", "tool_use_id": "toolu_1", "content": "sunny"}
    turns = [*ASKED, {"role": "assistant", "content": [use]}, {"role": "user", "content": [result]}]
    ok(await server.message(turns, tools=[WEATHER], tool_choice={"type": "none"}))


@area.check("the result of a tool in blocks, as an error")
async def _(server: ModelServer) -> None:
    use = {"type": "tool_use", "id": "toolu_1", "name": "clock", "input": {}}
    result = {"type": "tool_result", "tool_use_id": "toolu_1", "content": [{"type": "text", "text": "broken"}],
              "is_error": True}  # fmt: skip
    ok(await server.message([*ASKED, {"role": "assistant", "content": [use]}, {"role": "user", "content": [result]}]))


@area.check("thinking blocks are taken back")
async def _(server: ModelServer) -> None:
    held = [{"type": "thinking", "thinking": "hm", "signature": ""}, {"type": "text", "text": "Hello."}]
    ok(await server.message([*HELLO, {"role": "assistant", "content": held}, {"role": "user", "content": "?"}]))


@area.check("an image is seen, or refused by its place")
async def _(server: ModelServer) -> None:
    source = {"type": "base64", "media_type": "image/png", "data": "iVBORw0KGgo="}
    answer = await server.message([{"role": "user", "content": [{"type": "image", "source": source}]}])
    if answer.status == 400:
        refused(answer, "image", "content")
    else:
        ok(answer)


@area.each("is refused", INVALID)
async def _(server: ModelServer, case: tuple[str, Any]) -> None:
    name, value = case
    if name == "messages":
        body = {"model": server.model, "max_tokens": 5} | ({} if value is ... else {"messages": value})
        refused(await server.post("/v1/messages", body), "message", "role", "content")
    elif name == "tool_choice":
        refused(await server.message(tools=[WEATHER], tool_choice=value), "tool_choice", "banana")
    else:
        refused(await server.message(**{name: value}), name, name.rstrip("s"), "stop" if "stop" in name else name)


@area.check("an unknown model is not_found_error")
async def _(server: ModelServer) -> None:
    refused(await server.message(model="no-such-model"), status=404, kind="not_found_error")


@area.check("a body that is no JSON")
async def _(server: ModelServer) -> None:
    answer = await server.send("POST", "/v1/messages", content=b"{", headers={"content-type": "application/json"})
    refused(answer, "JSON", "json")


async def events(server: ModelServer, *turns: Any, **fields: Any) -> list[Any]:
    return streamed(await server.message(list(turns) or None, stream=True, **fields))


@area.check("the events come in their order")
async def _(server: ModelServer) -> None:
    kinds = [one["type"] for one in await events(server) if one["type"] != "ping"]
    assert list(dict.fromkeys(kinds)) == [
        "message_start", "content_block_start", "content_block_delta", "content_block_stop", "message_delta",
        "message_stop",
    ]  # fmt: skip


@area.check("the name of an event is its type")
async def _(server: ModelServer) -> None:
    answer = await server.message(stream=True)
    assert answer.events and all(name == data["type"] for name, data in answer.events)


@area.check("message_start has an empty message")
async def _(server: ModelServer) -> None:
    message = (await events(server))[0]["message"]
    assert message["content"] == [] and message["stop_reason"] is None and message["id"] and message["usage"]
    assert (message["type"], message["role"], message["model"]) == ("message", "assistant", server.model)


@area.check("message_delta has the reason and the usage")
async def _(server: ModelServer) -> None:
    found = await events(server, {"role": "user", "content": "Count to 50."}, max_tokens=4)
    delta = next(one for one in found if one["type"] == "message_delta")
    assert delta["delta"]["stop_reason"] == "max_tokens" and delta["usage"]["output_tokens"] > 0


@area.check("blocks begin, go on and end under one index")
async def _(server: ModelServer) -> None:
    assert {one["index"] for one in await events(server) if one["type"].startswith("content_block")} == {0}


@area.check("a streamed tool use can be put together")
async def _(server: ModelServer) -> None:
    async with anthropic.AsyncAnthropic(base_url=server.url, api_key=server.key, max_retries=0) as client:
        how = {"model": server.model, "max_tokens": 160, "tools": [WEATHER], "tool_choice": {"type": "any"}}
        async with client.messages.stream(messages=ASKED, extra_body={"temperature": 0}, **how) as stream:
            final = await stream.get_final_message()
    uses = [block for block in final.content if block.type == "tool_use"]
    assert uses and final.stop_reason == "tool_use"
    jsonschema.validate(uses[0].input, CITY)


@area.check("the official client streams text")
async def _(server: ModelServer) -> None:
    async with (
        anthropic.AsyncAnthropic(base_url=server.url, api_key=server.key, max_retries=0) as client,
        client.messages.stream(model=server.model, max_tokens=20, messages=HELLO) as stream,
    ):
        texts = [text async for text in stream.text_stream]
        assert "".join(texts) == (await stream.get_final_message()).content[0].text


@area.each("tokens are counted at", ("/v1/messages/count_tokens", "/v1/messages/count_tokens?beta=true"))
async def _(server: ModelServer, path: str) -> None:
    counted = ok(await server.post(path, {"model": server.model, "messages": HELLO}))["input_tokens"]
    assert isinstance(counted, int) and counted > 0


@area.check("the count is that of the answer's usage")
async def _(server: ModelServer) -> None:
    counted = ok(await server.post("/v1/messages/count_tokens", {"model": server.model, "messages": HELLO}))
    usage = ok(await server.message())["usage"]
    assert counted["input_tokens"] == usage["input_tokens"] + (usage.get("cache_read_input_tokens") or 0)


@area.check("?beta=true")
async def _(server: ModelServer) -> None:
    ok(await server.post("/v1/messages?beta=true", {"model": server.model, "messages": HELLO, "max_tokens": 4}))


@area.check("a beta header")
async def _(server: ModelServer) -> None:
    ok(await server.message(headers={"anthropic-beta": "interleaved-thinking-2025-05-14"}))


@area.check("thinking is accepted, or refused by name")
async def _(server: ModelServer) -> None:
    answer = await server.message(thinking={"type": "enabled", "budget_tokens": 1024}, max_tokens=1100)
    if answer.status == 400:
        refused(answer, "thinking", "reasoning")
    else:
        honoured_or_refused(answer)
