"""The agent service without a network, in this process, with tools of the tests."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import uvicorn

from aistack.agent.app import create_app
from aistack.agent.settings import AgentSettings
from aistack.agent.tool_protocol import Permission, Tool, ToolContext, ToolResult
from harness.processes import free_port


@dataclass
class ScriptedTool:
    """A tool whose result comes from a function. `calls` are the arguments that it was called with."""

    name: str
    answer: Callable[[Mapping[str, Any]], Any]
    permission: Permission = Permission.READ
    description: str = "A tool of the tests."
    parameters: Mapping[str, Any] = field(default_factory=lambda: {"type": "object", "properties": {}})
    seconds_max: float = 30.0
    calls: list[Mapping[str, Any]] = field(default_factory=list)
    contexts: list[ToolContext] = field(default_factory=list)

    async def run(self, arguments: Mapping[str, Any], context: ToolContext) -> ToolResult:
        self.calls.append(arguments)
        self.contexts.append(context)
        given = self.answer(arguments)
        if asyncio.iscoroutine(given):
            given = await given
        return given if isinstance(given, ToolResult) else ToolResult(str(given))


class Agent:
    """A client of the service, with the calls that tests make."""

    def __init__(self, http: httpx.AsyncClient, app: Any) -> None:
        self.http = http
        self.app = app

    async def get(self, path: str, **params: object) -> Any:
        answer = await self.http.get(f"/v1/agent{path}", params=params)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def post(self, path: str, body: object, status: int = 0) -> Any:
        answer = await self.http.post(f"/v1/agent{path}", json=body)
        assert answer.status_code == status if status else answer.is_success, (answer.status_code, answer.text)
        return answer.json() if answer.content else None

    async def ask(self, message: str = "", session: str | None = None, **rest: object) -> dict:
        """The complete answer: session, run, message."""
        return await self.post("/chat", {"message": message, "session_id": session, "stream": False, **rest})

    async def events(self, run: str, after: int = 0) -> list[dict]:
        """The events of a run until its end, each with its number as `n`."""
        found = []
        answer = await self.http.get(f"/v1/agent/runs/{run}/events", params={"after": after})
        assert answer.status_code == 200, answer.text
        for block in answer.text.split("\n\n"):
            lines = dict(line.split(": ", 1) for line in block.splitlines() if not line.startswith(":"))
            if "data" in lines:
                found.append({"n": int(lines["id"]), **json.loads(lines["data"])})
        return found

    async def begin(self, message: str, session: str | None = None, **rest: object) -> tuple[str, str]:
        """Begins an answer and leaves it: the session's id and the run's."""
        if session is None:
            session = (await self.post("/sessions", {}))["id"]
        body = {"message": message, "session_id": session, **rest}
        leaving = asyncio.create_task(self.http.post("/v1/agent/chat", json=body))
        while (run := (await self.get(f"/sessions/{session}"))["run"]) is None:
            if leaving.done():
                raise AssertionError(leaving.result().text)
            await asyncio.sleep(0.01)
        leaving.cancel()
        await asyncio.wait((leaving,))
        return session, run


@asynccontextmanager
async def listening(app: Any) -> AsyncIterator[str]:
    """The URL at which a started app answers, for clients that need a real connection."""
    port = free_port()
    server = uvicorn.Server(uvicorn.Config(app, port=port, lifespan="off", log_level="error"))
    serving = asyncio.create_task(server.serve())
    try:
        while not server.started:
            await asyncio.sleep(0.02)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = server.force_exit = True
        await serving


def text_of(message: dict) -> str:
    return "".join(one["text"] for one in message["parts"] if one["kind"] == "text")


@asynccontextmanager
async def agent_service(folder: Path, tools: Sequence[Tool] | None = (), **settings: object) -> AsyncIterator[Agent]:
    """Its data is in the folder. `tools` are instead of its own ones; None for these."""
    app = create_app(AgentSettings(**{"service": "agent", "port": 1, "data_dir": folder} | settings), tools)
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost", timeout=60) as http:
            yield Agent(http, app)
