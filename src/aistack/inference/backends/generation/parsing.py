"""Reasoning and tool calls in the text of a model, by the family that its chat template shows.

Text comes in as it is generated; what may be the beginning of a marker is held back until it is known. Calls are given
at the end, in one piece. What looks like a call and cannot be read is text after all: nothing is lost.
"""

import json
import re
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, cast

from aistack.inference.backends.backend import Json

THINK_BEGIN, THINK_END = "<think>", "</think>"
PYTHON_TAG = "<|python_tag|>"
CALLS_MAX = 128
HERMES_CALL = re.compile(r"<tool_call>\s*(\{.*?\})\s*(?:</tool_call>|$)", re.DOTALL)
XML_CALL = re.compile(r"<tool_call>\s*<function=([^>\n]+)>(.*?)</function>\s*(?:</tool_call>|$)", re.DOTALL)
XML_PARAMETER = re.compile(r"<parameter=([^>\n]+)>\n?(.*?)\n?</parameter>", re.DOTALL)
MISTRAL_CALL = re.compile(r"([A-Za-z0-9_-]{1,64})(?:\[CALL_ID\][A-Za-z0-9]*)?\[ARGS\]", re.DOTALL)


@dataclass(frozen=True, slots=True)
class ToolFormat:
    """How a family writes calls: after `marker`, or as JSON from the first character on when it is empty."""

    marker: str
    parse: Callable[[str, Sequence[Json]], list[tuple[str, Json]]]


@dataclass(frozen=True, slots=True)
class Parsed:
    """A part of an answer."""

    text: str = ""
    reasoning: str = ""


class AnswerParser:
    """Splits one answer. `tools` are those of the request, `calls_max` is how many calls are given at most, and
    `thinking` says that the prompt ends within reasoning."""

    def __init__(
        self,
        format_: ToolFormat | None,
        tools: Sequence[Json],
        *,
        thinking: bool,
        reasons: bool,
        calls_max: int = CALLS_MAX,
    ) -> None:
        self._format = format_
        self._tools = tools
        self._calls_max = calls_max
        self._held = ""
        self._state = "reasoning" if thinking else "start" if reasons else "text"
        self._first = True
        self._blank = thinking or reasons  # blank lines around reasoning are not part of anything

    @property
    def reasoning(self) -> bool:
        return self._state == "reasoning"

    def feed(self, text: str, *, last: bool = False) -> Parsed:
        """What can be given of the text so far."""
        self._held += text
        out = reasoning = ""
        if self._state == "start":
            begun = self._held.lstrip()
            if begun.startswith(THINK_BEGIN):
                self._state, self._held = "reasoning", begun[len(THINK_BEGIN) :]
            elif last or not THINK_BEGIN.startswith(begun):
                self._state = "text"
                self._blank = False
        if self._state == "reasoning":
            held = self._begun()
            before, end, after = held.partition(THINK_END)
            keep = 0 if last or end else _kept(before, THINK_END)
            reasoning, self._held = before[: len(before) - keep], before[len(before) - keep :]
            if end:
                reasoning, self._state, self._held, self._blank = reasoning.rstrip(), "text", after, True
        if self._state == "text":
            out = self._text(last)
        return Parsed(out, reasoning)

    def calls(self) -> tuple[str, list[Json]]:
        """The calls, after the last text was fed; the text that was held for them if there are none."""
        held, self._held = self._held, ""
        if self._state != "call" or self._format is None:
            return held, []
        names = {tool.get("name") for tool in self._tools}
        try:
            found = self._format.parse(held, self._tools)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            found = []
        if not found or any(name not in names for name, _ in found):
            return held, []
        return "", [_call(at, name, arguments) for at, (name, arguments) in enumerate(found[: self._calls_max])]

    def _begun(self) -> str:
        """What is held, without blank lines where reasoning or what follows it begins."""
        if self._blank:
            self._held = self._held.lstrip("\n")
            self._blank = not self._held
        return self._held

    def _text(self, last: bool) -> str:
        held = self._begun()
        if self._format is None:
            self._held = ""
            return held
        marker = self._format.marker
        if not marker:
            if PYTHON_TAG.startswith(held.lstrip()) and self._first and not last:
                return ""
            if self._first and held.lstrip().startswith(("{", PYTHON_TAG)):
                self._state = "call"
                return ""
            self._first, self._held = False, ""
            return held
        before, found, _ = held.partition(marker)
        if found:
            before = before.rstrip()
            self._state, self._held = "call", held[len(before) :]
            return before
        keep = 0 if last else _kept(held, marker)
        self._held = held[len(held) - keep :]
        return held[: len(held) - keep]


def tool_format(template: str) -> ToolFormat | None:
    """The family of a chat template; None when it knows no tools, or writes calls in a way that is not known here."""
    if "tools" not in template:
        return None
    if "[TOOL_CALLS]" in template:
        return ToolFormat("[TOOL_CALLS]", _mistral)
    if "<tool_call>" in template:
        return ToolFormat("<tool_call>", _xml if "<function=" in template else _hermes)
    if PYTHON_TAG in template or "Environment: ipython" in template:
        return ToolFormat("", _llama)
    return None


def _hermes(text: str, tools: Sequence[Json]) -> list[tuple[str, Json]]:
    return [_named(json.loads(one)) for one in HERMES_CALL.findall(text)]


def _xml(text: str, tools: Sequence[Json]) -> list[tuple[str, Json]]:
    calls: list[tuple[str, Json]] = []
    for name, body in XML_CALL.findall(text):
        named = [one for one in tools if one.get("name") == name]
        parameters: Json = (named[0].get("parameters") if named else None) or {}
        types: Json = parameters.get("properties") or {}
        calls.append((name, {key: _value(value, types.get(key)) for key, value in XML_PARAMETER.findall(body)}))
    return calls


def _mistral(text: str, tools: Sequence[Json]) -> list[tuple[str, Json]]:
    body = text.strip().removeprefix("[TOOL_CALLS]").strip()
    if body.startswith("["):
        return [_named(one) for one in json.loads(body)]
    calls: list[tuple[str, Json]] = []
    for one in body.split("[TOOL_CALLS]"):
        matched = MISTRAL_CALL.match(one.strip())
        if matched is None:
            return []
        calls.append((matched[1], _object(json.loads(one.strip()[matched.end() :]))))
    return calls


def _llama(text: str, tools: Sequence[Json]) -> list[tuple[str, Json]]:
    return [_named(json.loads(one)) for one in text.strip().removeprefix(PYTHON_TAG).strip().split("; ")]


def _named(call: Json) -> tuple[str, Json]:
    arguments = call.get("arguments", call.get("parameters", {}))
    return str(call["name"]), _object(json.loads(arguments) if isinstance(arguments, str) else arguments)


def _object(value: Any) -> Json:
    if not isinstance(value, dict):
        raise TypeError("arguments must be an object")
    return cast(Json, value)


def _value(text: str, schema: Any) -> Any:
    if isinstance(schema, dict) and cast(Json, schema).get("type") == "string":
        return text
    try:
        return json.loads(text)
    except ValueError:
        return text


def _call(at: int, name: str, arguments: Json) -> Json:
    function = {"name": name, "arguments": json.dumps(arguments, ensure_ascii=False)}
    return {"index": at, "id": f"call_{secrets.token_hex(12)}", "type": "function", "function": function}


def _kept(text: str, marker: str) -> int:
    """How much at the end may be the beginning of a marker, with the blanks before it."""
    begun = text[: len(text) - held_back(text, marker)]
    return len(text) - len(begun.rstrip())


def held_back(text: str, *markers: str) -> int:
    """How many characters at the end may be the beginning of a marker."""
    longest = max((len(one) for one in markers), default=1)
    for size in range(min(longest - 1, len(text)), 0, -1):
        if any(one.startswith(text[-size:]) for one in markers):
            return size
    return 0
