"""A request for a model: the fields that decide, and the bytes that an upstream gets.

The body is decoded once to read it. What goes to the upstream are the client's own bytes with as little changed as
possible: the model's name, and the request for usage where the client did not ask for it.
"""

import re
from dataclasses import dataclass
from typing import Any, cast

from pydantic_core import from_json, to_json

from aistack.gateway.models.formats.chat_deltas import REASONING, as_dict, as_list
from aistack.gateway.models.formats.errors import BadRequest, invalid
from aistack.gateway.models.formats.schema_tool_calls import schema_request
from aistack.gateway.models.requests.field_checks import N_MAX, check_chat, check_completion, check_embedding
from aistack.gateway.models.table.compiled import Model, Target

MODEL_FIELD = re.compile(rb'"model"\s*:\s*"([^"\\]*)"')
ESCAPED_LETTER = re.compile(rb"\\u00[46][0-9a-fA-F]")  # in a key, "m\u006fdel" would be the same name
COMPLETION_TOKENS_DEFAULT = 1024  # for reservations, when a request sets no maximum
CHAT, COMPLETIONS, EMBEDDINGS, RERANK, TOKENIZE = (
    "/chat/completions", "/completions", "/embeddings", "/rerank", "/tokenize",
)  # fmt: skip
TOOL_FIELDS = frozenset(("tools", "tool_choice", "parallel_tool_calls"))
LIMITS = ("max_completion_tokens", "max_tokens")  # the newer name counts if both are there
CHECKS = {CHAT: check_chat, COMPLETIONS: check_completion, EMBEDDINGS: check_embedding}


@dataclass(slots=True)
class ModelRequest:
    """`operation` is the path below an API's base URL; `raw` is the body, `fields` its content."""

    operation: str
    raw: bytes
    fields: dict[str, Any]
    model: str
    stream: bool
    wants_usage: bool
    content_type: bytes

    @property
    def answers(self) -> int:
        """How many answers are wanted to each prompt."""
        n = self.fields.get("n")
        return n if isinstance(n, int) and 1 <= n <= N_MAX else 1

    @property
    def prompts(self) -> int:
        """How many prompts a completion has; a list of numbers is one prompt in tokens."""
        prompt = self.fields.get("prompt")
        listed = cast("list[object]", prompt) if self.operation == COMPLETIONS and isinstance(prompt, list) else []
        return len(listed) if listed and isinstance(listed[0], str | list) else 1

    @property
    def completion_tokens_max(self) -> int:
        """The most tokens that the answers may have, or a usual number."""
        if self.operation not in (CHAT, COMPLETIONS):
            return 0
        answers = self.prompts * self.answers
        for name in LIMITS:
            most = self.fields.get(name)
            if isinstance(most, int) and not isinstance(most, bool) and most >= 0:
                return most * answers
        return COMPLETION_TOKENS_DEFAULT * answers

    @property
    def structured_field(self) -> str:
        """The field that asks for structured output, which an upstream has to enforce; empty for none."""
        wanted = self.fields.get("response_format")
        if isinstance(wanted, dict) and cast("dict[str, object]", wanted).get("type") not in (None, "text"):
            return "response_format"
        tools = self.fields.get("tools")
        return "tools" if isinstance(tools, list) and any(map(is_strict, cast("list[object]", tools))) else ""

    @property
    def demands_tool(self) -> bool:
        """Whether the answer has to be a call of a tool, which an upstream has to enforce."""
        choice = self.fields.get("tool_choice")
        return choice is not None and choice not in ("none", "auto") and not _is_allowing(choice)

    def body_for(self, model: Model, target: Target) -> bytes:
        """The body for one target."""
        fields = self._fields_for(target)
        added: dict[str, object] = {name: value for name, value in model.defaults if name not in fields}
        if self.stream and not self.wants_usage and self.operation in (CHAT, COMPLETIONS):
            options = cast("dict[str, object]", fields.get("stream_options") or {})
            added["stream_options"] = options | {"include_usage": True}
        if target.max_tokens_field and self._is_limited_elsewhere(target.max_tokens_field):
            limit = fields.get("max_completion_tokens") or fields.get("max_tokens")
            kept = {name: value for name, value in fields.items() if name not in LIMITS}
            return to_json(kept | added | {"model": target.model, target.max_tokens_field: limit})
        is_raw = fields is self.fields and added.keys().isdisjoint(fields)
        if is_raw and (raw := self._renamed(target.model)):
            return _with_fields(raw, added) if added else raw
        return to_json(fields | added | {"model": target.model})

    def gets_tool_calls_by_schema(self, target: Target) -> bool:
        """Whether the call of a tool is enforced there by a JSON schema (see `schema_tool_calls`)."""
        return target.tool_choice == "schema" and self.demands_tool

    def _fields_for(self, target: Target) -> dict[str, Any]:
        """The fields as this target knows them; the request's own if nothing has to change."""
        fields = self.fields
        if self.gets_tool_calls_by_schema(target):
            fields = schema_request(fields)
        elif target.tool_choice is not True and fields.get("tool_choice") == "none" and "tools" in fields:
            fields = {name: value for name, value in fields.items() if name not in TOOL_FIELDS}
        if target.reasoning_field and self.operation == CHAT:
            messages = as_list(fields.get("messages"))
            named = [_with_reasoning_field(one, target.reasoning_field) for one in messages]
            if any(new is not old for new, old in zip(named, messages, strict=True)):
                fields = fields | {"messages": named}
        return fields

    def _is_limited_elsewhere(self, name: str) -> bool:
        """Whether the request has its limit of tokens in another field than this."""
        return self.operation == CHAT and any(self.fields.get(one) is not None for one in LIMITS if one != name)

    def _renamed(self, name: str) -> bytes:
        """The body with another model; empty if the place of the name cannot be told without doubt."""
        raw = self.raw
        if raw.count(b'"model"') != 1 or ESCAPED_LETTER.search(raw):
            return b""
        if name == self.model:
            return raw
        found = MODEL_FIELD.search(raw)
        if found is None or found[1] != self.model.encode():
            return b""
        return b"".join((raw[: found.start(1)], to_json(name)[1:-1], raw[found.end(1) :]))


def read_request(operation: str, raw: bytes) -> ModelRequest:
    """Decodes a body. Raises BadRequest."""
    return request_of(operation, raw, decoded(raw))


def decoded(raw: bytes) -> dict[str, Any]:
    """A body that has to be a JSON object. Raises BadRequest."""
    try:
        fields = from_json(raw, allow_inf_nan=False)
    except ValueError as error:
        raise BadRequest(invalid(f"the body is not valid JSON: {error}")) from None
    if not isinstance(fields, dict):
        raise BadRequest(invalid("the body must be a JSON object"))
    return cast("dict[str, Any]", fields)


def request_of(operation: str, raw: bytes, fields: dict[str, Any]) -> ModelRequest:
    """A request from its fields. Raises BadRequest for those that decide and are not valid."""
    model, stream = fields.get("model"), fields.get("stream")
    if not isinstance(model, str) or not model:
        raise BadRequest(invalid("model must be the name of a model; GET /v1/models lists them", "model"))
    if stream is not None and not isinstance(stream, bool):
        raise BadRequest(invalid("stream must be true or false", "stream"))
    options = fields.get("stream_options")
    check = CHECKS.get(operation)
    if check is not None:
        check(fields)
    wants_usage = isinstance(options, dict) and bool(cast("dict[str, object]", options).get("include_usage"))
    return ModelRequest(operation, raw, fields, model, bool(stream), wants_usage, b"application/json")


def _with_reasoning_field(message: object, name: str) -> object:
    """A message whose reasoning has only this name."""
    held = as_dict(message)
    given = [other for other in REASONING if held.get(other) is not None]
    if not given or given == [name]:
        return message
    kept = {key: value for key, value in held.items() if key not in REASONING}
    return kept | {name: held[name if name in given else given[0]]}


def _is_allowing(choice: object) -> bool:
    """Whether a choice only says which tools may be called."""
    if not isinstance(choice, dict):
        return False
    held = cast("dict[str, object]", choice)
    allowed = held.get("allowed_tools")
    return isinstance(allowed, dict) and cast("dict[str, object]", allowed).get("mode") == "auto"


def is_strict(tool: object) -> bool:
    """Whether a tool's arguments have to fit its schema."""
    function = cast("dict[str, object]", tool).get("function") if isinstance(tool, dict) else None
    return isinstance(function, dict) and cast("dict[str, object]", function).get("strict") is True


def _with_fields(raw: bytes, fields: dict[str, object]) -> bytes:
    """An object with more fields at its start."""
    at = raw.index(b"{") + 1
    return b"".join((raw[:at], to_json(fields)[1:-1], b"," if raw[at:].lstrip()[:1] != b"}" else b"", raw[at:]))
