"""HTTP endpoints for export and import."""

from collections.abc import AsyncIterator
from typing import Any, Literal

from fastapi import APIRouter, Body
from fastapi.responses import PlainTextResponse, Response, StreamingResponse

from aistack.access.rules import needs, open_to
from aistack.agent.conversations.messages import MessageStore
from aistack.agent.conversations.sessions import SessionStore
from aistack.agent.exchange.exporting import exported_session, markdown
from aistack.agent.exchange.importing import Importer
from aistack.agent.tables import SESSION
from aistack.agent.wire import Export, Imported
from aistack.stores.records import AnyRow

PAGE = 200
BRANCH_MAX = 100_000


def exchange_routes(sessions: SessionStore, messages: MessageStore, importer: Importer) -> APIRouter:
    """`/v1/agent/export`, `/v1/agent/import` and the export of one session."""
    router = APIRouter(prefix="/v1/agent", tags=["agent"])

    @router.get("/sessions/{session}/export", response_model=Export, dependencies=[needs(SESSION, "view")])
    async def export_session(session: str, format: Literal["json", "markdown"] = "json") -> Response | Export:
        """A session with all its branches as JSON, or the branch that is shown as Markdown."""
        row = await sessions.find(session)
        if format == "json":
            return Export(sessions=[await exported_session(messages, row)])
        branch = await messages.with_parts(await messages.branch(row.leaf_id, BRANCH_MAX))
        return PlainTextResponse(markdown(row, branch), media_type="text/markdown; charset=utf-8")

    @router.get("/export", response_model=Export, dependencies=[open_to("everyone")])
    async def export_all() -> Response:
        """All sessions that you may view, archived ones included."""

        async def pieces() -> AsyncIterator[str]:
            yield '{"format":"aistack-chat","version":1,"sessions":['
            is_first = True
            async for row in _all(sessions):
                exported = await exported_session(messages, row)
                yield ("" if is_first else ",") + exported.model_dump_json()
                is_first = False
            yield "]}"

        headers = {"content-disposition": 'attachment; filename="conversations.json"', "cache-control": "no-store"}
        return StreamingResponse(pieces(), media_type="application/json", headers=headers)

    @router.post("/import", status_code=201, dependencies=[open_to("members")])
    async def import_sessions(export: Any = Body()) -> Imported:
        """Adds the sessions of an export of AI Stack, ChatGPT (`conversations.json`) or Open WebUI as your own."""
        return await importer.add(export)

    return router


async def _all(sessions: SessionStore) -> AsyncIterator[AnyRow]:
    for archived in (False, True):
        before = None
        while rows := await sessions.visible(PAGE, before, None, archived=archived):
            for row, _ in rows:
                yield row
            before = rows[-1][0].changed_at
