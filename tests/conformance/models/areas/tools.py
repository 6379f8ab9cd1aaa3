"""Tool calls: choices, arguments that fit their schema, streams, and the turn with the results."""

import json
from typing import Any

import jsonschema

from tests.conformance.models.checks import Area
from tests.conformance.models.server import ModelServer, honoured_or_refused, ok, streamed

area = Area("tools")
CITY = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
ADD = {
    "type": "object",
    "properties": {"a": {"type": "integer"}, "b": {"type": "integer"}},
    "required": ["a", "b"],
    "additionalProperties": False,
}
WEATHER = {"type": "function", "function": {"name": "weather", "description": "Weather of a city", "parameters": CITY}}
SUM = {"type": "function", "function": {"name": "add", "description": "Adds two numbers", "parameters": ADD}}
SCHEMAS = {"weather": CITY, "add": ADD}
ASKED = [{"role": "user", "content": "What is the weather in Rome?"}]
TOKENS = 160


async def calls_of(server: ModelServer, **fields: Any) -> list[dict[str, Any]]:
    body = ok(await server.chat(ASKED, **{"tools": [WEATHER, SUM], "max_tokens": TOKENS} | fields))
    return body["choices"][0]["message"].get("tool_calls") or []


def checked(call: dict[str, Any]) -> dict[str, Any]:
    """The arguments of a call that fits its tool's schema."""
    assert call["type"] == "function" and isinstance(call["id"], str) and call["id"]
    arguments = json.loads(call["function"]["arguments"])
    jsonschema.validate(arguments, SCHEMAS[call["function"]["name"]])
    return arguments


@area.check("required gives a call")
async def _(server: ModelServer) -> None:
    assert [checked(call) for call in await calls_of(server, tool_choice="required")]


@area.each("a named tool is called", ("weather", "add"))
async def _(server: ModelServer, name: str) -> None:
    calls = await calls_of(server, tool_choice={"type": "function", "function": {"name": name}})
    assert [call["function"]["name"] for call in calls] == [name]
    checked(calls[0])


@area.check("none gives text")
async def _(server: ModelServer) -> None:
    assert await calls_of(server, tool_choice="none", max_tokens=12) == []


@area.check("auto gives text or calls that fit")
async def _(server: ModelServer) -> None:
    for call in await calls_of(server, tool_choice="auto", max_tokens=400):
        checked(call)


@area.check("a call ends with finish_reason tool_calls")
async def _(server: ModelServer) -> None:
    body = ok(await server.chat(ASKED, tools=[WEATHER], tool_choice="required", max_tokens=TOKENS))
    found = body["choices"][0]
    assert found["message"]["tool_calls"] and found["finish_reason"] in ("tool_calls", "stop")
    assert found["message"]["content"] in (None, "")


@area.check("required with one tool calls that one")
async def _(server: ModelServer) -> None:
    calls = await calls_of(server, tools=[SUM], tool_choice="required")
    assert {call["function"]["name"] for call in calls} == {"add"}


@area.check("without parallel calls there is one")
async def _(server: ModelServer) -> None:
    assert len(await calls_of(server, tool_choice="required", parallel_tool_calls=False)) == 1


@area.check("strict tools")
async def _(server: ModelServer) -> None:
    strict = {"type": "function", "function": SUM["function"] | {"strict": True}}
    body = honoured_or_refused(
        await server.chat(ASKED, tools=[strict], tool_choice="required", max_tokens=TOKENS), "strict"
    )
    if body is not None:
        calls = body["choices"][0]["message"]["tool_calls"]
        assert calls and [checked(call) for call in calls]


@area.check("a tool without parameters")
async def _(server: ModelServer) -> None:
    bare = {"type": "function", "function": {"name": "now"}}
    calls = await calls_of(server, tools=[bare], tool_choice="required")
    assert calls and json.loads(calls[0]["function"]["arguments"] or "{}") == {}


@area.check("a tool with a description and no schema")
async def _(server: ModelServer) -> None:
    bare = {"type": "function", "function": {"name": "now", "description": "the time"}}
    ok(await server.chat(tools=[bare], max_tokens=TOKENS))


@area.check("an empty list of tools is as none")
async def _(server: ModelServer) -> None:
    ok(await server.chat(tools=[]))


@area.check("the result of a call follows it")
async def _(server: ModelServer) -> None:
    call = {"id": "call_1", "type": "function", "function": {"name": "weather", "arguments": '{"city": "Rome"}'}}
    turns = [
        *ASKED,
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "call_1", "content": "sunny, 21 degrees"},
    ]
    body = ok(await server.chat(turns, tools=[WEATHER], tool_choice="none"))
    assert body["choices"][0]["message"]["content"]


@area.each("an assistant's turn with calls", ({"content": None}, {"content": ""}, {"content": "I ask."}, {}))
async def _(server: ModelServer, held: dict[str, Any]) -> None:
    call = {"id": "call_1", "type": "function", "function": {"name": "weather", "arguments": "{}"}}
    turn = {"role": "assistant", "tool_calls": [call]} | held
    ok(await server.chat([*ASKED, turn, {"role": "tool", "tool_call_id": "call_1", "content": "sun"}]))


@area.check("two results of two calls")
async def _(server: ModelServer) -> None:
    calls = [
        {"id": f"call_{at}", "type": "function", "function": {"name": "weather", "arguments": '{"city": "X"}'}}
        for at in range(2)
    ]
    results = [{"role": "tool", "tool_call_id": f"call_{at}", "content": "sun"} for at in range(2)]
    ok(await server.chat([*ASKED, {"role": "assistant", "content": None, "tool_calls": calls}, *results]))


@area.check("the content of a result in parts")
async def _(server: ModelServer) -> None:
    call = {"id": "call_1", "type": "function", "function": {"name": "weather", "arguments": "{}"}}
    result = {"role": "tool", "tool_call_id": "call_1", "content": [{"type": "text", "text": "sun"}]}
    ok(await server.chat([*ASKED, {"role": "assistant", "content": None, "tool_calls": [call]}, result]))


async def deltas_of(server: ModelServer, **fields: Any) -> tuple[list[dict[str, Any]], list[str]]:
    body = {"tools": [WEATHER, SUM], "tool_choice": "required", "max_tokens": TOKENS, "stream": True} | fields
    choices = [one for chunk in streamed(await server.chat(ASKED, **body)) for one in chunk["choices"]]
    deltas = [call for one in choices for call in one["delta"].get("tool_calls") or []]
    return deltas, [one["finish_reason"] for one in choices if one.get("finish_reason")]


@area.check("streamed calls can be put together")
async def _(server: ModelServer) -> None:
    deltas, _ = await deltas_of(server)
    calls: dict[int, dict[str, Any]] = {}
    for delta in deltas:
        held = calls.setdefault(delta["index"], {"type": "function", "function": {"name": "", "arguments": ""}})
        held["id"] = held.get("id") or delta.get("id")
        for name in ("name", "arguments"):
            held["function"][name] += (delta.get("function") or {}).get(name) or ""
    assert calls and [checked(call) for call in calls.values()]


@area.check("a streamed call ends with tool_calls")
async def _(server: ModelServer) -> None:
    deltas, finishes = await deltas_of(server, parallel_tool_calls=False)
    assert deltas and finishes == ["tool_calls"]


@area.check("the first part of a streamed call has its id and name")
async def _(server: ModelServer) -> None:
    deltas, _ = await deltas_of(server, tool_choice={"type": "function", "function": {"name": "weather"}})
    assert deltas[0]["id"] and deltas[0]["function"]["name"] == "weather" and deltas[0]["type"] == "function"


@area.check("calls have different ids")
async def _(server: ModelServer) -> None:
    calls = [await calls_of(server, tool_choice="required") for _ in range(2)]
    ids = [call["id"] for one in calls for call in one]
    assert len(set(ids)) == len(ids) >= 2
