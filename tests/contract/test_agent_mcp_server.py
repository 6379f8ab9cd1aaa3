"""The MCP server, called by the official SDK in both eras, and by hand where the SDK does not go."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select

from aistack.agent.mcp_server.server import OF_SESSIONS
from aistack.agent.mcp_server.tables import McpQuestion
from aistack.agent.tool_protocol import Permission, ToolResult
from aistack.agent.tools.files import ReadFile
from aistack.agent.tools.memory import Forget, Remember
from aistack.agent.tools.plan import UpdatePlan
from harness.processes import free_port
from harness.servers.postgres import new_database
from harness.services.agent import Agent, ScriptedTool, agent_service, listening
from harness.waiting import until_async

WORD = {"type": "object", "properties": {"word": {"type": "string"}}, "required": ["word"]}
META = "io.modelcontextprotocol/"
WAITS = {"extensions": {META + "tasks": {}}}


@pytest.fixture
def release() -> asyncio.Event:
    return asyncio.Event()


@pytest.fixture
async def agent(tmp_path: Path, release: asyncio.Event) -> AsyncIterator[Agent]:
    async def slow(_given: object) -> str:
        await release.wait()
        return "done at last"

    tools = [
        ScriptedTool("search", lambda given: ToolResult(f"found {given['word']}", is_untrusted=True), parameters=WORD),
        ScriptedTool("note", lambda given: f"noted {given['word']}", Permission.WRITE, parameters=WORD),
        ScriptedTool("slow", slow, seconds_max=60.0),
    ]
    async with agent_service(tmp_path, tools, mcp_task_after_seconds=0.05) as opened:
        yield opened


async def send(agent: Agent, method: str, capabilities: dict | None = None, headers: dict | None = None, **params):
    meta = {META + "protocolVersion": "2026-07-28", META + "clientCapabilities": capabilities or {}}
    sent = {"mcp-protocol-version": "2026-07-28", "mcp-method": method}
    name = params.get("name") or params.get("taskId")
    sent |= {"mcp-name": name} if name else {}
    body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": {**params, "_meta": meta}}
    return await agent.http.post("/mcp", json=body, headers=sent | (headers or {}))


async def test_discovery_and_the_list_of_tools(agent: Agent):
    found = (await send(agent, "server/discover")).json()["result"]
    assert found["resultType"] == "complete" and "2026-07-28" in found["supportedVersions"] and found["ttlMs"] > 0
    listed = (await send(agent, "tools/list")).json()["result"]
    assert [one["name"] for one in listed["tools"]] == ["note", "search", "slow"] and listed["cacheScope"] == "private"


async def test_headers_must_match_the_body(agent: Agent):
    for wrong in ({"mcp-method": "tools/call"}, {"mcp-protocol-version": "2025-11-25"}):
        answer = await send(agent, "tools/list", headers=wrong)
        assert answer.status_code == 400 and answer.json()["error"]["code"] == -32020
    answer = await send(agent, "tools/call", headers={"mcp-name": "note"}, name="search", arguments={"word": "a"})
    assert answer.json()["error"]["code"] == -32020
    assert (await send(agent, "no/such")).status_code == 404


async def test_the_handshake_era(agent: Agent):
    hello = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}}
    body = {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": hello}
    answer = await agent.http.post("/mcp", json=body)
    assert answer.json()["result"]["protocolVersion"] == "2025-11-25" and "mcp-session-id" not in answer.headers
    ready = {"jsonrpc": "2.0", "method": "notifications/initialized"}
    assert (await agent.http.post("/mcp", json=ready)).status_code == 202
    call = {"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": {"name": "search", "arguments": {"word": "x"}}}
    headers = {"mcp-protocol-version": "2025-11-25"}
    result = (await agent.http.post("/mcp", json=call, headers=headers)).json()["result"]
    assert result["content"] == [{"type": "text", "text": "found x"}] and "resultType" not in result
    assert (await agent.http.get("/mcp")).status_code == 405


async def test_a_call_with_effects_asks_the_user_first(agent: Agent):
    call = {"name": "note", "arguments": {"word": "milk"}}
    assert (await send(agent, "tools/call", **call)).json()["error"]["code"] == -32021
    can_ask = {"elicitation": {"form": {}}}
    asked = (await send(agent, "tools/call", can_ask, **call)).json()["result"]
    assert asked["resultType"] == "input_required" and "milk" in str(asked["inputRequests"])
    yes = {"approval": {"action": "accept", "content": {"approve": True}}}
    again = {"inputResponses": yes, "requestState": asked["requestState"]}
    other = call | {"arguments": {"word": "poison"}}
    assert (await send(agent, "tools/call", can_ask, **other, **again)).json()["error"]["code"] == -32602
    forged = again | {"requestState": asked["requestState"][:-4] + "AAAA"}
    assert (await send(agent, "tools/call", can_ask, **call, **forged)).json()["error"]["code"] == -32602
    done = (await send(agent, "tools/call", can_ask, **call, **again)).json()["result"]
    assert done["content"][0]["text"] == "noted milk"
    no = again | {"inputResponses": {"approval": {"action": "decline"}}}
    assert (await send(agent, "tools/call", can_ask, **call, **no)).json()["result"]["isError"]


async def test_long_calls_become_tasks(agent: Agent, release: asyncio.Event):
    can_wait = {"extensions": {META + "tasks": {}}}
    task = (await send(agent, "tools/call", can_wait, name="slow", arguments={})).json()["result"]
    assert task["resultType"] == "task" and task["status"] == "working"
    assert (await send(agent, "tasks/get", taskId=task["taskId"])).json()["error"]["code"] == -32021
    shown = (await send(agent, "tasks/get", can_wait, taskId=task["taskId"])).json()["result"]
    assert shown["status"] == "working"
    release.set()
    while shown["status"] == "working":
        shown = (await send(agent, "tasks/get", can_wait, taskId=task["taskId"])).json()["result"]
        await asyncio.sleep(0.02)
    assert shown["status"] == "completed" and shown["result"]["content"][0]["text"] == "done at last"
    assert (await send(agent, "tasks/get", can_wait, taskId="0" * 32)).json()["error"]["code"] == -32602


@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_the_official_client_of_both_eras_lists_and_calls(agent: Agent, mode: str):
    from mcp import Client

    async with listening(agent.app) as url, Client(f"{url}/mcp", mode=mode) as client:
        assert client.session.protocol_version == ("2026-07-28" if mode == "auto" else "2025-11-25")
        assert [one.name for one in (await client.list_tools()).tools] == ["note", "search", "slow"]
        result = await client.call_tool("search", {"word": "Oslo"})
        assert result.content[0].text == "found Oslo" and result.structured_content["untrusted"]


async def test_pages_of_other_sites_are_refused(agent: Agent):
    for headers in ({"origin": "https://evil.test"}, {"origin": "null"}, {"sec-fetch-site": "cross-site"}):
        assert (await send(agent, "tools/list", headers=headers)).status_code == 403
    own = {"origin": "http://localhost", "sec-fetch-site": "same-origin"}
    assert (await send(agent, "tools/list", headers=own)).status_code == 200


async def test_what_is_malformed_is_refused(agent: Agent):
    for body, code in ((b"{", -32700), (b"[]", -32600), (b'{"jsonrpc": "2.0", "id": 1.5, "method": "ping"}', -32600)):
        answer = await agent.http.post("/mcp", content=body, headers={"content-type": "application/json"})
        assert answer.status_code == 400 and answer.json()["error"]["code"] == code
    assert (await agent.http.post("/mcp", content=b"x", headers={"content-type": "text/plain"})).status_code == 415
    ping = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
    assert (await agent.http.post("/mcp", json=ping, headers={"accept": "text/html"})).status_code == 406
    large = {"jsonrpc": "2.0", "id": 1, "method": "ping", "params": {"x": "x" * 5_000_000}}
    assert (await agent.http.post("/mcp", json=large)).status_code == 413


async def test_the_work_ends_with_the_client(tmp_path: Path):
    began, ended = asyncio.Event(), asyncio.Event()

    async def slow(_given: object) -> str:
        began.set()
        try:
            await asyncio.sleep(600)
        except asyncio.CancelledError:
            ended.set()
            raise
        return ""

    tools = [ScriptedTool("slow", slow, seconds_max=600.0)]
    async with (
        agent_service(tmp_path, tools) as agent,
        listening(agent.app) as url,
        httpx.AsyncClient(base_url=url, timeout=60) as http,
    ):
        asking = asyncio.create_task(send(Agent(http, agent.app), "tools/call", name="slow", arguments={}))
        await asyncio.wait_for(began.wait(), 60)
        asking.cancel()
        await asyncio.wait((asking,))
        await asyncio.wait_for(ended.wait(), 60)


async def test_tools_of_conversations_are_hidden(tmp_path: Path):
    of_sessions = {one.name for one in (Remember, Forget, UpdatePlan, ReadFile)}
    assert of_sessions == OF_SESSIONS
    async with agent_service(tmp_path, None, gateway_url="http://127.0.0.1:1") as agent:
        own = {one["name"] for one in await agent.get("/tools") if not one["off"]}
        shown = {one["name"] for one in (await send(agent, "tools/list")).json()["result"]["tools"]}
        assert {"search_documents", "run_sql", "calculator"} <= shown and shown == own - of_sessions
        given = {"expression": "6 * 7"}
        called = (await send(agent, "tools/call", name="calculator", arguments=given)).json()["result"]
        assert "42" in called["content"][0]["text"] and not called["isError"]


@pytest.fixture
async def three(database_url: str, tmp_path: Path, release: asyncio.Event) -> AsyncIterator[list[Agent]]:
    """Three instances of one stack."""

    async def slow(_given: object) -> str:
        await release.wait()
        return "done at last"

    key = "one-encryption-key-for-all-three-0123456789"
    async with AsyncExitStack() as held:
        agents: list[Agent] = []
        for name in ("a", "b", "c"):
            tools = [
                ScriptedTool("note", lambda given: f"noted {given['word']}", Permission.WRITE, parameters=WORD),
                ScriptedTool("slow", slow, seconds_max=60.0),
            ]
            shared = {"database_url": database_url, "encryption_key": key, "instance_id": name}
            opening = agent_service(tmp_path, tools, mcp_task_after_seconds=0.05, **shared)
            agents.append(await held.enter_async_context(opening))
        yield agents


async def test_three_instances_without_stickiness(three: list[Agent], release: asyncio.Event):
    a, b, c = three
    call, can_ask = {"name": "note", "arguments": {"word": "milk"}}, {"elicitation": {}}
    asked = (await send(a, "tools/call", can_ask, **call)).json()["result"]
    yes = {"approval": {"action": "accept", "content": {"approve": True}}}
    again = {"inputResponses": yes, "requestState": asked["requestState"]}
    assert "noted milk" in (await send(b, "tools/call", can_ask, **call, **again)).text
    task = (await send(a, "tools/call", WAITS, name="slow", arguments={})).json()["result"]["taskId"]
    assert (await send(b, "tasks/get", WAITS, taskId=task)).json()["result"]["status"] == "working"
    assert (await send(c, "tasks/update", WAITS, taskId=task, inputResponses={})).json()["result"]
    release.set()
    assert (await ended(c, task))["result"]["content"][0]["text"] == "done at last"


async def test_a_task_is_cancelled_through_any_instance(three: list[Agent], release: asyncio.Event):
    a, b, c = three
    task = (await send(a, "tools/call", WAITS, name="slow", arguments={})).json()["result"]["taskId"]
    assert (await send(b, "tasks/cancel", taskId=task)).json()["error"]["code"] == -32021
    assert "error" not in (await send(b, "tasks/cancel", WAITS, taskId=task)).json()
    assert (await ended(c, task))["status"] == "cancelled"
    release.set()
    assert (await ended(a, task))["status"] == "cancelled"
    for method in ("tasks/get", "tasks/cancel", "tasks/update"):
        assert (await send(c, method, WAITS, taskId="0" * 32)).json()["error"]["code"] == -32602


async def ended(agent: Agent, task: str) -> dict:
    async def shown() -> dict:
        found = (await send(agent, "tasks/get", WAITS, taskId=task)).json()["result"]
        return found if found["status"] != "working" else {}

    await until_async(shown, "the task has ended")
    return await shown()


async def test_a_task_whose_instance_was_killed(tmp_path: Path, postgres: str):
    shared = {
        "database_url": await new_database(postgres), "lease_seconds": 1.0, "mcp_approvals": "client",
        "mcp_task_after_seconds": 0.05,
    }  # fmt: skip
    tools = [
        ScriptedTool("slow", lambda _: "read again", seconds_max=600),
        ScriptedTool("slow_note", lambda _: "twice!", Permission.WRITE, seconds_max=600),
    ]
    async with agent_service(tmp_path / "b", tools, instance_id="b", **shared) as b:
        port = free_port()
        given = json.dumps({**shared, "instance_id": "a", "data_dir": str(tmp_path / "a")})
        program = [sys.executable, "-m", "harness.services.agent_process", str(port), given]
        process = await asyncio.create_subprocess_exec(*program)
        try:
            async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=60) as http:

                async def is_there() -> bool:
                    try:
                        return (await send(Agent(http, None), "server/discover")).status_code == 200
                    except httpx.HTTPError:
                        return False

                await until_async(is_there, "the other instance is ready")
                tasks = [
                    (await send(Agent(http, None), "tools/call", WAITS, name=name, arguments={})).json()["result"]
                    for name in ("slow", "slow_note")
                ]
        finally:
            process.kill()
            await process.wait()
        reading, noting = [await ended(b, one["taskId"]) for one in tasks]
    assert reading["status"] == "completed" and reading["result"]["content"][0]["text"] == "read again"
    assert noting["status"] == "failed" and "not known" in noting["error"]["message"] and not tools[1].calls


@pytest.mark.parametrize("approves", [True, False])
async def test_clients_with_a_handshake_ask_their_user_too(agent: Agent, approves: bool):
    from mcp import Client
    from mcp.types import ElicitResult

    asked = []

    async def answer(_context: object, params: object) -> ElicitResult:
        asked.append(params.message)
        return ElicitResult(action="accept", content={"approve": approves})

    async with listening(agent.app) as url, Client(f"{url}/mcp", mode="legacy", elicitation_callback=answer) as client:
        result = await client.call_tool("note", {"word": "milk"})
        assert "milk" in asked[0] and len(asked) == 1
        assert result.content[0].text == (
            "noted milk" if approves else "the user denied this call; do not try it again"
        )


async def test_a_reply_counts_through_any_instance_for_its_caller_only(three: list[Agent]):
    a, b, c = three
    hello = {"protocolVersion": "2025-11-25", "capabilities": {"elicitation": {}}, "clientInfo": {"name": "t"}}
    begun = await a.http.post("/mcp", json={"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": hello})
    session = {"mcp-session-id": begun.headers["mcp-session-id"], "mcp-protocol-version": "2025-11-25"}
    call = {"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": {"name": "note", "arguments": {"word": "x"}}}
    forged = await b.http.post("/mcp", json=call, headers=session | {"mcp-session-id": "s1.wrong.wrong"})
    assert forged.status_code == 404
    records = b.app.state.lifecycle.checks["records"].__self__
    calling = asyncio.create_task(b.http.post("/mcp", json=call, headers=session))

    async def question() -> str:
        async with records.read() as connection:
            return await connection.scalar(select(McpQuestion.id)) or ""

    await until_async(question, "the question is asked")
    reply = {"jsonrpc": "2.0", "id": await question(), "result": {"action": "accept", "content": {"approve": True}}}
    wrong = await c.http.post("/mcp", json=reply | {"id": "0" * 32}, headers=session)
    assert wrong.status_code == 202 and not calling.done()
    assert (await c.http.post("/mcp", json=reply, headers=session)).status_code == 202
    text = (await calling).text
    assert "elicitation/create" in text and "noted x" in text
