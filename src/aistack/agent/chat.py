"""Begins answers: a new message, one that is edited, an answer that is generated again, a decision on a call."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from aistack.agent.conversations.messages import MessageStore, NewPart, add_message
from aistack.agent.conversations.sessions import SessionStore
from aistack.agent.runs.approvals import Approvals
from aistack.agent.runs.executor import Executor
from aistack.agent.runs.run_store import RunStore
from aistack.agent.tables import Message, Session
from aistack.agent.uploads.tables import READY
from aistack.agent.uploads.upload_store import UploadStore
from aistack.agent.wire import ChatRequest, Decision, NewBranch
from aistack.chassis.errors import Conflict, InvalidInput, NotFound
from aistack.chassis.identity import principal
from aistack.language.analysis import IS_CJK
from aistack.stores.job_leases import RUNNING
from aistack.stores.records import AnyRow

TITLE_CHARACTERS_MAX = 60


class Chat:
    """Acts for the request's caller, in sessions that the routes have found for it."""

    def __init__(
        self, sessions: SessionStore, messages: MessageStore, runs: RunStore, approvals: Approvals,
        executor: Executor, uploads: UploadStore,
    ) -> None:  # fmt: skip
        self._sessions = sessions
        self._messages = messages
        self._runs = runs
        self._approvals = approvals
        self._executor = executor
        self._uploads = uploads

    async def begin(self, session: AnyRow, request: ChatRequest) -> AnyRow:
        """The run that answers. Raises InvalidInput, NotFound, and Conflict while the session has a run."""
        _check(request)
        files = await self._files(request)
        given = _given(request, files)
        if request.retry_of:
            answered = await self._messages.with_id(session.id, request.retry_of)
            if answered.role != "assistant":
                raise InvalidInput("retry_of names a message of yours; edit it with edit_of instead")
            parent_id = answered.parent_id
            question = await self._question(parent_id)
        else:
            parent_id = await self._parent(session, request)
            question = request.message
        language = "zh" if IS_CJK.search(question) else "en"
        options = {
            "tools": request.tools, "model": request.model, "temperature": request.temperature,
            "budget": request.budget.model_dump(exclude_none=True), "language": language,
        }  # fmt: skip
        async with self._sessions.records.write() as connection:
            await self._lock(connection, session.id)
            if not request.edit_of and not request.retry_of:
                parent_id = await connection.scalar(select(Session.leaf_id).where(Session.id == session.id))
            await self._leave_behind(connection, session.id)
            if given:
                parent_id = (await add_message(connection, session.id, parent_id, "user", given)).id
                await self._uploads.attach(connection, session.id, [row.id for row in files.values()])
            row = await self._answer(connection, session.id, parent_id, options)
            if not session.title and given:
                titled = update(Session).where(Session.id == session.id, Session.title == "")
                await connection.execute(titled.values(title=_title(question)))
        return self._started(row)

    async def decide(self, approval: AnyRow, decision: Decision) -> tuple[AnyRow, AnyRow | None]:
        """The approval after a decision, and the run that goes on. Raises Conflict if it is not of this call."""
        if decision.digest != approval.digest:
            raise Conflict("the digest is not that of the call; show its arguments again before deciding")
        state = "denied" if decision.decision == "deny" else "approved"
        who = principal.get()
        async with self._sessions.records.write() as connection:
            await self._lock(connection, approval.session_id)
            always = decision.decision == "always"
            decided, is_last = await self._approvals.decide(connection, approval, state, who.subject, always=always)
            if not is_last:
                return decided, None
            before = await self._runs.find_in(connection, approval.run_id)
            row = await self._runs.add(
                connection, approval.session_id, approval.message_id, who, before.options, before.usage,
                here=self._executor.has_room,
            )  # fmt: skip
        return decided, self._started(row)

    async def add_branch(self, session: AnyRow, new: NewBranch) -> AnyRow:
        """A message with another text beside an existing one."""
        existing = await self._messages.with_id(session.id, new.edit_of)
        async with self._sessions.records.write() as connection:
            await self._lock(connection, session.id)
            return await add_message(
                connection, session.id, existing.parent_id, existing.role, [NewPart("text", new.text)],
                model=existing.model,
            )  # fmt: skip

    async def _files(self, request: ChatRequest) -> dict[str, AnyRow]:
        """The uploads that a message attaches, by id. Raises NotFound, and Conflict for one that is not complete."""
        found: dict[str, AnyRow] = {}
        for one in request.attachments:
            if one.upload is not None:
                row = found[one.upload] = await self._uploads.find(one.upload, "view")
                if row.state != READY:
                    why = row.error or "it has not been received completely"
                    raise Conflict(f"{row.name} cannot be attached: {why}")
        return found

    async def _parent(self, session: AnyRow, request: ChatRequest) -> int | None:
        if not request.edit_of:
            return None
        edited = await self._messages.with_id(session.id, request.edit_of)
        if edited.role != "user":
            raise InvalidInput("edit_of names an answer; change it with POST /v1/agent/sessions/{id}/messages")
        return edited.parent_id

    async def _question(self, message_id: int | None) -> str:
        if message_id is None:
            raise InvalidInput("this answer has no question")
        (message,) = await self._messages.with_parts([await self._messages.row(message_id)])
        return "\n".join(part.text for part in message.parts if part.kind == "text")

    async def _answer(
        self, connection: AsyncConnection, session_id: int, parent_id: int | None, options: dict[str, Any]
    ) -> AnyRow:
        answer = await add_message(connection, session_id, parent_id, "assistant", (), state="streaming")
        here = self._executor.has_room
        return await self._runs.add(connection, session_id, answer.id, principal.get(), options, {}, here=here)

    async def _leave_behind(self, connection: AsyncConnection, session_id: int) -> None:
        """Ends approvals that wait: the conversation goes on without them."""
        waiting = await self._approvals.expire(connection, session_id)
        if waiting:
            left = update(Message).where(Message.id.in_(waiting), Message.state == "waiting")
            await connection.execute(left.values(state="stopped"))

    async def _lock(self, connection: AsyncConnection, session_id: int) -> None:
        """Serializes what changes a session. Raises NotFound if it was deleted."""
        locked = select(func.count(Session.id)).where(Session.id == session_id)
        if not self._sessions.records.embedded:
            await connection.execute(select(Session.id).where(Session.id == session_id).with_for_update())
        if not await connection.scalar(locked):
            raise NotFound("the session was deleted")

    def _started(self, row: AnyRow) -> AnyRow:
        if row.state == RUNNING:
            self._executor.start(row)
        return row


def _check(request: ChatRequest) -> None:
    """Raises InvalidInput for a request that says too little or too much."""
    has_text = bool(request.message.strip() or request.attachments)
    if request.retry_of and (has_text or request.edit_of):
        raise InvalidInput("retry_of generates an answer again; send no message, attachments or edit_of with it")
    if not request.retry_of and not has_text:
        raise InvalidInput("message is empty")


def _given(request: ChatRequest, files: Mapping[str, AnyRow]) -> list[NewPart]:
    """The parts of the new message. What a file says is added when the run reads it."""
    parts = list[NewPart]()
    for one in request.attachments:
        if one.upload is None:
            parts.append(NewPart("attachment", one.text, {"name": one.name}))
            continue
        row = files[one.upload]
        about = {"name": row.name, "upload": row.public_id, "kind": row.kind, "media_type": row.media_type}
        parts.append(NewPart("attachment", "", about | {"bytes": row.bytes}))
    return [*parts, NewPart("text", request.message)] if request.message.strip() else parts


def _title(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= TITLE_CHARACTERS_MAX else line[: TITLE_CHARACTERS_MAX - 1].rstrip() + "…"
