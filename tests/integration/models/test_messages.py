"""`/v1/messages` with Anthropic's official client, unchanged."""

from collections.abc import AsyncIterator

import anthropic
import pytest

from harness.servers.openai_upstream import USAGE, OpenAIUpstream, Script
from harness.services.gateway import Gateway

HELLO = [{"role": "user", "content": "hello"}]
TOOL = {"name": "weather", "description": "of a city", "input_schema": {"type": "object", "properties": {}}}
PIXEL = "iVBORw0KGgo="


@pytest.fixture
async def claude(gateway: Gateway) -> AsyncIterator[anthropic.AsyncAnthropic]:
    async with anthropic.AsyncAnthropic(base_url=gateway.url, api_key="none") as made:
        yield made


async def test_a_message(claude: anthropic.AsyncAnthropic, upstream: OpenAIUpstream):
    upstream.script(Script(usage=USAGE | {"prompt_tokens_details": {"cached_tokens": 4}}))
    message = await claude.messages.create(
        model="small",
        max_tokens=50,
        system="be brief",
        messages=HELLO,
        stop_sequences=["END"],
        extra_body={"temperature": 0.1},
    )
    assert message.content[0].text == "Hello"
    assert message.stop_reason == "end_turn"
    assert message.model == "small"
    assert (message.usage.input_tokens, message.usage.cache_read_input_tokens) == (7, 4)
    assert message.usage.output_tokens == 7
    sent = upstream.received[0].body
    assert sent["messages"] == [{"role": "system", "content": "be brief"}, *HELLO]
    assert (sent["max_tokens"], sent["stop"], sent["temperature"]) == (50, ["END"], 0.1)


async def test_a_streamed_message(claude: anthropic.AsyncAnthropic, upstream: OpenAIUpstream):
    upstream.script(Script(finish="length", reasoning="hmm"))
    async with claude.messages.stream(model="small", max_tokens=50, messages=HELLO) as stream:
        texts = [text async for text in stream.text_stream]
        final = await stream.get_final_message()
    assert texts == ["Hel", "lo"]
    assert [block.type for block in final.content] == ["thinking", "text"]
    assert final.content[0].thinking == "hmm"
    assert final.stop_reason == "max_tokens"
    assert final.usage.output_tokens == 7


async def test_tools_streamed_and_their_results(claude: anthropic.AsyncAnthropic, upstream: OpenAIUpstream):
    calls = [{"name": "weather", "arguments": ['{"city":', '"Rom"}']}, {"name": "time", "arguments": ["{}"]}]
    upstream.script(Script(text=("I ask",), finish="tool_calls", tool_calls=calls))
    options = {"model": "small", "max_tokens": 50, "tools": [TOOL], "tool_choice": {"type": "any"}}
    async with claude.messages.stream(messages=HELLO, **options) as stream:
        final = await stream.get_final_message()
    assert [block.type for block in final.content] == ["text", "tool_use", "tool_use"]
    assert final.content[1].input == {"city": "Rom"}
    assert final.stop_reason == "tool_use"
    upstream.script(Script())
    result = {"type": "tool_result", "tool_use_id": final.content[1].id, "content": [{"type": "text", "text": "sun"}]}
    spoken = [block.model_dump(exclude_none=True) for block in final.content]
    turns = [*HELLO, {"role": "assistant", "content": spoken}, {"role": "user", "content": [result]}]
    await claude.messages.create(messages=turns, **options | {"tool_choice": {"type": "auto"}})
    sent = upstream.received[-1].body
    assert upstream.received[0].body["tool_choice"] == "required"
    assert sent["tools"][0]["function"]["parameters"] == TOOL["input_schema"]
    assert sent["messages"][1]["tool_calls"][0]["function"] == {"name": "weather", "arguments": '{"city": "Rom"}'}
    assert sent["messages"][2] == {"role": "tool", "tool_call_id": final.content[1].id, "content": "sun"}


async def test_images(claude: anthropic.AsyncAnthropic, upstream: OpenAIUpstream):
    image = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PIXEL}}
    content = [image, {"type": "text", "text": "what is it?"}]
    await claude.messages.create(model="small", max_tokens=5, messages=[{"role": "user", "content": content}])
    parts = upstream.received[0].body["messages"][0]["content"]
    assert parts[0] == {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PIXEL}"}}


async def test_counting_tokens_also_as_claude_code_does(claude: anthropic.AsyncAnthropic, gateway: Gateway):
    counted = await claude.messages.count_tokens(model="small", messages=HELLO, tools=[TOOL])
    assert counted.input_tokens > 0
    body = {"model": "small", "messages": HELLO}
    answer = await gateway.client.post("/v1/messages/count_tokens?beta=true", json=body)
    assert 0 < answer.json()["input_tokens"] < counted.input_tokens
    assert (await gateway.client.post("/v1/messages?beta=true", json=body | {"max_tokens": 5})).status_code == 200


async def test_errors_are_anthropics(claude: anthropic.AsyncAnthropic, upstream: OpenAIUpstream):
    with pytest.raises(anthropic.NotFoundError) as missing:
        await claude.messages.create(model="none", max_tokens=5, messages=HELLO)
    assert missing.value.body["error"]["type"] == "not_found_error"
    parts = [{"type": "document", "source": {"type": "text", "data": "x", "media_type": "text/plain"}}]
    with pytest.raises(anthropic.BadRequestError, match="document"):
        await claude.messages.create(model="small", max_tokens=5, messages=[{"role": "user", "content": parts}])
    upstream.script(Script(status=400, error={"error": {"message": "too long", "type": "x"}}))
    with pytest.raises(anthropic.BadRequestError, match="too long"):
        await claude.messages.create(model="small", max_tokens=5, messages=HELLO)


async def test_a_stream_that_breaks_off_says_so(claude: anthropic.AsyncAnthropic, upstream: OpenAIUpstream):
    upstream.script(Script(text=("a", "b", "c"), reset_after=2))
    async with claude.messages.stream(model="small", max_tokens=5, messages=HELLO) as stream:
        with pytest.raises(anthropic.APIError):
            await stream.get_final_message()
