"""HTTP endpoints for sessions and their messages."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import AwareDatetime

from aistack.access.rules import needs, open_to
from aistack.agent.chat import Chat
from aistack.agent.conversations.history_search import HistorySearch
from aistack.agent.conversations.messages import MessageStore
from aistack.agent.conversations.sessions import SessionStore
from aistack.agent.routes.views import message_views, session_views
from aistack.agent.tables import SESSION
from aistack.agent.wire import (
    MessageId,
    MessagePage,
    MessageView,
    NewBranch,
    NewSession,
    SearchHit,
    SessionChange,
    SessionList,
    SessionView,
)
from aistack.chassis.errors import Conflict
from aistack.chassis.identity import principal


def session_routes(sessions: SessionStore, messages: MessageStore, search: HistorySearch, chat: Chat) -> APIRouter:
    """`/v1/agent/sessions` and `/v1/agent/search`."""
    router = APIRouter(prefix="/v1/agent", tags=["agent"])

    @router.get("/sessions", dependencies=[open_to("everyone")])
    async def list_sessions(
        before: AwareDatetime | None = None,
        folder: Annotated[str | None, Query(max_length=128)] = None,
        archived: bool = False,
        limit: Annotated[int, Query(ge=1, le=500)] = 50,
    ) -> SessionList:
        """Your sessions and those shared with you, the last changed first. `before` continues a list."""
        rows = await sessions.visible(limit, before, folder, archived=archived)
        views = await session_views(sessions, messages, rows)
        return SessionList(sessions=views, next=views[-1].changed_at.isoformat() if len(rows) == limit else None)

    @router.post("/sessions", status_code=201, dependencies=[open_to("members")])
    async def create_session(new: NewSession) -> SessionView:
        row = await sessions.create(**new.model_dump())
        return (await session_views(sessions, messages, [(row, "manage")]))[0]

    @router.get("/sessions/{session}", dependencies=[needs(SESSION, "view")])
    async def show_session(session: str) -> SessionView:
        row = await sessions.find(session)
        return (await session_views(sessions, messages, [(row, await sessions.level(row))]))[0]

    @router.patch("/sessions/{session}", dependencies=[needs(SESSION, "edit")])
    async def change_session(session: str, change: SessionChange) -> SessionView:
        """Renames, files, pins or archives a session, sets its model and instructions, or shows another branch."""
        row = await sessions.find(session)
        values = change.model_dump(exclude_none=True)
        if "leaf" in values:
            if row.id in await sessions.busy([row.id]):
                raise Conflict("an answer is being written in this session; stop it or wait for its end")
            named = await messages.with_id(row.id, values.pop("leaf"))
            values["leaf_id"] = await messages.newest_below(named)
        changed = await sessions.change(row.id, values) if values else row
        return (await session_views(sessions, messages, [(changed, await sessions.level(changed))]))[0]

    @router.delete("/sessions/{session}", status_code=204, dependencies=[needs(SESSION, "manage")])
    async def delete_session(session: str) -> None:
        """Deletes a session with everything in it. A run in progress ends."""
        await sessions.remove((await sessions.find(session)).public_id)

    @router.get("/sessions/{session}/messages", dependencies=[needs(SESSION, "view")])
    async def list_messages(
        session: str,
        leaf: MessageId | None = None,
        before: MessageId | None = None,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
    ) -> MessagePage:
        """The last messages of the branch that is shown, or of the one that ends with `leaf`; `before` goes back."""
        row = await sessions.find(session)
        end = row.leaf_id
        if before is not None:
            end = (await messages.with_id(row.id, before)).parent_id
        elif leaf is not None:
            end = (await messages.with_id(row.id, leaf)).id
        rows = await messages.branch(end, limit)
        parents = {one.id: one.public_id for one in rows}
        if rows and rows[0].parent_id is not None:
            parents |= await messages.public_ids([rows[0].parent_id])
        more = bool(rows) and rows[0].parent_id is not None
        return MessagePage(
            messages=await message_views(messages, row.id, rows, parents),
            before=rows[0].public_id if more else None,
        )

    @router.post("/sessions/{session}/messages", status_code=201, dependencies=[needs(SESSION, "edit")])
    async def add_branch(session: str, new: NewBranch) -> MessageView:
        """Another text for a question or an answer, as a branch beside it, without asking the model."""
        row = await sessions.find(session)
        if row.id in await sessions.busy([row.id]):
            raise Conflict("an answer is being written in this session; stop it or wait for its end")
        added = await chat.add_branch(row, new)
        parents = await messages.public_ids([added.parent_id]) if added.parent_id is not None else {}
        return (await message_views(messages, row.id, [added], parents))[0]

    @router.get("/search", dependencies=[open_to("everyone")])
    async def search_history(
        q: Annotated[str, Query(max_length=1_000)], limit: Annotated[int, Query(ge=1, le=200)] = 30
    ) -> list[SearchHit]:
        """Messages that contain all words, newest first; if there are none, those with any of them."""
        rows, excerpts = await search.find(q, principal.get(), limit)
        return [
            SearchHit(
                session_id=row.session, title=row.title, message_id=row.public_id, role=row.role,
                excerpt=excerpts.get(row.id, ""), created_at=row.created_at,
            )
            for row in rows
        ]  # fmt: skip

    return router
