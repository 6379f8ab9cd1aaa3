"""Chats of Open WebUI's export: a history of messages with parents, or a plain list in older ones."""

from datetime import UTC, datetime
from typing import Any

from aistack.agent.exchange.foreign import linked, time_of
from aistack.agent.json_values import as_list, as_object, is_object
from aistack.agent.wire import ExportedMessage, ExportedSession, PartView

ROLES = ("user", "assistant", "system")


def is_open_webui(given: Any) -> bool:
    chat = as_object(as_object(given).get("chat"))
    return "history" in chat or "messages" in chat


def open_webui_session(given: dict[str, Any]) -> ExportedSession:
    chat: dict[str, Any] = given["chat"]
    created = time_of(given.get("created_at") or chat.get("timestamp"), datetime.now(UTC))
    history = as_object(chat.get("history"))
    nodes, current = as_object(history.get("messages")), history.get("currentId")
    if not nodes:
        nodes, current = _as_tree(chat.get("messages"))
    parents = {key: as_object(node).get("parentId") for key, node in nodes.items()}
    kept: dict[str, ExportedMessage] = {}
    for key, node in nodes.items():
        one = _message(key, node, created) if is_object(node) else None
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
    for number, one in enumerate(as_list(messages)):
        if is_object(one):
            nodes[str(number)] = {**one, "parentId": before}
            before = str(number)
    return nodes, before


def _message(key: str, node: dict[str, Any], otherwise: datetime) -> ExportedMessage | None:
    role, text = node.get("role"), _text(node.get("content"))
    if role not in ROLES or not text.strip():
        return None
    attached = [PartView(kind="attachment", data={"name": str(one.get("name") or one.get("type") or "")})
                for one in as_list(node.get("files")) if is_object(one)]  # fmt: skip
    model = str(node.get("model") or "") if role == "assistant" else ""
    created = time_of(node.get("timestamp"), otherwise)
    parts = [*attached, PartView(kind="text", text=text)]
    return ExportedMessage(id=key, role=role, model=model, parts=parts, created_at=created)


def _text(content: Any) -> str:
    if isinstance(content, str):
        return content
    return "\n".join(str(one.get("text") or "") for one in as_list(content) if is_object(one))


def _instructions(chat: dict[str, Any]) -> str:
    system = chat.get("system") or as_object(chat.get("params")).get("system")
    return system if isinstance(system, str) else ""
