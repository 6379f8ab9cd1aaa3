"""The parts of chat completions that translations read: text, reasoning, tool calls, why it ended."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast

REASONING = ("reasoning_content", "reasoning")  # both names are in use


@dataclass(frozen=True, slots=True)
class ToolCallPart:
    """A tool call, or a piece of one: the first piece has the name."""

    index: int
    id: str
    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class ChatPart:
    """What a chunk, or a whole answer, says."""

    text: str = ""
    reasoning: str = ""
    refusal: str = ""
    tool_calls: tuple[ToolCallPart, ...] = ()
    finish: str = ""


def chat_part(fields: dict[str, Any]) -> ChatPart:
    """The first choice of a chunk or an answer."""
    choices = fields.get("choices")
    if not isinstance(choices, list) or not choices:
        return ChatPart()
    choice = as_dict(cast("list[object]", choices)[0])
    message = as_dict(choice.get("delta") or choice.get("message"))
    reasoning = next((text for name in REASONING if (text := as_text(message.get(name)))), "")
    return ChatPart(
        as_text(message.get("content")),
        reasoning,
        as_text(message.get("refusal")),
        tuple(_tool_calls(message.get("tool_calls"))),
        as_text(choice.get("finish_reason")),
    )


def _tool_calls(given: object) -> Iterator[ToolCallPart]:
    for at, item in enumerate(as_list(given)):
        call = as_dict(item)
        function = as_dict(call.get("function"))
        index = call.get("index")
        yield ToolCallPart(
            index if isinstance(index, int) else at,
            as_text(call.get("id")),
            as_text(function.get("name")),
            as_text(function.get("arguments")),
        )


def as_text(value: object) -> str:
    return value if isinstance(value, str) else ""


def as_dict(value: object) -> dict[str, Any]:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def as_list(value: object) -> list[object]:
    return cast("list[object]", value) if isinstance(value, list) else []
