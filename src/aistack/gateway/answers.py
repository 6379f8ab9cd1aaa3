"""What the gateway itself says: request ids, and whole answers made without any instance."""

import json
import os
from collections.abc import Iterator
from itertools import count

from aistack.chassis.context import REQUEST_ID_FORM
from aistack.chassis.errors import PROBLEM_MEDIA_TYPE, problem_body
from aistack.gateway.response_head import STATUS_LINES

_NUMBERS_AT_ONCE = 4096
_tails = [b"%03x" % number for number in range(_NUMBERS_AT_ONCE)]


def _request_ids() -> Iterator[bytes]:
    process = os.urandom(8).hex().encode()
    for thousands in count():
        start = b"%b%013x" % (process, thousands)
        for tail in _tails:
            yield start + tail


_ids = _request_ids()


def new_request_id() -> bytes:
    """128 bits in hex: random for the process, then counting."""
    return next(_ids)


def kept_or_new_request_id(given: bytes) -> bytes:
    """The id that the client gave, when it has the form of one."""
    return given if REQUEST_ID_FORM.fullmatch(given.decode("latin-1")) else new_request_id()


def problem_answer(
    status: int, code: str, detail: str, request_id: bytes, *, common: bytes, close: bool, extra: bytes = b""
) -> bytes:
    """A problem document (RFC 9457) as a whole answer. `common` are the header lines that every answer carries."""
    body = json.dumps(problem_body(code, status, detail, request_id.decode())).encode()
    return b"".join(
        (
            STATUS_LINES[status], b"content-type: ", PROBLEM_MEDIA_TYPE.encode(), b"\r\n", common, extra,
            b"x-request-id: ", request_id, b"\r\ncontent-length: %d\r\n" % len(body),
            b"connection: close\r\n\r\n" if close else b"\r\n", body,
        )
    )  # fmt: skip


def bare_answer(status: int, request_id: bytes, *, common: bytes, close: bool, extra: bytes = b"") -> bytes:
    """An answer without a body."""
    end = b"connection: close\r\n\r\n" if close else b"\r\n"
    return b"".join((STATUS_LINES[status], common, extra, b"x-request-id: ", request_id, b"\r\n", end))


def without_body(answer: bytes) -> bytes:
    """The head of an answer, which is all that a HEAD request gets."""
    return answer[: answer.index(b"\r\n\r\n") + 4]
