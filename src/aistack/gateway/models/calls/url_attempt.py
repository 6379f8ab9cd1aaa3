"""An attempt at an OpenAI-compatible URL: one HTTP/1.1 request, and its response passed on to the call."""

import time
from typing import Protocol

from aistack.gateway.http1.header_fields import Field
from aistack.gateway.http1.response_head import ResponseHead
from aistack.gateway.models.calls.failures import Failure, lost, not_sent, of_response
from aistack.gateway.models.calls.pools import Pools
from aistack.gateway.models.formats.server_sent_events import EventSplitter, EventTooLong
from aistack.gateway.models.table.compiled import Target
from aistack.gateway.upstream.connection import Tunnel, UpstreamConnection

ANSWER_BYTES_MAX = 64 * 1024 * 1024
ERROR_BYTES_MAX = 64 * 1024
STALE_SECONDS_MAX = 0.25  # a kept connection that breaks within it was closed before it saw the request


class CallOfAttempt(Protocol):
    """What an attempt tells its call."""

    def received_events(self, events: list[bytes]) -> None: ...

    def received_whole(self, body: bytes, content_type: bytes) -> None: ...

    def received_end(self) -> None:
        """A stream ended as it should."""

    def attempt_failed(self, failure: Failure) -> None: ...


class UrlAttempt:
    """Receives the response of one upstream connection."""

    request_done = True
    to_head = False
    wants_websocket = False

    __slots__ = (
        "_connection",
        "_head",
        "_pieces",
        "_pools",
        "_size",
        "_splitter",
        "call",
        "data",
        "done",
        "sent_at",
        "target",
    )

    def __init__(self, call: CallOfAttempt, target: Target, data: bytes) -> None:
        self.call = call
        self.target = target
        self.data = data
        self.done = False
        self.sent_at = 0.0
        self._connection: UpstreamConnection | None = None
        self._pools: Pools | None = None  # until a kept connection turned out to be closed
        self._head: ResponseHead | None = None
        self._pieces: list[bytes] = []
        self._size = 0
        self._splitter: EventSplitter | None = None

    def start(self, pools: Pools) -> None:
        self._pools = pools
        pools.connect(self, self.target)

    def connected(self, connection: UpstreamConnection) -> None:
        self._connection = connection
        self.sent_at = time.monotonic()
        connection.carry(self, self.data)

    def connect_failed(self, error: str) -> None:
        self._fail(not_sent(self.target, error))

    def cannot_connect(self, error: str) -> None:
        self._fail(not_sent(self.target, f"the gateway cannot open connections ({error})"))

    def pause(self) -> None:
        if self._connection is not None:
            self._connection.pause()

    def resume(self) -> None:
        if self._connection is not None:
            self._connection.resume()

    def cancel(self) -> None:
        """Drops the connection, which tells the upstream."""
        self.done = True
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.abort()

    def interim(self, head: ResponseHead) -> None:
        """Interim responses mean nothing for a call."""

    def response_whole(self, head: ResponseHead, body: bytes) -> None:
        self._connection = None
        self._head = head
        if head.is_event_stream and head.line.status == 200:
            self._splitter = EventSplitter()
            self._events(body)
            if not self.done:
                self._end_stream()
        else:
            self._whole(head, body)

    def response_head(self, head: ResponseHead) -> None:
        self._head = head
        self.data = b""  # it is not sent again, and a prompt may be long
        if head.is_event_stream and head.line.status == 200:
            self._splitter = EventSplitter()

    def response_body(self, data: bytes) -> None:
        if self._splitter is not None:
            self._events(data)
            return
        self._pieces.append(data)
        self._size += len(data)
        limit = ANSWER_BYTES_MAX if self._head is not None and self._head.line.status == 200 else ERROR_BYTES_MAX
        if self._size > limit:
            self.cancel()
            self._fail(lost(self.target, f"sent an answer of more than {limit} bytes"))

    def response_end(self, data: bytes, trailers: tuple[Field, ...]) -> None:
        self._connection = None
        if self._splitter is not None:
            if data:
                self._events(data)
            if not self.done:
                self._end_stream()
            return
        self._pieces.append(data)
        assert self._head is not None
        self._whole(self._head, b"".join(self._pieces))

    def upgraded(self, head: ResponseHead, connection: UpstreamConnection) -> Tunnel:
        raise AssertionError("a call never asks for an upgrade")

    def upstream_lost(self, reason: str, stale: bool) -> None:
        self._connection = None
        if stale and time.monotonic() - self.sent_at < STALE_SECONDS_MAX:
            pools, self._pools = self._pools, None
            if pools is None:
                self._fail(not_sent(self.target, "it closed the connection at once"))
            else:
                self.sent_at = 0.0
                pools.open_new(self, self.target)
        else:
            self._fail(lost(self.target, reason))

    def hold_request(self, hold: bool) -> None:
        """The request was written as a whole; there is nobody to hold back."""

    def _events(self, data: bytes) -> None:
        assert self._splitter is not None
        try:
            events = self._splitter.feed(data)
        except EventTooLong:
            self.cancel()
            self._fail(lost(self.target, "sent an event that is too long"))
            return
        if events:
            self.call.received_events(events)

    def _end_stream(self) -> None:
        assert self._splitter is not None
        rest = self._splitter.rest()
        if rest:
            self.call.received_events([rest])
        if not self.done:
            self.done = True
            self.call.received_end()

    def _whole(self, head: ResponseHead, body: bytes) -> None:
        self.done = True
        if head.line.status == 200:
            self.call.received_whole(body, _content_type(head))
        else:
            self.call.attempt_failed(of_response(self.target, head, body))

    def _fail(self, failure: Failure) -> None:
        self.done = True
        self.call.attempt_failed(failure)


def _content_type(head: ResponseHead) -> bytes:
    lower = head.passed.lower()
    at = lower.find(b"\r\ncontent-type:")
    return head.passed[at + 15 : head.passed.find(b"\r\n", at + 2)].strip() if at >= 0 else b"application/json"
