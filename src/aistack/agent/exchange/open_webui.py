"""Chats of Open WebUI's export: a history of messages with parents, or a plain list in older ones."""

from datetime import UTC, datetime
from typing import Any

from aistack.agent.exchange.foreign import linked, time_of
from aistack.agent.wire import ExportedMessage, ExportedSession, PartView

ROLES = ("user", "assistant", "system")


def is_open_webui(given: Any) -> bool:
    chat = given.get("chat") if isinstance(given, dict) else None
    return isinstance(chat, dict) and ("history" in chat or "messages" in chat)


def open_webui_session(given: dict[str, Any]) -> ExportedSession:
    chat: dict[str, Any] = given["chat"]
    created = time_of(given.get("created_at") or chat.get("timestamp"), datetime.now(UTC))
    history: Any = chat.get("history")
    nodes: Any = history.get("messages") if isinstance(history, dict) else None
    current = history.get("currentId") if isinstance(history, dict) else None
    if not isinstance(nodes, dict) or not nodes:
        nodes, current = _as_tree(chat.get("messages") or [])
    parents = {key: node.get("parentId") for key, node in nodes.items() if isinstance(node, dict)}
    kept: dict[str, ExportedMessage] = {}
    for key, node in nodes.items():
        one = _message(key, node, created) if isinstance(node, dict) else None
        if one is not None:
            kept[key] = one
    return ExportedSession(
        title=str(given.get("title") or chat.get("title") or ""), is_pinned=given.get("pinned") is True,
        is_archived=given.get("archived") is True, instructions=_instructions(chat), leaf=current, created_at=created,
        messages=linked(kept, parents),
    )  # fmt: skip


def _as_tree(messages: Any) -> tuple[dict[str, Any], str | None]:
    """A plain list as nodes, each below the one before."""
    nodes: dict[str, Any] = {}
    before: str | None = None
    for number, one in enumerate(messages if isinstance(messages, list) else ()):
        if isinstance(one, dict):
            nodes[str(number)] = {**one, "parentId": before}
            before = str(number)
    return nodes, before


def _message(key: str, node: dict[str, Any], otherwise: datetime) -> ExportedMessage | None:
    role, text = node.get("role"), _text(node.get("content"))
    if role not in ROLES or not text.strip():
        return None
    files = node.get("files")
    attached = [PartView(kind="attachment", data={"name": str(one.get("name") or one.get("type") or "")})
                for one in (files if isinstance(files, list) else ()) if isinstance(one, dict)]  # fmt: skip
    model = str(node.get("model") or "") if role == "assistant" else ""
    created = time_of(node.get("timestamp"), otherwise)
    parts = [*attached, PartView(kind="text", text=text)]
    return ExportedMessage(id=key, role=role, model=model, parts=parts, created_at=created)


def _text(content: Any) -> str:
    if isinstance(content, str):
        return content
    pieces = content if isinstance(content, list) else ()
    return "\n".join(str(one.get("text") or "") for one in pieces if isinstance(one, dict))


def _instructions(chat: dict[str, Any]) -> str:
    system = chat.get("system") or (chat.get("params") or {}).get("system")
    return system if isinstance(system, str) else ""
