"""Message heads on the wire: what is passed on, what is removed, what is added (RFC 9110 §7.6, RFC 9112)."""

import json
import os
from http import HTTPStatus
from itertools import count

from aistack.chassis.errors import PROBLEM_MEDIA_TYPE, problem_body

Lines = list[bytes]  # header lines as they will be sent, each with its CRLF

HOP_BY_HOP = frozenset(
    (b"connection", b"keep-alive", b"proxy-connection", b"te", b"trailer", b"transfer-encoding", b"upgrade")
)
SPECIAL_IN_REQUEST = HOP_BY_HOP | {
    b"host", b"content-length", b"authorization", b"x-api-key", b"x-request-id", b"x-forwarded-for",
    b"x-forwarded-proto", b"x-forwarded-host", b"forwarded", b"x-real-ip", b"via",
}  # fmt: skip
SPECIAL_IN_RESPONSE = HOP_BY_HOP | {
    b"content-length", b"x-request-id", b"x-content-type-options", b"x-frame-options",
}  # fmt: skip
NOTHING_NAMED = frozenset((b"keep-alive", b"close", b"Keep-Alive", b"Close", b""))
SECURITY_HEADERS = b"x-content-type-options: nosniff\r\nx-frame-options: DENY\r\n"
STATUS_LINES = {
    status: f"HTTP/1.1 {status} {HTTPStatus(status).phrase if status in list(HTTPStatus) else 'Status'}\r\n".encode()
    for status in range(100, 600)
}
REQUEST_ID_BYTES = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._:-")
REQUEST_ID_BYTES_MAX = 128

_process = os.urandom(8).hex().encode()
_numbers = count(1)


def new_request_id() -> bytes:
    """128 bits in hex: random for the process, then counting."""
    return b"%s%016x" % (_process, next(_numbers))


def kept_or_new_request_id(given: bytes) -> bytes:
    if given and len(given) <= REQUEST_ID_BYTES_MAX and REQUEST_ID_BYTES.issuperset(given):
        return given
    return new_request_id()


def request_head(
    method: bytes, target: bytes, host: bytes, lines: Lines, forwarded: bytes, request_id: bytes, framing: bytes
) -> bytes:
    """The head sent upstream. `framing` says how long the body is, or is empty; `forwarded` is `forwarded_for`'s."""
    return b"".join(
        (
            method, b" ", target, b" HTTP/1.1\r\nhost: ", host, b"\r\n", *lines, framing, forwarded, host,
            b"\r\nx-request-id: ", request_id, b"\r\n\r\n",
        )
    )  # fmt: skip


def forwarded_for(peer: bytes) -> bytes:
    """The lines that tell whose request it is, up to the name of the host, which follows."""
    return b"via: 1.1 ai-stack\r\nx-forwarded-for: %b\r\nx-forwarded-proto: http\r\nx-forwarded-host: " % peer


def response_head(status: int, lines: Lines, request_id: bytes, framing: bytes) -> bytes:
    """The head sent to the client. `framing` holds the length and connection lines."""
    return b"".join(
        (STATUS_LINES[status], *lines, SECURITY_HEADERS, b"x-request-id: ", request_id, b"\r\n", framing, b"\r\n")
    )


def without_named(lines: Lines, connection: bytes) -> Lines:
    """The lines less those that a Connection header names (RFC 9110 §7.6.1)."""
    if connection in NOTHING_NAMED:
        return lines
    named = {part.strip().lower() for part in connection.split(b",")}
    return [line for line in lines if line.partition(b":")[0].lower() not in named]


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
