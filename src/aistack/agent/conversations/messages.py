"""The messages of a session: a tree of rows, and the branch from its root to a leaf."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import CTE, func, insert, literal, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from aistack.agent.conversations.history_search import index_message
from aistack.agent.tables import Message, Part, Session
from aistack.chassis.errors import NotFound
from aistack.stores.records import AnyRow, Records

SEARCHED_KINDS = ("text", "attachment")


@dataclass(frozen=True, slots=True)
class NewPart:
    """A part before it is stored."""

    kind: str
    text: str = ""
    data: dict[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True, slots=True)
class StoredMessage:
    """A message with its parts in order."""

    row: AnyRow
    parts: Sequence[AnyRow]


async def add_message(
    connection: AsyncConnection, session_id: int, parent_id: int | None, role: str, parts: Sequence[NewPart],
    **values: Any,
) -> AnyRow:  # fmt: skip
    """Inserts a message, and makes it the leaf of its session. Further `values` are columns of the message."""
    now = values.pop("created_at", None) or datetime.now(UTC)
    row = {"public_id": secrets.token_hex(8), "usage": dict[str, Any]()} | values
    new = insert(Message).values(session_id=session_id, parent_id=parent_id, role=role, created_at=now, **row)
    added = (await connection.execute(new.returning(Message))).one()
    await add_parts(connection, added.id, 0, parts)
    await index_message(connection, added.id, searched_text(parts))
    changed = update(Session).where(Session.id == session_id).values(leaf_id=added.id, changed_at=datetime.now(UTC))
    await connection.execute(changed)
    return added


async def add_parts(connection: AsyncConnection, message_id: int, position: int, parts: Sequence[NewPart]) -> None:
    """Appends parts to a message; `position` is that of the first."""
    rows = [
        {"message_id": message_id, "position": at, "kind": one.kind, "text": one.text, "data": one.data}
        for at, one in enumerate(parts, position)
    ]
    if rows:
        await connection.execute(insert(Part), rows)


def searched_text(parts: Sequence[NewPart] | Sequence[AnyRow]) -> str:
    """What a search over the history reads of a message."""
    return "\n".join(one.text for one in parts if one.kind in SEARCHED_KINDS)


class MessageStore:
    """Reads messages; what changes them runs in a transaction of the caller."""

    def __init__(self, records: Records) -> None:
        self._records = records

    async def with_id(self, session_id: int, public_id: str) -> AnyRow:
        """Raises NotFound if the session has no such message."""
        query = select(Message).where(Message.public_id == public_id, Message.session_id == session_id)
        async with self._records.read() as connection:
            row = (await connection.execute(query)).one_or_none()
        if row is None:
            raise NotFound(f"this session has no message {public_id}")
        return row

    async def row(self, message_id: int) -> AnyRow:
        async with self._records.read() as connection:
            return (await connection.execute(select(Message).where(Message.id == message_id))).one()

    async def branch(self, leaf_id: int | None, limit: int) -> list[AnyRow]:
        """The last messages of the branch that ends with a leaf, oldest first, at most `limit`."""
        if leaf_id is None:
            return []
        path = _ancestors(leaf_id, limit)
        query = select(Message).join(path, Message.id == path.c.id).order_by(path.c.depth.desc())
        async with self._records.read() as connection:
            return list((await connection.execute(query)).all())

    async def with_parts(self, rows: Sequence[AnyRow]) -> list[StoredMessage]:
        """The messages with their parts."""
        query = select(Part).where(Part.message_id.in_([row.id for row in rows]))
        found: dict[int, list[AnyRow]] = {}
        async with self._records.read() as connection:
            for part in await connection.execute(query.order_by(Part.message_id, Part.position)):
                found.setdefault(part.message_id, []).append(part)
        return [StoredMessage(row, found.get(row.id, [])) for row in rows]

    async def of_session(self, session_id: int) -> list[StoredMessage]:
        """All messages of a session, every branch, oldest first."""
        message, part = select(Message).where(Message.session_id == session_id), Part
        parts = select(part).join(Message, Message.id == part.message_id).where(Message.session_id == session_id)
        found: dict[int, list[AnyRow]] = {}
        async with self._records.read() as connection:
            rows = (await connection.execute(message.order_by(Message.id))).all()
            for one in await connection.execute(parts.order_by(part.message_id, part.position)):
                found.setdefault(one.message_id, []).append(one)
        return [StoredMessage(row, found.get(row.id, [])) for row in rows]

    async def siblings(self, session_id: int, rows: Sequence[AnyRow]) -> dict[int | None, list[str]]:
        """The public ids of the messages below each parent of the rows, by the parent's id, oldest first."""
        parents = {row.parent_id for row in rows}
        columns = select(Message.parent_id, Message.public_id).where(Message.session_id == session_id)
        below = Message.parent_id.in_([one for one in parents if one is not None])
        condition = below | Message.parent_id.is_(None) if None in parents else below
        found: dict[int | None, list[str]] = {}
        async with self._records.read() as connection:
            for parent_id, public_id in await connection.execute(columns.where(condition).order_by(Message.id)):
                found.setdefault(parent_id, []).append(public_id)
        return found

    async def public_ids(self, ids: Sequence[int]) -> dict[int, str]:
        async with self._records.read() as connection:
            rows = await connection.execute(select(Message.id, Message.public_id).where(Message.id.in_(ids)))
            return {row.id: row.public_id for row in rows}

    async def newest_below(self, message: AnyRow) -> int:
        """The id of the newest message of the branches through a message, itself if it is a leaf."""
        below = select(Message.id).where(Message.id == message.id).cte("below", recursive=True)
        children = select(Message.id).join(
            below, (Message.parent_id == below.c.id) & (Message.session_id == message.session_id)
        )
        below = below.union_all(children)
        async with self._records.read() as connection:
            return await connection.scalar(select(func.max(below.c.id))) or message.id


def _ancestors(leaf_id: int, limit: int) -> CTE:
    path = select(Message.id, Message.parent_id, literal(1).label("depth")).where(Message.id == leaf_id)
    path = path.cte("path", recursive=True)
    parents = select(Message.id, Message.parent_id, path.c.depth + 1).join(path, Message.id == path.c.parent_id)
    return path.union_all(parents.where(path.c.depth < limit))
