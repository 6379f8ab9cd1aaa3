"""What a request demands of its answer: the call of a tool, no call, or JSON that fits a schema.

Upstreams that do not enforce such a field mostly ignore it and answer with prose. That is noticed as early as can be: a
stream is held back until it begins as demanded, so that another attempt can still follow.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic_core import from_json

from aistack.gateway.models.answers.schema_match import Schema, first_characters, matches
from aistack.gateway.models.formats.chat_deltas import REASONING, as_dict, as_list, as_text
from aistack.gateway.models.formats.schema_tool_calls import allowed_functions
from aistack.gateway.models.formats.server_sent_events import DONE, data_of
from aistack.gateway.models.requests.request import CHAT, ModelRequest, is_strict

TOOL_CHOICE, RESPONSE_FORMAT, TOOLS = "tool_choice", "response_format", "tools"
CUT = frozenset(("length", "content_filter"))
HELD_BYTES_MAX = 256 * 1024
CHECKED_CHARACTERS_MAX = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Demand:
    """`tools` are those of which one has to be called; `strict` are the schemas of arguments that have to fit."""

    fields: tuple[str, ...]
    tools: frozenset[str] = frozenset()
    forbids_calls: bool = False
    schema: Schema | None = None
    strict: Mapping[str, Schema] = field(default_factory=dict[str, Schema])


def demand_of(request: ModelRequest) -> Demand | None:
    """What the request demands; None for nothing."""
    if request.operation != CHAT:
        return None
    fields = request.fields
    if "tools" not in fields and "response_format" not in fields:
        return None
    given = [as_dict(one) for one in as_list(fields.get("tools"))]
    named = frozenset(as_text(one.get("name")) for one in allowed_functions(fields)) if request.demands_tool else None
    forbids = bool(given) and fields.get("tool_choice") == "none"
    wanted, schema = as_dict(fields.get("response_format")), None
    if wanted.get("type") == "json_object":
        schema = {"type": "object"}
    elif wanted.get("type") == "json_schema":
        schema = as_dict(as_dict(wanted.get("json_schema")).get("schema"))
    functions = [as_dict(one.get("function")) for one in given if is_strict(one)]
    strict = {as_text(one.get("name")): as_dict(one.get("parameters")) for one in functions}
    demanded = ((TOOL_CHOICE, named or forbids), (RESPONSE_FORMAT, schema is not None), (TOOLS, strict))
    names = tuple(name for name, is_demanded in demanded if is_demanded)
    return Demand(names, named or frozenset(), forbids, schema, strict) if names else None


@dataclass(slots=True)
class _Choice:
    """One choice of the answer, as far as it has arrived. `begun`: it began as demanded, or there is no telling."""

    text: str = ""
    calls: dict[int, list[str]] = field(default_factory=dict[int, list[str]])  # name and arguments
    refused: bool = False
    begun: bool = False
    ended: bool = False


class DemandCheck:
    """Checks one answer. `broken` is the field that the upstream ignored; empty as long as none is known.

    `kept`: a choice that is complete is as demanded. With `holds`, a stream is held back until it begins as demanded.
    """

    __slots__ = ("_choices", "_demand", "_held", "_holds", "broken", "kept")

    def __init__(self, demand: Demand, *, holds: bool) -> None:
        self.broken = ""
        self.kept = False
        self._demand = demand
        self._holds = holds
        self._held = b""
        self._choices: dict[int, _Choice] = {}

    @property
    def is_ended(self) -> bool:
        """Whether every choice is complete."""
        return all(one.ended for one in self._choices.values())

    def whole(self, body: bytes) -> None:
        """Reads a whole answer."""
        for choice in as_list(_object(body).get("choices")):
            held = as_dict(choice)
            self._read(held, as_dict(held.get("message")))

    def events(self, events: list[bytes], data: bytes) -> bytes:
        """Reads events of a stream. Returns what the client may get now of their `data` and what was held back."""
        for event in events:
            content = data_of(event)
            if content == DONE or b'"choices"' not in content:
                continue
            for choice in as_list(_object(content).get("choices")):
                held = as_dict(choice)
                self._read(held, as_dict(held.get("delta")))
        if self._holds:
            self._held += data
            is_begun = bool(self._choices) and all(one.begun for one in self._choices.values())
            if not is_begun and len(self._held) <= HELD_BYTES_MAX:
                return b""
            self._holds = False
            data, self._held = self._held, b""
        return data

    def end(self) -> bytes:
        """The stream is over. Returns what is still held back."""
        for choice in self._choices.values():
            if not choice.ended:
                self._check_end(choice)
        held, self._held = self._held, b""
        return held

    def _read(self, choice: dict[str, Any], message: dict[str, Any]) -> None:
        index, demand = choice.get("index"), self._demand
        state = self._choices.setdefault(index if isinstance(index, int) else 0, _Choice())
        if len(state.text) < CHECKED_CHARACTERS_MAX:
            state.text += as_text(message.get("content"))
        state.refused |= bool(message.get("refusal"))
        for at, given in enumerate(as_list(message.get("tool_calls"))):
            self._read_call(state, at, as_dict(given))
        if not state.begun:
            state.begun = self._begins(state, message)
        finish = choice.get("finish_reason")
        if finish and not state.ended:
            state.begun = state.ended = True
            if finish not in CUT:
                self._check_end(state)
            elif demand.tools and not state.calls and _is_prose(state.text):  # it was no call that was cut
                self.broken = TOOL_CHOICE
        if state.calls and demand.forbids_calls:
            self.broken = TOOL_CHOICE

    def _read_call(self, state: _Choice, at: int, call: dict[str, Any]) -> None:
        number, function = call.get("index"), as_dict(call.get("function"))
        held = state.calls.setdefault(number if isinstance(number, int) else at, ["", ""])
        held[0] = held[0] or as_text(function.get("name"))
        held[1] += as_text(function.get("arguments"))

    def _begins(self, state: _Choice, message: dict[str, Any]) -> bool:
        demand = self._demand
        if demand.tools:
            names = {name for name, _ in state.calls.values() if name}
            if names and names.isdisjoint(demand.tools):
                self.broken = TOOL_CHOICE
            return bool(names) or state.refused
        if demand.schema is not None and not state.calls and not state.refused:
            text = state.text.lstrip()
            if text and text[0] not in first_characters(demand.schema):
                self.broken = RESPONSE_FORMAT
            return bool(text)
        if demand.forbids_calls:
            return bool(state.text) or any(message.get(name) for name in REASONING)
        return True

    def _check_end(self, state: _Choice) -> None:
        demand = self._demand
        if state.refused:
            return
        if demand.tools and not state.calls:
            self.broken = TOOL_CHOICE
        elif demand.schema is not None and not state.calls and not _fits(state.text, demand.schema):
            self.broken = RESPONSE_FORMAT
        elif any(not _fits(text, demand.strict[name]) for name, text in state.calls.values() if name in demand.strict):
            self.broken = TOOLS
        else:
            self.kept = True


def _is_prose(text: str) -> bool:
    """Whether a text is not the beginning of an object, which the call of a tool may be written as."""
    return bool(text.strip()) and not text.lstrip().startswith("{")


def _fits(text: str, schema: Schema) -> bool:
    if len(text) >= CHECKED_CHARACTERS_MAX:
        return True
    try:
        value = from_json(text)
    except ValueError:
        return False
    return matches(value, dict(schema), schema)


def _object(data: bytes) -> dict[str, Any]:
    try:
        return as_dict(from_json(data))
    except ValueError:
        return {}
