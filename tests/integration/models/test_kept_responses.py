"""Conversations of the Responses API that the gateway keeps, with the official client."""

import asyncio

import openai
import pytest

from harness.servers.openai_upstream import OpenAIUpstream, Script
from harness.services.gateway import Gateway
from tests.integration.people.conftest import Administrator

CALLS = [{"name": "weather", "arguments": ['{"city":', '"Rome"}']}]
TOOL = {"type": "function", "name": "weather", "parameters": {"type": "object"}}
FIRST = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "My name is Ada."}]}


async def finished(client: openai.AsyncOpenAI, *, stream: bool, **fields: object) -> openai.types.responses.Response:
    if not stream:
        return await client.responses.create(model="small", **fields)
    async for event in await client.responses.create(model="small", stream=True, **fields):
        if event.type in ("response.completed", "response.incomplete"):
            return event.response
    raise AssertionError("the stream has no end")


@pytest.mark.parametrize("stream", [False, True])
async def test_a_conversation_goes_on_from_a_kept_response(
    client: openai.AsyncOpenAI, upstream: OpenAIUpstream, stream: bool
):
    first = await finished(client, stream=stream, input="My name is Ada.", instructions="Be kind.", store=True)
    assert first.store is True
    second = await finished(client, stream=stream, input="What is my name?", previous_response_id=first.id)
    third = await finished(client, stream=stream, input=[FIRST], previous_response_id=second.id, store=False)
    assert (second.previous_response_id, second.store, third.store) == (first.id, True, False)
    turns = [[(one["role"], one["content"]) for one in received.body["messages"]] for received in upstream.received]
    said = [("user", "My name is Ada."), ("assistant", "Hello"), ("user", "What is my name?"), ("assistant", "Hello")]
    assert turns == [[("system", "Be kind."), said[0]], said[:3], [*said, said[0]]]
    assert (await client.responses.retrieve(second.id)).output_text == "Hello"
    with pytest.raises(openai.NotFoundError):
        await client.responses.retrieve(third.id)


async def test_tool_calls_and_their_results_go_on(client: openai.AsyncOpenAI, upstream: OpenAIUpstream):
    upstream.script(Script(text=(), tool_calls=CALLS, finish="tool_calls"), Script())
    first = await client.responses.create(model="small", input="Weather?", tools=[TOOL], store=True)
    result = {"type": "function_call_output", "call_id": first.output[0].call_id, "output": "sun"}
    await client.responses.create(model="small", input=[result], tools=[TOOL], previous_response_id=first.id)
    messages = upstream.received[-1].body["messages"]
    assert [one["role"] for one in messages] == ["user", "assistant", "tool"]
    assert messages[1]["tool_calls"][0]["id"] == messages[2]["tool_call_id"]


async def test_items_are_listed_in_pages_and_a_response_is_deleted(client: openai.AsyncOpenAI):
    first = await client.responses.create(model="small", input="My name is Ada.", store=True)
    second = await client.responses.create(model="small", input="And yours?", previous_response_id=first.id)
    page = await client.responses.input_items.list(second.id, limit=2, order="asc")
    assert [one.type for one in page.data] == ["message", "message"]
    listed = [one async for one in client.responses.input_items.list(second.id, limit=2, order="asc")]
    assert [one.role for one in listed] == ["user", "assistant", "user"]
    assert listed[0].content[0].text == "My name is Ada."
    await client.responses.delete(first.id)
    with pytest.raises(openai.NotFoundError):
        await client.responses.delete(first.id)
    await client.responses.create(model="small", input="Still there?", previous_response_id=second.id)


async def test_what_was_not_to_be_kept_is_not(client: openai.AsyncOpenAI):
    response = await client.responses.create(model="small", input="x")
    assert response.store is False
    with pytest.raises(openai.BadRequestError) as refused:
        await client.responses.create(model="small", input="x", previous_response_id=response.id)
    assert (refused.value.param, refused.value.code) == ("previous_response_id", "previous_response_not_found")


async def test_a_failed_response_is_not_kept(client: openai.AsyncOpenAI, upstream: OpenAIUpstream):
    upstream.script(Script(text=("a", "b", "c"), reset_after=2))
    events = [one async for one in await client.responses.create(model="small", input="x", stream=True, store=True)]
    assert events[-1].type == "response.failed"
    with pytest.raises(openai.NotFoundError):
        await client.responses.retrieve(events[-1].response.id)


@pytest.mark.parametrize("path", ["resp_x/cancel", "a%2Fb", "resp_" + "x" * 500, "", "resp_x/input_items/y"])
async def test_other_paths_are_unknown(gateway: Gateway, path: str):
    answer = await gateway.client.get(f"/v1/responses/{path}")
    assert answer.status_code == 404


class TestLimits:
    @pytest.fixture
    def settings_toml(self) -> str:
        return "model_responses_max = 2\n"

    async def test_the_oldest_go_first(self, client: openai.AsyncOpenAI):
        made = [(await client.responses.create(model="small", input="x", store=True)).id for _ in range(3)]
        with pytest.raises(openai.NotFoundError):
            await client.responses.retrieve(made[0])
        for one in made[1:]:
            await client.responses.retrieve(one)


class TestExpiry:
    @pytest.fixture
    def settings_toml(self) -> str:
        return f"model_responses_days = {1 / 86_400}\n"

    async def test_a_response_is_gone_after_its_time(self, client: openai.AsyncOpenAI):
        made = await client.responses.create(model="small", input="x", store=True)
        async with asyncio.timeout(60):
            while True:
                try:
                    await client.responses.retrieve(made.id)
                except openai.NotFoundError:
                    return
                await asyncio.sleep(0.1)


class TestTurnedOff:
    @pytest.fixture
    def settings_toml(self) -> str:
        return "model_responses_days = 0\n"

    async def test_it_is_refused_by_name(self, client: openai.AsyncOpenAI, upstream: OpenAIUpstream):
        with pytest.raises(openai.BadRequestError) as refused:
            await client.responses.create(model="small", input="x", store=True)
        assert refused.value.param == "store"
        assert not upstream.received


class TestOwners:
    @pytest.fixture
    def identity(self) -> bool:
        return True

    async def test_anothers_response_is_unknown(self, gateway: Gateway):
        admin = Administrator(gateway)
        ada = await admin.holder((await admin.user("ada", "member"))["subject"])
        bob = await admin.holder((await admin.user("bob", "member"))["subject"])
        body = {"model": "small", "input": "x", "store": True}
        same_id = {"x-request-id": "chosen:by-the.client"}
        made = (await gateway.client.post("/v1/responses", json=body, headers=ada.headers | same_id)).json()["id"]
        unknown = made.replace("chosen", "absent")
        for method, path in (("GET", ""), ("DELETE", ""), ("GET", "/input_items")):
            theirs, none = [
                await gateway.client.request(method, f"/v1/responses/{one}{path}", headers=bob.headers)
                for one in (made, unknown)
            ]
            assert theirs.status_code == none.status_code == 404
            assert theirs.text == none.text.replace("absent", "chosen")
        going_on = body | {"previous_response_id": made}
        assert (await gateway.client.post("/v1/responses", json=going_on, headers=bob.headers)).status_code == 400
        await gateway.client.post("/v1/responses", json=body | {"input": "y"}, headers=bob.headers | same_id)
        items = (await gateway.client.get(f"/v1/responses/{made}/input_items", headers=ada.headers)).json()["data"]
        assert items[0]["content"][0]["text"] == "x"
        assert (await gateway.client.post("/v1/responses", json=going_on, headers=ada.headers)).status_code == 200
        path = f"/gateway/kept-responses/owner/{made}"
        for caller in (admin, ada, bob):
            assert (await gateway.client.get(path, headers=caller.headers)).status_code == 403
