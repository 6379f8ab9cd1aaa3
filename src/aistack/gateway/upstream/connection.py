"""A pooled connection to an endpoint: request bytes out, response bytes in, passed on as heads and bodies."""

import asyncio
from typing import Protocol, cast

from aistack.gateway.http1.body_framing import Body, ChunkedBody, EndlessBody, LengthBody
from aistack.gateway.http1.header_fields import Field, Malformed, check_partial
from aistack.gateway.http1.io_batching import IoBatch
from aistack.gateway.http1.response_head import HEAD_BYTES_MAX, ResponseHead, ResponseReader

WRITE_BUFFER_BYTES = 64 * 1024
INTERIM_MAX = 32


class Tunnel(Protocol):
    """What an upgraded connection passes its bytes to."""

    def from_upstream(self, data: bytes) -> None: ...

    def closed(self) -> None: ...


class ResponseReceiver(Protocol):
    """What a connection carries: a request that gets the response."""

    @property
    def request_done(self) -> bool: ...

    @property
    def to_head(self) -> bool: ...

    @property
    def wants_websocket(self) -> bool: ...

    def interim(self, head: ResponseHead) -> None: ...

    def response_whole(self, head: ResponseHead, body: bytes) -> None:
        """Head and body arrived together, and the connection is back in its pool already."""

    def response_head(self, head: ResponseHead) -> None: ...

    def response_body(self, data: bytes) -> None: ...

    def response_end(self, data: bytes, trailers: tuple[Field, ...]) -> None: ...

    def upgraded(self, head: ResponseHead, connection: "UpstreamConnection") -> Tunnel: ...

    def upstream_lost(self, reason: str, stale: bool) -> None: ...

    def hold_request(self, hold: bool) -> None:
        """The endpoint reads slower than the client sends, or has caught up."""


class ConnectionPool(Protocol):
    """Where a connection goes when its response is complete."""

    def keep_idle(self, connection: "UpstreamConnection") -> None: ...


class UpstreamConnection(asyncio.Protocol):
    """Carries one exchange at a time. Closed, never reused, after anything unexpected.

    `own` connections lead to the gateway's own API.
    """

    def __init__(self, pool: ConnectionPool, io: IoBatch, own: bool = False) -> None:
        self._pool = pool
        self._io = io
        self.transport: asyncio.Transport | None = None
        self.exchange: ResponseReceiver | None = None
        self.open = False
        self.reused = False
        self.idle_since = 0.0
        self._partial = b""
        self._reader = ResponseReader(own)
        self._head: ResponseHead | None = None
        self._body: Body | None = None
        self._interims = 0
        self._paused = False
        self._tunnel: Tunnel | None = None

    def keep_idle(self) -> None:
        """Gives itself to its pool, for the next exchange."""
        self._pool.keep_idle(self)

    def carry(self, exchange: ResponseReceiver, data: bytes) -> None:
        """Takes on an exchange and sends the first of its bytes."""
        self.exchange = exchange
        assert self.transport is not None
        self._io.write(self.transport, data)

    def write(self, data: bytes) -> None:
        if self.transport is not None:
            self._io.write(self.transport, data)

    def pause(self) -> None:
        if self.transport is not None and not self._paused:
            self._paused = True
            self.transport.pause_reading()

    def resume(self) -> None:
        if self._paused and self.transport is not None and not self.transport.is_closing():
            self._paused = False
            self.transport.resume_reading()

    def close(self) -> None:
        self.open = False
        if self.transport is not None:
            self.transport.close()

    def abort(self) -> None:
        """Drops the connection and whatever it was carrying."""
        self.exchange = None
        self.open = False
        if self.transport is not None:
            self.transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self.transport.set_write_buffer_limits(high=WRITE_BUFFER_BYTES)
        self.open = True

    def data_received(self, data: bytes) -> None:
        self._io.receive(self, data)

    def received(self, data: bytes) -> None:
        """Called by the batch at the end of the loop's iteration."""
        exchange = self.exchange
        if exchange is None:
            self.close()  # no request is in progress
            return
        try:
            if self._tunnel is not None:
                self._tunnel.from_upstream(data)
            elif self._body is not None:
                self._read_body(exchange, self._body, data)
            else:
                self._read_head(exchange, self._partial + data if self._partial else data)
        except Malformed as malformed:
            self._fail(f"sent a malformed response: {malformed}")

    def _read_head(self, exchange: ResponseReceiver, data: bytes) -> None:
        end = data.find(b"\r\n\r\n")
        if end < 0 or end > HEAD_BYTES_MAX:
            if len(data) > HEAD_BYTES_MAX:
                raise Malformed(f"its head is larger than {HEAD_BYTES_MAX} bytes")
            if not data.startswith(b"HTTP/1."[: len(data)]):
                raise Malformed("it is not HTTP/1.1")
            check_partial(data)
            self._partial = data
            return
        self._partial = b""
        head = self._reader.read(data[:end])
        rest = data[end + 4 :]
        line = head.line
        if line.status < 200:
            self._read_interim(exchange, head, rest)
            return
        length = 0 if line.bodiless or exchange.to_head else head.length
        if length is not None and len(rest) == length:
            self.exchange = None
            self._release(head.keep_alive and exchange.request_done)
            exchange.response_whole(head, rest)
            return
        self._head = head
        self._body = body = _body_of(head, length)
        exchange.response_head(head)
        if rest and self.exchange is not None:  # a hedge hands over to its exchange here
            self._read_body(self.exchange, body, rest)

    def _read_interim(self, exchange: ResponseReceiver, head: ResponseHead, rest: bytes) -> None:
        if head.line.status == 101:
            if not exchange.wants_websocket:
                raise Malformed("it switches protocols without being asked to")
            self._tunnel = exchange.upgraded(head, self)
            if rest:
                self._tunnel.from_upstream(rest)
            return
        self._interims += 1
        if self._interims > INTERIM_MAX:
            raise Malformed("it has too many interim responses")
        exchange.interim(head)
        if rest and self.exchange is exchange:
            self._read_head(exchange, rest)

    def _read_body(self, exchange: ResponseReceiver, body: Body, data: bytes) -> None:
        payload = body.feed(data)
        if not body.done:
            if payload:
                exchange.response_body(payload)
            return
        assert self._head is not None
        self.exchange = self._body = None
        self._interims = 0
        self._release(self._head.keep_alive and exchange.request_done and not body.rest)
        exchange.response_end(payload, body.trailers)

    def _release(self, reusable: bool) -> None:
        """The response is complete: back to the pool, or closed."""
        if reusable:
            if self._paused:
                self.resume()
            self.reused = True
            self._pool.keep_idle(self)
        else:
            self.close()

    def failed(self) -> None:
        self._fail("sent a response that the gateway failed to handle")

    def eof_received(self) -> bool:
        self.open = False
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        self._io.deliver()
        self.transport = None
        self.open = False
        exchange, self.exchange = self.exchange, None
        if exchange is None:
            return
        if self._tunnel is not None:
            self._tunnel.closed()
        elif isinstance(self._body, EndlessBody) and exc is None:
            exchange.response_end(b"", ())
        else:
            stale = self.reused and not self._partial and self._body is None
            exchange.upstream_lost("closed the connection early" if exc is None else str(exc), stale)

    def pause_writing(self) -> None:
        if self.exchange is not None:
            self.exchange.hold_request(True)

    def resume_writing(self) -> None:
        if self.exchange is not None:
            self.exchange.hold_request(False)

    def _fail(self, reason: str) -> None:
        exchange = self.exchange
        self.abort()
        if exchange is not None:
            exchange.upstream_lost(reason, stale=False)


def _body_of(head: ResponseHead, length: int | None) -> Body:
    if length is not None:
        return LengthBody(length)
    return ChunkedBody() if head.chunked else EndlessBody()
