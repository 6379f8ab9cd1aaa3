"""The export of somebody's sessions with all their branches, and of what is remembered about them."""

from collections.abc import AsyncGenerator
from typing import Any

from sqlalchemy import select

from aistack.access.access import Thing
from aistack.access.exporting.exports import (
    Export,
    ExportedFile,
    columns_of,
    grants_of,
    json_file,
    json_pages,
    row_pages,
)
from aistack.access.exporting.file_names import FileNames, file_name
from aistack.access.grants import AccessStore
from aistack.agent.conversations.messages import MessageStore
from aistack.agent.exchange.exporting import exported_session
from aistack.agent.mcp_client.tables import MCP_SERVER, McpServerRow
from aistack.agent.tables import FACT, SESSION, Fact, Session
from aistack.stores.records import AnyRow


def agent_exports(access: AccessStore, messages: MessageStore) -> dict[str, Export]:
    """By kind of thing."""

    async def sessions(subject: str) -> AsyncGenerator[ExportedFile]:
        names, mine = FileNames(), select(Session).where(Session.owner == subject, Session.is_temporary.is_(False))
        async for _, rows in row_pages(access.records, mine, [Session.id]):
            for row in rows:
                shared = grants_of(await access.of(Thing(SESSION, row.public_id, subject)))
                exported = (await exported_session(messages, row)).model_dump(mode="json")
                path = f"sessions/{names.added(file_name(row.title or row.public_id))}.json"
                yield json_file(path, exported | {"id": row.public_id, "shared_with": shared})

    async def facts(subject: str) -> AsyncGenerator[ExportedFile]:
        mine = select(Fact).where(Fact.owner == subject)
        async for file in json_pages(access.records, mine, [Fact.id], "memory", _fact):
            yield file

    async def mcp_servers(subject: str) -> AsyncGenerator[ExportedFile]:
        mine = select(McpServerRow).where(McpServerRow.owner == subject)
        async for file in json_pages(access.records, mine, [McpServerRow.id], "mcp-servers", _mcp_server):
            yield file

    return {SESSION: sessions, FACT: facts, MCP_SERVER: mcp_servers}


def _fact(row: AnyRow) -> dict[str, Any]:
    return {"id": row.public_id} | columns_of(row, "id", "public_id", "owner", "vector", "embedder")


def _mcp_server(row: AnyRow) -> dict[str, Any]:
    return {"id": row.public_id} | columns_of(row, "id", "public_id", "owner", "headers")
