"""An exchange: a request and its response, passed between a client and an endpoint.

Nothing here parses bytes: the client connection calls `request_*`, the upstream connection `response_*`.
"""

import time

from aistack.gateway.http1.body_framing import chunk, last_chunk
from aistack.gateway.http1.header_fields import Field
from aistack.gateway.http1.response_head import ResponseHead
from aistack.gateway.policy import local_replies
from aistack.gateway.proxy.admission import waits_for_body
from aistack.gateway.proxy.attempts import RetriableRequest
from aistack.gateway.proxy.hedging import Hedge
from aistack.gateway.proxy.tunnel import Tunnel
from aistack.gateway.upstream.connection import UpstreamConnection


class Exchange(RetriableRequest):
    """One request and its response."""

    __slots__ = ()

    def begin_hedge(self, seconds: float) -> None:
        self.hedge = Hedge(self, seconds)

    @property
    def wants_websocket(self) -> bool:
        return self.head.wants_websocket and self.line.method == b"GET"

    def connected(self, connection: UpstreamConnection) -> None:
        """There is an upstream connection: sends what the client has sent so far."""
        self.connection = connection
        data = self.head_to_send()
        client = self.client
        if self.sent_body is not None:
            pieces = self.sent_body.take()
            if self.head.chunked:
                pieces = [chunk(piece) for piece in pieces]
                if self.request_done:
                    pieces.append(last_chunk(self.sent_body.trailers))
            data = b"".join((data, *pieces))
            client.release("connecting")
        connection.carry(self, data)
        if client.write_paused:
            connection.pause()

    def request_body(self, data: bytes) -> None:
        self.progress = time.monotonic()
        if self.done or self.route is None or self.sent_body is None:
            return
        self.received += len(data)
        if self.received > self.route.body_bytes_max:
            self.keep_alive = False
            self.send_local_reply(local_replies.too_large(self.route.body_bytes_max))
        elif self.waiting:
            self.sent_body.keep(data)
            if not waits_for_body(self, self.route.cluster):
                self.stop_waiting()
        elif self.connection is not None:
            self.sent_body.keep_sent(data)
            self.connection.write(chunk(data) if self.head.chunked else data)
        else:
            self.sent_body.keep(data)
            if not self.request_done:
                self.client.hold("connecting")

    def stop_waiting(self) -> None:
        """Enough of the body has arrived: the request takes its slot, and the rest of the body follows."""
        assert self.route is not None
        self.waiting = False
        self.proceed(self.route.cluster)
        if self.connection is None and not self.done and not self.request_done:
            self.client.hold("connecting")

    def request_end(self, trailers: tuple[Field, ...]) -> None:
        self.request_done = True
        if self.sent_body is not None:
            self.sent_body.trailers = trailers
        if self.waiting:
            self.stop_waiting()
            return
        if self.head.chunked and self.connection is not None and not self.done:
            self.connection.write(last_chunk(trailers))

    def hold_request(self, hold: bool) -> None:
        """The endpoint reads slower than the client sends, or has caught up."""
        if hold:
            self.client.hold("upstream")
        else:
            self.client.release("upstream")

    def hold_response(self, hold: bool) -> None:
        """The client reads slower than the endpoint sends, or has caught up."""
        if self.connection is not None:
            if hold:
                self.connection.pause()
            else:
                self.connection.resume()

    def interim(self, head: ResponseHead) -> None:
        if not self.line.http10:
            self.client.writer.interim(head)

    def response_whole(self, head: ResponseHead, body: bytes) -> None:
        """Head and body arrived together, and the connection is back in its pool already."""
        self.connection = None
        self._begin_response(head)
        self.sent = len(body)
        self.client.writer.whole(self, head, body)
        self._finish(succeeded=True)

    def response_head(self, head: ResponseHead) -> None:
        if head.is_event_stream and self.in_flight and self.route is not None:
            reply = self.context.concurrency.convert_to_stream(self.route.cluster, self)
            if reply is not None:
                self.send_local_reply(reply)
                return
        self._begin_response(head)
        self.answered = time.monotonic()
        self.client.writer.head(self, head)

    def _begin_response(self, head: ResponseHead) -> None:
        self.status, self.responding = head.line.status, True
        if self.context.draining or not self.request_done:
            self.keep_alive = False

    def response_body(self, data: bytes) -> None:
        self.progress = time.monotonic()
        self.sent += len(data)
        self.client.writer.body(data)

    def response_end(self, data: bytes, trailers: tuple[Field, ...]) -> None:
        self.connection = None
        self.sent += len(data)
        self.client.writer.end(data, trailers)
        self._finish(succeeded=True)

    def upgraded(self, head: ResponseHead, connection: UpstreamConnection) -> Tunnel:
        """101: from here on bytes pass both ways untouched."""
        self.status, self.responding = 101, True
        self.client.writer.upgrade(self, head)
        tunnel = Tunnel(self, self.client.writer, connection)
        self.client.open_tunnel(tunnel)
        return tunnel

    def tunnel_closed(self) -> None:
        self.connection = None
        self.keep_alive = False
        self._finish()
