"""The messages of `cy.llm` that a call needs, in the protobuf wire format.

The data plane writes one kind of message and reads three fields of another, so it does without the protobuf runtime,
whose import would double its memory.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from aistack.gateway.models.accounting.usage import Usage

TASKS = {
    "/chat/completions": 1, "/completions": 2, "/embeddings": 3, "/rerank": 4, "/tokenize": 5,
    "/audio/transcriptions": 6,
}  # fmt: skip
VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5
VARINT_BYTES_MAX = 10


class BadMessage(Exception):
    """The bytes are not a message."""


@dataclass(slots=True)
class Prediction:
    """The parts of a StreamPredictResponse that a call uses."""

    event: bytes = b""
    end_of_stream: bool = False
    usage: Usage | None = None
    tokens: int = 0
    status: int = 0
    code: str = ""
    message: str = ""
    param: str = ""


def predict_request(model: str, operation: str, body: bytes, trace_id: str, tenant: str) -> bytes:
    """A StreamPredictRequest."""
    metadata = _text(1, trace_id) + _text(2, tenant)
    return b"".join(
        (_text(1, model), _tagged(6, metadata), _varint(100 << 3), _varint(TASKS[operation]), _tagged(101, body))
    )


def prediction_of(message: bytes) -> Prediction:
    """A StreamPredictResponse. Raises BadMessage."""
    found = Prediction()
    for number, value in _fields(message):
        if number == 102 and isinstance(value, bytes):
            found.event = value
        elif number == 3:
            found.end_of_stream = bool(value)
        elif number == 104 and isinstance(value, int):
            found.tokens = value
        elif number == 101 and isinstance(value, bytes):
            counts = {at: count for at, count in _fields(value) if isinstance(count, int)}
            found.usage = Usage(counts.get(1, 0), counts.get(2, 0), counts.get(3, 0), 0, counts.get(4, 0))
        elif number == 105 and isinstance(value, bytes):
            _read_error(found, value)
    return found


def _read_error(found: Prediction, message: bytes) -> None:
    found.status = 500
    for number, value in _fields(message):
        if isinstance(value, int):
            found.status = value if number == 1 else found.status
        else:
            text = value.decode("utf-8", "replace")
            if number == 2:
                found.code = text
            elif number == 3:
                found.message = text
            elif number == 4:
                found.param = text


def _fields(message: bytes) -> Iterator[tuple[int, int | bytes]]:
    at, end = 0, len(message)
    while at < end:
        key, at = _read_varint(message, at)
        kind = key & 7
        if kind == VARINT:
            value, at = _read_varint(message, at)
            yield key >> 3, value
            continue
        if kind == BYTES:
            length, at = _read_varint(message, at)
        elif kind in (FIXED32, FIXED64):
            length = 4 if kind == FIXED32 else 8
        else:
            raise BadMessage(f"a field of the kind {kind}")
        if at + length > end:
            raise BadMessage("a field ends after the message")
        yield key >> 3, message[at : at + length]
        at += length


def _read_varint(message: bytes, at: int) -> tuple[int, int]:
    value = 0
    for step in range(VARINT_BYTES_MAX):
        if at + step >= len(message):
            break
        byte = message[at + step]
        value |= (byte & 0x7F) << (7 * step)
        if byte < 0x80:
            return value, at + step + 1
    raise BadMessage("a number does not end")


def _varint(value: int) -> bytes:
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def _tagged(number: int, value: bytes) -> bytes:
    return _varint(number << 3 | BYTES) + _varint(len(value)) + value if value else b""


def _text(number: int, value: str) -> bytes:
    return _tagged(number, value.encode())
