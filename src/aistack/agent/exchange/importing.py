"""Stores sessions of an export as new sessions of the caller."""

import secrets
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from pydantic import ValidationError
from sqlalchemy import insert, update

from aistack.agent.conversations.history_search import index_message
from aistack.agent.conversations.messages import NewPart, add_parts, searched_text
from aistack.agent.conversations.sessions import SessionStore
from aistack.agent.exchange.chatgpt import chatgpt_session, is_chatgpt
from aistack.agent.exchange.open_webui import is_open_webui, open_webui_session
from aistack.agent.json_values import as_object, is_list, is_object
from aistack.agent.tables import Message, Session
from aistack.agent.wire import ExportedMessage, ExportedSession, Imported
from aistack.chassis.errors import InvalidInput
from aistack.stores.records import AnyRow

SESSIONS_MAX = 10_000
MESSAGES_AT_ONCE = 200
SKIPPED_MAX = 100
STATES = ("complete", "stopped", "failed")  # of messages that nobody works on any more


class Unreadable(Exception):
    """Why one session of an export cannot be imported."""


class Importer:
    def __init__(self, sessions: SessionStore) -> None:
        self._sessions = sessions

    async def add(self, given: Any) -> Imported:
        """Sessions of an export in one of the known formats. Raises InvalidInput for something else."""
        ours = as_object(given)
        listed: Any = ours.get("sessions") if ours.get("format") == "aistack-chat" else given
        if is_object(listed):
            listed = [listed]
        if not is_list(listed):
            raise InvalidInput("this is not an export of AI Stack, ChatGPT (conversations.json) or Open WebUI")
        if len(listed) > SESSIONS_MAX:
            raise InvalidInput(f"an import has at most {SESSIONS_MAX} sessions; divide it")
        added, count, skipped = list[str](), 0, list[str]()
        for number, one in enumerate(listed, 1):
            try:
                session = _read(one)
                row, stored = await self._store(session)
            except Unreadable as error:
                skipped.append(f"session {number}: {error}")
                continue
            added.append(row.public_id)
            count += stored
            if stored < len(session.messages):
                skipped.append(
                    f"session {number}: {len(session.messages) - stored} messages without a way to the first"
                )
        if listed and not added:
            raise InvalidInput(f"nothing could be imported; {skipped[0]}")
        return Imported(sessions=added, messages=count, skipped=skipped[:SKIPPED_MAX])

    async def _store(self, session: ExportedSession) -> tuple[AnyRow, int]:
        """The new session, and how many of its messages were stored."""
        ordered = in_order(session.messages)
        row = await self._sessions.create(
            title=_line(session.title, 256), folder=_line(session.folder, 128), model=_line(session.model, 256),
            instructions=_text(session.instructions), is_pinned=session.is_pinned, is_archived=session.is_archived,
            created_at=session.created_at, changed_at=ordered[-1].created_at if ordered else session.created_at,
        )  # fmt: skip
        ids: dict[str, int] = {}
        try:
            for start in range(0, len(ordered), MESSAGES_AT_ONCE):
                await self._store_some(row, ordered[start : start + MESSAGES_AT_ONCE], ids)
            leaf = ids.get(session.leaf or "", max(ids.values(), default=None))
            async with self._sessions.records.write() as connection:
                await connection.execute(update(Session).where(Session.id == row.id).values(leaf_id=leaf))
        except BaseException:
            await self._sessions.remove(row.public_id)
            raise
        return row, len(ordered)

    async def _store_some(self, row: AnyRow, some: Sequence[ExportedMessage], ids: dict[str, int]) -> None:
        async with self._sessions.records.write() as connection:
            for one in some:
                parts = [NewPart(part.kind, _text(part.text), _clean(part.data)) for part in one.parts]
                new = insert(Message).values(
                    public_id=secrets.token_hex(8), session_id=row.id, parent_id=ids.get(one.parent or ""),
                    role=one.role, model=_line(one.model, 256), usage=one.usage, created_at=one.created_at,
                    state=one.state if one.state in STATES else "stopped",
                )  # fmt: skip
                ids[one.id] = message_id = (await connection.execute(new.returning(Message.id))).scalar_one()
                await add_parts(connection, message_id, 0, parts)
                await index_message(connection, message_id, searched_text(parts))


def in_order(messages: Sequence[ExportedMessage]) -> list[ExportedMessage]:
    """The messages that lead back to a first one, each after its parent, otherwise in the order given."""
    known = {one.id for one in messages}
    below: dict[str, list[int]] = {}
    open_places: list[int] = []
    for place, one in enumerate(messages):
        if one.parent is None or one.parent not in known:
            open_places.append(place)
        else:
            below.setdefault(one.parent, []).append(place)
    reached: set[int] = set()
    while open_places:
        place = open_places.pop()
        if place not in reached:
            reached.add(place)
            open_places += below.get(messages[place].id, [])
    depth: dict[str, int] = {}
    found: list[ExportedMessage] = []
    waiting = [messages[place] for place in sorted(reached)]
    while waiting:
        left: list[ExportedMessage] = []
        for one in waiting:
            if one.parent is None or one.parent not in known or one.parent in depth:
                depth[one.id] = 0
                found.append(one)
            else:
                left.append(one)
        if len(left) == len(waiting):
            break
        waiting = left
    return found


def _read(given: Any) -> ExportedSession:
    try:
        if is_chatgpt(given):
            return _with_messages(chatgpt_session(given))
        if is_open_webui(given):
            return _with_messages(open_webui_session(given))
        session = ExportedSession.model_validate(given)
    except ValidationError as error:
        first = error.errors()[0]
        raise Unreadable(f"{'.'.join(str(one) for one in first['loc'])}: {first['msg']}") from None
    except (TypeError, ValueError, KeyError, AttributeError, OverflowError) as error:
        raise Unreadable(f"not in the format that it seems to have ({type(error).__name__}: {error})") from None
    if len({one.id for one in session.messages}) < len(session.messages):
        raise Unreadable("two messages have the same id")
    return session.model_copy(
        update={
            "created_at": _aware(session.created_at),
            "messages": [one.model_copy(update={"created_at": _aware(one.created_at)}) for one in session.messages],
        }
    )


def _with_messages(session: ExportedSession) -> ExportedSession:
    if not session.messages:
        raise Unreadable("it has no questions or answers")
    return session


def _aware(at: datetime) -> datetime:
    return at if at.tzinfo is not None else at.replace(tzinfo=UTC)


def _text(text: str) -> str:
    return text.replace("\x00", "").encode("utf-8", "replace").decode()


def _line(text: str, characters_max: int) -> str:
    return " ".join(_text(text).split())[:characters_max]


def _clean(value: Any) -> Any:
    """JSON without what PostgreSQL cannot store."""
    if isinstance(value, str):
        return _text(value)
    if is_object(value):
        return {_text(key): _clean(one) for key, one in value.items()}
    return [_clean(one) for one in value] if is_list(value) else value
