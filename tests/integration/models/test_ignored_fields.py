"""Fields that an upstream ignores, or reads in its own way, mean to clients what they mean at OpenAI."""

import json

import openai
import pytest

from harness.servers.openai_upstream import OpenAIUpstream, Script
from harness.services.gateway import Gateway

HELLO = [{"role": "user", "content": "What is the weather in Rome?"}]
CITY = {"type": "object", "properties": {"city": {"$ref": "#/$defs/name"}}, "$defs": {"name": {"type": "string"}}}
WEATHER = {"type": "function", "function": {"name": "weather", "parameters": CITY}}
NOW = {"type": "function", "function": {"name": "now", "description": "The time"}}
NAMED = {"type": "function", "function": {"name": "weather"}}
CALL = ('{"na', 'me": "weather", "argu', 'ments": {"city": "Rome', ' {old}"', "}", "}")


@pytest.fixture
def models_toml(upstream: OpenAIUpstream) -> str:
    return f"""
    [models.small]
    upstreams = [{{ url = "{upstream.url}" }}]
    [models.schema]
    upstreams = [{{ url = "{upstream.url}", tool_choice = "schema" }}]
    [models.thinking]
    upstreams = [{{ url = "{upstream.url}", reasoning_field = "reasoning" }}]
    """


class TestToolCallsBySchema:
    @pytest.mark.parametrize("choice", ["required", NAMED])
    async def test_the_upstream_gets_a_schema_of_the_call(
        self, client: openai.AsyncOpenAI, upstream: OpenAIUpstream, choice: object
    ):
        upstream.script(Script(text=CALL))
        await client.chat.completions.create(model="schema", messages=HELLO, tools=[WEATHER, NOW], tool_choice=choice)
        body = upstream.received[0].body
        assert body.keys().isdisjoint({"tools", "tool_choice"})
        schema = body["response_format"]["json_schema"]["schema"]
        calls = schema.get("anyOf", [schema])
        names = [one["properties"]["name"]["const"] for one in calls]
        assert names == (["weather", "now"] if choice == "required" else ["weather"])
        assert calls[0]["properties"]["arguments"] == {"$ref": "#/$defs/arguments_0"}
        city = schema["$defs"]["arguments_0"]["properties"]["city"]
        assert city == {"$ref": "#/$defs/arguments_0/$defs/name"}
        assert body["messages"][0]["role"] == "system"
        assert "weather" in body["messages"][0]["content"]

    async def test_a_whole_answer_is_a_call(self, client: openai.AsyncOpenAI, upstream: OpenAIUpstream):
        upstream.script(Script(text=CALL))
        answer = await client.chat.completions.create(
            model="schema", messages=HELLO, tools=[WEATHER], tool_choice="required"
        )
        choice = answer.choices[0]
        assert choice.finish_reason == "tool_calls"
        assert choice.message.content is None
        [call] = choice.message.tool_calls or []
        assert (call.id[:5], call.function.name) == ("call_", "weather")
        assert json.loads(call.function.arguments) == {"city": "Rome {old}"}

    async def test_a_stream_has_the_parts_of_the_call(self, client: openai.AsyncOpenAI, upstream: OpenAIUpstream):
        upstream.script(Script(text=CALL))
        stream = await client.chat.completions.create(
            model="schema", messages=HELLO, tools=[WEATHER], tool_choice="required", stream=True
        )
        choices = [one async for chunk in stream for one in chunk.choices]
        calls = [call for one in choices for call in one.delta.tool_calls or []]
        assert not any(one.delta.content for one in choices)
        assert [call.function.name for call in calls if call.function.name] == ["weather"]
        assert len(calls) > 2
        arguments = "".join(call.function.arguments or "" for call in calls)
        assert json.loads(arguments) == {"city": "Rome {old}"}
        assert [one.finish_reason for one in choices if one.finish_reason] == ["tool_calls"]

    async def test_a_call_that_is_cut_ends_with_length(self, client: openai.AsyncOpenAI, upstream: OpenAIUpstream):
        upstream.script(Script(text=CALL[:3], finish="length"))
        answer = await client.chat.completions.create(
            model="schema", messages=HELLO, tools=[WEATHER], tool_choice="required"
        )
        assert answer.choices[0].finish_reason == "length"
        [call] = answer.choices[0].message.tool_calls or []
        assert call.function.arguments == '{"city": "Rome'

    @pytest.mark.parametrize("stream", [False, True])
    async def test_what_is_no_call_is_an_error(self, client: openai.AsyncOpenAI, stream: bool):
        with pytest.raises(openai.BadRequestError, match="ignored") as refused:
            await client.chat.completions.create(
                model="schema", messages=HELLO, tools=[WEATHER], tool_choice="required", stream=stream
            )
        assert refused.value.param == "tool_choice"

    async def test_a_request_that_demands_no_call_is_passed_on(
        self, client: openai.AsyncOpenAI, upstream: OpenAIUpstream
    ):
        await client.chat.completions.create(model="schema", messages=HELLO, tools=[WEATHER], tool_choice="auto")
        assert upstream.received[0].body["tools"] == [WEATHER]

    async def test_other_apis_have_their_calls_too(self, gateway: Gateway, upstream: OpenAIUpstream):
        upstream.script(Script(text=CALL))
        tool = {"name": "weather", "input_schema": CITY}
        body = {"model": "schema", "messages": HELLO, "max_tokens": 9, "tools": [tool], "tool_choice": {"type": "any"}}
        answer = (await gateway.client.post("/v1/messages", json=body)).json()
        assert answer["stop_reason"] == "tool_use"
        assert [block["input"] for block in answer["content"]] == [{"city": "Rome {old}"}]


class TestUsageOfStreams:
    @pytest.mark.parametrize(
        "script", [Script(usage_with_choices=True), Script(usage=None)], ids=["with the last text", "nowhere"]
    )
    async def test_it_comes_in_a_chunk_of_its_own(
        self, client: openai.AsyncOpenAI, upstream: OpenAIUpstream, script: Script
    ):
        upstream.script(script)
        stream = await client.chat.completions.create(
            model="small", messages=HELLO, stream=True, stream_options={"include_usage": True}
        )
        chunks = [chunk async for chunk in stream]
        assert chunks[-1].choices == []
        assert chunks[-1].usage and chunks[-1].usage.total_tokens > 1
        assert chunks[-1].id == chunks[0].id
        assert chunks[-1].model == "small"


async def echoed(client: openai.AsyncOpenAI, *, stream: bool) -> str:
    """The text of a completion that repeats its prompt."""
    answer = await client.completions.create(model="small", prompt="Say: ", echo=True, stream=stream)
    if stream:
        return "".join([one.text async for chunk in answer for one in chunk.choices])
    return answer.choices[0].text


class TestEcho:
    @pytest.mark.parametrize("stream", [False, True])
    async def test_the_prompt_comes_before_the_text(
        self, client: openai.AsyncOpenAI, upstream: OpenAIUpstream, stream: bool
    ):
        assert await echoed(client, stream=stream) == "Say: Hello"

    @pytest.mark.parametrize("stream", [False, True])
    async def test_an_upstream_that_echoes_is_left_alone(
        self, client: openai.AsyncOpenAI, upstream: OpenAIUpstream, stream: bool
    ):
        upstream.script(Script(text=("Say", ": ", "Hello")))
        assert await echoed(client, stream=stream) == "Say: Hello"


class TestDimensions:
    @pytest.mark.parametrize("encoding", ["float", "base64"])
    async def test_vectors_of_another_length_are_an_error(self, client: openai.AsyncOpenAI, encoding: str):
        with pytest.raises(openai.BadRequestError, match="3 numbers") as refused:
            await client.embeddings.create(model="small", input="x", dimensions=2, encoding_format=encoding)
        assert refused.value.param == "dimensions"

    @pytest.mark.parametrize("encoding", ["float", "base64"])
    async def test_vectors_of_this_length_pass(self, client: openai.AsyncOpenAI, encoding: str):
        await client.embeddings.create(model="small", input="x", dimensions=3, encoding_format=encoding)


class TestReasoning:
    async def test_that_of_earlier_answers_has_the_name_that_the_upstream_knows(
        self, client: openai.AsyncOpenAI, upstream: OpenAIUpstream
    ):
        turn = {"role": "assistant", "content": "Sunny.", "reasoning_content": "It is June."}
        await client.chat.completions.create(model="thinking", messages=[*HELLO, turn, *HELLO])
        await client.chat.completions.create(model="small", messages=[*HELLO, turn, *HELLO])
        named, same = (one.body["messages"][1] for one in upstream.received)
        assert named == {"role": "assistant", "content": "Sunny.", "reasoning": "It is June."}
        assert same == turn


async def test_a_kept_connection_that_is_closed_is_replaced_at_the_only_upstream(
    client: openai.AsyncOpenAI, upstream: OpenAIUpstream
):
    upstream.script(Script(), Script(reset_after=0), Script())
    for _ in range(2):
        answer = await client.chat.completions.create(model="small", messages=HELLO)
        assert answer.choices[0].message.content == "Hello"
    assert len(upstream.received) == 3
