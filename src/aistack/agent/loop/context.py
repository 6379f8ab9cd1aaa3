"""What the model is sent: the instructions, and as much of the branch as fits, newest first."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from aistack.agent.conversations.messages import StoredMessage
from aistack.stores.records import AnyRow

MESSAGES_MAX = 400
RESULT_CHARACTERS_MAX = 20_000
ATTACHMENT_SHARE = 0.5  # of the context, for the attachments of one message
NOT_RUN = "The call was not carried out."


@dataclass(frozen=True, slots=True)
class Context:
    """`left_out` counts the older messages that did not fit, `cut` names attachments of which only a part was sent.

    `has_read_untrusted` is about the whole branch, summaries included: what others wrote goes on having its effect.
    A summary of the messages before `first_kept` leaves room for as many new ones.
    """

    messages: list[dict[str, Any]]
    left_out: int
    cut: list[str]
    has_read_untrusted: bool
    first_kept: int


def build_context(
    branch: Sequence[StoredMessage], system: str, characters_max: int, summary: AnyRow | None = None
) -> Context:
    """The messages to send. `branch` ends with the answer in progress; `summary` stands for its older messages."""
    kept: list[list[dict[str, Any]]] = []
    left, cut = characters_max - len(system), list[str]()
    begin = next((at for at, one in enumerate(branch, 1) if summary and one.row.id == summary.message_id), 0)
    first_kept, at = len(branch), len(branch)
    while at > begin:
        message = branch[at - 1]
        newest = at > len(branch) - 2  # the answer in progress and the message that it answers
        form = wire_messages(message.row.role, message.parts, int(characters_max * ATTACHMENT_SHARE), cut)
        size = sum(len(str(one)) for one in form)
        if size > left and not newest:
            break
        left -= size
        at -= 1
        kept.append(form)
        if newest or left > characters_max // 2:
            first_kept = at
    messages = [{"role": "system", "content": system}, *(one for form in reversed(kept) for one in form)]
    is_untrusted = (summary is not None and summary.is_untrusted) or any(map(_is_untrusted, branch))
    return Context(messages, at - begin, cut, is_untrusted, first_kept)


def _is_untrusted(message: StoredMessage) -> bool:
    return any(
        part.kind == "attachment" or (part.kind == "tool_result" and part.data.get("is_untrusted"))
        for part in message.parts
    )


def wire_messages(role: str, parts: Iterable[AnyRow], attachment_max: int, cut: list[str]) -> list[dict[str, Any]]:
    """A stored message as messages of the OpenAI API. Calls without a result get one that says so."""
    if role != "assistant":
        texts: list[str] = []
        for part in parts:
            if part.kind == "attachment":
                name = str(part.data.get("name", ""))
                if len(part.text) > attachment_max:
                    cut.append(name)
                texts.append(untrusted(part.text[:attachment_max], f"attachment {name}"))
            elif part.kind == "text":
                texts.append(part.text)
        return [{"role": role, "content": "\n\n".join(texts)}] if texts else []
    return _answer(list(parts))


def untrusted(text: str, source: str) -> str:
    """Text that others wrote, marked as such. It cannot close the mark itself."""
    inner = text.replace("<untrusted", "<_untrusted").replace("</untrusted", "</_untrusted")
    label = source.replace('"', "'").replace("<", "").replace(">", "")
    return f'<untrusted source="{label}">\n{inner}\n</untrusted>'


def _answer(parts: Sequence[AnyRow]) -> list[dict[str, Any]]:
    results = {str(one.data.get("id")): one for one in parts if one.kind == "tool_result"}
    messages: list[dict[str, Any]] = []
    text, calls = "", list[AnyRow]()

    def close() -> None:
        nonlocal text, calls
        if not text and not calls:
            return
        message: dict[str, Any] = {"role": "assistant", "content": text or None}
        if calls:
            message["tool_calls"] = [_call(one) for one in calls]
        messages.append(message)
        for one in calls:
            result = results.get(str(one.data["id"]))
            content = _result(result) if result is not None else NOT_RUN
            messages.append({"role": "tool", "tool_call_id": one.data["id"], "content": content})
        text, calls = "", []

    for part in parts:
        if part.kind == "text":
            if calls:
                close()
            text += part.text
        elif part.kind == "tool_call":
            if calls and part.data.get("step") != calls[-1].data.get("step"):
                close()
            calls.append(part)
        elif part.kind == "tool_result" and calls:
            close()
    close()
    return messages


def _call(part: AnyRow) -> dict[str, Any]:
    arguments = str(part.data.get("arguments", ""))
    if not _is_object(arguments):  # servers refuse a conversation whose calls are not JSON
        arguments = "{}"
    return {
        "id": part.data["id"], "type": "function", "function": {"name": part.data["name"], "arguments": arguments}
    }  # fmt: skip


def _is_object(arguments: str) -> bool:
    try:
        return isinstance(json.loads(arguments), dict)
    except (ValueError, RecursionError):
        return False


def _result(part: AnyRow) -> str:
    text = part.text
    if len(text) > RESULT_CHARACTERS_MAX:
        text = text[:RESULT_CHARACTERS_MAX] + f"\n[cut: {len(part.text)} characters in all]"
    if part.data.get("error"):
        text = f"Error: {part.data['error']}\n{text}".rstrip()
    return untrusted(text, str(part.data.get("name", ""))) if part.data.get("is_untrusted") else text
