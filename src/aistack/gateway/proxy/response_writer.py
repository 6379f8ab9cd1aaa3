"""What a client is sent: heads framed for it, bodies in chunks or by length, the gateway's own answers."""

import asyncio
from typing import TYPE_CHECKING

from aistack.gateway.http1.body_framing import chunk, last_chunk
from aistack.gateway.http1.header_fields import UPGRADE_LINES, Field, date_line
from aistack.gateway.http1.io_batching import Turn
from aistack.gateway.http1.response_head import ResponseHead, framing_for
from aistack.gateway.policy.local_replies import Refusal, bare_answer, problem_answer, without_body

if TYPE_CHECKING:
    from aistack.gateway.proxy.dispatch import Journey

SECURITY_HEADERS = b"x-content-type-options: nosniff\r\nx-frame-options: DENY\r\n"
HSTS = b"strict-transport-security: max-age=31536000\r\n"


class ResponseWriter:
    """Writes one client's responses, one after the other. `transport` is None once the client is gone."""

    __slots__ = ("_chunking", "_common", "_turn", "transport")

    def __init__(self, transport: asyncio.Transport, turn: Turn, secure: bool) -> None:
        self.transport: asyncio.Transport | None = transport
        self._turn = turn
        self._common = SECURITY_HEADERS + HSTS if secure else SECURITY_HEADERS
        self._chunking = False

    def write(self, data: bytes) -> None:
        if self.transport is not None:
            self._turn.put(self.transport, data)

    def whole(self, exchange: "Journey", head: ResponseHead, body: bytes) -> None:
        """A response whose head and body are there together."""
        if head.length is not None and exchange.keep_alive and not exchange.line.http10:
            self.write(self._joined(exchange, head, head.length_line, body))
            return
        start = self._head(exchange, head)
        self.write(start + (last_chunk(data=body) if self._chunking else body))

    def head(self, exchange: "Journey", head: ResponseHead) -> None:
        self.write(self._head(exchange, head))

    def body(self, data: bytes) -> None:
        self.write(chunk(data) if self._chunking else data)

    def end(self, data: bytes, trailers: tuple[Field, ...]) -> None:
        """The last of the body, and what stood behind it."""
        if self._chunking:
            data = last_chunk(trailers, data)
        if data:
            self.write(data)

    def interim(self, head: ResponseHead) -> None:
        self.write(head.passed + b"\r\n")

    def refusal(self, refusal: Refusal, exchange: "Journey | None", request_id: bytes = b"") -> int:
        """The gateway's own answer to an exchange, or to bytes that never became one; the length of its body."""
        extra, close = refusal.extra, True
        if exchange is not None:
            request_id, close = exchange.request_id, not exchange.keep_alive
            extra += exchange.extra_lines
        status, code, detail = refusal[:3]
        common = self._common + date_line()
        if status < 300:
            answer = bare_answer(status, request_id, common=common, close=close, extra=extra)
        else:
            answer = problem_answer(status, code, detail, request_id, common=common, close=close, extra=extra)
        head = without_body(answer)
        self.write(head if exchange is not None and exchange.to_head else answer)
        return len(answer) - len(head)

    def upgrade(self, exchange: "Journey", head: ResponseHead) -> None:
        self.write(self._joined(exchange, head, UPGRADE_LINES))

    def _head(self, exchange: "Journey", head: ResponseHead) -> bytes:
        http10 = exchange.line.http10
        framing, self._chunking, ends = framing_for(head, http10, exchange.to_head)
        if not ends:
            exchange.keep_alive = False
        if not exchange.keep_alive:
            framing += b"connection: close\r\n"
        elif http10:
            framing += b"connection: keep-alive\r\n"
        return self._joined(exchange, head, framing)

    def _joined(self, exchange: "Journey", head: ResponseHead, framing: bytes, body: bytes = b"") -> bytes:
        common = self._common if head.dated else self._common + date_line()
        return b"".join(
            (
                head.passed, common, exchange.extra_lines, b"x-request-id: ", exchange.request_id, b"\r\n", framing,
                b"\r\n", body,
            )
        )  # fmt: skip
