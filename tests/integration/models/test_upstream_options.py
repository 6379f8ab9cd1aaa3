"""What the model table says of an upstream: structured output, the name of the limit, its tokenizer, its context."""

import openai
import pytest

from harness.servers.openai_upstream import OpenAIUpstream, Script
from harness.services.gateway import Gateway

HELLO = [{"role": "user", "content": "hello"}]
WANTED = {"type": "json_schema", "json_schema": {"name": "x", "schema": {"type": "object"}}}
STRICT = [{"type": "function", "function": {"name": "f", "strict": True, "parameters": {"type": "object"}}}]
TOOLS = [{"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}]
NAMED = {"type": "function", "function": {"name": "f"}}
REQUIRED = {"mode": "required", "tools": [NAMED]}
TOO_LONG = Script(
    status=400,
    error={"error": {"message": "5000 tokens are more than 4096", "type": "x", "code": "context_length_exceeded"}},
)


@pytest.fixture
def models_toml(upstream: OpenAIUpstream) -> str:
    url = f"url = '{upstream.url}'"
    return f"""
    [models.prose]
    upstreams = [{{ {url}, model = "prose", structured_output = false }}]
    [models.free]
    upstreams = [{{ {url}, tool_choice = false }}]
    [models.forced]
    upstreams = [{{ {url}, model = "free", tool_choice = false }}, {{ {url}, model = "forced" }}]
    [models.mixed]
    upstreams = [{{ {url}, model = "prose", structured_output = false }}, {{ {url}, model = "strict" }}]
    [models.newer]
    upstreams = [{{ {url}, max_tokens_field = "max_completion_tokens" }}]
    [models.older]
    upstreams = [{{ {url}, max_tokens_field = "max_tokens" }}]
    [models.counting]
    upstreams = [{{ {url}, tokenize = true }}]
    [models.short]
    upstreams = [{{ {url} }}]
    context_length = 4096
    fallbacks = ["shorter", "long"]
    [models.shorter]
    upstreams = [{{ {url} }}]
    context_length = 2048
    [models.long]
    upstreams = [{{ {url} }}]
    context_length = 32768
    """


@pytest.mark.parametrize("fields", [{"response_format": WANTED}, {"tools": STRICT}])
async def test_structured_output_that_no_upstream_enforces_is_refused(
    client: openai.AsyncOpenAI, upstream: OpenAIUpstream, fields: dict
):
    with pytest.raises(openai.BadRequestError, match="structured output") as refused:
        await client.chat.completions.create(model="prose", messages=HELLO, **fields)
    assert refused.value.param == next(iter(fields))
    assert not upstream.received


async def test_structured_output_goes_to_the_upstream_that_enforces_it(
    client: openai.AsyncOpenAI, upstream: OpenAIUpstream
):
    upstream.script(Script(text=("{}",)))
    await client.chat.completions.create(model="mixed", messages=HELLO, response_format=WANTED)
    await client.chat.completions.create(model="mixed", messages=HELLO)
    assert [one.body["model"] for one in upstream.received] == ["strict", "prose"]


@pytest.mark.parametrize("choice", ["required", NAMED, {"type": "allowed_tools", "allowed_tools": REQUIRED}])
async def test_a_call_of_a_tool_that_no_upstream_enforces_is_refused(
    client: openai.AsyncOpenAI, upstream: OpenAIUpstream, choice: object
):
    with pytest.raises(openai.BadRequestError, match="call of a tool") as refused:
        await client.chat.completions.create(model="free", messages=HELLO, tools=TOOLS, tool_choice=choice)
    assert (refused.value.param, refused.value.code) == ("tool_choice", "unsupported_parameter")
    assert not upstream.received


@pytest.mark.parametrize(("choice", "passed"), [("auto", {"tools", "tool_choice"}), ("none", set())])
async def test_an_upstream_that_ignores_choices_gets_no_tools_that_it_must_not_call(
    client: openai.AsyncOpenAI, upstream: OpenAIUpstream, choice: str, passed: set
):
    await client.chat.completions.create(model="free", messages=HELLO, tools=TOOLS, tool_choice=choice)
    assert upstream.received[0].body.keys() & {"tools", "tool_choice"} == passed


async def test_a_call_of_a_tool_goes_to_the_upstream_that_enforces_it(
    client: openai.AsyncOpenAI, upstream: OpenAIUpstream
):
    upstream.script(Script(tool_calls=[{"name": "f", "arguments": ["{}"]}]))
    await client.chat.completions.create(model="forced", messages=HELLO, tools=TOOLS, tool_choice="required")
    await client.chat.completions.create(model="forced", messages=HELLO, tools=TOOLS)
    assert [one.body["model"] for one in upstream.received] == ["forced", "free"]


async def test_other_apis_are_refused_a_call_of_a_tool_too(gateway: Gateway, upstream: OpenAIUpstream):
    tool = {"name": "f", "input_schema": {"type": "object"}}
    body = {"model": "free", "messages": HELLO, "max_tokens": 9, "tools": [tool], "tool_choice": {"type": "any"}}
    answer = await gateway.client.post("/v1/messages", json=body)
    assert answer.status_code == 400
    assert "tool_choice" in answer.json()["error"]["message"]
    assert not upstream.received


async def test_the_table_shows_what_it_says_of_an_upstream(gateway: Gateway):
    async def shown(model: str) -> dict:
        [found] = (await gateway.client.get(f"/gateway/models/{model}")).json()["upstreams"]
        return {name: found[name] for name in ("structured_output", "tool_choice", "tokenize", "max_tokens_field")}

    plain = {"structured_output": True, "tool_choice": True, "tokenize": False, "max_tokens_field": ""}
    assert await shown("short") == plain
    assert await shown("free") == plain | {"tool_choice": False}
    assert await shown("prose") == plain | {"structured_output": False}
    assert await shown("newer") == plain | {"max_tokens_field": "max_completion_tokens"}
    assert await shown("counting") == plain | {"tokenize": True}


@pytest.mark.parametrize("given", ["max_tokens", "max_completion_tokens"])
@pytest.mark.parametrize(("model", "sent"), [("newer", "max_completion_tokens"), ("older", "max_tokens")])
async def test_the_limit_of_an_answer_has_the_name_that_the_upstream_knows(
    client: openai.AsyncOpenAI, upstream: OpenAIUpstream, given: str, model: str, sent: str
):
    await client.chat.completions.create(model=model, messages=HELLO, **{given: 9})
    body = upstream.received[0].body
    assert body == {"model": model, "messages": HELLO, sent: 9}


async def test_tokens_are_counted_by_the_models_own_tokenizer(gateway: Gateway, upstream: OpenAIUpstream):
    body = {"model": "counting", "messages": HELLO}
    answer = await gateway.client.post("/v1/messages/count_tokens", json=body)
    assert answer.json() == {"input_tokens": 3}
    assert [one.path for one in upstream.received] == ["/tokenize"]
    rows = (await gateway.client.get("/gateway/usage")).json()["rows"]
    assert [(row["prompt_tokens"], row["completion_tokens"]) for row in rows] == [(0, 0)]


async def test_tokenize_is_above_v1_at_upstreams(gateway: Gateway, upstream: OpenAIUpstream):
    answer = await gateway.client.post("/tokenize", json={"model": "counting", "prompt": "hello"})
    assert answer.json()["count"] == 3
    assert upstream.received[0].path == "/tokenize"


async def test_without_a_tokenizer_tokenize_is_refused(gateway: Gateway, upstream: OpenAIUpstream):
    answer = await gateway.client.post("/tokenize", json={"model": "short", "prompt": "hello"})
    assert answer.status_code == 400
    assert "set tokenize = true" in answer.json()["error"]["message"]
    assert not upstream.received


async def test_tokens_are_estimated_if_the_tokenizer_is_away(gateway: Gateway, upstream: OpenAIUpstream):
    upstream.script(Script(status=503))
    body = {"model": "counting", "messages": HELLO}
    answer = await gateway.client.post("/v1/messages/count_tokens", json=body)
    assert answer.status_code == 200
    assert answer.json()["input_tokens"] > 3


@pytest.mark.parametrize("stream", [False, True])
async def test_a_prompt_that_is_too_long_goes_to_a_larger_model(
    client: openai.AsyncOpenAI, upstream: OpenAIUpstream, stream: bool
):
    upstream.script(TOO_LONG, Script())
    answer = await client.chat.completions.create(model="short", messages=HELLO, stream=stream)
    if stream:
        assert {chunk.model async for chunk in answer} == {"long"}
    else:
        assert answer.model == "long"
    assert [one.body["model"] for one in upstream.received] == ["short", "long"]


async def test_without_a_larger_model_it_stays_an_error_of_the_request(
    client: openai.AsyncOpenAI, upstream: OpenAIUpstream
):
    upstream.script(TOO_LONG)
    with pytest.raises(openai.BadRequestError) as refused:
        await client.chat.completions.create(model="long", messages=HELLO)
    assert refused.value.code == "context_length_exceeded"


async def test_other_errors_of_a_request_are_no_reason_to_fall_back(
    client: openai.AsyncOpenAI, upstream: OpenAIUpstream
):
    upstream.script(Script(status=400, error={"error": {"message": "no", "type": "x", "code": "invalid_value"}}))
    with pytest.raises(openai.BadRequestError, match="no"):
        await client.chat.completions.create(model="short", messages=HELLO)
    assert len(upstream.received) == 1
