"""The Responses API: OpenAI's types, the required fields of Open Responses, the order of events, items as input."""

import json
from typing import Any

import jsonschema
import openai
from openai.types.responses import Response

from tests.conformance.models.checks import Area
from tests.conformance.models.server import Answer, ModelServer, honoured_or_refused, ok, refused, streamed

area = Area("responses")
REQUIRED = (
    "id", "object", "created_at", "completed_at", "status", "incomplete_details", "model", "previous_response_id",
    "instructions", "output", "error", "tools", "tool_choice", "truncation", "parallel_tool_calls", "text", "top_p",
    "presence_penalty", "frequency_penalty", "top_logprobs", "temperature", "reasoning", "user", "usage",
    "max_output_tokens", "max_tool_calls", "store", "background", "service_tier", "metadata", "safety_identifier",
    "prompt_cache_key",
)  # fmt: skip
CITY = {
    "type": "object", "properties": {"location": {"type": "string", "description": "City and state"}},
    "required": ["location"], "additionalProperties": False,
}  # fmt: skip
WEATHER = {"type": "function", "name": "get_weather", "description": "Current weather", "parameters": CITY}
ASKED = [{"type": "message", "role": "user", "content": "What's the weather like in San Francisco?"}]
ECHOED: dict[str, Any] = {
    "instructions": "Be brief.", "metadata": {"a": "b"}, "temperature": 0.5, "top_p": 0.9, "max_output_tokens": 20,
    "parallel_tool_calls": False, "user": "u-1", "safety_identifier": "s", "prompt_cache_key": "k",
    "truncation": "disabled",
}  # fmt: skip
INVALID: list[tuple[str, Any]] = [
    ("model", ...), ("model", 3), ("input", 3), ("input", [3]), ("input", [{"type": "banana"}]),
    ("input", [{"role": "banana", "content": "x"}]), ("input", [{"role": "user"}]),
    ("input", [{"role": "user", "content": [{"type": "banana"}]}]),
    ("input", [{"role": "user", "content": 3}]),
    ("max_output_tokens", -1), ("max_output_tokens", "x"), ("temperature", "x"), ("temperature", 5), ("top_p", 3),
    ("tools", "x"), ("tools", [{"type": "banana"}]), ("tools", [{"type": "function"}]), ("tool_choice", "sometimes"),
    ("text", {"format": {"type": "banana"}}), ("text", {"format": {"type": "json_schema"}}), ("stream", "x"),
    ("previous_response_id", "resp_nowhere"), ("background", True), ("metadata", "x"), ("instructions", 3),
]  # fmt: skip


def text_of(body: dict[str, Any]) -> str:
    return "".join(
        part["text"]
        for item in body["output"] if item["type"] == "message"
        for part in item["content"] if part["type"] == "output_text"
    )  # fmt: skip


@area.check("an answer is a Response")
async def _(server: ModelServer) -> None:
    Response.model_validate(ok(await server.respond()))


@area.each("has the field", REQUIRED)
async def _(server: ModelServer, name: str) -> None:
    assert name in ok(await server.respond(max_output_tokens=16))


@area.check("it is completed and has text")
async def _(server: ModelServer) -> None:
    body = ok(await server.respond(input="Reply with one word: yes.", max_output_tokens=200))
    assert body["status"] == "completed" and body["object"] == "response" and text_of(body)
    assert body["error"] is None and body["incomplete_details"] is None and body["completed_at"]


@area.check("model is the name that was asked for")
async def _(server: ModelServer) -> None:
    assert ok(await server.respond())["model"] == server.model


@area.check("items have ids and statuses")
async def _(server: ModelServer) -> None:
    item = ok(await server.respond())["output"][-1]
    assert item["id"] and item["type"] == "message" and item["role"] == "assistant"
    assert item["status"] in ("completed", "incomplete")
    assert item["content"][0]["annotations"] == [] and item["content"][0]["type"] == "output_text"


@area.check("usage has its details and adds up")
async def _(server: ModelServer) -> None:
    usage = ok(await server.respond())["usage"]
    assert usage["total_tokens"] == usage["input_tokens"] + usage["output_tokens"] > 1
    assert usage["input_tokens_details"]["cached_tokens"] >= 0
    assert usage["output_tokens_details"]["reasoning_tokens"] >= 0


@area.check("an answer that is cut is incomplete")
async def _(server: ModelServer) -> None:
    body = ok(await server.respond(input="Tell me a long story about a fox.", max_output_tokens=16))
    assert body["status"] == "incomplete" and body["incomplete_details"] == {"reason": "max_output_tokens"}


@area.each("is repeated in the answer", ECHOED)
async def _(server: ModelServer, value: Any) -> None:
    name = next(key for key, one in ECHOED.items() if one is value)
    assert ok(await server.respond(**{name: value}))[name] == value


@area.each("a part of the role", ("user", "system", "developer"))
async def _(server: ModelServer, role: str) -> None:
    part = {"role": role, "content": [{"type": "input_text", "text": "Talk like a pirate."}]}
    assert text_of(ok(await server.respond(input=[part, {"role": "user", "content": "Say hello."}])))


@area.check("a second turn with the items of the first")
async def _(server: ModelServer) -> None:
    first = ok(await server.respond(input="My name is Alice."))
    turns = [{"role": "user", "content": "My name is Alice."}, *first["output"],
             {"role": "user", "content": "What is my name?"}]  # fmt: skip
    later = ok(await server.respond(input=turns))
    assert text_of(later) and later["usage"]["input_tokens"] > first["usage"]["input_tokens"]


@area.check("an assistant's message as a text")
async def _(server: ModelServer) -> None:
    turns = [{"type": "message", "role": "user", "content": "My name is Alice."},
             {"type": "message", "role": "assistant", "content": "Hello Alice!"},
             {"type": "message", "role": "user", "content": "What is my name?"}]  # fmt: skip
    assert text_of(ok(await server.respond(input=turns)))


@area.check("reasoning items as input")
async def _(server: ModelServer) -> None:
    held = {"type": "reasoning", "id": "rs_1", "summary": [], "content": [{"type": "reasoning_text", "text": "hm"}]}
    answer = {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "Hello."}]}
    ok(await server.respond(input=[{"role": "user", "content": "Hi."}, held, answer, {"role": "user", "content": "?"}]))


@area.check("a function is called")
async def _(server: ModelServer) -> None:
    body = ok(await server.respond(input=ASKED, tools=[WEATHER], tool_choice="required", max_output_tokens=160))
    calls = [item for item in body["output"] if item["type"] == "function_call"]
    assert calls and calls[0]["name"] == "get_weather" and calls[0]["call_id"] and calls[0]["id"]
    jsonschema.validate(json.loads(calls[0]["arguments"]), CITY)


@area.check("a named function is called")
async def _(server: ModelServer) -> None:
    choice = {"type": "function", "name": "get_weather"}
    body = ok(await server.respond(input=ASKED, tools=[WEATHER], tool_choice=choice, max_output_tokens=160))
    assert [item["name"] for item in body["output"] if item["type"] == "function_call"] == ["get_weather"]


@area.check("tools are repeated with all their fields")
async def _(server: ModelServer) -> None:
    tool = ok(await server.respond(tools=[WEATHER], tool_choice="none"))["tools"][0]
    assert {"type", "name", "description", "parameters", "strict"} <= tool.keys()


@area.check("the output of a function as input")
async def _(server: ModelServer) -> None:
    turns = [*ASKED,
             {"type": "function_call", "call_id": "c1", "name": "get_weather", "arguments": '{"location": "SF"}'},
             {"type": "function_call_output", "call_id": "c1", "output": "sunny"}]  # fmt: skip
    assert text_of(ok(await server.respond(input=turns, tools=[WEATHER], tool_choice="none")))


@area.check("custom tools take text")
async def _(server: ModelServer) -> None:
    tool = {"type": "custom", "name": "note", "description": "Takes a note"}
    answer = await server.respond(input=ASKED, tools=[tool], tool_choice="required", max_output_tokens=160)
    body = honoured_or_refused(answer, "tools")
    if body is not None:
        calls = [item for item in body["output"] if item["type"] == "custom_tool_call"]
        assert calls and isinstance(calls[0]["input"], str)


@area.check("structured output")
async def _(server: ModelServer) -> None:
    schema = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"],
              "additionalProperties": False}  # fmt: skip
    wanted = {"format": {"type": "json_schema", "name": "n", "schema": schema, "strict": True}}
    body = ok(await server.respond(text=wanted, max_output_tokens=100))
    jsonschema.validate(json.loads(text_of(body)), schema)
    assert body["text"]["format"]["type"] == "json_schema"


@area.check("an image is seen, or refused by its place")
async def _(server: ModelServer) -> None:
    image = {"type": "input_image", "image_url": "data:image/png;base64,iVBORw0KGgo=", "detail": "auto"}
    parts = [{"role": "user", "content": [{"type": "input_text", "text": "What is it?"}, image]}]
    honoured_or_refused(await server.respond(input=parts), "image", "content", "input")


@area.check("store false is accepted")
async def _(server: ModelServer) -> None:
    assert ok(await server.respond(store=False))["store"] is False


@area.each("is refused", INVALID)
async def _(server: ModelServer, case: tuple[str, Any]) -> None:
    refused(await server.respond(**{case[0]: case[1]}), case[0], case[0].rstrip("s"))


@area.check("an unknown model is 404")
async def _(server: ModelServer) -> None:
    assert refused(await server.respond(model="no-such-model"), status=404)["code"] == "model_not_found"


async def events(server: ModelServer, **fields: Any) -> tuple[Answer, list[Any]]:
    answer = await server.respond(stream=True, **fields)
    return answer, streamed(answer)


@area.check("the events of a text come in their order")
async def _(server: ModelServer) -> None:
    _, found = await events(server)
    kinds = list(dict.fromkeys(one["type"].removeprefix("response.") for one in found))
    assert kinds[:-1] == [
        "created", "in_progress", "output_item.added", "content_part.added", "output_text.delta", "output_text.done",
        "content_part.done", "output_item.done",
    ]  # fmt: skip
    assert kinds[-1] in ("completed", "incomplete")


@area.check("the name of an event is its type")
async def _(server: ModelServer) -> None:
    answer, _ = await events(server)
    assert all(name == data["type"] for name, data in answer.events if data != "[DONE]")


@area.check("events are numbered from 0")
async def _(server: ModelServer) -> None:
    _, found = await events(server)
    assert [one["sequence_number"] for one in found] == list(range(len(found)))


@area.check("created and in_progress have the response without output")
async def _(server: ModelServer) -> None:
    _, found = await events(server)
    for one in found[:2]:
        assert one["response"]["status"] == "in_progress" and one["response"]["output"] == []
        assert set(REQUIRED) <= one["response"].keys()


@area.check("the deltas are the text that is done, and that of the response")
async def _(server: ModelServer) -> None:
    _, found = await events(server)
    deltas = "".join(one["delta"] for one in found if one["type"] == "response.output_text.delta")
    done = next(one["text"] for one in found if one["type"] == "response.output_text.done")
    assert deltas == done == text_of(found[-1]["response"])


@area.each("deltas and parts have", ("item_id", "output_index", "content_index"))
async def _(server: ModelServer, name: str) -> None:
    _, found = await events(server)
    parts = [one for one in found if "output_text" in one["type"] or "content_part" in one["type"]]
    assert parts and len({one[name] for one in parts}) == 1


@area.check("the last event has the usage")
async def _(server: ModelServer) -> None:
    _, found = await events(server)
    assert found[-1]["response"]["usage"]["output_tokens"] > 0
    assert set(REQUIRED) <= found[-1]["response"].keys()


@area.check("a stream that is cut ends with incomplete")
async def _(server: ModelServer) -> None:
    _, found = await events(server, input="Tell me a long story about a fox.", max_output_tokens=16)
    assert found[-1]["type"] == "response.incomplete"


@area.check("a streamed function call has its events")
async def _(server: ModelServer) -> None:
    _, found = await events(server, input=ASKED, tools=[WEATHER], tool_choice="required", max_output_tokens=160)
    kinds = [one["type"] for one in found]
    added = next(one for one in found if one["type"] == "response.output_item.added")
    assert added["item"]["type"] == "function_call" and added["item"]["arguments"] == ""
    deltas = "".join(
        one["delta"]
        for one in found
        if one["type"] == "response.function_call_arguments.delta" and one["item_id"] == added["item"]["id"]
    )
    done = next(one for one in found if one["type"] == "response.function_call_arguments.done")
    assert deltas == done["arguments"]
    ended = next(one for one in found if one["type"] == "response.output_item.done")
    assert ended["item"]["status"] == "completed" and ended["item"]["arguments"] == deltas
    assert kinds[-1] == "response.completed"


@area.check("an error before the stream is a plain one")
async def _(server: ModelServer) -> None:
    refused(await server.respond(stream=True, input=3), "input")


@area.check("the official stream helper")
async def _(server: ModelServer) -> None:
    async with (
        openai.AsyncOpenAI(base_url=f"{server.url}/v1", api_key=server.key, max_retries=0) as client,
        client.responses.stream(model=server.model, input="Reply with one word: yes.", max_output_tokens=200) as stream,
    ):
        assert (await stream.get_final_response()).output_text
