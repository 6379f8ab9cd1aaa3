"""The Responses API (Open Responses): an answer of chat completions as a response, whole or as events."""

import json
import time
from typing import Any

from aistack.gateway.models.formats.chat_deltas import ChatPart, ToolCallPart, as_dict, as_text, chat_part
from aistack.gateway.models.formats.errors import CallError
from aistack.gateway.models.formats.translation import TokenCounts

ECHOED: dict[str, Any] = {  # fields of the request that a response repeats, and what they are if they were not given
    "instructions": None, "max_output_tokens": None, "max_tool_calls": None, "metadata": {},
    "parallel_tool_calls": True, "prompt_cache_key": None, "reasoning": {"effort": None, "summary": None},
    "safety_identifier": None, "service_tier": "default", "temperature": 1.0, "text": {"format": {"type": "text"}},
    "tool_choice": "auto", "tools": [], "top_logprobs": 0, "top_p": 1.0, "truncation": "disabled", "user": None,
    "presence_penalty": 0.0, "frequency_penalty": 0.0,
}  # fmt: skip
TOOL_FIELDS: dict[object, dict[str, Any]] = {  # those that a response has even if the request left them out
    "function": {"description": None, "parameters": None, "strict": None},
}
INCOMPLETE = {"length": "max_output_tokens", "content_filter": "content_filter"}


class ResponsesAnswer:
    """One response. `custom` are the names of tools whose input is text. One item is open at a time."""

    def __init__(self, given: dict[str, Any], name: str, request_id: str, custom: frozenset[str]) -> None:
        self._request_id = request_id
        self._custom = custom
        self._items: list[dict[str, Any]] = []
        self._open = ""  # the kind of the open item, with the index of its tool call
        self._sequence = 0
        self._finish = ""
        self._begun = False
        self.response: dict[str, Any] = {
            "id": f"resp_{request_id}", "object": "response", "created_at": int(time.time()), "completed_at": None,
            "status": "in_progress", "model": name, "output": self._items, "error": None, "incomplete_details": None,
            "usage": None, "previous_response_id": given.get("previous_response_id"),
            "store": bool(given.get("store")), "background": False,
        }  # fmt: skip
        echoed = {key: given[key] if given.get(key) is not None else default for key, default in ECHOED.items()}
        echoed["tools"] = [TOOL_FIELDS.get(tool.get("type"), {}) | tool for tool in echoed["tools"]]
        echoed["reasoning"] = {"effort": None, "summary": None} | echoed["reasoning"]
        echoed["text"] = {"format": {"type": "text"}} | echoed["text"]
        self.response |= echoed

    def whole(self, fields: dict[str, Any], usage: TokenCounts) -> bytes:
        part = chat_part(fields)
        self._read(part)
        self._end_item()
        return json.dumps(self._ended(usage), ensure_ascii=False).encode()

    def begin(self) -> bytes:
        if self._begun:
            return b""
        self._begun = True
        response = self.response
        return self._event("response.created", {"response": response}) + self._event(
            "response.in_progress", {"response": response}
        )

    def event(self, fields: dict[str, Any]) -> bytes:
        return self._read(chat_part(fields))

    def end(self, usage: TokenCounts) -> bytes:
        out = self._end_item()
        response = self._ended(usage)
        return out + self._event(f"response.{response['status']}", {"response": response})

    def failed(self, error: CallError) -> bytes:
        code = error.code or "server_error"
        response = self.response | {"status": "failed", "error": {"code": code, "message": error.message}}
        return self._event("response.failed", {"response": response})

    def _ended(self, usage: TokenCounts) -> dict[str, Any]:
        response, reason = self.response, INCOMPLETE.get(self._finish)
        response["status"] = "completed" if reason is None else "incomplete"
        response["incomplete_details"] = None if reason is None else {"reason": reason}
        response["completed_at"] = int(time.time()) if reason is None else None
        response["usage"] = {
            "input_tokens": usage.prompt,
            "input_tokens_details": {"cached_tokens": usage.cached, "cache_write_tokens": usage.cache_write},
            "output_tokens": usage.completion,
            "output_tokens_details": {"reasoning_tokens": usage.reasoning},
            "total_tokens": usage.prompt + usage.completion,
        }
        return response

    def _read(self, part: ChatPart) -> bytes:
        """Adds a part to the items. Returns its events."""
        out: list[bytes] = []
        if part.reasoning:
            out.append(self._begin_item("reasoning", {"type": "reasoning", "summary": [], "content": []}))
            out.append(self._add_text(part.reasoning, "reasoning_text"))
        if part.text or part.refusal:
            out.append(self._begin_item("message", {"type": "message", "role": "assistant", "content": []}))
            out.append(self._add_text(part.text or part.refusal, "output_text"))
        for call in part.tool_calls:
            out.append(self._add_call(call))
        self._finish = part.finish or self._finish
        return b"".join(out)

    def _begin_item(self, kind: str, item: dict[str, Any]) -> bytes:
        if self._open == kind:
            return b""
        out = self._end_item()
        self._open = kind
        number = len(self._items)
        prefix = {"message": "msg", "reasoning": "rs", "function_call": "fc"}.get(item["type"], "ctc")
        held = {"id": f"{prefix}_{self._request_id}_{number}", "status": "in_progress"} | item
        self._items.append(held)
        out += self._event("response.output_item.added", {"output_index": number, "item": held})
        kinds = {"message": "output_text", "reasoning": "reasoning_text"}
        if item["type"] in kinds:
            part: dict[str, Any] = {"type": kinds[item["type"]], "text": ""}
            if item["type"] == "message":
                part |= {"annotations": [], "logprobs": []}
            out += self._event("response.content_part.added", self._place() | {"content_index": 0, "part": part})
            held["content"] = [part]
        return out

    def _add_text(self, text: str, kind: str) -> bytes:
        self._items[-1]["content"][0]["text"] += text
        content: dict[str, Any] = self._place() | {"content_index": 0, "delta": text}
        if kind == "output_text":
            content["logprobs"] = []
        return self._event(f"response.{kind}.delta", content)

    def _add_call(self, call: ToolCallPart) -> bytes:
        kind, out = f"call {call.index}", b""
        if self._open != kind:
            call_id = call.id or f"call_{self._request_id}_{call.index}"
            item: dict[str, Any] = {"type": "function_call", "call_id": call_id, "name": call.name, "arguments": ""}
            if call.name in self._custom:
                item = {"type": "custom_tool_call", "call_id": call_id, "name": call.name, "input": ""}
            out = self._begin_item(kind, item)
        item = self._items[-1]
        if item["type"] == "custom_tool_call":
            item["input"] += call.arguments  # the JSON that holds the text, until it is complete
            return out
        item["arguments"] += call.arguments
        if call.arguments:
            out += self._event("response.function_call_arguments.delta", self._place() | {"delta": call.arguments})
        return out

    def _end_item(self) -> bytes:
        if not self._open:
            return b""
        self._open = ""
        item, place = self._items[-1], self._place()
        item["status"] = "incomplete" if self._finish == "length" else "completed"
        out = b""
        if item["type"] in ("message", "reasoning"):
            part = item["content"][0]
            content: dict[str, Any] = place | {"content_index": 0, "text": part["text"]}
            if item["type"] == "message":
                content["logprobs"] = []
            out += self._event(f"response.{part['type']}.done", content)
            out += self._event("response.content_part.done", place | {"content_index": 0, "part": part})
        elif item["type"] == "function_call":
            content = place | {"name": item["name"], "arguments": item["arguments"]}
            out += self._event("response.function_call_arguments.done", content)
        else:
            item["input"] = _custom_input(item["input"])
            out += self._event("response.custom_tool_call_input.delta", place | {"delta": item["input"]})
            out += self._event("response.custom_tool_call_input.done", place | {"input": item["input"]})
        return out + self._event("response.output_item.done", {"output_index": len(self._items) - 1, "item": item})

    def _place(self) -> dict[str, Any]:
        return {"item_id": self._items[-1]["id"], "output_index": len(self._items) - 1}

    def _event(self, kind: str, content: dict[str, Any]) -> bytes:
        data = json.dumps({"type": kind, "sequence_number": self._sequence} | content, ensure_ascii=False)
        self._sequence += 1
        return b"event: %b\ndata: %b\n\n" % (kind.encode(), data.encode())


def _custom_input(arguments: str) -> str:
    """The text in the one argument of a custom tool, or what the model wrote instead."""
    try:
        return as_text(as_dict(json.loads(arguments)).get("input"))
    except ValueError:
        return arguments
