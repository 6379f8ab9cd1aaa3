"""The gateway's side towards a client: bytes in, request events out, answers in the order of the requests."""

import asyncio
import time
from collections import deque
from typing import TYPE_CHECKING, cast

import httptools

from aistack.gateway import heads
from aistack.gateway.exchange import Exchange
from aistack.gateway.flushing import FlushedConnection
from aistack.gateway.identity import PUBLIC_PATHS, PUBLIC_PREFIX
from aistack.gateway.requests import read_request_head

if TYPE_CHECKING:
    from aistack.gateway.dataplane import DataPlane

LINGER_SECONDS = 2.0
PIPELINED_MAX = 64


class ClientConnection(FlushedConnection):
    """One client connection. Only the first exchange of its queue is under way; the rest wait their turn."""

    def __init__(self, plane: "DataPlane") -> None:
        super().__init__(plane.flusher)
        self.plane = plane
        self.settings = plane.settings
        self.head_bytes_max, self.headers_max = plane.settings.head_bytes_max, plane.settings.headers_max
        self._admitted_key = b""
        self.forwarded = heads.forwarded_for(b"unknown")
        self.write_paused = False
        self.idle_since = self.head_since = time.monotonic()
        self._parser = httptools.HttpRequestParser(self)
        self._queue: deque[Exchange] = deque()
        self._incoming: Exchange | None = None
        self.held: set[str] = set()
        self._tunnel: Exchange | None = None
        self._closing = False
        self._last_words = b""
        self._head_open = False
        self._head_bytes = 0
        self._target = b""
        self._lines: heads.Lines = []
        self._special: dict[bytes, bytes] = {}

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self.transport.set_write_buffer_limits(high=64 * 1024)
        peer = transport.get_extra_info("peername")
        if isinstance(peer, tuple):
            self.forwarded = heads.forwarded_for(str(cast(tuple[str, int], peer)[0]).encode())
        self.plane.clients.add(self)
        self.plane.measures.connections += 1
        if len(self.plane.clients) > self.settings.connections_max:
            self._refuse(503, "overloaded", "the gateway has all the client connections that it may have")

    def connection_lost(self, exc: Exception | None) -> None:
        self.plane.clients.discard(self)
        self.plane.measures.connections -= 1
        self._closing = True
        self.transport = None
        queue, self._queue = self._queue, deque()
        for exchange in queue:
            exchange.client_lost()

    def data_received(self, data: bytes) -> None:
        if self._tunnel is not None:
            self._tunnel.tunnelled_from_client(data)
            return
        if self._closing or self._last_words:
            return
        if self._head_open or self._incoming is None:
            self._head_bytes += len(data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            self._upgrade(data[upgrade.args[0] :])
        except httptools.HttpParserError as error:
            reason = str(error) or "the parser gave up"
            self._refuse(400, "malformed-request", f"the request is not valid HTTP/1.1: {reason}")
        if self._head_bytes > self.head_bytes_max and self._incoming is None:
            self._refuse_head()

    def eof_received(self) -> bool:
        return False

    def on_message_begin(self) -> None:
        self._target = b""
        self._lines = []
        self._special = {}
        self._head_open = True
        self.head_since = time.monotonic()

    def on_url(self, url: bytes) -> None:
        self._target = self._target + url if self._target else url

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._incoming is not None:
            return  # a trailer: not passed on, as RFC 9110 §6.5.1 allows
        key = name.lower()
        if key not in heads.SPECIAL_IN_REQUEST:
            self._lines.append(name + b": " + value + b"\r\n")
        elif key in self._special:
            self._special[key] += b"," + value
        else:
            self._special[key] = value

    def on_headers_complete(self) -> None:
        self._head_open = False
        fed, self._head_bytes = self._head_bytes, 0
        if self._closing or self._last_words:
            return
        if len(self._lines) > self.headers_max or (
            fed > self.head_bytes_max and self._head_size() > self.head_bytes_max
        ):
            self._refuse_head()
            return
        if len(self._target) > self.settings.target_bytes_max:
            self._refuse(414, "target-too-long", f"the target is longer than {self.settings.target_bytes_max} bytes")
            return
        exchange = self._read_head()
        if exchange is None:
            return
        self._incoming = exchange
        self._queue.append(exchange)
        if len(self._queue) == 1:
            exchange.start()
        else:
            self.hold("pipeline")
            if len(self._queue) > PIPELINED_MAX:
                self._refuse(
                    400,
                    "malformed-request",
                    f"more than {PIPELINED_MAX} requests without waiting for answers",
                )

    def on_body(self, body: bytes) -> None:
        if self._incoming is not None:
            self._incoming.request_body(body)

    def on_message_complete(self) -> None:
        exchange, self._incoming = self._incoming, None
        if exchange is not None:
            exchange.request_end()

    def _head_size(self) -> int:
        special = sum(len(name) + len(value) + 4 for name, value in self._special.items())
        return len(self._target) + special + sum(map(len, self._lines))

    def _read_head(self) -> Exchange | None:
        """The exchange that the head describes, or None after refusing it."""
        exchange = Exchange(self.plane, self, self._parser.get_method(), self._target)
        unclear = read_request_head(exchange, self._parser, self._lines, self._special)
        if unclear:
            self._refuse(400, "malformed-request", unclear)
            return None
        return exchange

    def admitted(self, path: bytes, key: bytes) -> bool:
        """Whether the keyring lets this pass; a key once let in on this connection is not looked up again."""
        if key and key == self._admitted_key:
            return True
        admitted = self.plane.keyring.admits(path, key)
        is_public = path in PUBLIC_PATHS or path.startswith(PUBLIC_PREFIX)
        if admitted and not is_public:
            self._admitted_key = key
        return admitted

    def _upgrade(self, rest: bytes) -> None:
        """llhttp stops at any upgrade; only WebSocket is passed on, others are answered as plain requests."""
        if self._queue and self._queue[-1].wants_upgrade:
            if rest:
                self._queue[-1].request_body(rest)
            self.hold("upgrade")
            return
        self._parser = httptools.HttpRequestParser(self)
        if rest:
            self.data_received(rest)

    def open_tunnel(self, exchange: Exchange) -> None:
        self._tunnel = exchange
        self.release("upgrade")

    def abort(self) -> None:
        """Cuts the connection so that the client sees that the answer is not whole."""
        if self.transport is not None:
            self.transport.abort()

    def hold(self, reason: str) -> None:
        """Stops reading from the client until this and every other reason is released."""
        self.held.add(reason)
        if self.transport is not None and self.transport.is_reading():
            self.transport.pause_reading()

    def release(self, *reasons: str) -> None:
        if self.held:
            self.held.difference_update(reasons)
            if not self.held and self.transport is not None and not self.transport.is_closing():
                self.transport.resume_reading()

    def pause_writing(self) -> None:
        self.write_paused = True
        if self._queue:
            self._queue[0].hold_response(True)

    def resume_writing(self) -> None:
        self.write_paused = False
        if self._queue:
            self._queue[0].hold_response(False)

    def exchange_done(self, exchange: Exchange) -> None:
        """The first exchange of the queue is over: start the next, wait, or close."""
        if not self._queue or self._queue[0] is not exchange:
            return
        self._queue.popleft()
        self.idle_since = time.monotonic()
        if self.held:
            self.release("upstream", "connecting")
        if not exchange.keep_alive or not exchange.request_done:
            self._queue.clear()
            self.close_gently()
        elif self._queue:
            if len(self._queue) == 1:
                self.release("pipeline")
            self._queue[0].progress = time.monotonic()
            self._queue[0].start()
        elif self._last_words:
            self.write(self._last_words)
            self.close_gently()
        elif self.plane.draining:
            self.close_gently()

    def close_gently(self) -> None:
        """Ends our side and lets the client read what it was sent before the connection goes."""
        self._closing = True
        self.head_since = time.monotonic()
        self.held.clear()
        self.flush()
        if self.transport is not None and not self.transport.is_closing():
            if self.transport.can_write_eof():
                self.transport.write_eof()
            self.transport.resume_reading()

    def close_if_idle(self) -> None:
        """Used when draining: a connection with nothing under way is closed at once."""
        if not self._queue and self.transport is not None:
            self.transport.close()

    def check_clocks(self, now: float) -> None:
        """Called about once a second."""
        if self._closing:
            if now - self.head_since > LINGER_SECONDS and self.transport is not None:
                self.transport.abort()
        elif self._queue:
            current = self._queue[0]
            if now - current.progress > self.settings.request_timeout_seconds and self._tunnel is None:
                current.timed_out()
        elif self._head_open:
            if now - self.head_since > self.settings.head_timeout_seconds:
                self._refuse(408, "request-timeout", "the request head did not arrive in time")
        elif now - self.idle_since > self.settings.idle_timeout_seconds and self.transport is not None:
            self.transport.close()

    def _refuse_head(self) -> None:
        limit = f"{self.settings.headers_max} headers, {self.settings.head_bytes_max} bytes"
        self._refuse(431, "head-too-large", f"the request head is larger than allowed ({limit})")

    def _refuse(self, status: int, code: str, detail: str) -> None:
        """Answers a request that never became an exchange, after those before it, and closes."""
        if self._closing or self._last_words:
            return
        self.plane.measures.reject(code)
        answer = heads.problem_response(status, code, detail, heads.new_request_id(), close=True)
        if not self._queue:
            self.write(answer)
            self.close_gently()
            return
        last = self._queue[-1]
        if len(self._queue) == 1 and not last.request_done:
            last.refuse(status, code, detail)  # what is wrong is in the body of the request under way
            return
        if not last.request_done:
            self._queue.pop()
            self._incoming = None
        self._last_words = answer
        self.hold("refused")
