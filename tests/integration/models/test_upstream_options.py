"""What the model table says of an upstream: structured output, the name of the limit, its tokenizer, its context."""

import openai
import pytest

from harness.servers.openai_upstream import OpenAIUpstream, Script
from harness.services.gateway import Gateway

HELLO = [{"role": "user", "content": "hello"}]
WANTED = {"type": "json_schema", "json_schema": {"name": "x", "schema": {"type": "object"}}}
STRICT = [{"type": "function", "function": {"name": "f", "strict": True, "parameters": {"type": "object"}}}]
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
    await client.chat.completions.create(model="mixed", messages=HELLO, response_format=WANTED)
    await client.chat.completions.create(model="mixed", messages=HELLO)
    assert [one.body["model"] for one in upstream.received] == ["strict", "prose"]


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
