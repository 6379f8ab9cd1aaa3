"""The MCP server, called by the official SDK in both eras, and by hand where the SDK does not go."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from aistack.agent.tool_protocol import Permission, ToolResult
from harness.services.agent import Agent, ScriptedTool, agent_service

WORD = {"type": "object", "properties": {"word": {"type": "string"}}, "required": ["word"]}
META = "io.modelcontextprotocol/"


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
    import uvicorn
    from mcp import Client

    from harness.processes import free_port

    port = free_port()
    server = uvicorn.Server(uvicorn.Config(agent.app, port=port, lifespan="off", log_level="warning"))
    serving = asyncio.create_task(server.serve())
    try:
        while not server.started:
            await asyncio.sleep(0.02)
        async with Client(f"http://127.0.0.1:{port}/mcp", mode=mode) as client:
            assert client.session.protocol_version == ("2026-07-28" if mode == "auto" else "2025-11-25")
            assert [one.name for one in (await client.list_tools()).tools] == ["note", "search", "slow"]
            result = await client.call_tool("search", {"word": "Oslo"})
            assert result.content[0].text == "found Oslo" and result.structured_content["untrusted"]
    finally:
        server.should_exit = True
        await serving
