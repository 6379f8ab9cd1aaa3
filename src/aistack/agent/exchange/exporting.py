"""Sessions as an export, with all their branches; or one branch as Markdown."""

from collections.abc import Sequence

from aistack.agent.conversations.messages import MessageStore, StoredMessage
from aistack.agent.wire import ExportedMessage, ExportedSession, PartView
from aistack.stores.records import AnyRow

ROLES = {"user": "User", "assistant": "Assistant", "system": "System"}


async def exported_session(messages: MessageStore, session: AnyRow) -> ExportedSession:
    """A session. Its messages are numbered in it, so that an export does not depend on where it comes from."""
    stored = await messages.of_session(session.id)
    names = {one.row.id: str(number) for number, one in enumerate(stored, 1)}
    return ExportedSession(
        title=session.title, folder=session.folder, model=session.model, instructions=session.instructions,
        is_pinned=session.is_pinned, is_archived=session.is_archived, leaf=names.get(session.leaf_id),
        created_at=session.created_at, messages=[_message(one, names) for one in stored],
    )  # fmt: skip


def _message(message: StoredMessage, names: dict[int, str]) -> ExportedMessage:
    row = message.row
    return ExportedMessage(
        id=names[row.id], parent=names.get(row.parent_id), role=row.role, model=row.model, state=row.state,
        parts=[PartView(kind=one.kind, text=one.text, data=one.data) for one in message.parts],
        usage=row.usage, created_at=row.created_at,
    )  # fmt: skip


def markdown(session: AnyRow, branch: Sequence[StoredMessage]) -> str:
    """One branch to read, with model, time, attachments and calls of tools."""
    blocks = [f"# {session.title or 'Conversation'}"]
    for message in branch:
        row = message.row
        about = [row.created_at.strftime("%Y-%m-%d %H:%M UTC"), *([row.model] if row.model else [])]
        blocks.append(f"## {ROLES.get(row.role, row.role)}\n\n*{' · '.join(about)}*")
        blocks += [block for part in message.parts if (block := _block(part))]
    return "\n\n".join(blocks) + "\n"


def _block(part: AnyRow) -> str:
    data = part.data
    match part.kind:
        case "text":
            return part.text
        case "attachment":
            return f"**Attachment: {data.get('name', '')}**\n\n{_fenced(part.text)}"
        case "tool_call":
            return f"**Tool: {data.get('name', '')}**\n\n{_fenced(str(data.get('arguments', '')), 'json')}"
        case "tool_result":
            return f"**Result**\n\n{_fenced(data.get('error') or part.text)}"
        case "error":
            return f"**Error:** {part.text}"
        case _:
            return ""


def _fenced(text: str, language: str = "") -> str:
    fence = "```"
    while fence in text:
        fence += "`"
    return f"{fence}{language}\n{text}\n{fence}"
