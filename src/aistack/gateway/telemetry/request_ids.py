"""Request ids, and the trace that a request belongs to (W3C Trace Context)."""

import os
import re
from collections.abc import Iterator
from itertools import count

from aistack.chassis.request_context import REQUEST_ID_FORM
from aistack.gateway.http1.request_head import OTHER, RequestHead

TRACEPARENT = re.compile(rb"(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(?:-[!-~]+)?")
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
    """128 bits in hex: a random number for the process, then a counter."""
    return next(_ids)


def kept_or_new_request_id(given: bytes) -> bytes:
    """The id that the client sent, if it has the form of one."""
    return given if REQUEST_ID_FORM.fullmatch(given.decode("latin-1")) else new_request_id()


def trace_id(head: RequestHead) -> bytes:
    """The trace that a request belongs to; empty when its traceparent is missing or invalid."""
    given = TRACEPARENT.fullmatch(head.value(b"traceparent")) if head.marks & OTHER else None
    return given[1] if given and (given[0][:2] != b"00" or given[0].count(b"-") == 3) else b""
