"""Writes responses to a client: heads with the right framing, bodies by length or in chunks, local replies."""

import asyncio
import json
from typing import Protocol

from aistack.chassis.errors import PROBLEM_MEDIA_TYPE, problem_body
from aistack.gateway.http1.body_framing import chunk, last_chunk
from aistack.gateway.http1.header_fields import UPGRADE_LINES, Field, date_line
from aistack.gateway.http1.io_batching import IoBatch
from aistack.gateway.http1.request_line import RequestLine
from aistack.gateway.http1.response_head import STATUS_LINES, ResponseHead, framing_for
from aistack.gateway.policy.local_replies import LocalReply
from aistack.gateway.upstream.cluster import ErrorBody

SECURITY_HEADERS = b"x-content-type-options: nosniff\r\nx-frame-options: DENY\r\n"
HSTS = b"strict-transport-security: max-age=31536000\r\n"


class AnsweredRequest(Protocol):
    """What is needed of the request that is answered. `extra_lines` are header lines of its response alone."""

    keep_alive: bool

    @property
    def line(self) -> RequestLine: ...

    @property
    def to_head(self) -> bool: ...

    @property
    def request_id(self) -> bytes: ...

    @property
    def extra_lines(self) -> bytes: ...

    @property
    def error_body(self) -> ErrorBody | None: ...


class ResponseWriter:
    """Writes one client's responses, one after the other. `transport` is None once the client is gone."""

    __slots__ = ("_chunking", "_common", "_io", "transport")

    def __init__(self, transport: asyncio.Transport, io: IoBatch, secure: bool) -> None:
        self.transport: asyncio.Transport | None = transport
        self._io = io
        self._common = SECURITY_HEADERS + HSTS if secure else SECURITY_HEADERS
        self._chunking = False

    def write(self, data: bytes) -> None:
        if self.transport is not None:
            self._io.write(self.transport, data)

    def whole(self, exchange: AnsweredRequest, head: ResponseHead, body: bytes) -> None:
        """A response whose head and body arrived together."""
        if head.length is not None and exchange.keep_alive and not exchange.line.http10:
            self.write(self._joined(exchange, head, head.length_line, body))
            return
        start = self._head(exchange, head)
        self.write(start + (last_chunk(data=body) if self._chunking else body))

    def head(self, exchange: AnsweredRequest, head: ResponseHead) -> None:
        self.write(self._head(exchange, head))

    def body(self, data: bytes) -> None:
        self.write(chunk(data) if self._chunking else data)

    def end(self, data: bytes, trailers: tuple[Field, ...]) -> None:
        """The last of the body, and the trailers."""
        if self._chunking:
            data = last_chunk(trailers, data)
        if data:
            self.write(data)

    def interim(self, head: ResponseHead) -> None:
        self.write(head.passed + b"\r\n")

    def local_reply(self, reply: LocalReply, exchange: AnsweredRequest | None, request_id: bytes = b"") -> int:
        """Answers an exchange, or data that never became one. Returns the length of the body."""
        extra, close = reply.extra, True
        if exchange is not None:
            request_id, close = exchange.request_id, not exchange.keep_alive
            extra += exchange.extra_lines
        status, code, detail = reply[:3]
        common = self._common + date_line()
        if status < 300:
            answer = _without_content(status, request_id, common=common, close=close, extra=extra)
        elif exchange is not None and (written := exchange.error_body) is not None:
            body = written(exchange.line.path, status, code, detail, request_id.decode())
            answer = _answer(status, b"application/json", body, request_id, common=common, close=close, extra=extra)
        else:
            answer = _problem(status, code, detail, request_id, common=common, close=close, extra=extra)
        head = _head_of(answer)
        self.write(head if exchange is not None and exchange.to_head else answer)
        return len(answer) - len(head)

    def upgrade(self, exchange: AnsweredRequest, head: ResponseHead) -> None:
        self.write(self._joined(exchange, head, UPGRADE_LINES))

    def _head(self, exchange: AnsweredRequest, head: ResponseHead) -> bytes:
        http10 = exchange.line.http10
        framing, self._chunking, ends = framing_for(head, http10, exchange.to_head)
        if not ends:
            exchange.keep_alive = False
        if not exchange.keep_alive:
            framing += b"connection: close\r\n"
        elif http10:
            framing += b"connection: keep-alive\r\n"
        return self._joined(exchange, head, framing)

    def _joined(self, exchange: AnsweredRequest, head: ResponseHead, framing: bytes, body: bytes = b"") -> bytes:
        common = self._common if head.dated else self._common + date_line()
        return b"".join(
            (
                head.passed, common, exchange.extra_lines, b"x-request-id: ", exchange.request_id, b"\r\n", framing,
                b"\r\n", body,
            )
        )  # fmt: skip


def _problem(
    status: int, code: str, detail: str, request_id: bytes, *, common: bytes, close: bool, extra: bytes = b""
) -> bytes:
    """A response with a problem document (RFC 9457). `common` are the header lines that every local reply carries."""
    body = json.dumps(problem_body(code, status, detail, request_id.decode())).encode()
    return _answer(status, PROBLEM_MEDIA_TYPE.encode(), body, request_id, common=common, close=close, extra=extra)


def _answer(
    status: int, media_type: bytes, body: bytes, request_id: bytes, *, common: bytes, close: bool, extra: bytes
) -> bytes:
    return b"".join(
        (
            STATUS_LINES[status], b"content-type: ", media_type, b"\r\n", common, extra,
            b"x-request-id: ", request_id, b"\r\ncontent-length: %d\r\n" % len(body),
            b"connection: close\r\n\r\n" if close else b"\r\n", body,
        )
    )  # fmt: skip


def _without_content(status: int, request_id: bytes, *, common: bytes, close: bool, extra: bytes = b"") -> bytes:
    """A response without a body."""
    end = b"connection: close\r\n\r\n" if close else b"\r\n"
    return b"".join((STATUS_LINES[status], common, extra, b"x-request-id: ", request_id, b"\r\n", end))


def _head_of(response: bytes) -> bytes:
    """The head of a response, which is all that a HEAD request gets."""
    return response[: response.index(b"\r\n\r\n") + 4]
