"""Fields of requests that upstreams may ignore or read in their own way, and what an answer has to be for them."""

from typing import Any, Protocol, cast

from pydantic_core import from_json, to_json

from aistack.gateway.models.formats.chat_deltas import as_dict, as_list, as_text
from aistack.gateway.models.formats.errors import CallError
from aistack.gateway.models.formats.schema_tool_calls import SchemaToolCalls
from aistack.gateway.models.formats.server_sent_events import DONE, data_of
from aistack.gateway.models.requests.request import CHAT, COMPLETIONS, EMBEDDINGS, ModelRequest
from aistack.gateway.models.table.compiled import Target

OTHERS = b'"top_logprobs"'
BYTES_PER_NUMBER, BASE64_GROUP = 4, (3, 4)


class AnswerRewriter(Protocol):
    """Changes one answer on its way from the upstream, event by event or as a whole."""

    def events(self, events: list[bytes]) -> list[bytes]: ...

    def whole(self, body: bytes) -> bytes: ...


class OwnLogprobs:
    """Takes out the probabilities of other tokens: some upstreams give them if they are not asked for."""

    __slots__ = ("_before",)

    def __init__(self, before: AnswerRewriter | None) -> None:
        self._before = before

    def events(self, events: list[bytes]) -> list[bytes]:
        if self._before is not None:
            events = self._before.events(events)
        return [b"data: " + self._changed(data_of(event)) if OTHERS in event else event for event in events]

    def whole(self, body: bytes) -> bytes:
        return self._changed(body if self._before is None else self._before.whole(body))

    def _changed(self, body: bytes) -> bytes:
        fields = as_dict(_decoded(body))
        for choice in as_list(fields.get("choices")):
            for token in as_list(as_dict(as_dict(choice).get("logprobs")).get("content")):
                as_dict(token)["top_logprobs"] = []
        return to_json(fields) if fields else body


class EchoedPrompts:
    """Puts the prompt before each choice's text where the upstream did not."""

    __slots__ = ("_answers", "_begun", "_prompts")

    def __init__(self, prompts: list[str], answers: int) -> None:
        self._prompts = prompts
        self._answers = answers  # for each prompt
        self._begun: set[int] = set()

    def events(self, events: list[bytes]) -> list[bytes]:
        return [self._event(event) for event in events]

    def whole(self, body: bytes) -> bytes:
        fields = as_dict(_decoded(body))
        return to_json(fields) if self._add(fields) else body

    def _event(self, event: bytes) -> bytes:
        data = data_of(event)
        if not data or data == DONE:
            return event
        fields = as_dict(_decoded(data))
        return b"data: " + to_json(fields) if self._add(fields) else event

    def _add(self, fields: dict[str, Any]) -> bool:
        added = False
        for item in as_list(fields.get("choices")):
            choice = as_dict(item)
            text, index = as_text(choice.get("text")), choice.get("index")
            number = index if isinstance(index, int) else 0
            if number in self._begun or not (text or choice.get("finish_reason")):
                continue
            self._begun.add(number)
            at = number // self._answers
            prompt = self._prompts[at] if 0 <= at < len(self._prompts) else ""
            is_echo = text.startswith(prompt) or (text != "" and prompt.startswith(text))
            if not is_echo:
                choice["text"], added = prompt + text, True
        return added


def _echoed_prompts(request: ModelRequest) -> EchoedPrompts | None:
    if not request.fields.get("echo"):
        return None
    given: object = request.fields.get("prompt")
    listed = cast("list[object]", given) if isinstance(given, list) else [given]
    prompts = [one for one in listed if isinstance(one, str)]
    return EchoedPrompts(prompts, request.answers) if len(prompts) == len(listed) else None


def answer_rewriter(request: ModelRequest, target: Target) -> AnswerRewriter | None:
    """What makes this target's answer the one that the request asks for; None if it is passed on as it is."""
    if request.operation == COMPLETIONS:
        return _echoed_prompts(request)
    calls = SchemaToolCalls() if request.gets_tool_calls_by_schema(target) else None
    fields = request.fields
    if request.operation == CHAT and fields.get("logprobs") and not fields.get("top_logprobs"):
        return OwnLogprobs(calls)
    return calls


def dimensions_fault(request: ModelRequest, body: bytes) -> CallError | None:
    """The error for vectors of another length than the request asks for."""
    wanted = request.fields.get("dimensions")
    if request.operation != EMBEDDINGS or wanted is None:
        return None
    vectors = [as_dict(one).get("embedding") for one in as_list(as_dict(_decoded(body)).get("data"))]
    length = _length(vectors[0]) if vectors else wanted
    if length == wanted:
        return None
    message = (
        f"dimensions: this model gives vectors of {length} numbers, and cannot give {wanted}; leave dimensions out"
    )
    return CallError(400, message, "unsupported_value", "dimensions")


def _length(vector: object) -> int:
    """How many numbers a vector has, as a list or as float32 in base64."""
    if isinstance(vector, str):
        taken, given = BASE64_GROUP
        return (len(vector) * taken // given - vector[-2:].count("=")) // BYTES_PER_NUMBER
    return len(as_list(vector))


def _decoded(data: bytes) -> object:
    try:
        return from_json(data)
    except ValueError:
        return None
