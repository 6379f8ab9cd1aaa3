"""The events that show the results of calls."""

import secrets
from collections.abc import Iterator
from typing import Any

from aistack.agent.conversations.messages import NewPart
from aistack.agent.json_values import as_object

SHOWN_KINDS = ("chart", "image", "plan")


def result_events(part: NewPart) -> Iterator[tuple[str, dict[str, Any]]]:
    """What a stored result is shown as: for the model's side of AG-UI, and our own events beside it."""
    data = part.data
    call = data["id"]
    content = f"Error: {data['error']}" if data.get("error") else part.text
    result = {"messageId": secrets.token_hex(8), "toolCallId": call, "content": content, "role": "tool"}
    yield "TOOL_CALL_RESULT", result
    shown = {key: value for key, value in data.items() if key != "citations"}
    yield "CUSTOM", {"name": "tool_result", "value": shown}
    for citation in data.get("citations", ()):
        yield "CUSTOM", {"name": "citation", "value": {"toolCallId": call, **citation}}
    found = as_object(data.get("data"))
    for kind in SHOWN_KINDS:
        if kind in found:
            yield "CUSTOM", {"name": kind, "value": {"toolCallId": call, kind: found[kind]}}
