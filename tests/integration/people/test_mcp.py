"""The MCP server and the Responses API behind a real gateway with identity on: keys, narrowed keys, the issuer."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import openai
import pytest
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

from aistack.agent.tool_protocol import Permission
from aistack.stack.secrets import service_key
from harness.services.agent import Agent, ScriptedTool, agent_service, listening
from harness.services.gateway import Gateway
from tests.integration.people.conftest import Administrator

WORD = {"type": "object", "properties": {"word": {"type": "string"}}, "required": ["word"]}
META = "io.modelcontextprotocol/"


@pytest.fixture
def gateway_toml() -> str:
    return "jwt_secret = 'a-shared-secret-of-the-issuer-that-is-long'\njwt_issuer = 'https://issuer.example.com'\n"


@pytest.fixture
async def agent(gateway: Gateway, tmp_path: Path) -> AsyncIterator[Agent]:
    tools = [
        ScriptedTool("whoami", lambda _: "you"),
        ScriptedTool("note", lambda given: f"noted {given['word']}", Permission.WRITE, parameters=WORD),
    ]
    secret = (gateway.folder / "secrets" / "stack.key").read_text().strip()
    settings = {"identity": True, "secret": secret, "mcp_approvals": "client"}
    async with agent_service(tmp_path / "agent", tools, **settings) as opened, listening(opened.app) as url:
        body = {"url": url, "routes": ["/mcp", "/v1/agent"]}
        headers = {"authorization": f"Bearer {service_key(secret, 'agent')}"}
        answer = await gateway.client.put("/registry/services/agent/instances/one", json=body, headers=headers)
        assert answer.is_success, answer.text
        yield Agent(opened.http, tools)


async def call(gateway: Gateway, key: str, name: str, **arguments: object) -> dict:
    meta = {META + "protocolVersion": "2026-07-28", META + "clientCapabilities": {}}
    params = {"name": name, "arguments": arguments, "_meta": meta}
    body = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}
    headers = {
        "mcp-protocol-version": "2026-07-28", "mcp-method": "tools/call", "mcp-name": name,
        "authorization": f"Bearer {key}",
    }  # fmt: skip
    answer = await gateway.client.post("/mcp", json=body, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.json()["result"]


@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_the_official_client_with_a_key(gateway: Gateway, agent: Agent, admin: Administrator, mode: str):
    member = await admin.user("ann")
    key = (await admin.key_for(member["subject"]))["key"]
    async with httpx2.AsyncClient(headers={"authorization": f"Bearer {key}"}, timeout=60) as http:
        transport = streamable_http_client(f"{gateway.url}/mcp", http_client=http)
        async with Client(transport, mode=mode) as client:
            assert [one.name for one in (await client.list_tools()).tools] == ["note", "whoami"]
            assert (await client.call_tool("note", {"word": "milk"})).content[0].text == "noted milk"
    (context,) = agent.app[1].contexts
    assert context.who.subject == member["subject"] and context.who.role == "member"


async def test_narrowed_keys_only_read(gateway: Gateway, agent: Agent, admin: Administrator):
    subject = (await admin.user("ann"))["subject"]
    for rules in ({"read_only": True}, {"things": ["collection:" + "0" * 12]}):
        key = (await admin.key_for(subject, **rules))["key"]
        assert "narrowed" in (await call(gateway, key, "note", word="x"))["content"][0]["text"]
        assert (await call(gateway, key, "whoami"))["content"][0]["text"] == "you"
    assert not agent.app[1].calls


async def test_callers_without_a_key_learn_where_to_get_one(gateway: Gateway, agent: Agent):
    del gateway.client.headers["authorization"]
    refused = await gateway.client.post("/mcp", json={})
    assert refused.status_code == 401
    place = f"{gateway.url}/.well-known/oauth-protected-resource/mcp"
    assert f'resource_metadata="{place}"' in refused.headers["www-authenticate"]
    for path in ("/.well-known/oauth-protected-resource/mcp", "/.well-known/oauth-protected-resource"):
        found = (await gateway.client.get(path)).json()
        assert found["authorization_servers"] == ["https://issuer.example.com"]
        assert found["resource"] == f"{gateway.url}/mcp"
    other = await gateway.client.get("/v1/agent/sessions")
    assert other.status_code == 401 and "resource_metadata" not in other.headers["www-authenticate"]


async def test_the_responses_api_with_a_key(gateway: Gateway, agent: Agent, admin: Administrator):
    keys = [(await admin.key_for((await admin.user(name))["subject"]))["key"] for name in ("ann", "bob")]
    ann, bob = (
        openai.AsyncOpenAI(base_url=f"{gateway.url}/v1/agent", api_key=key, max_retries=0, timeout=60) for key in keys
    )
    events = [one async for one in await ann.responses.create(model="agent", input="Hello", stream=True)]
    first = events[-1].response
    assert events[-1].type == "response.completed" and first.output_text
    second = await ann.responses.create(model="agent", input="Again", previous_response_id=first.id)
    assert second.conversation.id == first.conversation.id
    with pytest.raises(openai.NotFoundError):
        await bob.responses.retrieve(first.id)
    with pytest.raises(openai.AuthenticationError):
        await ann.with_options(api_key="ask_wrong").responses.retrieve(first.id)
    await ann.close()
    await bob.close()
