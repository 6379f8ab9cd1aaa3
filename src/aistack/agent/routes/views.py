"""Rows as responses."""

from collections.abc import Sequence

from aistack.access.levels import Level
from aistack.agent.conversations.messages import MessageStore, StoredMessage
from aistack.agent.conversations.sessions import SessionStore
from aistack.agent.wire import ApprovalView, MessageView, PartView, RunView, SessionView
from aistack.stores.records import AnyRow


async def session_views(
    sessions: SessionStore, messages: MessageStore, rows: Sequence[tuple[AnyRow, Level]]
) -> list[SessionView]:
    """Sessions, with the caller's level on each."""
    busy = await sessions.busy([row.id for row, _ in rows])
    leaves = await messages.public_ids([row.leaf_id for row, _ in rows if row.leaf_id is not None])
    return [
        SessionView(
            id=row.public_id, title=row.title, folder=row.folder, owner=row.owner, yours=level, model=row.model,
            instructions=row.instructions, is_pinned=row.is_pinned, is_archived=row.is_archived,
            uses_memory=row.uses_memory, is_temporary=row.is_temporary, leaf=leaves.get(row.leaf_id),
            run=busy.get(row.id), created_at=row.created_at, changed_at=row.changed_at,
        )
        for row, level in rows
    ]  # fmt: skip


async def message_views(
    messages: MessageStore, session_id: int, rows: Sequence[AnyRow], parents: dict[int, str]
) -> list[MessageView]:
    """Messages of one session; `parents` are public ids by id."""
    siblings = await messages.siblings(session_id, rows)
    return [
        _message(one, siblings.get(one.row.parent_id, []), parents.get(one.row.parent_id))
        for one in await messages.with_parts(rows)
    ]


def _message(message: StoredMessage, siblings: list[str], parent: str | None) -> MessageView:
    row = message.row
    return MessageView(
        id=row.public_id, parent=parent, role=row.role, model=row.model, state=row.state, run=row.run_id or None,
        parts=[part_view(one) for one in message.parts], usage=row.usage, siblings=siblings, created_at=row.created_at,
    )  # fmt: skip


def part_view(part: AnyRow) -> PartView:
    return PartView(kind=part.kind, text=part.text, data=part.data)


def run_view(row: AnyRow, session: str, message: str) -> RunView:
    """`session` and `message` are public ids."""
    return RunView(
        id=row.id, session_id=session, message_id=message, state=row.state, usage=row.usage, error=row.error,
        created_at=row.created_at, ended_at=row.ended_at,
    )  # fmt: skip


def approval_view(row: AnyRow, session: str) -> ApprovalView:
    return ApprovalView(
        id=row.id, session_id=session, run_id=row.run_id, tool=row.tool, arguments=row.arguments, digest=row.digest,
        reason=row.reason, state=row.state, decided_by=row.decided_by, created_at=row.created_at,
    )  # fmt: skip
