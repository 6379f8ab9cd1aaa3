"""Answers of upstreams on their way to the client: usage is read from them, and the model gets its public name.

Chunks are not decoded unless they hold usage or an error, or have to be translated. Searching for a quoted key is safe:
in a JSON string its quotes would be escaped.
"""

import re
from typing import Any, cast

from pydantic_core import from_json, to_json

from aistack.gateway.models.accounting.budgets import BOTH_FIELDS
from aistack.gateway.models.accounting.usage import Usage, read_usage
from aistack.gateway.models.formats.chat_deltas import REASONING, as_dict, as_list
from aistack.gateway.models.formats.server_sent_events import DONE, DONE_EVENT, data_of
from aistack.gateway.models.formats.translation import Translation

DECODED_BYTES_MAX = 256 * 1024
USAGE_FIELD = re.compile(rb'"usage"\s*:\s*\{')
MODEL_FIELD = re.compile(rb'"model"\s*:\s*"(?:[^"\\]|\\.)*"')
CREATED_FIELD = re.compile(rb'"created"\s*:\s*[0-9]+')
CONTENT = b'"content":"'
FINISHED = (b'"finish_reason":"', b'"finish_reason": "', b'"transcript.text.done"')
NO_USAGE = (b'"usage":null', b'"usage": null')
HEAD_BYTES = 4096
USAGE_KEY, CHOICES_KEY = b'"usage"', b'"choices"'
REASONING_KEY = b'"reasoning'


class StreamedAnswer:
    """A streamed answer. `seen` counts events, `pieces` those with text, `text_bytes` is the length of that text."""

    __slots__ = (
        "_announced", "_created", "_done", "_ended", "_finished", "_gave_usage", "_last", "_name", "_reasoning",
        "_renamed", "_translation", "_wants_usage", "error", "pieces", "seen", "text_bytes", "usage",
    )  # fmt: skip

    def __init__(self, name: str, wants_usage: bool, translation: Translation | None, reasoning: str) -> None:
        self.usage: Usage | None = None
        self.error: dict[str, Any] | None = None
        self.seen = self.pieces = self.text_bytes = 0
        self._name = name
        self._wants_usage = wants_usage
        self._translation = translation
        self._reasoning = reasoning  # the name that the client wants for it
        self._announced = self._renamed = self._created = b""
        self._finished = self._done = self._ended = self._gave_usage = False
        self._last = b""  # a chunk, for the identity of one with the usage

    @property
    def is_complete(self) -> bool:
        """Whether it ended as answers do."""
        return self._finished or self._done

    def read(self, events: list[bytes]) -> bytes:
        """What the client gets of these events."""
        out: list[bytes] = []
        for event in events:
            data = data_of(event)
            if not data:
                continue
            if data == DONE:
                if not self._done and (self.usage is not None or not self._lacks_usage):
                    out.append(self.end(self.usage or Usage()) if self._translation is None else b"")
                self._done = True
                continue
            if self._done:  # only what it says of usage counts now
                self._is_hidden(data)
                continue
            self.seen += 1
            if self.seen == 1:
                self._read_first(data)
            if self._announced:
                data = data.replace(self._announced, self._renamed, 1)
            if self._created and self._created not in data:  # some upstreams say when a chunk was made
                data = CREATED_FIELD.sub(self._created, data, count=1)
            at = data.find(CONTENT)
            if at >= 0:
                self.pieces += 1
                self.text_bytes += max(0, data.find(b'"', at + len(CONTENT)) - at - len(CONTENT))
            if not self._finished:
                self._finished = FINISHED[0] in data or FINISHED[1] in data or FINISHED[2] in data
            if self._is_hidden(data):
                continue
            if self.error is not None:
                break
            if self._translation is None:
                if REASONING_KEY in data:
                    data = _with_reasoning(data, _object(data), self._reasoning)
                if self._wants_usage:
                    if USAGE_KEY not in data and CHOICES_KEY in data and data.endswith(b"}"):
                        data = data[:-1] + b',"usage":null}'
                    self._last = data
                out.append(b"data: %b\n\n" % data)
            else:
                out += (self._translation.begin(), self._translation.event(_object(data)))
        return b"".join(out)

    def end(self, usage: Usage) -> bytes:
        """What follows the last event."""
        if self._translation is not None:
            return self._translation.end(usage)
        if self._ended:
            return b""
        self._ended = True
        return self._usage_event(usage) + DONE_EVENT if self._lacks_usage else DONE_EVENT

    @property
    def _lacks_usage(self) -> bool:
        return self._wants_usage and not self._gave_usage

    def _usage_event(self, usage: Usage) -> bytes:
        """The chunk with the usage that the client asked for and the upstream did not give in one of its own."""
        chunk = _object(self._last)
        if "choices" not in chunk:
            return b""
        total = {"prompt_tokens": usage.prompt, "completion_tokens": usage.completion, "total_tokens": usage.total}
        kept = {name: chunk[name] for name in ("id", "object", "created", "model") if name in chunk}
        return b"data: %b\n\n" % to_json(kept | {"choices": [], "usage": total})

    def _read_first(self, data: bytes) -> None:
        found = MODEL_FIELD.search(data)
        if found is not None and found[0] != (renamed := b'"model":%b' % to_json(self._name)):
            self._announced, self._renamed = found[0], renamed
        created = CREATED_FIELD.search(data)
        self._created = b"" if created is None else created[0]

    def _is_hidden(self, data: bytes) -> bool:
        """Reads usage and errors. Whether the client did not ask for this event."""
        if b'"usage"' in data and NO_USAGE[0] not in data and NO_USAGE[1] not in data:
            fields = _object(data)
            usage = read_usage(fields.get("usage"))
            if usage is not None:
                self.usage = usage
                self._gave_usage |= not fields.get("choices")
                return not self._wants_usage and not fields.get("choices") and "choices" in fields
        if b'"error"' in data:
            fields = _object(data)
            if fields.get("error") and not fields.get("choices"):
                self.error = fields
        return False


def renamed_answer(body: bytes, name: str, reasoning: str) -> tuple[Usage | None, bytes, dict[str, Any] | None]:
    """The usage of a whole answer, its bytes with the model's public name, and its content unless it is large."""
    if len(body) <= DECODED_BYTES_MAX:
        fields = _object(body)
        announced = fields.get("model")
        if isinstance(announced, str) and announced != name:
            body = MODEL_FIELD.sub(lambda _: b'"model":%b' % to_json(name), body, count=1)
        usage = read_usage(fields.get("usage"))
        if REASONING_KEY in body and isinstance(fields.get("choices"), list):
            body = _with_reasoning(body, fields | {"model": name}, reasoning)
        return usage, body, fields
    for start in (len(body) - HEAD_BYTES, 0):  # large are embeddings, whose model and usage come last or first
        end = start + HEAD_BYTES
        found, announced = USAGE_FIELD.search(body, start, end), MODEL_FIELD.search(body, start, end)
        if announced is not None:
            body = b"".join((body[: announced.start()], b'"model":%b' % to_json(name), body[announced.end() :]))
            found = USAGE_FIELD.search(body, start, end + len(name))
        if found is not None:
            return read_usage(_object_at(body, found.end() - 1)), body, None
    return None, body, None


def usage_of(body: bytes) -> Usage | None:
    """The usage in a whole answer."""
    return read_usage(_object(body).get("usage"))


def _with_reasoning(data: bytes, fields: dict[str, Any], wanted: str) -> bytes:
    """The answer, or a piece of one, with the model's reasoning under the names that are wanted."""
    changed = False
    for choice in as_list(fields.get("choices")):
        message = as_dict(as_dict(choice).get("delta") or as_dict(choice).get("message"))
        text = next((found for name in REASONING if isinstance(found := message.get(name), str)), None)
        for name in REASONING if text is not None else ():
            if wanted in (name, BOTH_FIELDS) and message.get(name) != text:
                message[name], changed = text, True
            elif wanted not in (name, BOTH_FIELDS) and name in message:
                del message[name]
                changed = True
    return to_json(fields) if changed else data


def _object(data: bytes) -> dict[str, Any]:
    try:
        fields = from_json(data)
    except ValueError:
        return {}
    return cast("dict[str, Any]", fields) if isinstance(fields, dict) else {}


def _object_at(body: bytes, start: int) -> dict[str, Any]:
    """The object that begins there; usage objects hold no braces in strings."""
    depth = 0
    for at in range(start, min(len(body), start + HEAD_BYTES)):
        if body[at] == 0x7B:
            depth += 1
        elif body[at] == 0x7D:
            depth -= 1
            if not depth:
                return _object(body[start : at + 1])
    return {}
