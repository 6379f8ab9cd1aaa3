"""An MCP server of the official SDK over HTTP, which a test can change, and which notes the headers that it gets."""

import asyncio
import json
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from mcp.server.mcpserver import MCPServer
from mcp.types import ToolAnnotations

from harness.processes import free_port

STATELESS = b"2026-07-28"


@dataclass
class OtherServer:
    """`is_old` makes it one that knows no stateless revision."""

    url: str
    sdk: MCPServer
    is_old: bool
    headers: list[dict[str, str]] = field(default_factory=list[dict[str, str]])

    def add(self, tool: Callable[..., Any], *, reads: bool = False) -> None:
        self.sdk.add_tool(tool, annotations=ToolAnnotations(read_only_hint=reads))


@asynccontextmanager
async def other_mcp_server(*tools: Callable[..., Any], is_old: bool = False) -> AsyncGenerator[OtherServer]:
    """Its tools `only read`, it says, if their names begin with `get`."""
    port = free_port()
    sdk = MCPServer("others")
    opened = OtherServer(f"http://127.0.0.1:{port}/mcp", sdk, is_old)
    for one in tools:
        opened.add(one, reads=one.__name__.startswith("get"))
    inner = sdk.streamable_http_app()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            opened.headers.append({name.decode(): value.decode() for name, value in scope["headers"]})
            if is_old and (b"mcp-protocol-version", STATELESS) in scope["headers"]:
                await _refuse(send)
                return
        await inner(scope, receive, send)

    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="error"))
    running = asyncio.create_task(server.serve())
    try:
        while not server.started:
            await asyncio.sleep(0.02)
        yield opened
    finally:
        server.should_exit = server.force_exit = True
        await running


async def _refuse(send: Any) -> None:
    error = {"jsonrpc": "2.0", "id": None, "error": {"code": -32600, "message": "Unsupported protocol version"}}
    headers = [(b"content-type", b"application/json")]
    await send({"type": "http.response.start", "status": 400, "headers": headers})
    await send({"type": "http.response.body", "body": json.dumps(error).encode()})
