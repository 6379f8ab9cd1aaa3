"""What a call's head says: its method, its metadata and its deadline."""

from dataclasses import dataclass
from functools import lru_cache

from aistack.http2.wire.header_fields import Fields

UNITS_SECONDS = {b"H": 3600.0, b"M": 60.0, b"S": 1.0, b"m": 1e-3, b"u": 1e-6, b"n": 1e-9}
DIGITS_MAX = 8
CACHED_HEADS = 64
CONTENT_TYPE = (b"content-type", b"application/grpc")
RESPONSE_HEAD: Fields = ((b":status", b"200"), CONTENT_TYPE, (b"grpc-accept-encoding", b"identity, deflate, gzip"))
TIMEOUT = b"grpc-timeout"


def value_of(fields: Fields, name: bytes) -> bytes:
    """A field's first value; empty when there is none."""
    for key, value in fields:
        if key == name:
            return value
    return b""


def timeout_seconds(text: bytes) -> float | None:
    """The seconds of a grpc-timeout; None when it is malformed."""
    number, unit = text[:-1], UNITS_SECONDS.get(text[-1:])
    if unit is None or not number.isdigit() or len(number) > DIGITS_MAX:
        return None
    return int(number) * unit


def timeout_text(seconds: float) -> bytes:
    """A grpc-timeout of at most 8 digits in the finest unit that holds it."""
    seconds = max(0.0, seconds)
    for unit in (b"u", b"m", b"S", b"M", b"H"):
        number = int(seconds / UNITS_SECONDS[unit])
        if number < 10**DIGITS_MAX:
            return b"%d%b" % (number, unit)
    return b"99999999H"


@dataclass(frozen=True, slots=True)
class CallHead:
    """What a server needs of a request's head: its `path` is empty when it is no gRPC call.

    `timeout` is None without a deadline, and below 0 when it is malformed.
    """

    path: bytes
    timeout: float | None
    encoding: bytes


@lru_cache(CACHED_HEADS)
def call_head(fields: Fields) -> CallHead:
    """Clients repeat the same few heads, so what they say is kept."""
    kind, timeout = value_of(fields, b"content-type"), value_of(fields, TIMEOUT)
    is_grpc = value_of(fields, b":method") == b"POST" and (
        kind == b"application/grpc" or kind.startswith((b"application/grpc+", b"application/grpc;"))
    )
    seconds = timeout_seconds(timeout) if timeout else None
    return CallHead(
        value_of(fields, b":path") if is_grpc else b"",
        -1.0 if timeout and seconds is None else seconds,
        value_of(fields, b"grpc-encoding") or b"identity",
    )
