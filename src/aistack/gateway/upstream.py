"""The gateway's side towards an instance: one pooled connection, bytes in, response events out."""

import asyncio
from typing import TYPE_CHECKING, cast

import httptools

from aistack.gateway.flushing import FlushedConnection, Flusher
from aistack.gateway.heads import SPECIAL_IN_RESPONSE, Lines, without_named
from aistack.gateway.upstreams import Instance

if TYPE_CHECKING:
    from aistack.gateway.exchange import Exchange

NO_BODY_STATUSES = frozenset((204, 304))
RESPONSE_HEADERS_MAX = 200
RESPONSE_HEAD_BYTES_MAX = 64 * 1024


class UpstreamConnection(FlushedConnection):
    """Carries one exchange at a time. Closed, never reused, after anything unexpected."""

    def __init__(self, instance: Instance, flusher: Flusher) -> None:
        super().__init__(flusher)
        self.instance = instance
        self.exchange: Exchange | None = None
        self.reused = False
        self._parser = httptools.HttpResponseParser(self)
        self._spent = False
        self._lines: Lines = []
        self._special: dict[bytes, bytes] = {}
        self._reading_head = True
        self._head_bytes = 0
        self._interim = False
        self._until_close = False
        self._keep = False
        self._paused = False
        self._tunnel = False

    @property
    def usable(self) -> bool:
        return self.transport is not None and not self.transport.is_closing() and self.exchange is None

    def begin(self, exchange: "Exchange") -> None:
        """Attaches the exchange that this connection carries from now on."""
        self.exchange = exchange
        if self._spent:
            self._parser = httptools.HttpResponseParser(self)
            self._spent = False
        self._lines = []
        self._special = {}
        self._reading_head, self._head_bytes, self._until_close = True, 0, False

    def pause(self) -> None:
        if self.transport is not None and not self._paused:
            self._paused = True
            self.transport.pause_reading()

    def resume(self) -> None:
        if self._paused and self.transport is not None and not self.transport.is_closing():
            self._paused = False
            self.transport.resume_reading()

    def close(self) -> None:
        if self.transport is not None:
            self.transport.close()

    def abort(self) -> None:
        """Drops the connection and whatever it was carrying."""
        self.exchange = None
        if self.transport is not None:
            self.transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self.transport.set_write_buffer_limits(high=64 * 1024)

    def data_received(self, data: bytes) -> None:
        exchange = self.exchange
        if exchange is None:
            self.close()
            return
        if self._tunnel:
            exchange.tunnelled_from_upstream(data)
            return
        if self._reading_head:
            self._head_bytes += len(data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            if self._tunnel and len(data) > upgrade.args[0]:
                exchange.tunnelled_from_upstream(data[upgrade.args[0] :])
        except httptools.HttpParserError as error:
            self._fail(f"sent a malformed response ({error})")
        if self._reading_head and self._head_bytes > RESPONSE_HEAD_BYTES_MAX:
            self._fail("sent a response head that is too large")

    def on_header(self, name: bytes, value: bytes) -> None:
        if not self._reading_head:
            return
        key = name.lower()
        if key not in SPECIAL_IN_RESPONSE:
            self._lines.append(name + b": " + value + b"\r\n")
        elif key in self._special:
            self._special[key] += b"," + value
        else:
            self._special[key] = value

    def on_headers_complete(self) -> None:
        exchange = self.exchange
        if exchange is None:
            self.close()
            return
        status = self._parser.get_status_code()
        if len(self._lines) > RESPONSE_HEADERS_MAX:
            self._fail("sent too many headers")
            return
        if status < 200:
            self._interim = status != 101
            if status == 101 and exchange.wants_upgrade:
                self._tunnel = True
                exchange.upgraded(self._lines)
            elif status == 100:
                exchange.interim(status)
            return
        self._interim = self._reading_head = False
        self._keep = self._parser.should_keep_alive()
        special = self._special
        lines = self._lines if b"connection" not in special else without_named(self._lines, special[b"connection"])
        chunked = b"transfer-encoding" in special
        length = int(special[b"content-length"]) if not chunked and b"content-length" in special else None
        bodiless = status in NO_BODY_STATUSES or exchange.method == b"HEAD"
        self._until_close = length is None and not chunked and not bodiless
        exchange.response_head(status, lines, length, bodiless)
        if exchange.method == b"HEAD":
            self._spent = True
            self._finish()

    def on_body(self, body: bytes) -> None:
        if self.exchange is not None:
            self.exchange.response_body(body)
        elif self._spent:
            self.close()

    def on_message_complete(self) -> None:
        if self._interim:
            self._interim, self._reading_head, self._head_bytes = False, True, 0
            self._lines = []
            self._special = {}
        elif self.exchange is not None and not self._tunnel:
            self._finish()

    def eof_received(self) -> bool:
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        exchange, self.exchange = self.exchange, None
        if exchange is None:
            return
        if self._tunnel:
            exchange.tunnel_closed()
        elif self._until_close and not self._reading_head and exc is None:
            exchange.response_end()
        else:
            exchange.upstream_lost("closed the connection early" if exc is None else str(exc))

    def pause_writing(self) -> None:
        if self.exchange is not None:
            self.exchange.hold_request(True)

    def resume_writing(self) -> None:
        if self.exchange is not None:
            self.exchange.hold_request(False)

    def _finish(self) -> None:
        exchange, self.exchange = self.exchange, None
        assert exchange is not None
        if self._keep and exchange.request_done:
            if self._paused:
                self.resume()
            self.reused = True
            self.instance.keep_idle(self)
        else:
            self.close()
        exchange.response_end()

    def _fail(self, reason: str) -> None:
        exchange = self.exchange
        self.abort()
        if exchange is not None:
            exchange.upstream_lost(reason)
