"""HTTP endpoints for other MCP servers, whose tools answers may use."""

from typing import Any

from fastapi import APIRouter

from aistack.access.levels import Level
from aistack.access.rules import needs, open_to
from aistack.agent.mcp_client.server_store import ServerStore
from aistack.agent.mcp_client.servers import McpServers
from aistack.agent.mcp_client.tables import MCP_SERVER
from aistack.agent.mcp_client.wire import McpAcceptance, McpServerChange, McpServerView, McpToolView, NewMcpServer
from aistack.chassis.errors import InvalidInput
from aistack.chassis.identity import principal
from aistack.chassis.web.public_web import check_url
from aistack.stores.records import AnyRow

NOT_OURS_TO_SET = ("host", "content-length", "content-type", "connection", "transfer-encoding", "accept")


def mcp_server_routes(store: ServerStore, servers: McpServers) -> APIRouter:
    """`/v1/agent/mcp-servers`."""
    router = APIRouter(prefix="/v1/agent/mcp-servers", tags=["agent"])

    async def view(row: AnyRow) -> McpServerView:
        level = await store.level(row, principal.get()) or "view"
        return _view(row, level, _header_names(store, row) if level == "manage" else [])

    @router.get("", dependencies=[open_to("everyone")])
    async def list_mcp_servers() -> list[McpServerView]:
        """Your servers and those shared with you."""
        rows = await store.visible(principal.get(), "view")
        return [_view(row, level, _header_names(store, row) if level == "manage" else []) for row, level in rows]

    @router.post("", status_code=201, dependencies=[open_to("members")])
    async def add_mcp_server(new: NewMcpServer) -> McpServerView:
        """Adds a server and reads its tools, which can be used once you accept them. `error` says what went wrong."""
        check_url(new.url)
        row = await store.create(new.name, new.url, _checked(new.headers))
        return await view(await servers.check(row))

    @router.get("/{server}", dependencies=[needs(MCP_SERVER, "view")])
    async def show_mcp_server(server: str) -> McpServerView:
        return await view(await store.find(server))

    @router.patch("/{server}", dependencies=[needs(MCP_SERVER, "manage")])
    async def change_mcp_server(server: str, change: McpServerChange) -> McpServerView:
        """Renames, enables or disables a server, or changes where it is."""
        row = await store.find(server)
        values = change.model_dump(exclude_none=True, exclude={"headers"})
        if row.command and (change.url is not None or change.headers is not None):
            raise InvalidInput(f"{row.name} is a command; it is configured in the file of AGENT_MCP_COMMANDS")
        if change.url is not None:
            check_url(change.url)
        headers = _checked(change.headers) if change.headers is not None else None
        changed = await store.change(row, headers, values)
        await servers.forget(row.public_id)
        is_elsewhere = change.url is not None or headers is not None
        return await view(await servers.check(changed) if is_elsewhere else changed)

    @router.post("/{server}/check", dependencies=[needs(MCP_SERVER, "edit")])
    async def check_mcp_server(server: str) -> McpServerView:
        """Reads the server's tools again."""
        return await view(await servers.check(await store.find(server)))

    @router.post("/{server}/accept", dependencies=[needs(MCP_SERVER, "edit")])
    async def accept_mcp_tools(server: str, given: McpAcceptance) -> McpServerView:
        """Accepts the tools as they are shown, by their digest. All other calls ask before they run."""
        return await view(await store.accept(await store.find(server), given.digest, given.reads))

    @router.delete("/{server}", status_code=204, dependencies=[needs(MCP_SERVER, "manage")])
    async def delete_mcp_server(server: str) -> None:
        row = await store.find(server)
        await store.remove(row.public_id)
        await servers.forget(row.public_id)

    return router


def _checked(headers: Any) -> dict[str, str]:
    found = {name.lower(): value.get_secret_value() for name, value in headers.items()}
    for name, value in found.items():
        if name in NOT_OURS_TO_SET or name.startswith("mcp-"):
            raise InvalidInput(f"the header {name} is set by the protocol")
        if not value.isascii() or not value.isprintable() or len(value) > 8_192:
            raise InvalidInput(f"the value of the header {name} must be printable ASCII")
    return found


def _header_names(store: ServerStore, row: AnyRow) -> list[str]:
    return sorted(store.headers(row)) if row.headers else []


def _view(row: AnyRow, yours: Level, headers: list[str]) -> McpServerView:
    return McpServerView(
        id=row.public_id, name=row.name, owner=row.owner, yours=yours, url=row.url, command=row.command,
        headers=headers, is_enabled=row.is_enabled,
        tools=[McpToolView(**one, reads=one["name"] in row.reads) for one in row.tools], digest=row.digest,
        found=[McpToolView(**one) for one in row.found] if row.found_digest else None,
        found_digest=row.found_digest, error=row.error, checked_at=row.checked_at, created_at=row.created_at,
        changed_at=row.changed_at,
    )  # fmt: skip
