"""HTTP endpoints of the agent as OpenAI's Responses API."""

import contextlib
import json
from collections.abc import AsyncIterator, Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import JSONResponse, Response, StreamingResponse

from aistack.access.rules import needs
from aistack.agent.chat import Chat
from aistack.agent.conversations.messages import NewPart, add_message
from aistack.agent.responses.errors import OpenAIErrors
from aistack.agent.responses.request import Read, ResponseRequest, allowed_tools, read_input
from aistack.agent.responses.translation import KnownCall, Translation
from aistack.agent.routes.chat import EVENT_HEADERS, NUMBER_MAX, RunRoutes
from aistack.agent.runs.approvals import PENDING, Approvals
from aistack.agent.runs.executor import Executor
from aistack.agent.tables import SESSION
from aistack.agent.wire import ChatRequest, Decision
from aistack.chassis.errors import Conflict, InvalidInput, NotFound
from aistack.chassis.event_streams import with_comments
from aistack.stores.records import AnyRow

PREFIX = "resp_"
After = Annotated[int, Query(ge=-1, le=NUMBER_MAX, description="sequence_number of the last event that was received")]


def response_routes(routes: RunRoutes, chat: Chat, executor: Executor, approvals: Approvals) -> APIRouter:
    """`/v1/agent/responses`. The id of a response is that of its run."""
    router = APIRouter(prefix="/v1/agent/responses", tags=["agent"], route_class=OpenAIErrors)
    starting = Starting(routes, chat, approvals)

    @router.post("", dependencies=[needs(SESSION, "edit")])
    async def create_response(body: ResponseRequest) -> Response:
        """Answers as the agent does, with its tools, in the form of OpenAI's Responses API.

        Calls that wait for a person are `mcp_approval_request`; send `mcp_approval_response` to go on.
        """
        run, session = await starting.begin(body)
        echo = {"instructions": body.instructions, "metadata": body.metadata or {}, "background": body.background}
        echo["previous_response_id"] = body.previous_response_id
        translation = await starting.translation(run, session, echo)
        if body.stream:
            return _stream(routes, run, session, translation, -1)
        if body.background:
            return JSONResponse(translation.response)
        list(translation.begin())
        async for _, event in routes.heard(run.id, 0, session):
            list(translation.read(event))
        return JSONResponse(translation.response)

    async def find(response_id: str) -> tuple[AnyRow, AnyRow]:
        if not response_id.startswith(PREFIX):
            raise NotFound(f"there is no response {response_id[:40]}")
        run, session = await routes.find(response_id.removeprefix(PREFIX))
        await routes.check(run.id)
        return run, session

    async def so_far(run: AnyRow, session: AnyRow) -> Response:
        translation = await starting.translation(run, session, {})
        for _, event in await routes.so_far(run.id):
            list(translation.read(event))
        return JSONResponse(translation.response)

    @router.get("/{response}", dependencies=[needs(SESSION, "view")])
    async def show_response(response: str, stream: bool = False, starting_after: After = -1) -> Response:
        """A response as far as it is, or its events after a number. It is kept as long as the events of its run."""
        run, session = await find(response)
        if not stream:
            return await so_far(run, session)
        return _stream(routes, run, session, await starting.translation(run, session, {}), starting_after)

    @router.post("/{response}/cancel", dependencies=[needs(SESSION, "edit")])
    async def cancel_response(response: str) -> Response:
        """Stops the answer. What was written so far is kept."""
        run, session = await find(response)
        await executor.stop(run.id)
        return await so_far(run, session)

    return router


class Starting:
    """Makes runs of requests."""

    def __init__(self, routes: RunRoutes, chat: Chat, approvals: Approvals) -> None:
        self._routes = routes
        self._chat = chat
        self._approvals = approvals

    async def begin(self, request: ResponseRequest) -> tuple[AnyRow, AnyRow]:
        """The run that answers, and its session. Raises Problem."""
        read, tools = read_input(request), allowed_tools(request)
        session, last = await self._session(request)
        if read.decisions:
            if session is None:
                raise InvalidInput("approvals need the previous_response_id of the response that asked")
            return await self._decide(session, read.decisions), session
        sessions = self._routes.sessions
        if session is None:
            session = await sessions.create(instructions=request.instructions or "", is_temporary=not request.store)
        else:
            is_behind = last is not None and last != session.leaf_id
            values: dict[str, Any] = {"leaf_id": last} if is_behind else {}
            if request.instructions is not None:
                values["instructions"] = request.instructions
            if values:
                if session.id in await sessions.busy([session.id]):
                    raise Conflict("an answer is being written in this conversation; cancel it or wait for its end")
                session = await sessions.change(session.id, values)
        await self._add_earlier(session, read)
        asked = ChatRequest(
            session_id=session.public_id, message="\n\n".join(one.text for one in read.message), tools=tools,
            model=request.model_name, temperature=request.temperature or 0.0, temporary=False,
        )  # fmt: skip
        return await self._chat.begin(session, asked), session

    async def translation(self, run: AnyRow, session: AnyRow, echo: Mapping[str, Any]) -> Translation:
        """An empty response of a run."""
        row = await self._routes.messages.row(run.message_id)
        (message,) = await self._routes.messages.with_parts([row])
        asked = await self._approvals.of_message(run.message_id)
        calls = {
            one.data["id"]: KnownCall(
                one.data["name"], one.data["arguments"],
                asked[one.data["id"]].id if one.data["id"] in asked else None,
            )
            for one in message.parts if one.kind == "tool_call"
        }  # fmt: skip
        options = run.options
        response: dict[str, Any] = {
            "id": PREFIX + run.id, "object": "response", "created_at": int(run.created_at.timestamp()),
            "status": "in_progress", "model": options.get("model") or session.model or "agent", "output": [],
            "error": None, "incomplete_details": None, "instructions": None, "metadata": {}, "usage": None,
            "previous_response_id": None, "conversation": {"id": session.public_id}, "background": False,
            "parallel_tool_calls": True, "temperature": options.get("temperature", 0.0), "tool_choice": "auto",
            "tools": [], "top_p": None, "store": not session.is_temporary, "text": {"format": {"type": "text"}},
            "truncation": "auto",
        }  # fmt: skip
        return Translation(response | dict(echo), calls)

    async def _session(self, request: ResponseRequest) -> tuple[AnyRow | None, int | None]:
        """The session that goes on, and the message after which it does; None for the newest one."""
        if request.previous_response_id is not None:
            if request.conversation is not None:
                raise InvalidInput("send previous_response_id or conversation, not both")
            missing = NotFound(f"there is no response {request.previous_response_id}")
            if not request.previous_response_id.startswith(PREFIX):
                raise missing
            try:
                run, session = await self._routes.find(request.previous_response_id.removeprefix(PREFIX))
            except NotFound:
                raise missing from None
            return session, run.message_id
        if request.session_id is not None:
            return await self._routes.sessions.find(request.session_id), None
        return None, None

    async def _add_earlier(self, session: AnyRow, read: Read) -> None:
        """Adds the messages before the last one, as a client that keeps conversations by itself sends them."""
        if not read.earlier:
            return
        async with self._routes.sessions.records.write() as connection:
            parent: int | None = session.leaf_id
            for role, parts in read.earlier:
                given: list[NewPart] = list(parts)
                if given:
                    parent = (await add_message(connection, session.id, parent, role, given)).id

    async def _decide(self, session: AnyRow, decisions: Mapping[str, bool]) -> AnyRow:
        waiting = {one.id: one for one in await self._approvals.of_session(session.id) if one.state == PENDING}
        if set(waiting) != set(decisions):
            names = ", ".join(waiting) or "none"
            raise InvalidInput(f"answer all approvals that wait in this conversation, and only those: {names}")
        run = None
        for approval_id, approves in decisions.items():
            row = waiting[approval_id]
            decision = Decision(decision="approve" if approves else "deny", digest=row.digest)
            _, run = await self._chat.decide(row, decision)
        if run is None:
            raise Conflict("another call of the same answer waits by now")
        return run


def _stream(
    routes: RunRoutes, run: AnyRow, session: AnyRow, translation: Translation, after: int
) -> StreamingResponse:  # fmt: skip
    async def lines() -> AsyncIterator[str]:
        for event in translation.begin():
            if event["sequence_number"] > after:
                yield _line(event)
        with contextlib.suppress(NotFound):  # deleted, or taken back
            async for _, data in routes.heard(run.id, 0, session):
                for event in translation.read(data):
                    if event["sequence_number"] > after:
                        yield _line(event)

    headers = EVENT_HEADERS | {"x-agent-run": run.id, "x-agent-session": session.public_id}
    return StreamingResponse(with_comments(lines()), media_type="text/event-stream", headers=headers)


def _line(event: Mapping[str, Any]) -> str:
    data = json.dumps(event, ensure_ascii=False, separators=(",", ":"))
    return f"event: {event['type']}\ndata: {data}\n\n"
