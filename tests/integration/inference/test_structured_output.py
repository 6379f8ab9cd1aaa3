"""JSON schemas and tool calls: enforced by a grammar, or refused with a pointer to what cannot be."""

import json
from typing import Any

import jsonschema
import pytest

from harness.samples.json_schemas import SCHEMAS
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
CLOCK = {"type": "function", "function": {"name": "clock", "parameters": {"type": "object", "properties": {}}}}


def chat(text: str, **fields: Any) -> dict[str, Any]:
    messages = [{"role": "user", "content": text}]
    return {"model": CHAT_MODEL, "messages": messages, "max_tokens": 150, "temperature": 0} | fields


def formatted(schema: Any) -> dict[str, Any]:
    return {"response_format": {"type": "json_schema", "json_schema": {"name": "answer", "schema": schema}}}


def test_answers_match_their_schemas_and_other_schemas_are_refused(worker: ModelWorker):
    """An answer that max_tokens cuts off is as good as its beginning: nothing can be said of it."""
    complete = 0
    for name, (schema, pointer) in SCHEMAS.items():
        responses = worker.responses(CHAT, chat("Anna is 31. Fill in the form.", max_tokens=60, **formatted(schema)))
        if pointer:
            error = responses[-1].error
            assert (error.status, error.code) == (400, "unsupported_schema"), name
            assert error.param == f"/response_format/json_schema/schema{pointer}", name
            continue
        assert not responses[-1].HasField("error"), (name, responses[-1].error)
        choice = json.loads(responses[-1].event)["choices"][0]
        if choice["finish_reason"] == "stop":
            complete += 1
            answer = json.loads(choice["message"]["content"])
            jsonschema.validate(answer, schema, format_checker=jsonschema.FormatChecker())
    assert complete >= 25


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
    bad = {"type": "function", "function": {"name": "f", "parameters": {"type": "object", "not": {}}}}
    error = worker.error(CHAT, chat("hi", tools=[WEATHER, bad], tool_choice="required"))
    assert (error.status, error.param) == (400, "/tools/1/function/parameters/not")


def test_a_call_that_max_tokens_cuts_off_is_an_error_and_no_call(worker: ModelWorker):
    error = worker.error(CHAT, chat("hi", tools=[WEATHER], tool_choice="required", max_tokens=3))
    assert (error.status, error.code) == (400, "tool_call_incomplete")


def test_a_strict_tool_is_called_with_arguments_of_its_schema_or_not_at_all(worker: ModelWorker):
    parameters = {
        "$defs": {"place": {"type": "object", "properties": {"code": {"enum": ["FR", "DE"]}}, "required": ["code"]}},
        "type": "object",
        "properties": {"place": {"$ref": "#/$defs/place"}, "days": {"type": "integer", "minimum": 1, "maximum": 9}},
        "required": ["place", "days"],
        "additionalProperties": False,
    }
    tool = {"type": "function", "function": {"name": "trip", "strict": True, "parameters": parameters}}
    for choice in ("required", "auto"):
        body = chat("Plan a trip to France.", tools=[tool], tool_choice=choice, parallel_tool_calls=False)
        message = worker.answer(CHAT, body)["choices"][0]["message"]
        assert choice == "auto" or len(message["tool_calls"]) == 1
        for call in message.get("tool_calls", []):
            jsonschema.validate(json.loads(call["function"]["arguments"]), parameters)
