"""JSON schemas and tool calls: enforced by a grammar, or refused with a pointer to what cannot be."""

import json
from typing import Any

import pytest

from harness.services.model_worker import CHAT_MODEL, ModelWorker

pytestmark = pytest.mark.heavy

CHAT = 1
WEATHER = {
    "type": "function",
    "function": {
        "name": "weather",
        "parameters": {
            "type": "object",
            "properties": {"city": {"type": "string", "maxLength": 12}, "unit": {"enum": ["C", "F"]}},
            "required": ["city", "unit"],
            "additionalProperties": False,
        },
    },
}
NODE = {"type": "object", "properties": {"n": {"const": 1}}, "required": ["n"]}
CLOCK = {"type": "function", "function": {"name": "clock", "parameters": {"type": "object", "properties": {}}}}


def chat(text: str, **fields: Any) -> dict[str, Any]:
    messages = [{"role": "user", "content": text}]
    return {"model": CHAT_MODEL, "messages": messages, "max_tokens": 150, "temperature": 0} | fields


def formatted(schema: Any) -> dict[str, Any]:
    return {"response_format": {"type": "json_schema", "json_schema": {"name": "answer", "schema": schema}}}


@pytest.mark.parametrize(
    ("schema", "holds"),
    [
        (
            {
                "type": "object",
                "properties": {
                    "name": {"type": "string", "maxLength": 20},
                    "age": {"type": "integer", "minimum": 1, "maximum": 99},
                },
                "required": ["name", "age"],
            },
            lambda found: set(found) == {"name", "age"} and 1 <= found["age"] <= 99,
        ),
        ({"enum": ["red", "green", 7]}, lambda found: found in ("red", "green", 7)),
        (
            {"type": "array", "items": {"type": "boolean"}, "minItems": 2, "maxItems": 3},
            lambda found: 2 <= len(found) <= 3,
        ),
        ({"type": "string", "pattern": "^[A-Z]{2}-[0-9]{3}$"}, lambda found: len(found) == 6 and found[2] == "-"),
        ({"type": "string", "format": "date"}, lambda found: len(found) == 10 and found[4] == "-"),
        ({"anyOf": [{"type": "null"}, {"const": "yes"}]}, lambda found: found in (None, "yes")),
        (
            {"$ref": "#/$defs/node", "$defs": {"node": NODE}},
            lambda found: found == {"n": 1},
        ),
    ],
)
def test_an_answer_matches_its_schema(schema: Any, holds: Any, worker: ModelWorker):
    choice = worker.answer(CHAT, chat("Anna is 31 years old.", **formatted(schema)))["choices"][0]
    assert choice["finish_reason"] == "stop"
    assert holds(json.loads(choice["message"]["content"]))


def test_a_schema_that_cannot_be_enforced_is_refused_with_a_pointer(worker: ModelWorker):
    schema = {"type": "object", "properties": {"a/b": {"type": "object", "patternProperties": {"^x": {}}}}}
    error = worker.error(CHAT, chat("hi", **formatted(schema)))
    assert (error.status, error.code) == (400, "unsupported_schema")
    assert error.param == "/response_format/json_schema/schema/properties/a~1b/patternProperties"


def test_a_large_enum_is_compiled(worker: ModelWorker):
    choice = worker.answer(CHAT, chat("Choose.", **formatted({"enum": [f"option-{n}" for n in range(1000)]})))[
        "choices"
    ][0]
    assert json.loads(choice["message"]["content"]).startswith("option-")


def test_a_required_call_is_made_with_arguments_of_the_schema(worker: ModelWorker):
    choice = worker.answer(CHAT, chat("Weather in Paris?", tools=[WEATHER, CLOCK], tool_choice="required"))["choices"][
        0
    ]
    assert choice["finish_reason"] == "tool_calls" and choice["message"]["content"] is None
    for call in choice["message"]["tool_calls"]:
        assert call["id"].startswith("call_") and call["function"]["name"] in ("weather", "clock")
        json.loads(call["function"]["arguments"])


@pytest.mark.parametrize("name", ["weather", "clock"])
def test_a_named_tool_is_the_one_that_is_called(name: str, worker: ModelWorker):
    wanted = {"type": "function", "function": {"name": name}}
    body = chat("Weather in Paris?", tools=[WEATHER, CLOCK], tool_choice=wanted)
    events = worker.events(CHAT, body)
    calls = [call for event in events for call in event["choices"][0]["delta"].get("tool_calls", [])]
    assert [call["function"]["name"] for call in calls] == [name]
    arguments = json.loads(calls[0]["function"]["arguments"])
    assert name == "clock" or arguments["unit"] in ("C", "F")
    assert events[-1]["choices"][0]["finish_reason"] == "tool_calls"


def test_a_model_may_answer_or_call(worker: ModelWorker):
    message = worker.answer(CHAT, chat("Say hello.", tools=[CLOCK]))["choices"][0]["message"]
    assert bool(message["content"]) != bool(message.get("tool_calls"))


def test_results_of_tools_go_back_to_the_model(worker: ModelWorker):
    body = chat("What time is it?", tools=[CLOCK], tool_choice="none", max_tokens=10)
    call = {"id": "call_1", "type": "function", "function": {"name": "clock", "arguments": "{}"}}
    body["messages"] += [
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "call_1", "content": "12:30"},
    ]
    assert worker.answer(CHAT, body)["choices"][0]["message"]["content"]
    assert worker.answer(CHAT, body | {"tool_choice": "auto", "max_tokens": 150})["choices"][0]["message"]


def test_a_tool_whose_schema_cannot_be_enforced_is_refused(worker: ModelWorker):
    bad = {"type": "function", "function": {"name": "f", "parameters": {"type": "object", "propertyNames": {}}}}
    error = worker.error(CHAT, chat("hi", tools=[WEATHER, bad], tool_choice="required"))
    assert (error.status, error.param) == (400, "/tools/1/function/parameters/propertyNames")


def test_a_call_that_max_tokens_cuts_off_is_an_error_and_no_call(worker: ModelWorker):
    error = worker.error(CHAT, chat("hi", tools=[WEATHER], tool_choice="required", max_tokens=3))
    assert (error.status, error.code) == (400, "tool_call_incomplete")
