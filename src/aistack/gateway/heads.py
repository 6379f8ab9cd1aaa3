"""Message heads on the wire: what is passed on, what is removed, what is added (RFC 9110 §7.6, RFC 9112)."""

import json
import os
from http import HTTPStatus
from itertools import count

from aistack.chassis.errors import PROBLEM_MEDIA_TYPE, problem_body

Headers = list[tuple[bytes, bytes]]

HOP_BY_HOP = frozenset(
    (b"connection", b"keep-alive", b"proxy-connection", b"te", b"trailer", b"transfer-encoding", b"upgrade")
)
REPLACED_IN_REQUEST = HOP_BY_HOP | {
    b"host",
    b"content-length",
    b"x-request-id",
    b"x-forwarded-for",
    b"x-forwarded-proto",
    b"x-forwarded-host",
    b"forwarded",
    b"x-real-ip",
    b"via",
}
REPLACED_IN_RESPONSE = HOP_BY_HOP | {
    b"content-length",
    b"x-request-id",
    b"x-content-type-options",
    b"x-frame-options",
}
SECURITY_HEADERS = b"x-content-type-options: nosniff\r\nx-frame-options: DENY\r\n"
STATUS_LINES = {
    status: f"HTTP/1.1 {status} {HTTPStatus(status).phrase if status in list(HTTPStatus) else 'Status'}\r\n".encode()
    for status in range(100, 600)
}
REQUEST_ID_BYTES = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._:-")
REQUEST_ID_BYTES_MAX = 128

_process = os.urandom(8).hex()
_numbers = count(1)


def new_request_id() -> bytes:
    """128 bits in hex: random for the process, then counting."""
    return b"%s%016x" % (_process.encode(), next(_numbers))


def kept_or_new_request_id(given: bytes) -> bytes:
    if given and len(given) <= REQUEST_ID_BYTES_MAX and REQUEST_ID_BYTES.issuperset(given):
        return given
    return new_request_id()


def request_head(
    method: bytes,
    target: bytes,
    host: bytes,
    headers: Headers,
    dropped: frozenset[bytes],
    peer: bytes,
    request_id: bytes,
    framing: bytes,
) -> bytes:
    """The head sent upstream. `framing` is the header line that says how long the body is, or empty."""
    parts = [method, b" ", target, b" HTTP/1.1\r\nhost: ", host, b"\r\n"]
    for name, value in headers:
        if name not in dropped:
            parts += (name, b": ", value, b"\r\n")
    parts += (
        framing, b"x-forwarded-for: ", peer, b"\r\nx-forwarded-proto: http\r\nx-forwarded-host: ", host,
        b"\r\nvia: 1.1 ai-stack\r\nx-request-id: ", request_id, b"\r\n\r\n",
    )  # fmt: skip
    return b"".join(parts)


def response_head(status: int, headers: Headers, dropped: frozenset[bytes], request_id: bytes, framing: bytes) -> bytes:
    """The head sent to the client. `framing` holds the length and connection lines."""
    parts = [STATUS_LINES[status]]
    for name, value in headers:
        if name.lower() not in dropped:
            parts += (name, b": ", value, b"\r\n")
    parts += (SECURITY_HEADERS, b"x-request-id: ", request_id, b"\r\n", framing, b"\r\n")
    return b"".join(parts)


def named_in_connection(value: bytes, always: frozenset[bytes]) -> frozenset[bytes]:
    """`always` and the header names that a Connection header lists."""
    return always | {part.strip().lower() for part in value.split(b",")}


def problem_response(status: int, code: str, detail: str, request_id: bytes, close: bool, extra: bytes = b"") -> bytes:
    """A whole answer made by the gateway itself."""
    body = json.dumps(problem_body(code, status, detail, request_id.decode())).encode()
    return b"".join(
        (
            STATUS_LINES[status], b"content-type: ", PROBLEM_MEDIA_TYPE.encode(), b"\r\n", SECURITY_HEADERS, extra,
            b"x-request-id: ", request_id, b"\r\ncontent-length: %d\r\n" % len(body),
            b"connection: close\r\n\r\n" if close else b"\r\n", body,
        )
    )  # fmt: skip
