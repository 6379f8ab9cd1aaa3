"""Conversations of ChatGPT's data export (`conversations.json`): a mapping of nodes with parents."""

from datetime import UTC, datetime
from typing import Any

from aistack.agent.exchange.foreign import kept_parent, linked, time_of
from aistack.agent.json_values import as_list, as_object, is_object
from aistack.agent.wire import ExportedMessage, ExportedSession, PartView

ROLES = ("user", "assistant")
HIDDEN_TYPES = ("user_editable_context", "model_editable_context", "reasoning_recap")


def is_chatgpt(given: Any) -> bool:
    return is_object(as_object(given).get("mapping"))


def chatgpt_session(given: dict[str, Any]) -> ExportedSession:
    """Questions and answers with their branches; system prompts and outputs of ChatGPT's own tools are left out."""
    created = time_of(given.get("create_time"), datetime.now(UTC))
    mapping: dict[str, Any] = given["mapping"]
    parents = {key: as_object(node).get("parent") for key, node in mapping.items()}
    kept: dict[str, ExportedMessage] = {}
    for key, node in mapping.items():
        message = as_object(node).get("message")
        one = _message(key, message, created) if is_object(message) else None
        if one is not None:
            kept[key] = one
    messages = linked(kept, parents)
    current = given.get("current_node")
    leaf = current if current in kept else kept_parent(current, parents, kept)
    return ExportedSession(
        title=str(given.get("title") or ""), is_archived=given.get("is_archived") is True, leaf=leaf,
        created_at=created, messages=messages,
    )  # fmt: skip


def _message(key: str, message: dict[str, Any], otherwise: datetime) -> ExportedMessage | None:
    role = as_object(message.get("author")).get("role")
    content = as_object(message.get("content"))
    about = as_object(message.get("metadata"))
    if (
        role not in ROLES
        or content.get("content_type") in HIDDEN_TYPES
        or about.get("is_visually_hidden_from_conversation")
    ):
        return None
    parts = _parts(content)
    if not parts:
        return None
    attached = [PartView(kind="attachment", data={"name": str(one.get("name", ""))})
                for one in as_list(about.get("attachments")) if is_object(one)]  # fmt: skip
    model = str(about.get("model_slug") or "") if role == "assistant" else ""
    created = time_of(message.get("create_time"), otherwise)
    return ExportedMessage(id=key, role=role, model=model, parts=[*attached, *parts], created_at=created)


def _parts(content: dict[str, Any]) -> list[PartView]:
    kind = content.get("content_type")
    if kind == "thoughts":
        thoughts = [one for one in as_list(content.get("thoughts")) if is_object(one)]
        text = "\n\n".join(str(one.get("content") or one.get("summary") or "") for one in thoughts)
        return [PartView(kind="reasoning", text=text)] if text.strip() else []
    if kind == "code":
        text = str(content.get("text") or "")
        language = str(content.get("language") or "").replace("unknown", "")
        return [PartView(kind="text", text=f"```{language}\n{text}\n```")] if text.strip() else []
    pieces = [_piece(one) for one in as_list(content.get("parts"))] or [str(content.get("text") or "")]
    text = "\n\n".join(one for one in pieces if one.strip())
    return [PartView(kind="text", text=text)] if text else []


def _piece(part: Any) -> str:
    if isinstance(part, str):
        return part
    if not is_object(part):
        return ""
    if part.get("content_type") == "audio_transcription":
        return str(part.get("text") or "")
    return "[image]" if "image" in str(part.get("content_type", "")) else ""
