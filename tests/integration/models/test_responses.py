"""`/v1/responses` with OpenAI's official client."""

import json

import openai
import pytest

from harness.servers.openai_upstream import OpenAIUpstream, Script
from harness.services.gateway import Gateway

FUNCTION = {"type": "function", "name": "weather", "parameters": {"type": "object", "properties": {}}, "strict": False}


async def test_a_response(client: openai.AsyncOpenAI, upstream: OpenAIUpstream):
    response = await client.responses.create(
        model="small", instructions="be brief", input="hello", max_output_tokens=50, metadata={"a": "b"}
    )
    assert response.output_text == "Hello"
    assert response.status == "completed"
    assert response.usage is not None and response.usage.total_tokens == 18
    assert (response.instructions, response.metadata, response.max_output_tokens) == ("be brief", {"a": "b"}, 50)
    sent = upstream.received[0].body
    assert sent["messages"] == [{"role": "system", "content": "be brief"}, {"role": "user", "content": "hello"}]
    assert sent["max_tokens"] == 50


async def test_its_events_are_those_of_open_responses(client: openai.AsyncOpenAI, upstream: OpenAIUpstream):
    upstream.script(Script(reasoning="hmm"))
    stream = await client.responses.create(model="small", input="hello", stream=True)
    events = [event async for event in stream]
    assert [event.type.removeprefix("response.") for event in events] == [
        "created", "in_progress",
        "output_item.added", "content_part.added", "reasoning_text.delta", "reasoning_text.done", "content_part.done",
        "output_item.done",
        "output_item.added", "content_part.added", "output_text.delta", "output_text.delta", "output_text.done",
        "content_part.done", "output_item.done",
        "completed",
    ]  # fmt: skip
    assert [event.sequence_number for event in events] == list(range(len(events)))
    assert events[-1].response.output_text == "Hello"
    assert events[-1].response.usage.output_tokens == 7


async def test_the_official_stream_helper(client: openai.AsyncOpenAI):
    async with client.responses.stream(model="small", input="hello") as stream:
        final = await stream.get_final_response()
    assert final.output_text == "Hello"


async def test_functions_streamed_and_a_second_turn_with_items(client: openai.AsyncOpenAI, upstream: OpenAIUpstream):
    calls = [{"name": "weather", "arguments": ['{"city":', '"Rom"}']}]
    upstream.script(Script(text=(), finish="tool_calls", tool_calls=calls))
    stream = await client.responses.create(model="small", input="hello", tools=[FUNCTION], stream=True)
    events = [event async for event in stream]
    done = next(event for event in events if event.type == "response.function_call_arguments.done")
    assert json.loads(done.arguments) == {"city": "Rom"}
    item = events[-1].response.output[0]
    upstream.script(Script())
    turns = [
        {"role": "user", "content": [{"type": "input_text", "text": "hello"}]},
        {"type": "reasoning", "id": "rs_1", "summary": [], "content": [{"type": "reasoning_text", "text": "hmm"}]},
        item.model_dump(),
        {"type": "function_call_output", "call_id": item.call_id, "output": "sun"},
    ]
    response = await client.responses.create(model="small", input=turns, tools=[FUNCTION], tool_choice="auto")
    assert response.output_text == "Hello"
    sent = upstream.received[-1].body["messages"]
    assert [message["role"] for message in sent] == ["user", "assistant", "tool"]
    assert sent[1]["reasoning_content"] == "hmm"
    assert sent[1]["tool_calls"][0]["id"] == sent[2]["tool_call_id"] == item.call_id


@pytest.mark.parametrize("stream", [False, True])
async def test_custom_tools_get_text(gateway: Gateway, upstream: OpenAIUpstream, stream: bool):
    upstream.script(
        Script(text=(), finish="tool_calls", tool_calls=[{"name": "patch", "arguments": ['{"input": "+', 'x"}']}])
    )
    body = {"model": "small", "input": "go", "tools": [{"type": "custom", "name": "patch"}], "stream": stream}
    answer = await gateway.client.post("/v1/responses", json=body)
    assert upstream.received[0].body["tools"][0]["function"]["parameters"]["required"] == ["input"]
    if stream:
        lines = [line[6:] for line in answer.text.splitlines() if line.startswith("data: ")]
        response = json.loads(lines[-1])["response"]
    else:
        response = answer.json()
    assert (response["output"][0]["type"], response["output"][0]["input"]) == ("custom_tool_call", "+x")


async def test_structured_output(client: openai.AsyncOpenAI, upstream: OpenAIUpstream):
    wanted = {"type": "json_schema", "name": "city", "schema": {"type": "object"}, "strict": True}
    upstream.script(Script(text=("{}",)))
    await client.responses.create(model="small", input="x", text={"format": wanted}, reasoning={"effort": "low"})
    sent = upstream.received[0].body
    schema = {"name": "city", "schema": {"type": "object"}, "strict": True}
    assert sent["response_format"] == {"type": "json_schema", "json_schema": schema}
    assert sent["reasoning_effort"] == "low"


async def test_a_response_that_was_cut_is_incomplete(client: openai.AsyncOpenAI, upstream: OpenAIUpstream):
    upstream.script(Script(finish="length"))
    response = await client.responses.create(model="small", input="x")
    assert response.status == "incomplete"
    assert response.incomplete_details is not None and response.incomplete_details.reason == "max_output_tokens"


@pytest.mark.parametrize(
    ("more", "param"),
    [
        ({"conversation": "conv_1"}, "conversation"),
        ({"store": "yes"}, "store"),
        ({"background": True}, "background"),
        ({"tools": [{"type": "web_search"}]}, "tools.0"),
        ({"input": [{"type": "image_generation_call"}]}, "input.0"),
        ({"input": 3}, "input"),
    ],
)
async def test_what_is_not_supported_is_refused_by_name(gateway: Gateway, more: dict, param: str):
    answer = await gateway.client.post("/v1/responses", json={"model": "small", "input": "x"} | more)
    assert answer.status_code == 400
    assert answer.json()["error"]["param"] == param


async def test_a_stream_that_breaks_off_has_failed(client: openai.AsyncOpenAI, upstream: OpenAIUpstream):
    upstream.script(Script(text=("a", "b", "c"), reset_after=2))
    stream = await client.responses.create(model="small", input="hello", stream=True)
    events = [event async for event in stream]
    assert events[-1].type == "response.failed"
    assert events[-1].response.error.message
