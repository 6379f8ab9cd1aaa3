"""Demanded tool calls at upstreams that enforce JSON schemas, but not `tool_choice`.

The upstream is asked for an object with the name of a tool and its arguments, and a schema allows nothing else. What it
answers becomes a tool call on its way to the client, piece by piece in streams.
"""

import json
import re
from collections.abc import Iterator
from typing import Any, cast
from uuid import uuid4

from pydantic_core import from_json, to_json

from aistack.gateway.models.formats.chat_deltas import as_dict, as_list, as_text
from aistack.gateway.models.formats.server_sent_events import DONE, data_of

CALL_START = re.compile(r'\s*\{\s*"name"\s*:\s*("(?:[^"\\]|\\.)*")\s*,\s*"arguments"\s*:\s*(?=\S)')
CALL_END = re.compile(r"[}\s]*\Z")
REPLACED = frozenset(("tools", "tool_choice", "parallel_tool_calls", "response_format"))
NO_PARAMETERS: dict[str, Any] = {"type": "object", "properties": {}, "additionalProperties": False}
INSTRUCTION = "Call one of these functions. Answer with a JSON object that has its name and its arguments.\n"


def schema_request(fields: dict[str, Any]) -> dict[str, Any]:
    """The fields of a chat request whose answer is the call of one of its tools, as JSON that fits a schema."""
    functions = allowed_functions(fields)
    schema: dict[str, Any] = {"anyOf": [_call_schema(one, f"arguments_{at}") for at, one in enumerate(functions)]}
    if len(functions) == 1:
        schema = schema["anyOf"][0]
    definitions = {
        f"arguments_{at}": _moved(one["parameters"], f"#/$defs/arguments_{at}")
        for at, one in enumerate(functions)
        if _has_references(one.get("parameters"))
    }
    if definitions:
        schema["$defs"] = definitions
    described = INSTRUCTION + "\n".join(json.dumps(_described(one), ensure_ascii=False) for one in functions)
    format_ = {"type": "json_schema", "json_schema": {"name": "tool_call", "schema": schema, "strict": True}}
    kept = {name: value for name, value in fields.items() if name not in REPLACED}
    return kept | {"messages": _instructed(as_list(fields.get("messages")), described), "response_format": format_}


class SchemaToolCalls:
    """Turns one answer to a `schema_request` into the answer that the client expects."""

    __slots__ = ("_calls",)

    def __init__(self) -> None:
        self._calls: dict[int, _CallReader] = {}

    def events(self, events: list[bytes]) -> list[bytes]:
        """Events of a stream, with tool calls in place of text."""
        return [changed for event in events for changed in self._event(event)]

    def whole(self, body: bytes) -> bytes:
        """A whole answer, with tool calls in place of text."""
        fields = _object(body)
        for item in as_list(fields.get("choices")):
            choice = as_dict(item)
            message = as_dict(choice.get("message"))
            reader = _CallReader()
            parts = [*reader.feed(as_text(message.get("content"))), *reader.end()]
            if not reader.begun:
                continue
            text = "".join(part["function"].get("arguments", "") for part in parts)
            function = {"name": parts[0]["function"]["name"], "arguments": text}
            message["content"] = None
            message["tool_calls"] = [{"id": parts[0]["id"], "type": "function", "function": function}]
            choice["finish_reason"] = _finish(choice.get("finish_reason"))
        return to_json(fields) if fields else body

    def _event(self, event: bytes) -> Iterator[bytes]:
        data = data_of(event)
        fields = {} if data == DONE or b'"choices"' not in data else _object(data)
        choices = [as_dict(one) for one in as_list(fields.get("choices"))]
        if not choices:
            yield event
            return
        rest: list[dict[str, Any]] = []
        for choice in choices:
            index = choice.get("index")
            reader = self._calls.setdefault(index if isinstance(index, int) else 0, _CallReader())
            delta = as_dict(choice.get("delta"))
            parts = reader.feed(as_text(delta.pop("content", None)))
            if parts:
                delta["tool_calls"] = parts
            if choice.get("finish_reason"):
                ended = reader.end()
                if ended:
                    rest.append(choice | {"delta": delta | {"tool_calls": [*parts, *ended]}, "finish_reason": None})
                    choice["delta"] = {}
                elif not reader.begun:
                    delta["content"] = reader.text
                if reader.begun:
                    choice["finish_reason"] = _finish(choice["finish_reason"])
        if rest:
            yield _encoded({name: value for name, value in fields.items() if name != "usage"} | {"choices": rest})
        if fields.get("usage") or any(one.get("delta") or one.get("finish_reason") for one in choices):
            yield _encoded(fields)


class _CallReader:
    """Reads one call from the text of an answer. The brace that ends the outer object is no part of the arguments."""

    __slots__ = ("_held", "begun", "text")

    def __init__(self) -> None:
        self.text = ""  # until the call has begun
        self.begun = False
        self._held = ""

    def feed(self, text: str) -> list[dict[str, Any]]:
        """The parts of the call that this text completes."""
        if not text:
            return []
        if self.begun:
            return self._arguments(text)
        self.text += text
        found = CALL_START.match(self.text)
        if found is None:
            return []
        self.begun = True
        function = {"name": json.loads(found[1]), "arguments": ""}
        first = {"index": 0, "id": f"call_{uuid4().hex[:24]}", "type": "function", "function": function}
        return [first, *self._arguments(self.text[found.end() :])]

    def end(self) -> list[dict[str, Any]]:
        """The part that was held back, without the last brace."""
        head, brace, tail = self._held.rpartition("}")
        held, self._held = (head if brace else tail).rstrip(), ""
        return [_part(held)] if held else []

    def _arguments(self, text: str) -> list[dict[str, Any]]:
        text = self._held + text
        found = CALL_END.search(text)
        at = len(text) if found is None else found.start()
        self._held = text[at:]
        return [_part(text[:at])] if at else []


def _part(arguments: str) -> dict[str, Any]:
    return {"index": 0, "function": {"arguments": arguments}}


def _finish(reason: object) -> object:
    return "tool_calls" if reason == "stop" else reason


def allowed_functions(fields: dict[str, Any]) -> list[dict[str, Any]]:
    """The functions that may be called: all tools, or those that the choice names."""
    functions = [as_dict(as_dict(one).get("function")) for one in as_list(fields.get("tools"))]
    choice = as_dict(fields.get("tool_choice"))
    named = [choice, *map(as_dict, as_list(as_dict(choice.get("allowed_tools")).get("tools")))]
    names = {name for one in named if (name := as_text(as_dict(one.get("function")).get("name")))}
    return [one for one in functions if one.get("name") and (not names or one["name"] in names)]


def _call_schema(function: dict[str, Any], definition: str) -> dict[str, Any]:
    parameters = function.get("parameters") or NO_PARAMETERS
    arguments = {"$ref": f"#/$defs/{definition}"} if _has_references(parameters) else parameters
    return {
        "type": "object",
        "properties": {"name": {"const": function["name"]}, "arguments": arguments},
        "required": ["name", "arguments"],
        "additionalProperties": False,
    }


def _has_references(schema: object) -> bool:
    return b'"$ref"' in to_json(schema)


def _moved(schema: object, place: str) -> Any:
    """The schema at another place of a larger one: its references lead there."""
    if isinstance(schema, list):
        return [_moved(one, place) for one in cast("list[object]", schema)]
    if not isinstance(schema, dict):
        return schema
    moved = {name: _moved(value, place) for name, value in cast("dict[str, object]", schema).items()}
    reference = moved.get("$ref")
    if isinstance(reference, str) and reference.startswith("#"):
        moved["$ref"] = place + reference[1:]
    return moved


def _described(function: dict[str, Any]) -> dict[str, Any]:
    return {name: function[name] for name in ("name", "description", "parameters") if function.get(name)}


def _instructed(messages: list[object], text: str) -> list[object]:
    """The messages with this text at the end of the system message, or as one."""
    first = as_dict(messages[0]) if messages else {}
    content = first.get("content")
    if first.get("role") in ("system", "developer") and isinstance(content, str):
        return [first | {"content": f"{content}\n\n{text}"}, *messages[1:]]
    return [{"role": "system", "content": text}, *messages]


def _encoded(fields: dict[str, Any]) -> bytes:
    return b"data: " + to_json(fields)


def _object(data: bytes) -> dict[str, Any]:
    try:
        return as_dict(from_json(data))
    except ValueError:
        return {}
