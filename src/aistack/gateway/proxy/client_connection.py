"""A client connection: request bytes in, one exchange after the other, responses out in order."""

import asyncio
import time
from typing import cast

from aistack.gateway.http1.body_framing import Body, ChunkedBody, LengthBody
from aistack.gateway.http1.header_fields import Malformed, check_partial
from aistack.gateway.http1.request_head import HeadReader
from aistack.gateway.http1.request_line import known_request_lines
from aistack.gateway.identity.authentication import RememberedCaller
from aistack.gateway.identity.trusted_proxies import LOCAL
from aistack.gateway.policy import local_replies
from aistack.gateway.policy.connection_limits import OpenConnections
from aistack.gateway.policy.deadlines import DataRate
from aistack.gateway.policy.local_replies import LocalReply
from aistack.gateway.proxy.context import ProxyContext
from aistack.gateway.proxy.exchange import Exchange
from aistack.gateway.proxy.forwarding import Origin
from aistack.gateway.proxy.request_state import RequestState
from aistack.gateway.proxy.response_writer import ResponseWriter
from aistack.gateway.proxy.tunnel import Tunnel
from aistack.gateway.telemetry.request_ids import new_request_id

WRITE_BUFFER_BYTES = 64 * 1024


class ClientConnection(asyncio.Protocol):
    """One client connection. Carries one exchange at a time; requests sent ahead wait in `_waiting`."""

    def __init__(self, context: ProxyContext, connections: "OpenConnections[ClientConnection]") -> None:
        self.context = context
        self._connections = connections
        self._io = context.io
        self.transport: asyncio.Transport | None = None
        self._plain_head_bytes = min(context.settings.target_bytes_max, context.settings.head_bytes_max)
        self.write_paused = False
        self.read_rate: DataRate | None = None  # while writing is paused
        self.exchange: Exchange | None = None
        self.held: set[str] = set()
        self.body: Body | None = None
        self._waiting = b""
        self.tunnel: Tunnel | None = None
        self.closing = False
        self.head_since = 0.0  # when the head that is still incomplete began
        self.remembered = RememberedCaller(context.identity)
        self._head_reader = HeadReader(context.settings.headers_max, context.settings.underscores_in_headers)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self.transport.set_write_buffer_limits(high=WRITE_BUFFER_BYTES)
        self.idle_since = time.monotonic()
        peer = transport.get_extra_info("peername")
        address = str(cast(tuple[str, int], peer)[0]) if isinstance(peer, tuple) else LOCAL
        secure = transport.get_extra_info("sslcontext") is not None
        self.writer = ResponseWriter(self.transport, self.context.io, secure)
        self.origin = Origin(address, secure, self.context.proxies)
        settings = self.context.settings
        per_address_max = None if self.origin.trusted or address == LOCAL else settings.connections_per_client_max
        reply = self._connections.add(self, address, settings.connections_max, per_address_max)
        if reply is not None:
            self.send_local_reply(reply)

    def connection_lost(self, exc: Exception | None) -> None:
        self._io.deliver()
        self._connections.remove(self, self.origin.peer)
        self.closing = True
        self.transport = self.writer.transport = None
        if self.exchange is not None:
            self.exchange.client_lost()

    def data_received(self, data: bytes) -> None:
        self._io.receive(self, data)

    def received(self, data: bytes) -> None:
        """Called by the batch at the end of the loop's iteration."""
        try:
            if self.exchange is None:
                if not self.closing:
                    self._read_head(self._waiting + data if self._waiting else data)
            elif self.body is not None:
                self._read_body(self.body, data)
            elif self.tunnel is not None:
                self.tunnel.from_client(data)
            else:
                self._wait(data)
        except Malformed as malformed:
            self._malformed(malformed)

    def eof_received(self) -> bool:
        return False

    def _read_head(self, data: bytes) -> None:
        end = data.find(b"\r\n\r\n")
        if not (0 < end <= self._plain_head_bytes or self._is_whole_head(data, end)):
            return
        stop = data.find(b"\r\n")
        if stop == 0:
            self._skip_empty_line(data)
            return
        start = data[:stop]
        line = known_request_lines.get(start) or known_request_lines.add(start)
        head = self._head_reader.read(data[stop + 2 : end], line.http10)
        self._waiting = b""
        self.head_since = 0.0
        self.exchange = exchange = Exchange(self, line, head)
        rest = data[end + 4 :]
        sent = exchange.sent_body
        if sent is None or len(rest) == head.body_length:
            exchange.request_done = True
            if sent is not None:
                sent.keep(rest)
            elif rest:
                self._wait(rest)
            exchange.begin()
            return
        self.body_rate = DataRate(exchange.begun)
        self.body = body = ChunkedBody() if head.chunked else LengthBody(head.body_length or 0)
        exchange.begin()
        if rest and self.body is body:
            self._read_body(body, rest)

    def _is_whole_head(self, data: bytes, end: int) -> bool:
        """Whether a head that looked long or incomplete is complete; keeps an incomplete one. Raises Malformed."""
        settings = self.context.settings
        if data.startswith(b"\r\n"):
            self._skip_empty_line(data)
            return False
        if len(data.partition(b"\r\n")[0]) > settings.target_bytes_max:
            why = f"the request line is longer than {settings.target_bytes_max} bytes"
            raise Malformed(why, 414, "target-too-long")
        if (len(data) if end < 0 else end) > settings.head_bytes_max:
            raise Malformed(f"the head is larger than {settings.head_bytes_max} bytes", 431, "head-too-large")
        if end > 0:
            return True
        check_partial(data)
        if not self._waiting:
            self.head_since = time.monotonic()
        self._waiting = data
        return False

    def _skip_empty_line(self, data: bytes) -> None:
        """One before a request is ignored (RFC 9112 §2.2)."""
        if data.startswith(b"\r\n\r\n"):
            raise Malformed("the request begins with empty lines")
        self._waiting = b""
        if len(data) > 2:
            self._read_head(data[2:])

    def _read_body(self, body: Body, data: bytes) -> None:
        payload = body.feed(data)
        exchange = self.exchange
        assert exchange is not None
        if payload:
            exchange.request_body(payload)
        if body.done and self.body is body:
            self.body = None
            if body.rest:
                self._wait(body.rest)
            exchange.request_end(body.trailers)

    def _wait(self, data: bytes) -> None:
        """Keeps what the client sent ahead until the current exchange is over, and stops reading until then."""
        self._waiting += data
        self.hold("pipeline")

    def _malformed(self, malformed: Malformed) -> None:
        reply = local_replies.malformed(str(malformed), malformed.status, malformed.code)
        self.body = None
        (self if self.exchange is None else self.exchange).send_local_reply(reply)

    def send_local_reply(self, reply: LocalReply) -> None:
        """Answers data that never became an exchange, and closes."""
        self.context.statistics.rejection(reply.code)
        request_id = new_request_id()
        sent = self.writer.local_reply(reply, None, request_id)
        self.context.access_log.log_rejection(reply, request_id, self.origin.peer, sent)
        self.close_gracefully()

    def open_tunnel(self, tunnel: Tunnel) -> None:
        self.tunnel = tunnel
        waiting, self._waiting = self._waiting, b""
        if waiting:
            tunnel.from_client(waiting)
        self.release("pipeline")

    def abort(self) -> None:
        """Cuts the connection, so that the client sees that the response is incomplete."""
        self.context.io.flush()
        if self.transport is not None:
            self.transport.abort()

    def failed(self) -> None:
        self.abort()

    def hold(self, reason: str) -> None:
        """Stops reading from the client until this and every other reason is released."""
        self.held.add(reason)
        if self.transport is not None and self.transport.is_reading():
            self.transport.pause_reading()

    def release(self, reason: str) -> None:
        if self.held:
            self.held.discard(reason)
            if not self.held and self.transport is not None and not self.transport.is_closing():
                self.transport.resume_reading()

    def pause_writing(self) -> None:
        self.write_paused = True
        self.read_rate = None
        if self.exchange is not None:
            self.exchange.hold_response(True)

    def resume_writing(self) -> None:
        self.write_paused = False
        if self.exchange is not None:
            self.exchange.hold_response(False)

    def exchange_done(self, exchange: RequestState) -> None:
        """The exchange is over: takes up what the client sent ahead, waits for more, or closes."""
        self.exchange = None
        if not exchange.keep_alive or self.body is not None or self.context.draining:
            self.body = None
            self.close_gracefully()
            return
        self.idle_since = exchange.ended
        if self.held:
            self.held.clear()
            self.held.add("pipeline")
            asyncio.get_running_loop().call_soon(self._resume)

    def _resume(self) -> None:
        if self.closing or self.exchange is not None:
            return
        waiting, self._waiting = self._waiting, b""
        self.release("pipeline")
        if waiting:
            self.received(waiting)

    def close_gracefully(self) -> None:
        """Shuts down our side and lets the client read what it was sent before the connection closes."""
        self.closing = True
        self._waiting = b""
        self.head_since = time.monotonic()
        self.held.clear()
        self.context.io.flush()
        if self.transport is not None and not self.transport.is_closing():
            if self.transport.can_write_eof():
                self.transport.write_eof()
            self.transport.resume_reading()

    def close_if_idle(self, since: float) -> None:
        """Used when draining: closes a connection that has been idle since then."""
        if self.exchange is None and not self._waiting and self.idle_since < since and self.transport is not None:
            self.transport.close()
