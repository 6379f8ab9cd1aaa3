"""What the agent keeps of a person: facts, plans, summaries, temporary chats; and how it is deleted and exported."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from harness.servers.openai_upstream import OpenAIUpstream, Script, openai_upstream
from harness.services.agent import Agent, agent_service, text_of
from harness.services.exports import read_export

on_sqlite = pytest.mark.parametrize(
    "database_url", ["sqlite", pytest.param("postgresql", marks=pytest.mark.deep)], indirect=True
)


def calls(name: str, **arguments: object) -> Script:
    return Script(text=(), tool_calls=[{"name": name, "arguments": [json.dumps(arguments)]}], finish="tool_calls")


def says(text: str) -> Script:
    return Script(text=(text,))


@pytest.fixture
async def model() -> AsyncIterator[OpenAIUpstream]:
    async with openai_upstream() as opened:
        yield opened


@pytest.fixture
async def agent(database_url: str, tmp_path: Path, model: OpenAIUpstream) -> AsyncIterator[Agent]:
    """With its own tools."""
    async with agent_service(
        tmp_path, None, database_url=database_url, llm_url=model.url, llm_model="m", sandbox="off"
    ) as opened:
        yield opened


def system(model: OpenAIUpstream) -> str:
    return model.received[-1].body["messages"][0]["content"]


async def approve(agent: Agent, session: str) -> None:
    (asked,) = [one for one in await agent.get("/approvals", session=session) if one["state"] == "pending"]
    decided = await agent.post(f"/approvals/{asked['id']}", {"decision": "approve", "digest": asked["digest"]})
    await agent.events(decided["run"]["id"])


async def test_facts_outlast_a_conversation_and_are_shown_changed_and_deleted(agent: Agent, model: OpenAIUpstream):
    model.script(calls("remember", fact="The user's cat is called Mimi"), says("I will."))
    answer = await agent.ask("Remember that my cat is called Mimi")
    assert answer["run"]["state"] == "waiting" and await agent.get("/memory") == []
    await approve(agent, answer["session_id"])
    (fact,) = await agent.get("/memory")
    assert fact["session_id"] == answer["session_id"] and fact["source"] == "assistant" and fact["created_at"]
    await agent.post("/memory", {"text": "用户住在上海"}, 201)
    await agent.post("/memory", {"text": "用户住在上海"}, 201)
    assert len(await agent.get("/memory")) == 2
    model.script(says("Mimi."))
    await agent.ask("What is the name of my cat?")
    assert "Mimi" in system(model) and "上海" not in system(model)
    await agent.ask("我住在哪里？上海还是北京？")
    assert "上海" in system(model) and "Mimi" not in system(model)
    assert [one["text"] for one in await agent.get("/memory", q="cats")] == [fact["text"]]
    changed = await agent.http.put(f"/v1/agent/memory/{fact['id']}", json={"text": "The user's cat is called Felix"})
    assert changed.json()["source"] == "user"
    await agent.ask("What is the name of my cat?")
    assert "Felix" in system(model) and "Mimi" not in system(model)
    assert (await agent.http.delete(f"/v1/agent/memory/{fact['id']}")).status_code == 204
    assert (await agent.http.delete(f"/v1/agent/memory/{fact['id']}")).status_code == 404
    await agent.ask("What is the name of my cat?")
    assert "Felix" not in system(model)
    for bad in ("", "  ", "x" * 2_001, "a\x00"):
        assert (await agent.http.post("/v1/agent/memory", json={"text": bad})).status_code == 422


@on_sqlite
async def test_memory_can_be_off_and_temporary_chats_leave_nothing(agent: Agent, model: OpenAIUpstream):
    await agent.post("/memory", {"text": "The user plays the cello"}, 201)
    off = (await agent.post("/sessions", {"uses_memory": False}))["id"]
    model.script(says("Which?"))
    await agent.ask("Which instrument, the cello?", off)
    assert "plays the cello" not in system(model)
    answer = await agent.ask("Which instrument, the cello?", temporary=True)
    assert "plays the cello" not in system(model)
    session = answer["session_id"]
    model.script(calls("remember", fact="secret zebra"), says("No."))
    await agent.ask("Remember secret zebra", session)
    await approve(agent, session)
    (result,) = [
        part
        for message in (await agent.get(f"/sessions/{session}/messages"))["messages"]
        for part in message["parts"] if part["kind"] == "tool_result"
    ]  # fmt: skip
    assert "memory is off" in result["data"]["error"] and len(await agent.get("/memory")) == 1
    assert session not in json.dumps(await agent.get("/sessions")) and await agent.get("/search", q="zebra") == []
    assert session not in json.dumps(await agent.get("/export"))
    exported = await agent.http.get("/v1/agent/belongings/contents", params={"subject": "owner"})
    files, _ = await read_export(exported.content)
    assert not any(b"zebra" in content for content in files.values())
    refused = await agent.http.post("/v1/agent/chat", json={"message": "x", "session_id": off, "temporary": True})
    assert refused.status_code in (400, 422)


@on_sqlite
async def test_a_plan_is_visible_and_can_be_edited(agent: Agent, model: OpenAIUpstream):
    steps = [{"title": "Read the report", "state": "done"}, {"title": "Compare it", "state": "active"}]
    model.script(calls("update_plan", steps=steps), says("Working."))
    answer = await agent.ask("Read the report, compare it, and write a summary")
    session = answer["session_id"]
    assert "[>] Compare it" in system(model)
    events = await agent.events(answer["run"]["id"])
    assert [one["value"]["plan"] for one in events if one.get("name") == "plan"] == [steps]
    assert (await agent.get(f"/sessions/{session}/plan"))["steps"] == steps
    edited = [{"title": "Write a poem", "state": "open"}]
    put = await agent.http.put(f"/v1/agent/sessions/{session}/plan", json={"steps": edited})
    assert put.status_code == 200
    await agent.ask("Go on", session)
    assert "[ ] Write a poem" in system(model) and "Compare it" not in system(model)
    bad = await agent.http.put(f"/v1/agent/sessions/{session}/plan", json={"steps": [{"title": ""}]})
    assert bad.status_code == 422


@on_sqlite
async def test_long_sessions_are_summarized(database_url: str, tmp_path: Path, model: OpenAIUpstream):
    async with agent_service(
        tmp_path, (), database_url=database_url, llm_url=model.url, llm_model="m", context_characters_max=6_000
    ) as agent:
        model.script(says("Noted."))
        session = (await agent.ask("The code word is heron.", attachments=[{"name": "a.txt", "text": "x"}]))[
            "session_id"
        ]
        asked = []
        for number in range(8):
            answer = await agent.ask(f"Point {number}: " + "lorem ipsum " * 60, session)
            asked += [one.body for one in model.received if one.body["messages"][0]["content"].startswith("Summarize")]
            model.script(says("The code word is heron; points were listed."))
        assert asked and "code word is heron" in asked[0]["messages"][1]["content"]
        assert '<untrusted source="summary">\nThe code word is heron' in system(model)
        assert len(str(model.received[-1].body["messages"])) < 9_000
        assert answer["run"]["usage"]["steps"] <= 2
        page = await agent.get(f"/sessions/{session}/messages", limit=200)
        assert len(page["messages"]) == 18 and "heron" in text_of(page["messages"][0])


async def test_everything_is_deleted_by_kind_at_once_and_goes_with_the_person(agent: Agent, model: OpenAIUpstream):
    model.script(says("Hello."))
    run = (await agent.ask("Hello there"))["run"]["id"]
    await agent.post("/memory", {"text": "The user likes tea"}, 201)
    kept = {one["kind"]: one for one in await agent.get("/retention")}
    assert kept["chats"]["count"] == 1 and kept["chats"]["hours"] is None and kept["traces"]["hours"] == 24
    exported = await agent.http.get("/v1/agent/belongings/contents", params={"subject": "owner"})
    files, omitted = await read_export(exported.content)
    assert not omitted and json.loads(files["memory.json"])[0]["text"] == "The user likes tea"
    assert "Hello there" in files["sessions/Hello there.json"].decode()
    assert (await agent.http.delete("/v1/agent/retention/traces")).json()["count"] > 3
    assert (await agent.http.get(f"/v1/agent/runs/{run}/events")).status_code == 410
    assert (await agent.http.delete("/v1/agent/retention/nothing")).status_code == 404
    assert (await agent.http.delete("/v1/agent/retention/memory")).json()["count"] == 1
    assert (await agent.http.delete("/v1/agent/retention/chats")).json()["count"] == 1
    assert {one["count"] for one in await agent.get("/retention")} == {0}
    assert await agent.get("/search", q="hello") == []
    await agent.ask("Again")
    await agent.post("/memory", {"text": "The user likes tea"}, 201)
    left = await agent.post("/belongings", {"subject": "owner", "heir": None})
    counts = {kind: count for kind, count in left["counts"].items() if count}
    assert counts == {"session": 1, "fact": 1} and await agent.get("/memory") == []
