"""gRPC status codes, and how a call's end is written into trailers.

https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md says which RST_STREAM and HTTP status mean what.
"""

from enum import IntEnum
from functools import lru_cache

from aistack.http2.wire.errors import ErrorCode
from aistack.http2.wire.header_fields import Fields

MESSAGE_BYTES_MAX = 4_096
CACHED_TRAILERS = 64
PLAIN = frozenset(range(0x20, 0x7F)) - {ord("%")}


class Status(IntEnum):
    OK = 0
    CANCELLED = 1
    UNKNOWN = 2
    INVALID_ARGUMENT = 3
    DEADLINE_EXCEEDED = 4
    NOT_FOUND = 5
    ALREADY_EXISTS = 6
    PERMISSION_DENIED = 7
    RESOURCE_EXHAUSTED = 8
    FAILED_PRECONDITION = 9
    ABORTED = 10
    OUT_OF_RANGE = 11
    UNIMPLEMENTED = 12
    INTERNAL = 13
    UNAVAILABLE = 14
    DATA_LOSS = 15
    UNAUTHENTICATED = 16


OF_RESET = {
    ErrorCode.REFUSED_STREAM: Status.UNAVAILABLE,
    ErrorCode.CANCEL: Status.CANCELLED,
    ErrorCode.ENHANCE_YOUR_CALM: Status.RESOURCE_EXHAUSTED,
    ErrorCode.INADEQUATE_SECURITY: Status.PERMISSION_DENIED,
}
OF_HTTP = {
    400: Status.INTERNAL,
    401: Status.UNAUTHENTICATED,
    403: Status.PERMISSION_DENIED,
    404: Status.UNIMPLEMENTED,
    429: Status.UNAVAILABLE,
    502: Status.UNAVAILABLE,
    503: Status.UNAVAILABLE,
    504: Status.UNAVAILABLE,
}


class RpcError(Exception):
    """A call ended with another status than OK. `trailers` are those of the server, empty when it sent none."""

    def __init__(self, status: Status, message: str, trailers: Fields = ()) -> None:
        super().__init__(f"{status.name}: {message}")
        self.status = status
        self.message = message
        self.trailers = trailers


def trailers_of(status: Status, message: str = "") -> Fields:
    """The trailers that end a call."""
    code = (b"grpc-status", b"%d" % status)
    return (code, (b"grpc-message", encoded_message(message))) if message else (code,)


@lru_cache(CACHED_TRAILERS)
def status_of(trailers: Fields) -> tuple[Status, str]:
    """Status and message of trailers; UNKNOWN when they have none."""
    number, message = b"", b""
    for name, value in trailers:
        if name == b"grpc-status":
            number = value
        elif name == b"grpc-message":
            message = value
    if not number.isdigit() or len(number) > 3:
        return Status.UNKNOWN, "the response has no valid grpc-status"
    known = int(number) <= Status.UNAUTHENTICATED
    return Status(int(number)) if known else Status.UNKNOWN, decoded_message(message)


def encoded_message(message: str) -> bytes:
    """A status message, percent-encoded, of at most 4 KiB before that."""
    raw = message.encode()[:MESSAGE_BYTES_MAX]
    return b"".join(b"%c" % byte if byte in PLAIN else b"%%%02X" % byte for byte in raw)


def decoded_message(encoded: bytes) -> str:
    """A status message; what is no valid percent-encoding is kept as it is."""
    parts = encoded.split(b"%")
    out = [parts[0]]
    for part in parts[1:]:
        try:
            out.append(bytes((int(part[:2], 16),)) + part[2:])
        except ValueError:
            out.append(b"%" + part)
    return b"".join(out).decode("utf-8", "replace")
