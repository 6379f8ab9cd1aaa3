"""One request's journey: admission, route, instance, upstream connection, and back.

Nothing here parses bytes: the client's side feeds `request_*`, the instance's side feeds `response_*`.
"""

import time
from typing import TYPE_CHECKING

from aistack.chassis.context import CLIENT_LEFT
from aistack.gateway.admission import Refusal, refusal_of
from aistack.gateway.answers import kept_or_new_request_id, new_request_id, without_body
from aistack.gateway.bodies import LAST_CHUNK, chunk, last_chunk
from aistack.gateway.fields import Field, without_named
from aistack.gateway.forwarding import head_for_instance
from aistack.gateway.identity import Caller
from aistack.gateway.request_head import RequestHead
from aistack.gateway.response_head import ResponseHead, framing_for
from aistack.gateway.retries import IDEMPOTENT, SentBody
from aistack.gateway.routing import Route
from aistack.gateway.tunnels import Tunnel
from aistack.gateway.upstream import UpstreamConnection
from aistack.gateway.upstreams import Instance

if TYPE_CHECKING:
    from aistack.gateway.downstream import ClientConnection

RETRY_AFTER_1 = b"retry-after: 1\r\n"
UPGRADE_LINES = b"connection: upgrade\r\nupgrade: websocket\r\n"


class Exchange:
    """One request and its response. Made when a request head is whole; over when `done`."""

    # Class attributes are the defaults: most requests need few of them changed.
    route: Route | None = None
    instance: Instance | None = None
    connection: UpstreamConnection | None = None
    status = 0
    request_done = responding = done = in_flight = False
    caller: Caller | None = None  # who asks, when identity is on
    ended = 0.0
    extra_lines = b""  # what the answer carries for this request alone (CORS, rate limits)
    _tried: tuple[Instance, ...] = ()
    _chunk_response = False
    _received = 0

    def __init__(self, client: "ClientConnection", head: RequestHead) -> None:
        self.client = client
        self.plane = client.plane
        self.head = head
        self.keep_alive = head.keep_alive
        self.to_head = head.line.method == b"HEAD"
        self.request_id = kept_or_new_request_id(head.given_id) if head.given_id else new_request_id()
        self.progress = self.begun = time.monotonic()
        self.sent_body = SentBody(head) if head.marks and head.has_body else None

    @property
    def caller_name(self) -> str:
        """Who asks, as limits and hashing see it: the principal, or the address when nobody has to say."""
        if self.caller is None or self.caller.who.kind == "anonymous":
            return self.client.origin.address_of(self.head)
        return self.caller.who.id

    def begin(self) -> None:
        """Decides whether and where the request goes, and sends it on its way."""
        self.route = self.plane.upstreams.table.match(self.head.line.path)
        refusal = refusal_of(self)
        if refusal is not None:
            self.refuse(refusal)
            return
        assert self.route is not None
        self.in_flight = True
        service = self.route.service
        self.plane.in_flight += 1
        service.in_flight += 1
        service.requests += 1
        self._dispatch()

    def _dispatch(self) -> None:
        assert self.route is not None
        service = self.route.service
        usable = service.usable
        instance = usable[0] if len(usable) == 1 and not self._tried else service.policy(service, self, self._tried)
        if instance is None:
            self._no_instance()
            return
        self.instance = instance
        instance.in_flight += 1
        connection = instance.take_idle()
        if connection is not None:
            self.connected(connection)
        else:
            self.plane.connector.connect(self, instance)

    def connected(self, connection: UpstreamConnection) -> None:
        """An upstream connection is there: send what the client has sent so far."""
        self.connection = connection
        client = self.client
        plane = self.plane
        tail = plane.deadline_lines
        caller = self.caller
        if caller is not None:
            tail = caller.line(plane.identity.secret, self.begun) + tail
        data = head_for_instance(self.head, client.origin, self.request_id, tail, caller is None)
        if self.sent_body is not None:
            pieces = self.sent_body.take()
            if self.head.chunked:
                pieces = [chunk(piece) for piece in pieces]
                if self.request_done:
                    pieces.append(LAST_CHUNK)
            data = b"".join((data, *pieces))
            client.release("connecting")
        connection.carry(self, data)
        if client.write_paused:
            connection.pause()

    def connect_failed(self, error: str) -> None:
        """Nothing was sent, so any method may be tried elsewhere."""
        self._instance_failed(error)
        if self._may_retry():
            self._retry()
        else:
            self.refuse(Refusal(502, "upstream-unreachable", self._blame(f"could not be reached: {error}")))

    def request_body(self, data: bytes) -> None:
        self.progress = time.monotonic()
        if self.done:
            return
        self._received += len(data)
        assert self.route is not None and self.sent_body is not None
        if self._received > self.route.body_bytes_max:
            self.keep_alive = False
            self.refuse(Refusal.too_large(self.route.body_bytes_max))
        elif self.connection is not None:
            self.sent_body.remember(data)
            self.connection.write(chunk(data) if self.head.chunked else data)
        else:
            self.sent_body.wait(data)
            if not self.request_done:
                self.client.hold("connecting")

    def request_end(self, trailers: tuple[Field, ...]) -> None:
        self.request_done = True
        if self.head.chunked and self.connection is not None and not self.done:
            self.connection.write(last_chunk(trailers))

    def hold_request(self, hold: bool) -> None:
        """The instance reads slower than the client sends, or has caught up."""
        if hold:
            self.client.hold("upstream")
        else:
            self.client.release("upstream")

    def hold_response(self, hold: bool) -> None:
        """The client reads slower than the instance sends, or has caught up."""
        if self.connection is not None:
            if hold:
                self.connection.pause()
            else:
                self.connection.resume()

    def interim(self, head: ResponseHead) -> None:
        if not self.head.line.http10:
            self.client.write(b"".join((head.line.line, *head.passed, b"\r\n")))

    def response_whole(self, head: ResponseHead, body: bytes) -> None:
        """Head and body arrived together, and the connection is back in its pool already."""
        self.connection = None
        answer = self._response_head(head)
        if self._chunk_response:
            body = (chunk(body) if body else b"") + LAST_CHUNK
        self.client.write(answer + body)
        self._succeeded()

    def response_head(self, head: ResponseHead) -> None:
        self.client.write(self._response_head(head))

    def _response_head(self, head: ResponseHead) -> bytes:
        """The head that the client gets; from here on it has an answer."""
        self.status, self.responding = head.line.status, True
        http10 = self.head.line.http10
        if self.plane.draining or not self.request_done:
            self.keep_alive = False
        if head.length is not None and self.keep_alive and not http10:
            framing = head.length_line
        else:
            framing = self._framing(head, http10)
        return self.client.response_head(self, head, framing)

    def _framing(self, head: ResponseHead, http10: bool) -> bytes:
        framing, self._chunk_response, ends = framing_for(head, http10, self.to_head)
        if not ends:
            self.keep_alive = False
        if not self.keep_alive:
            return framing + b"connection: close\r\n"
        return framing + b"connection: keep-alive\r\n" if http10 else framing

    def response_body(self, data: bytes) -> None:
        self.progress = time.monotonic()
        self.client.write(chunk(data) if self._chunk_response else data)

    def response_end(self, data: bytes, trailers: tuple[Field, ...]) -> None:
        """The last of the body, and what stood behind it."""
        self.connection = None
        if self._chunk_response:
            data = (chunk(data) if data else b"") + last_chunk(trailers)
        if data:
            self.client.write(data)
        self._succeeded()

    def upstream_lost(self, connection: UpstreamConnection, reason: str) -> None:
        """The connection broke, or what came over it made no sense."""
        self.connection = None
        stale = connection.reused and not self.responding
        if not stale:
            self._instance_failed(reason)
        if self.responding:
            self.plane.log.warning("upstream.cut", request_id=self.request_id.decode(), error=self._blame(reason))
            self.client.abort()
            self._finish()
        elif self.head.line.method in IDEMPOTENT and self._may_retry():
            self._retry(again_allowed=stale)
        else:
            self.refuse(Refusal(502, "upstream-failed", self._blame(reason)))

    def timed_out(self) -> None:
        seconds = self.plane.settings.request_timeout_seconds
        self._instance_failed(f"no progress within {seconds:g} s")
        self.refuse(Refusal(504, "upstream-timeout", self._blame(f"did not answer within {seconds:g} s")))

    def client_lost(self) -> None:
        """The client went away: what works for it upstream is told by closing its connection."""
        self.status = self.status or CLIENT_LEFT
        self._drop_connection()
        self._finish()

    def refuse(self, refusal: Refusal) -> None:
        """Answers in the instance's place, or cuts the connection when an answer has begun already.

        The connection is kept only when the request was read whole.
        """
        self._drop_connection()
        if self.responding:
            self.client.abort()
            self._finish()
            return
        self.status = refusal.status
        self.plane.measures.reject(refusal.code)
        if not self.request_done:
            self.keep_alive = False
        answer = self.client.problem(refusal, self)
        self.client.write(without_body(answer) if self.to_head else answer)
        self._finish()

    def upgraded(self, head: ResponseHead, connection: UpstreamConnection) -> Tunnel:
        """101: from here on bytes pass both ways untouched."""
        self.status, self.responding = 101, True
        head.passed = without_named(head.passed, head.connection)
        self.client.write(self.client.response_head(self, head, UPGRADE_LINES))
        tunnel = Tunnel(self, self.client, connection)
        self.client.open_tunnel(tunnel)
        return tunnel

    def tunnel_closed(self) -> None:
        self.connection = None
        self.keep_alive = False
        self._finish()

    def _may_retry(self) -> bool:
        if self.done or len(self._tried) >= self.plane.settings.retries_max:
            return False
        return (self.sent_body is None or self.sent_body.whole) and self.plane.retry_budget.spend()

    def _retry(self, again_allowed: bool = False) -> None:
        assert self.route is not None and self.instance is not None
        self.plane.measures.retried(self.route.service.name)
        instance, self.instance = self.instance, None
        instance.in_flight -= 1
        if not (again_allowed and len(self.route.service.usable) <= 1):
            self._tried += (instance,)
        self._dispatch()

    def _no_instance(self) -> None:
        assert self.route is not None
        name = self.route.service.name
        last = next((one.last_error for one in self._tried if one.last_error), "")
        detail = f"no instance of {name} can take requests now{': ' + last if last else ''}; see /api/health/all"
        self.refuse(Refusal(502 if self._tried else 503, "no-instance", detail, RETRY_AFTER_1))

    def _instance_failed(self, error: str) -> None:
        if self.instance is not None:
            self.plane.upstreams.failed(self.instance, error)

    def _blame(self, what: str) -> str:
        name = self.route.service.name if self.route else "upstream"
        return f"{name} ({self.instance.id if self.instance else '?'}) {what}"

    def _drop_connection(self) -> None:
        connection, self.connection = self.connection, None
        if connection is not None:
            connection.abort()

    def _succeeded(self) -> None:
        assert self.instance is not None and self.route is not None
        service = self.route.service
        if 502 <= self.status <= 504:
            service.breaker.failed(time.monotonic(), service.requests)
        elif service.breaker.state:
            service.breaker.succeeded()
        self.instance.failures = 0
        self._finish()

    def _finish(self) -> None:
        if self.done:
            return
        self.done = True
        route = self.route
        if self.in_flight:
            assert route is not None
            route.service.in_flight -= 1
            self.plane.in_flight -= 1
        if self.instance is not None:
            self.instance.in_flight -= 1
            self.instance = None
        self.ended = time.monotonic()
        self.plane.measures.record(route, self.head.line.method, self.status, self.ended - self.begun)
        self.client.exchange_done(self)
