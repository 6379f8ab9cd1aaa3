"""The agent as OpenAI's Responses API, called by the official client."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from pathlib import Path

import openai
import pytest

from aistack.agent.tool_protocol import Citation, Permission, ToolResult
from aistack.chassis.identity import PRINCIPAL_HEADER, Principal, sign
from harness.servers.openai_upstream import OpenAIUpstream, Script, openai_upstream
from harness.services.agent import Agent, ScriptedTool, agent_service

WORD = {"type": "object", "properties": {"word": {"type": "string"}}, "required": ["word"]}


def calls(name: str, **arguments: object) -> Script:
    return Script(text=(), tool_calls=[{"name": name, "arguments": [json.dumps(arguments)]}], finish="tool_calls")


def says(*text: str) -> Script:
    return Script(text=text)


@pytest.fixture
async def model() -> AsyncIterator[OpenAIUpstream]:
    async with openai_upstream() as opened:
        yield opened


@pytest.fixture
async def agent(database_url: str, tmp_path: Path, model: OpenAIUpstream) -> AsyncIterator[Agent]:
    found = ToolResult("Oslo has 700 000 people.", citations=(Citation("Cities", "https://a.test/cities", "Oslo"),))
    tools = [
        ScriptedTool("search", lambda given: found, parameters=WORD),
        ScriptedTool("note", lambda given: f"noted {given['word']}", Permission.WRITE, parameters=WORD),
    ]
    options = {"database_url": database_url, "llm_url": model.url, "llm_model": "m"}
    async with agent_service(tmp_path, tools, **options) as opened:
        yield opened


@pytest.fixture
def client(agent: Agent) -> openai.AsyncOpenAI:
    return openai.AsyncOpenAI(
        base_url="http://localhost/v1/agent", api_key="k", http_client=agent.http, max_retries=0
    )  # fmt: skip


async def test_answers_with_tools_and_continues(client: openai.AsyncOpenAI, model: OpenAIUpstream):
    model.script(calls("search", word="Oslo"), says("700 000."))
    first = await client.responses.create(model="agent", input="How many live in Oslo?", instructions="Be short.")
    assert first.status == "completed" and first.output_text == "700 000." and first.usage.input_tokens > 0
    call, message = first.output
    assert call.type == "mcp_call" and call.name == "search" and json.loads(call.arguments) == {"word": "Oslo"}
    assert call.output == "Oslo has 700 000 people." and call.status == "completed"
    assert message.content[0].annotations[0].url == "https://a.test/cities"
    assert "Be short." in model.received[-1].body["messages"][0]["content"]
    model.script(says("Bergen."))
    second = await client.responses.create(model="agent", input="And then?", previous_response_id=first.id)
    assert second.conversation.id == first.conversation.id and second.previous_response_id == first.id
    assert [one["role"] for one in model.received[-1].body["messages"]] == [
        "system", "user", "assistant", "tool", "assistant", "user",
    ]  # fmt: skip
    model.script(says("Another way."))
    await client.responses.create(model="agent", input="Instead?", previous_response_id=first.id)
    texts = [one["content"] for one in model.received[-1].body["messages"] if one["role"] == "user"]
    assert texts == ["How many live in Oslo?", "Instead?"]
    again = await client.responses.retrieve(first.id)
    assert again.output_text == first.output_text and again.id == first.id and len(again.output) == 2


async def test_streams_what_it_returns(client: openai.AsyncOpenAI, model: OpenAIUpstream):
    model.script(calls("search", word="Oslo"), says("700", " 000."))
    events = [one async for one in await client.responses.create(model="agent", input="Oslo?", stream=True)]
    assert [one.sequence_number for one in events] == list(range(len(events)))
    kinds = [one.type for one in events]
    assert kinds[:2] == ["response.created", "response.in_progress"] and kinds[-1] == "response.completed"
    assert kinds.index("response.mcp_call.completed") < kinds.index("response.output_text.delta")
    assert "".join(one.delta for one in events if one.type == "response.output_text.delta") == "700 000."
    final = events[-1].response
    assert final.output_text == "700 000."
    replayed = [one async for one in await client.responses.retrieve(final.id, stream=True, starting_after=3)]
    assert [one.model_dump() for one in replayed] == [one.model_dump() for one in events[4:]]
    async with client.responses.stream(model="agent", input="Oslo?") as stream:
        helper = await stream.get_final_response()
    assert helper.status == "completed"


async def test_a_call_that_waits_is_approved_by_the_client(client: openai.AsyncOpenAI, model: OpenAIUpstream):
    model.script(calls("note", word="milk"))
    asked = await client.responses.create(model="agent", input="Note milk")
    request = next(one for one in asked.output if one.type == "mcp_approval_request")
    assert request.name == "note" and json.loads(request.arguments) == {"word": "milk"}
    answer = {"type": "mcp_approval_response", "approval_request_id": request.id, "approve": True}
    with pytest.raises(openai.BadRequestError, match="previous_response_id"):
        await client.responses.create(model="agent", input=[answer])
    other = answer | {"approval_request_id": "0" * 16}
    with pytest.raises(openai.BadRequestError, match=request.id):
        await client.responses.create(model="agent", input=[other], previous_response_id=asked.id)
    model.script(says("Noted."))
    done = await client.responses.create(model="agent", input=[answer], previous_response_id=asked.id)
    call, _ = done.output
    assert call.type == "mcp_call" and call.output == "noted milk" and call.approval_request_id == request.id
    assert done.output_text == "Noted." and done.id != asked.id


async def test_a_client_that_keeps_the_conversation_itself(client: openai.AsyncOpenAI, agent: Agent, model):
    model.script(says("Yes."))
    given = [
        {"role": "developer", "content": "Answer with one word."}, {"role": "user", "content": "Is it?"},
        {"role": "assistant", "content": [{"type": "output_text", "text": "It is."}]},
        {"role": "user", "content": [{"type": "input_text", "text": "Really?"}]},
    ]  # fmt: skip
    answer = await client.responses.create(model="agent", input=given, store=False)
    assert answer.output_text == "Yes." and answer.store is False
    sent = [(one["role"], one["content"]) for one in model.received[-1].body["messages"][-4:]]
    assert sent == [
        ("system", "Answer with one word."), ("user", "Is it?"), ("assistant", "It is."), ("user", "Really?"),
    ]  # fmt: skip
    assert (await agent.get("/sessions"))["sessions"] == []


async def test_background_and_failures(client: openai.AsyncOpenAI, model: OpenAIUpstream):
    model.script(Script(gate=asyncio.Event()))
    begun = await client.responses.create(model="agent", input="Wait", background=True)
    assert begun.status == "in_progress"
    with pytest.raises(openai.ConflictError):
        await client.responses.create(model="agent", input="More", conversation=begun.conversation.id)
    await client.responses.cancel(begun.id)
    events = [one async for one in await client.responses.retrieve(begun.id, stream=True)]
    assert events[-1].response.status == "cancelled"
    assert (await client.responses.retrieve(begun.id)).status == "cancelled"
    model.script(Script(status=401, error={"error": {"message": "bad key"}}))
    failed = await client.responses.create(model="agent", input="Hi")
    assert failed.status == "failed" and "bad key" in failed.error.message


REFUSED = [
    ({"input": ""}, "must end with a message"),
    ({"tools": [{"type": "function", "name": "f", "parameters": {}, "strict": True}]}, "own tools"),
    ({"input": [{"type": "function_call_output", "call_id": "a", "output": "b"}]}, "function_call_output"),
    ({"input": [{"role": "user", "content": [{"type": "input_image", "image_url": "x"}]}]}, "input_text only"),
    ({"max_output_tokens": 5}, "max_output_tokens"),
    ({"text": {"format": {"type": "json_object"}}}, "text only"),
    ({"tool_choice": "required"}, "auto or none"),
]


async def test_what_the_agent_does_not_take(client: openai.AsyncOpenAI):
    for more, complaint in REFUSED:
        with pytest.raises(openai.BadRequestError, match=complaint):
            await client.responses.create(**{"model": "agent", "input": "Hi"} | more)
    with pytest.raises(openai.UnprocessableEntityError, match="temperature"):
        await client.responses.create(model="agent", input="Hi", temperature=9)


async def test_tools_can_be_limited_and_ids_are_checked(client: openai.AsyncOpenAI, model: OpenAIUpstream):
    only = {"type": "mcp", "server_label": "aistack", "allowed_tools": ["search"]}
    await client.responses.create(model="agent", input="Hi", tools=[only])
    assert [one["function"]["name"] for one in model.received[-1].body["tools"]] == ["search"]
    await client.responses.create(model="agent", input="Hi", tool_choice="none")
    assert not model.received[-1].body.get("tools")
    for wrong in ("resp_0000", "x"):
        with pytest.raises(openai.NotFoundError):
            await client.responses.create(model="agent", input="Hi", previous_response_id=wrong)
        with pytest.raises(openai.NotFoundError):
            await client.responses.retrieve(wrong)


async def test_nobody_reads_or_continues_the_responses_of_others(tmp_path: Path, model: OpenAIUpstream):
    secret = "a-secret-for-tests-that-is-long-enough-0123456789"

    def caller(agent: Agent, letter: str) -> openai.AsyncOpenAI:
        subject = f"user:{letter * 12}"
        who = Principal(subject, "user", letter, subject=subject)
        headers = {PRINCIPAL_HEADER: sign(who, secret, time.time() + 600, "agent")}
        url = "http://localhost/v1/agent"
        return openai.AsyncOpenAI(
            base_url=url, api_key="k", http_client=agent.http, max_retries=0, default_headers=headers
        )

    settings = {"llm_url": model.url, "llm_model": "m", "identity": True, "secret": secret}
    async with agent_service(tmp_path, (), **settings) as agent:
        ann, bob = caller(agent, "a"), caller(agent, "b")
        mine = await ann.responses.create(model="agent", input="Hello")
        assert (await ann.responses.retrieve(mine.id)).output_text
        for call in (
            bob.responses.retrieve(mine.id), bob.responses.cancel(mine.id),
            bob.responses.create(model="agent", input="Go on", previous_response_id=mine.id),
            bob.responses.create(model="agent", input="Go on", conversation=mine.conversation.id),
        ):  # fmt: skip
            with pytest.raises(openai.NotFoundError):
                await call
