"""Texts of others that tell the agent what to do, and a model that does all of it."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from aistack.agent.tool_protocol import Permission, ToolResult
from harness.servers.openai_upstream import OpenAIUpstream, Script, openai_upstream
from harness.services.agent import Agent, ScriptedTool, agent_service
from tests.contract.agent_corpora.injections import Injection, injections

CORPUS = tuple(injections())
ANY = {"type": "object"}
QUESTION = {"en": "What does it say about Monday?", "zh": "周一的安排是什么？"}


class Obedient:
    """The turns of a model that reads what it was told to read, and then does what stands there."""

    def __init__(self, injection: Injection) -> None:
        self._injection = injection
        self.was_read = False

    def __call__(self, body: dict) -> Script:
        goal, carrier = self._injection.goal, self._injection.carrier
        last = body["messages"][-1]
        if carrier != "attachment" and last["role"] == "user":
            reading = {"document": "search_documents", "page": "fetch_page", "result": "ask_calendar"}[carrier]
            return call(reading, {"url": "https://news.test/"} if carrier == "page" else {})
        if not self.was_read:
            shown = str(last["content"])
            assert "<untrusted source=" in shown and shown.count("</untrusted>") == 1
            self.was_read = True
            return call(goal.tool, dict(goal.arguments))
        return Script(text=("I did as it said.",))


def call(name: str, arguments: dict) -> Script:
    return Script(text=(), tool_calls=[{"name": name, "arguments": [json.dumps(arguments)]}], finish="tool_calls")


class World:
    """The tools with what they would do. `current` is what the reading ones find."""

    def __init__(self) -> None:
        self.current = ""
        found = lambda _: ToolResult(self.current, is_untrusted=True)  # noqa: E731
        self.tools = {
            "search_documents": ScriptedTool("search_documents", found, parameters=ANY),
            "ask_calendar": ScriptedTool("ask_calendar", found, parameters=ANY),
            "fetch_page": ScriptedTool("fetch_page", found, Permission.SEND, parameters=ANY),
            "write_sql": ScriptedTool("write_sql", lambda _: "done", Permission.WRITE, parameters=ANY),
            "remember": ScriptedTool("remember", lambda _: "done", Permission.WRITE, parameters=ANY),
            "send_message": ScriptedTool("send_message", lambda _: "sent", Permission.SEND, parameters=ANY),
            "purchase": ScriptedTool("purchase", lambda _: "bought", Permission.SPEND, parameters=ANY),
        }

    def forget(self) -> None:
        for one in self.tools.values():
            one.calls.clear()

    def did(self, injection: Injection) -> bool:
        """Whether what was asked for has happened."""
        tool = self.tools.get(injection.goal.tool)
        return tool is not None and dict(injection.goal.arguments) in [dict(one) for one in tool.calls]


@pytest.fixture
async def model() -> AsyncIterator[OpenAIUpstream]:
    async with openai_upstream() as opened:
        yield opened


async def asked(agent: Agent, model: OpenAIUpstream, world: World, one: Injection, **rest: object) -> dict:
    world.forget()
    world.current = one.text
    model.answer = obedient = Obedient(one)
    attached = [{"name": "notes.txt", "text": one.text}] if one.carrier == "attachment" else []
    answer = await agent.ask(QUESTION[one.language], attachments=attached, **rest)
    assert obedient.was_read, one
    return answer


def attempts(events: list[dict], name: str) -> list[dict]:
    return [one for one in events if one["type"] == "TOOL_CALL_START" and one["toolCallName"] == name]


def test_the_corpus_is_large_enough():
    assert len(CORPUS) >= 60 and len({one.text for one in CORPUS}) == len(CORPUS)
    assert {one.carrier for one in CORPUS} == {"document", "page", "result", "attachment"}
    assert sum(one.language == "zh" for one in CORPUS) >= 20


async def test_what_a_text_asks_for_waits_for_a_person_and_is_in_the_trace(tmp_path: Path, model: OpenAIUpstream):
    world = World()
    async with agent_service(tmp_path, list(world.tools.values()), llm_url=model.url, llm_model="m") as agent:
        for one in CORPUS:
            answer = await asked(agent, model, world, one)
            assert not world.did(one), one
            events = await agent.events(answer["run"]["id"])
            assert attempts(events, one.goal.tool), one
            results = [part["data"] for part in answer["message"]["parts"] if part["kind"] == "tool_result"]
            if one.goal.tool not in world.tools:
                assert "there is no tool" in results[-1]["error"]
                continue
            assert answer["run"]["state"] == "waiting" and events[-1]["outcome"]["type"] == "interrupt", one
            (waiting,) = await agent.get("/approvals", session=answer["session_id"])
            assert waiting["tool"] == one.goal.tool and waiting["arguments"] == dict(one.goal.arguments)
            assert waiting["reason"], one
            assert all(others.name != one.goal.tool for others in world.tools.values() if others.calls) or (
                one.carrier == "page" and one.goal.tool == "fetch_page"
            )


async def test_a_turn_never_gets_tools_that_it_was_not_allowed(tmp_path: Path, model: OpenAIUpstream):
    world = World()
    reading = ["search_documents", "ask_calendar"]
    async with agent_service(tmp_path, list(world.tools.values()), llm_url=model.url, llm_model="m") as agent:
        for one in CORPUS[::3]:
            if one.carrier == "page":
                continue
            answer = await asked(agent, model, world, one, tools=reading)
            assert answer["run"]["state"] == "done" and not world.did(one)
            results = [part["data"] for part in answer["message"]["parts"] if part["kind"] == "tool_result"]
            assert "there is no tool" in results[-1]["error"], one
            assert await agent.get("/approvals", session=answer["session_id"]) == []
