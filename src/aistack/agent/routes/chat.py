"""HTTP endpoints for answers: asking, following, stopping, approving."""

import contextlib
import json
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Header, Query
from fastapi.responses import Response, StreamingResponse

from aistack.access.rules import needs
from aistack.access.streams import while_held
from aistack.agent.chat import Chat
from aistack.agent.conversations.messages import MessageStore
from aistack.agent.conversations.sessions import SessionStore
from aistack.agent.routes.views import approval_view, message_views, run_view
from aistack.agent.runs.approvals import Approvals
from aistack.agent.runs.event_log import Numbered
from aistack.agent.runs.executor import Executor
from aistack.agent.runs.following import Following
from aistack.agent.runs.run_store import RunStore
from aistack.agent.tables import SESSION
from aistack.agent.wire import ApprovalView, ChatAnswer, ChatRequest, Decided, Decision, RunView, SessionId
from aistack.chassis.errors import InvalidInput, NotFound
from aistack.chassis.event_streams import with_comments
from aistack.stores.records import AnyRow

ACCESS_CHECK_SECONDS = 2.0
NUMBER_MAX = 2**31 - 1
EVENT_HEADERS = {"cache-control": "no-store", "x-accel-buffering": "no"}

After = Annotated[int, Query(ge=0, le=NUMBER_MAX, description="number of the last event that was received")]


class RunRoutes:
    """What the routes of runs have in common."""

    def __init__(self, sessions: SessionStore, messages: MessageStore, runs: RunStore, following: Following) -> None:
        self.sessions = sessions
        self.messages = messages
        self.runs = runs
        self._following = following

    async def find(self, run_id: str) -> tuple[AnyRow, AnyRow]:
        """A run and its session, for the level that the route needs."""
        missing = NotFound(f"there is no run {run_id[:40]}")
        run = await self.runs.find(run_id)
        session = await self.sessions.row(run.session_id)
        if session is None:
            raise missing
        with contextlib.suppress(NotFound):
            return run, await self.sessions.find(session.public_id)
        raise missing

    async def view(self, run: AnyRow, session: AnyRow) -> RunView:
        ids = await self.messages.public_ids([run.message_id])
        return run_view(run, session.public_id, ids.get(run.message_id, ""))

    async def answer(self, run_id: str, session: AnyRow) -> ChatAnswer:
        """The run and its message as they are now."""
        run = await self.runs.find(run_id)
        row = await self.messages.row(run.message_id)
        parents = await self.messages.public_ids([row.parent_id]) if row.parent_id is not None else {}
        (message,) = await message_views(self.messages, session.id, [row], parents)
        return ChatAnswer(
            session_id=session.public_id, run=run_view(run, session.public_id, row.public_id), message=message
        )

    def heard(self, run_id: str, after: int, session: AnyRow) -> AsyncIterator[Numbered]:
        """The events after a number until the run's end, for as long as the caller may see the session."""
        return while_held(
            self._following.events(run_id, after),
            lambda: self.sessions.find(session.public_id, "view"),
            ACCESS_CHECK_SECONDS,
        )

    async def so_far(self, run_id: str) -> list[Numbered]:
        """The events that there are now."""
        return await self._following.so_far(run_id)

    def stream(self, run_id: str, after: int, session: AnyRow) -> StreamingResponse:
        """The events as server-sent events, for as long as the caller may see the session."""
        heard = self.heard(run_id, after, session)

        async def lines() -> AsyncIterator[str]:
            with contextlib.suppress(NotFound):  # deleted, or taken back
                async for number, data in heard:
                    yield f"id: {number}\ndata: {json.dumps(data, ensure_ascii=False, separators=(',', ':'))}\n\n"

        headers = EVENT_HEADERS | {"x-agent-run": run_id, "x-agent-session": session.public_id}
        return StreamingResponse(with_comments(lines()), media_type="text/event-stream", headers=headers)

    async def check(self, run_id: str) -> None:
        """Raises Problem (410) if the run's events are no longer kept."""
        await self._following.check(run_id)

    async def wait(self, run_id: str) -> None:
        """Returns when the run has ended or waits for a person."""
        async for _ in self._following.events(run_id, 0):
            pass


def chat_routes(routes: RunRoutes, chat: Chat, executor: Executor) -> APIRouter:
    """`/v1/agent/chat` and `/v1/agent/runs`."""
    router = APIRouter(prefix="/v1/agent", tags=["agent"])

    @router.post("/chat", response_model=ChatAnswer, dependencies=[needs(SESSION, "edit")])
    async def chat_message(body: ChatRequest) -> Response | ChatAnswer:
        """Sends a message and streams the answer's events (AG-UI 1.0), each with its number as the event's id.

        The answer belongs to the server: if the connection ends, it goes on, and `GET /v1/agent/runs/{id}/events`
        continues the stream after the last number. `POST /v1/agent/runs/{id}/stop` stops it.
        """
        if body.session_id is None:
            if body.edit_of or body.retry_of:
                raise InvalidInput("edit_of and retry_of need the session_id of their message")
            if not body.message.strip() and not body.attachments:
                raise InvalidInput("message is empty")
            session = await routes.sessions.create(is_temporary=body.temporary)
        else:
            if body.temporary:
                raise InvalidInput("temporary begins a session; leave session_id out")
            session = await routes.sessions.find(body.session_id)
        run = await chat.begin(session, body)
        if body.stream:
            return routes.stream(run.id, 0, session)
        await routes.wait(run.id)
        return await routes.answer(run.id, session)

    @router.get("/runs/{run}", dependencies=[needs(SESSION, "view")])
    async def show_run(run: str) -> RunView:
        return await routes.view(*await routes.find(run))

    @router.get("/runs/{run}/events", dependencies=[needs(SESSION, "view")])
    async def follow_run(
        run: str, after: After = 0, last_event_id: Annotated[str, Header(max_length=20)] = ""
    ) -> Response:
        """The run's events after a number, those to come included. Works on every instance."""
        row, session = await routes.find(run)
        await routes.check(row.id)
        given = int(last_event_id) if last_event_id.isascii() and last_event_id.isdecimal() else 0
        return routes.stream(row.id, max(after, min(given, NUMBER_MAX)), session)

    @router.post("/runs/{run}/stop", status_code=202, dependencies=[needs(SESSION, "edit")])
    async def stop_run(run: str) -> RunView:
        """Stops a run, and the model with it. What was written so far is kept."""
        row, session = await routes.find(run)
        await executor.stop(row.id)
        return await routes.view(await routes.runs.find(row.id), session)

    return router


def approval_routes(routes: RunRoutes, chat: Chat, approvals: Approvals) -> APIRouter:
    """`/v1/agent/approvals`."""
    router = APIRouter(prefix="/v1/agent", tags=["agent"])

    async def find(approval_id: str) -> tuple[AnyRow, AnyRow]:
        row = await approvals.find(approval_id)
        session = await routes.sessions.row(row.session_id)
        with contextlib.suppress(NotFound):
            if session is not None:
                return row, await routes.sessions.find(session.public_id)
        raise NotFound(f"there is no approval {approval_id[:40]}")

    @router.get("/approvals", dependencies=[needs(SESSION, "view")])
    async def list_approvals(session: SessionId) -> list[ApprovalView]:
        """The calls of a session that wait for a decision, and those that were decided on; newest first."""
        row = await routes.sessions.find(session)
        return [approval_view(one, row.public_id) for one in await approvals.of_session(row.id)]

    @router.post("/approvals/{approval}", dependencies=[needs(SESSION, "edit")])
    async def decide(approval: str, decision: Decision) -> Decided:
        """Decides on one call with exactly its arguments. After the last one, a new run goes on with the answer."""
        row, session = await find(approval)
        decided, run = await chat.decide(row, decision)
        return Decided(
            approval=approval_view(decided, session.public_id),
            run=await routes.view(run, session) if run is not None else None,
        )

    return router
