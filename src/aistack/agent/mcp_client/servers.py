"""The connections to other servers, and their tools as a source of the agent's tools.

Tools are offered as they are pinned, without asking their server, so that a server that is down delays no answer.
Before a call, the list is read again unless that was done a short time ago; if it has changed, the call is refused.
"""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from aistack.access.levels import at_least
from aistack.agent.calls.tool_registry import Offer
from aistack.agent.mcp_client.command_file import Command
from aistack.agent.mcp_client.command_transport import CommandTransport
from aistack.agent.mcp_client.failures import Refused, ServerFailed
from aistack.agent.mcp_client.http_transport import HttpTransport
from aistack.agent.mcp_client.peer import Peer
from aistack.agent.mcp_client.remote_tool import RemoteTool
from aistack.agent.mcp_client.server_store import ServerStore
from aistack.agent.mcp_client.tool_list import digest_of, read_tools
from aistack.agent.tool_protocol import Tool, ToolContext
from aistack.chassis.errors import Forbidden, GatewayFailed, Problem
from aistack.chassis.identity import Principal
from aistack.chassis.telemetry.logs import get_log
from aistack.chassis.web.public_web import PublicWeb
from aistack.stores.records import AnyRow

LIST_SECONDS = 20.0
FRESH_SECONDS = 60.0
PAUSE_SECONDS = 30.0  # after a failure, a server's tools are off
IDLE_SECONDS = 600.0
NOT_CONFIGURED = "it is not in the file of AGENT_MCP_COMMANDS any more"


@dataclass
class _Connection:
    """`digest` is of the list as it was read at `checked`, in seconds of the monotonic clock."""

    peer: Peer
    revision: int
    used: float
    checked: float = 0.0
    digest: str = ""
    failed: float = 0.0
    failure: str = ""
    checking: asyncio.Lock = field(default_factory=asyncio.Lock)


class McpServers:
    """`commands` are the operator's, `web` refuses addresses that are not public."""

    def __init__(self, store: ServerStore, commands: Mapping[str, Command], web: PublicWeb) -> None:
        self._store = store
        self._commands = commands
        self._web = web
        self._connections: dict[str, _Connection] = {}
        self._first: asyncio.Task[None] | None = None
        self._stale: list[Peer] = []

    async def start(self) -> None:
        """Begins to read the lists of configured commands that are new."""
        if self._commands:
            rows = await self._store.ensure_commands(list(self._commands))
            self._first = asyncio.create_task(self._check_new(rows), name="agent:mcp-commands")

    async def close(self) -> None:
        if self._first is not None:
            self._first.cancel()
            await asyncio.wait((self._first,))
        peers = [*self._stale, *(one.peer for one in self._connections.values())]
        await asyncio.gather(*(one.close() for one in peers), return_exceptions=True)
        self._connections.clear()

    async def close_idle(self) -> None:
        """Ends connections that were not used for a while, commands above all."""
        stale, self._stale = self._stale, []
        for peer in stale:
            await peer.close()
        limit = time.monotonic() - IDLE_SECONDS
        for public_id in [key for key, one in self._connections.items() if one.used < limit]:
            await self._connections.pop(public_id).peer.close()

    async def forget(self, public_id: str) -> None:
        """The server was changed or deleted."""
        connection = self._connections.pop(public_id, None)
        if connection is not None:
            await connection.peer.close()

    async def offer(self, who: Principal) -> Offer:
        try:
            rows = [row for row, _ in await self._store.visible(who, "use")]
        except Exception:
            get_log("agent").exception("mcp.servers_failed")
            return Offer()
        tools, off = dict[str, Tool](), dict[str, str]()
        for row in rows:
            reason = self._why_off(row)
            if reason:
                off.setdefault(row.name, reason)
                continue
            for one in self._tools(row):
                tools.setdefault(one.name, one)
        return Offer(list(tools.values()), off)

    async def check(self, row: AnyRow) -> AnyRow:
        """The row after its list was read again. Failures are in `error`."""
        try:
            connection = self._connection(row)
            return await self._read_list(row, connection)
        except (ServerFailed, Problem) as error:
            return await self._store.note(row, None, str(error))

    def _why_off(self, row: AnyRow) -> str:
        if not row.is_enabled:
            return "this MCP server is disabled"
        if row.command and row.command not in self._commands:
            return NOT_CONFIGURED
        connection = self._connections.get(row.public_id)
        if connection is not None and connection.failure and time.monotonic() < connection.failed + PAUSE_SECONDS:
            return connection.failure
        if not row.digest:
            return row.error or "its tools wait to be accepted, at /v1/agent/mcp-servers"
        return _changed(row.name) if row.found_digest else ""

    def _tools(self, row: AnyRow) -> list[RemoteTool]:
        async def call(
            tool: str, arguments: Mapping[str, Any], headers: Mapping[str, str], context: ToolContext
        ) -> Mapping[str, Any]:
            return await self._call(row, tool, arguments, headers, context.who)

        return [RemoteTool(row.name, one, call, reads=one["name"] in row.reads) for one in row.tools]

    async def _call(
        self, offered: AnyRow, tool: str, arguments: Mapping[str, Any], headers: Mapping[str, str], who: Principal
    ) -> Mapping[str, Any]:
        """Calls a tool as it was offered. Raises Problem."""
        row = await self._store.row(offered.public_id)
        if row is None or not at_least(await self._store.level(row, who), "use") or not row.is_enabled:
            raise Forbidden(f"the MCP server {offered.name} was deleted, disabled or is no longer shared")
        if row.digest != offered.digest or row.revision != offered.revision:
            raise Forbidden(f"the MCP server {offered.name} was changed meanwhile; ask again")
        try:
            connection = self._connection(row)
            await self._require_pinned(row, connection)
            connection.used = time.monotonic()
            return await connection.peer.request("tools/call", {"name": tool, "arguments": dict(arguments)}, headers)
        except Refused as error:
            raise GatewayFailed(f"{row.name}: {error}") from None
        except ServerFailed as error:
            self._note_failure(row, error)
            raise GatewayFailed(f"the MCP server {row.name} failed: {error}") from None

    async def _require_pinned(self, row: AnyRow, connection: _Connection) -> None:
        """Raises Forbidden if the server's tools are no longer those that were accepted."""
        transport = connection.peer.transport
        is_told = isinstance(transport, CommandTransport) and transport.list_changed
        async with connection.checking:
            if is_told or connection.checked < time.monotonic() - FRESH_SECONDS or not connection.checked:
                row = await self._read_list(row, connection)
        if connection.digest != row.digest:
            raise Forbidden(_changed(row.name))

    async def _read_list(self, row: AnyRow, connection: _Connection) -> AnyRow:
        """Reads a server's list and keeps it. Raises ServerFailed."""
        connection.used = time.monotonic()
        if isinstance(connection.peer.transport, CommandTransport):
            connection.peer.transport.list_changed = False
        try:
            async with asyncio.timeout(LIST_SECONDS):
                tools = await read_tools(connection.peer)
        except TimeoutError:
            error = ServerFailed(f"it did not list its tools within {LIST_SECONDS:g} s")
            self._note_failure(row, error)
            raise error from None
        except ServerFailed as error:
            self._note_failure(row, error)
            raise
        connection.checked, connection.digest, connection.failure = time.monotonic(), digest_of(tools), ""
        return await self._store.note(row, tools, "", accepts=bool(row.command))

    def _connection(self, row: AnyRow) -> _Connection:
        """Raises ServerFailed for a command that is not configured, Problem for headers that cannot be read."""
        found = self._connections.get(row.public_id)
        if found is not None and found.revision == row.revision:
            return found
        if found is not None:  # it was changed through another instance
            self._stale.append(found.peer)
        if row.command:
            command = self._commands.get(row.command)
            if command is None:
                raise ServerFailed(NOT_CONFIGURED)
            transport = CommandTransport(command)
        else:
            transport = HttpTransport(self._web, row.url, self._store.headers(row))
        made = _Connection(Peer(transport), row.revision, time.monotonic())
        self._connections[row.public_id] = made
        return made

    def _note_failure(self, row: AnyRow, error: ServerFailed) -> None:
        get_log("agent").warning("mcp.server_failed", server=row.public_id, error=str(error)[:300])
        connection = self._connections.get(row.public_id)
        if connection is not None:
            connection.failed, connection.failure = time.monotonic(), f"the MCP server {row.name} failed: {error}"

    async def _check_new(self, rows: list[AnyRow]) -> None:
        for row in rows:
            try:
                await self.check(row)
            except Exception:
                get_log("agent").exception("mcp.command_failed", command=row.command)


def _changed(name: str) -> str:
    return f"the tools of the MCP server {name} have changed; look at them and accept them at /v1/agent/mcp-servers"
