"""The compliance cases of Open Responses (openresponses.org), in their own words, against a scripted upstream."""

import pytest

from harness.servers.openai_upstream import OpenAIUpstream, Script
from harness.services.gateway import Gateway
from tests.conformance.models.areas.responses import ASKED, REQUIRED, WEATHER, text_of
from tests.conformance.models.server import ModelServer, ok, streamed

CALL = Script(
    text=(), finish="tool_calls", tool_calls=[{"name": "get_weather", "arguments": ['{"location":', '"SF"}']}]
)
IMAGE = "data:image/png;base64,iVBORw0KGgo="


@pytest.fixture
async def server(gateway: Gateway):
    made = ModelServer(gateway.url, "small")
    yield made
    await made.close()


def turn(role: str, content: object) -> dict:
    return {"type": "message", "role": role, "content": content}


@pytest.mark.parametrize(
    "given",
    [
        pytest.param([turn("user", "Say hello in exactly 3 words.")], id="basic"),
        pytest.param([turn("system", "You are a pirate."), turn("user", "Say hello.")], id="system prompt"),
        pytest.param(
            [turn("user", "My name is Alice."), turn("assistant", "Hello Alice!"), turn("user", "What is my name?")],
            id="several turns",
        ),
        pytest.param(
            [
                turn(
                    "user",
                    [{"type": "input_text", "text": "What is it?"}, {"type": "input_image", "image_url": IMAGE}],
                )
            ],
            id="image",
        ),
    ],
)
async def test_it_has_output_and_is_completed(server: ModelServer, upstream: OpenAIUpstream, given: list[dict]):
    body = ok(await server.respond(input=given))
    assert set(REQUIRED) <= body.keys()
    assert body["status"] == "completed" and text_of(body) == "Hello"
    assert len(upstream.received[0].body["messages"]) == len(given)


async def test_a_stream_ends_with_the_response(server: ModelServer):
    found = streamed(await server.respond(input=[turn("user", "Count from 1 to 5.")], stream=True))
    assert found[-1]["type"] == "response.completed"
    assert set(REQUIRED) <= found[-1]["response"].keys()


async def test_a_function_call(server: ModelServer, upstream: OpenAIUpstream):
    upstream.script(CALL)
    body = ok(await server.respond(input=ASKED, tools=[WEATHER]))
    assert [item["type"] for item in body["output"]] == ["function_call"]
    assert {"type", "name", "description", "parameters", "strict"} <= body["tools"][0].keys()


async def test_a_streamed_function_call(server: ModelServer, upstream: OpenAIUpstream):
    upstream.script(CALL)
    found = streamed(await server.respond(input=ASKED, tools=[WEATHER], stream=True))
    kinds = [one["type"].removeprefix("response.") for one in found]
    assert kinds == [
        "created", "in_progress", "output_item.added", "function_call_arguments.delta",
        "function_call_arguments.delta", "function_call_arguments.done", "output_item.done", "completed",
    ]  # fmt: skip
    items = [one["item"]["type"] for one in found if "item" in one]
    assert items == ["function_call", "function_call"]
