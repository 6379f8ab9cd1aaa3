"""Anthropic's Messages API: an answer of chat completions as a message, whole or as events."""

import json
from typing import Any

from aistack.gateway.models.formats.chat_deltas import ToolCallPart, as_dict, chat_part
from aistack.gateway.models.formats.errors import CallError
from aistack.gateway.models.formats.translation import TokenCounts

STOPS = {"stop": "end_turn", "length": "max_tokens", "tool_calls": "tool_use", "content_filter": "refusal"}


class MessagesAnswer:
    """One message. Blocks are numbered in the order in which they begin; only one is open at a time."""

    def __init__(self, name: str, request_id: str, prompt_tokens: int) -> None:
        self._id = f"msg_{request_id}"
        self._name = name
        self._prompt_tokens = prompt_tokens
        self._blocks = 0
        self._open = ""  # the kind of the open block, with the index of its tool call
        self._finish = ""
        self._begun = False

    def whole(self, fields: dict[str, Any], usage: TokenCounts) -> bytes:
        part = chat_part(fields)
        content: list[dict[str, Any]] = []
        if part.reasoning:
            content.append({"type": "thinking", "thinking": part.reasoning, "signature": ""})
        if part.text or part.refusal or not part.tool_calls:
            content.append({"type": "text", "text": part.text or part.refusal})
        content += [_tool_use(call) for call in part.tool_calls]
        message = self._message(content) | {"stop_reason": _stop_reason(part.finish), "usage": _usage(usage)}
        return json.dumps(message, ensure_ascii=False).encode()

    def begin(self) -> bytes:
        if self._begun:
            return b""
        self._begun = True
        message = self._message([]) | {"stop_reason": None}
        message["usage"] = {"input_tokens": self._prompt_tokens, "output_tokens": 0}
        return _event("message_start", {"message": message})

    def event(self, fields: dict[str, Any]) -> bytes:
        part = chat_part(fields)
        out: list[bytes] = []
        if part.reasoning:
            self._begin_block("thinking", {"type": "thinking", "thinking": "", "signature": ""}, out)
            out.append(self._delta({"type": "thinking_delta", "thinking": part.reasoning}))
        if text := part.text or part.refusal:
            self._begin_block("text", {"type": "text", "text": ""}, out)
            out.append(self._delta({"type": "text_delta", "text": text}))
        for call in part.tool_calls:
            if call.name or self._open != f"tool {call.index}":
                self._begin_block(f"tool {call.index}", _tool_use(call) | {"input": {}}, out)
            if call.arguments:
                out.append(self._delta({"type": "input_json_delta", "partial_json": call.arguments}))
        self._finish = part.finish or self._finish
        return b"".join(out)

    def end(self, usage: TokenCounts) -> bytes:
        out: list[bytes] = []
        self._end_block(out)
        delta = {"stop_reason": _stop_reason(self._finish), "stop_sequence": None}
        out.append(_event("message_delta", {"delta": delta, "usage": _usage(usage)}))
        out.append(_event("message_stop", {}))
        return b"".join(out)

    def failed(self, error: CallError) -> bytes:
        return b"event: error\ndata: %b\n\n" % error.anthropic()

    def _message(self, content: list[dict[str, Any]]) -> dict[str, Any]:
        return {
            "id": self._id, "type": "message", "role": "assistant", "model": self._name, "content": content,
            "stop_sequence": None,
        }  # fmt: skip

    def _begin_block(self, kind: str, block: dict[str, Any], out: list[bytes]) -> None:
        if self._open == kind:
            return
        self._end_block(out)
        self._open = kind
        out.append(_event("content_block_start", {"index": self._blocks, "content_block": block}))

    def _end_block(self, out: list[bytes]) -> None:
        if self._open:
            out.append(_event("content_block_stop", {"index": self._blocks}))
            self._blocks += 1
            self._open = ""

    def _delta(self, delta: dict[str, Any]) -> bytes:
        return _event("content_block_delta", {"index": self._blocks, "delta": delta})


def _tool_use(call: ToolCallPart) -> dict[str, Any]:
    try:
        arguments = as_dict(json.loads(call.arguments or "{}"))
    except ValueError:
        arguments = {}
    return {"type": "tool_use", "id": call.id or f"toolu_{call.index}", "name": call.name, "input": arguments}


def _stop_reason(finish: str) -> str:
    return STOPS.get(finish, "end_turn")


def _usage(usage: TokenCounts) -> dict[str, int]:
    """Cached tokens are not part of `input_tokens` there."""
    return {
        "input_tokens": max(0, usage.prompt - usage.cached - usage.cache_write),
        "cache_read_input_tokens": usage.cached,
        "cache_creation_input_tokens": usage.cache_write,
        "output_tokens": usage.completion,
    }


def _event(kind: str, content: dict[str, Any]) -> bytes:
    data = json.dumps({"type": kind} | content, ensure_ascii=False).encode()
    return b"event: %b\ndata: %b\n\n" % (kind.encode(), data)
