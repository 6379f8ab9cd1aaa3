"""Upstreams that ignore what a request demands are found out by their answers, whatever the model table says."""

import json

import httpx
import openai
import pytest

from harness.servers.openai_upstream import OpenAIUpstream, Script
from harness.services.gateway import Gateway

HELLO = [{"role": "user", "content": "What is the weather in Rome?"}]
CITY = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
WEATHER = {"type": "function", "function": {"name": "weather", "parameters": CITY}}
NOW = {"type": "function", "function": {"name": "now"}}
NAMED = {"type": "function", "function": {"name": "weather"}}
FORMAT = {"type": "json_schema", "json_schema": {"name": "x", "schema": CITY}}
CALLED = [{"name": "weather", "arguments": ['{"city": ', '"Rome"}']}]
OTHER = [{"name": "now", "arguments": ["{}"]}]
TEXT_CALL = ('{"name": "weather", "argu', 'ments": {"city": "Rome"}}')
JSON = ('{"city": ', '"Rome"}')
STREAMED = pytest.mark.parametrize("stream", [False, True])


@pytest.fixture
def models_toml(upstream: OpenAIUpstream) -> str:
    return f"""
    [models.small]
    upstreams = [{{ url = "{upstream.url}" }}]
    [models.two]
    upstreams = [{{ url = "{upstream.url}", model = "prose" }}, {{ url = "{upstream.url}", model = "json" }}]
    """


def enforces_schemas(body: dict) -> Script:
    """As llama.cpp does with models that know no tools."""
    if (body.get("response_format") or {}).get("type") == "json_schema":
        schema = body["response_format"]["json_schema"]["schema"]
        return Script(text=TEXT_CALL if "name" in schema["properties"] else JSON)
    return Script(text=("It is ", "sunny."))


async def ask(client: openai.AsyncOpenAI, *, stream: bool, model: str = "small", **fields: object) -> dict:
    """The text, the calls by name, and why the answer ended."""
    if not stream:
        choice = (await client.chat.completions.create(model=model, messages=HELLO, **fields)).choices[0]
        calls = {one.function.name: one.function.arguments for one in choice.message.tool_calls or ()}
        return {"text": choice.message.content or "", "calls": calls, "finish": choice.finish_reason}
    found: dict = {"text": "", "calls": {}, "finish": None}
    names: dict[int, str] = {}
    async for chunk in await client.chat.completions.create(model=model, messages=HELLO, stream=True, **fields):
        for choice in chunk.choices:
            found["text"] += choice.delta.content or ""
            found["finish"] = choice.finish_reason or found["finish"]
            for call in choice.delta.tool_calls or ():
                name = names.setdefault(call.index, call.function.name or "")
                found["calls"][name] = found["calls"].get(name, "") + (call.function.arguments or "")
    return found


@STREAMED
@pytest.mark.parametrize("choice", ["required", NAMED])
async def test_a_tool_call_that_was_not_made_is_asked_for_by_a_schema(
    client: openai.AsyncOpenAI, gateway: Gateway, upstream: OpenAIUpstream, stream: bool, choice: object
):
    upstream.answer = enforces_schemas
    for _ in range(2):
        answer = await ask(client, stream=stream, tools=[WEATHER], tool_choice=choice)
        assert answer["text"] == ""
        assert json.loads(answer["calls"]["weather"]) == {"city": "Rome"}
        assert answer["finish"] == "tool_calls"
    asked = ["tool_choice" if "tool_choice" in one.body else "schema" for one in upstream.received]
    assert asked == ["tool_choice", "schema", "schema"]
    rows = (await gateway.client.get("/gateway/usage")).json()["rows"]
    assert [(one["requests"], one["source"]) for one in rows] == [(3, "upstream")]


@STREAMED
async def test_the_call_of_another_tool_is_not_the_one_that_was_demanded(
    client: openai.AsyncOpenAI, upstream: OpenAIUpstream, stream: bool
):
    upstream.script(Script(text=(), tool_calls=OTHER), Script(text=TEXT_CALL))
    answer = await ask(client, stream=stream, tools=[WEATHER, NOW], tool_choice=NAMED)
    assert json.loads(answer["calls"]["weather"]) == {"city": "Rome"}


@STREAMED
async def test_an_upstream_that_enforces_nothing_is_an_error_and_not_asked_again(
    client: openai.AsyncOpenAI, upstream: OpenAIUpstream, stream: bool
):
    for _ in range(2):
        with pytest.raises(openai.BadRequestError) as refused:
            await ask(client, stream=stream, tools=[WEATHER], tool_choice="required")
        assert (refused.value.param, refused.value.code) == ("tool_choice", "unsupported_parameter")
    assert len(upstream.received) == 2


@STREAMED
async def test_calls_that_are_made_as_demanded_pass(client: openai.AsyncOpenAI, upstream: OpenAIUpstream, stream: bool):
    upstream.script(Script(text=(), tool_calls=CALLED, finish="stop"))
    for _ in range(2):
        answer = await ask(client, stream=stream, tools=[WEATHER], tool_choice="required")
        assert json.loads(answer["calls"]["weather"]) == {"city": "Rome"}
    assert len(upstream.received) == 2


@STREAMED
async def test_an_answer_that_was_cut_broke_no_demand(
    client: openai.AsyncOpenAI, upstream: OpenAIUpstream, stream: bool
):
    upstream.script(Script(text=('{"ci',), finish="length"))
    assert (await ask(client, stream=stream, tools=[WEATHER], tool_choice="required"))["finish"] == "length"
    assert (await ask(client, stream=stream, response_format=FORMAT))["text"] == '{"ci'
    assert len(upstream.received) == 2


@STREAMED
async def test_prose_that_was_cut_is_no_call_either(client: openai.AsyncOpenAI, upstream: OpenAIUpstream, stream: bool):
    upstream.script(Script(finish="length"), Script(text=TEXT_CALL))
    answer = await ask(client, stream=stream, tools=[WEATHER], tool_choice="required")
    assert json.loads(answer["calls"]["weather"]) == {"city": "Rome"}


@STREAMED
async def test_a_call_that_was_forbidden_is_not_made(
    client: openai.AsyncOpenAI, upstream: OpenAIUpstream, stream: bool
):
    upstream.answer = lambda body: Script(text=(), tool_calls=CALLED) if "tools" in body else Script()
    for _ in range(2):
        answer = await ask(client, stream=stream, tools=[WEATHER], tool_choice="none")
        assert (answer["text"], answer["calls"]) == ("Hello", {})
    assert ["tools" in one.body for one in upstream.received] == [True, False, False]


@STREAMED
@pytest.mark.parametrize("text", [("Sure: ", *JSON), ("```json\n", *JSON), ('{"town": ', '"Rome"}'), ("[1, ", "2]")])
async def test_prose_in_place_of_json_is_an_error(
    client: openai.AsyncOpenAI, upstream: OpenAIUpstream, stream: bool, text: tuple[str, ...]
):
    upstream.script(Script(text=text))
    with pytest.raises(openai.APIError) as refused:
        await ask(client, stream=stream, response_format=FORMAT)
    assert refused.value.param == "response_format"
    with pytest.raises(openai.BadRequestError, match="structured output"):
        await ask(client, stream=stream, response_format=FORMAT)
    assert (await ask(client, stream=stream))["text"] == "".join(text)
    assert len(upstream.received) == 2


@STREAMED
async def test_json_as_demanded_passes(client: openai.AsyncOpenAI, upstream: OpenAIUpstream, stream: bool):
    upstream.script(Script(text=JSON))
    assert (await ask(client, stream=stream, response_format=FORMAT))["text"] == "".join(JSON)
    assert (await ask(client, stream=stream, response_format={"type": "json_object"}))["text"] == "".join(JSON)


@STREAMED
async def test_another_upstream_that_enforces_schemas_is_asked(
    client: openai.AsyncOpenAI, upstream: OpenAIUpstream, stream: bool
):
    upstream.answer = lambda body: Script(text=JSON if body["model"] == "json" else ("Sunny.",))
    for _ in range(2):
        assert (await ask(client, stream=stream, model="two", response_format=FORMAT))["text"] == "".join(JSON)
    assert (await ask(client, stream=stream, model="two"))["text"] == "Sunny."
    assert [one.body["model"] for one in upstream.received] == ["prose", "json", "json", "prose"]


@STREAMED
async def test_arguments_of_a_strict_tool_have_to_fit(
    client: openai.AsyncOpenAI, upstream: OpenAIUpstream, stream: bool
):
    strict = {"type": "function", "function": {"name": "weather", "parameters": CITY, "strict": True}}
    upstream.script(Script(text=(), tool_calls=[{"name": "weather", "arguments": ['{"town": 1}']}]))
    with pytest.raises(openai.APIError) as refused:
        await ask(client, stream=stream, tools=[strict])
    assert refused.value.param == "tools"


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/messages", {"max_tokens": 9, "tools": [{"name": "weather", "input_schema": CITY}],
                          "tool_choice": {"type": "any"}, "messages": HELLO}),
        ("/v1/responses", {"tools": [{"type": "function", "name": "weather", "parameters": CITY}],
                           "tool_choice": "required", "input": HELLO}),
    ],
)  # fmt: skip
@STREAMED
async def test_other_apis_get_the_call_too(
    gateway: Gateway, upstream: OpenAIUpstream, path: str, body: dict, stream: bool
):
    upstream.answer = enforces_schemas
    async with httpx.AsyncClient(base_url=gateway.url, timeout=60) as client:
        answer = await client.post(path, json=body | {"model": "small", "stream": stream})
    assert answer.status_code == 200
    assert "sunny" not in answer.text
    assert "weather" in answer.text and "Rome" in answer.text
