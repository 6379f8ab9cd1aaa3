"""One request's journey: identity, limits, route, instance, upstream connection, and back.

Nothing here parses bytes: the client's side feeds `request_*`, the instance's side feeds `response_*`.
"""

import time
from typing import TYPE_CHECKING

from aistack.gateway import heads
from aistack.gateway.balancing import least_connections
from aistack.gateway.heads import Lines
from aistack.gateway.routing import Route
from aistack.gateway.upstream import UpstreamConnection
from aistack.gateway.upstreams import Instance

if TYPE_CHECKING:
    from aistack.gateway.dataplane import DataPlane
    from aistack.gateway.downstream import ClientConnection

IDEMPOTENT = frozenset((b"GET", b"HEAD", b"OPTIONS", b"PUT", b"DELETE", b"TRACE"))
RETRY_AFTER_1 = b"retry-after: 1\r\n"


class Exchange:
    """One request and its response. Made when a request head is whole; over when `done`."""

    # Class attributes are the defaults: most requests need few of them changed.
    http10 = chunked = wants_upgrade = False
    keep_alive = True
    body_length: int | None = None
    route: Route | None = None
    instance: Instance | None = None
    connection: UpstreamConnection | None = None
    status = 0
    request_done = responding = done = False
    _framing = _head = b""
    _received = 0
    _sent = _chunk_response = False
    _tried: tuple[Instance, ...] = ()

    def __init__(self, plane: "DataPlane", client: "ClientConnection", method: bytes, target: bytes) -> None:
        self.plane = plane
        self.client = client
        self.method = method
        self.target = target
        self.path = target.partition(b"?")[0]
        self.progress = self._begun = time.monotonic()
        self._pending: list[bytes] = []

    def describe(self, host: bytes, lines: Lines, key: bytes, request_id: bytes) -> None:
        """Takes what the client's side found in the head."""
        self.host = host
        self.lines = lines
        self.key = key
        self.request_id = heads.kept_or_new_request_id(request_id) if request_id else heads.new_request_id()
        if self.wants_upgrade:
            self._framing = b"connection: upgrade\r\nupgrade: websocket\r\n"
        elif self.chunked:
            self._framing = b"transfer-encoding: chunked\r\n"
        elif self.body_length is not None:
            self._framing = b"content-length: %d\r\n" % self.body_length

    def start(self) -> None:
        """Decides where the request goes, and sends it on its way."""
        plane = self.plane
        if not (plane.keyring.open or self.client.admitted(self.path, self.key)):
            detail = "this address needs an API key: send it as 'Authorization: Bearer KEY'"
            self.refuse(401, "unauthorized", detail, b'www-authenticate: Bearer realm="ai-stack"\r\n')
            return
        self.route = route = plane.registry.table.match(self.path)
        if route is None:
            self.refuse(404, "not-found", "nothing answers this path; GET /registry/services lists what does")
            return
        if self.body_length is not None and self.body_length > route.body_bytes_max:
            self._too_large(route.body_bytes_max)
            return
        service = route.service
        if service.in_flight >= service.in_flight_max:
            detail = f"{service.name} has {service.in_flight_max} requests in flight already; try again shortly"
            self.refuse(503, "overloaded", detail, RETRY_AFTER_1)
            return
        service.in_flight += 1
        self._head = heads.request_head(
            self.method, self.target, self.host, self.lines, self.client.forwarded, self.request_id, self._framing
        )
        self._dispatch()

    def _dispatch(self) -> None:
        assert self.route is not None
        service = self.route.service
        instance = least_connections(service, self._tried)
        if instance is None:
            self._no_instance()
            return
        self.instance = instance
        instance.in_flight += 1
        connection = instance.take_idle()
        if connection is not None:
            self.connected(connection)
        else:
            self.plane.connect(self, instance)

    def connected(self, connection: UpstreamConnection) -> None:
        """An upstream connection is there: send what the client has sent so far."""
        self.connection = connection
        connection.begin(self)
        if self.client.write_paused:
            connection.pause()
        connection.write(self._head)
        if self._pending:
            pending, self._pending = self._pending, []
            for data in pending:
                self._send_body(data)
        if self.request_done and self.chunked:
            connection.write(b"0\r\n\r\n")
        if self.client.held:
            self.client.release("connecting")

    def connect_failed(self, error: str) -> None:
        """Nothing was sent, so any method may be tried elsewhere."""
        self._instance_failed(error)
        if self._may_retry():
            self._retry()
        else:
            self.refuse(502, "upstream-unreachable", self._blame(f"could not be reached: {error}"))

    def request_body(self, data: bytes) -> None:
        self.progress = time.monotonic()
        if self.done:
            return
        self._received += len(data)
        if self.route is not None and self._received > self.route.body_bytes_max:
            self._too_large(self.route.body_bytes_max)
        elif self.connection is not None:
            self._send_body(data)
        else:
            self._pending.append(data)
            self.client.hold("connecting")

    def _send_body(self, data: bytes) -> None:
        assert self.connection is not None
        self._sent = True
        self.connection.write(b"%x\r\n%b\r\n" % (len(data), data) if self.chunked else data)

    def request_end(self) -> None:
        self.request_done = True
        if self.chunked and self.connection is not None and not self.done:
            self.connection.write(b"0\r\n\r\n")

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

    def interim(self, status: int) -> None:
        if not self.http10:
            self.client.write(heads.STATUS_LINES[status] + b"\r\n")

    def response_head(self, status: int, lines: Lines, length: int | None, bodiless: bool) -> None:
        self.progress = time.monotonic()
        self.status, self.responding = status, True
        if self.plane.draining or not self.request_done:
            self.keep_alive = False
        self._chunk_response = length is None and not bodiless and not self.http10
        if length is not None:
            framing = b"content-length: %d\r\n" % length
        elif self._chunk_response:
            framing = b"transfer-encoding: chunked\r\n"
        else:
            framing = b""
            self.keep_alive = self.keep_alive and bodiless
        if not self.keep_alive:
            framing += b"connection: close\r\n"
        elif self.http10:
            framing += b"connection: keep-alive\r\n"
        self.client.write(heads.response_head(status, lines, self.request_id, framing))

    def response_body(self, data: bytes) -> None:
        self.progress = time.monotonic()
        self.client.write(b"%x\r\n%b\r\n" % (len(data), data) if self._chunk_response else data)

    def response_end(self) -> None:
        if self._chunk_response:
            self.client.write(b"0\r\n\r\n")
        self.connection = None
        if self.instance is not None:
            self.instance.failures = 0
        self._finish()

    def upstream_lost(self, reason: str) -> None:
        """The connection broke, or what came over it made no sense."""
        connection, self.connection = self.connection, None
        stale = connection is not None and connection.reused and not self.responding
        if not stale:
            self._instance_failed(reason)
        if self.responding:
            self.plane.log.warning("upstream.cut", request_id=self.request_id.decode(), error=self._blame(reason))
            self.client.abort()
            self._finish()
        elif self._may_retry() and self.method in IDEMPOTENT:
            self._retry(again_allowed=stale)
        else:
            self.refuse(502, "upstream-failed", self._blame(reason))

    def timed_out(self) -> None:
        seconds = self.plane.settings.request_timeout_seconds
        self._instance_failed(f"no progress within {seconds:g} s")
        self.refuse(504, "upstream-timeout", self._blame(f"did not answer within {seconds:g} s"))

    def client_lost(self) -> None:
        """The client went away: what works for it upstream is told by closing its connection."""
        self.status = self.status or 499
        self._drop_connection()
        self._finish()

    def refuse(self, status: int, code: str, detail: str, extra: bytes = b"") -> None:
        """Answers in the instance's place, or cuts the connection when an answer has begun already.

        The connection is kept only when the request was read whole.
        """
        self._drop_connection()
        if self.responding:
            self.client.abort()
            self._finish()
            return
        self.status = status
        self.plane.measures.reject(code)
        if not self.request_done and (self.chunked or self.body_length):
            self.keep_alive = False
        answer = heads.problem_response(status, code, detail, self.request_id, not self.keep_alive, extra)
        if self.method == b"HEAD":
            answer = answer[: answer.index(b"\r\n\r\n") + 4]
        self.client.write(answer)
        self._finish()

    def upgraded(self, lines: Lines) -> None:
        """101: from here on bytes pass both ways untouched."""
        self.status, self.responding = 101, True
        framing = b"connection: upgrade\r\nupgrade: websocket\r\n"
        self.client.write(heads.response_head(101, lines, self.request_id, framing))
        self.client.open_tunnel(self)

    def tunnelled_from_client(self, data: bytes) -> None:
        self.progress = time.monotonic()
        if self.connection is not None:
            self.connection.write(data)

    def tunnelled_from_upstream(self, data: bytes) -> None:
        self.progress = time.monotonic()
        self.client.write(data)

    def tunnel_closed(self) -> None:
        self.connection = None
        self.keep_alive = False
        self._finish()

    def _may_retry(self) -> bool:
        limit = self.plane.settings.retries_max
        return not self._sent and not self.done and len(self._tried) < limit and self.plane.spend_retry()

    def _retry(self, again_allowed: bool = False) -> None:
        assert self.route is not None and self.instance is not None
        self.plane.measures.retried(self.route.service.name)
        instance, self.instance = self.instance, None
        instance.in_flight -= 1
        alone = len(self.route.service.usable) <= 1
        if not (again_allowed and alone):
            self._tried += (instance,)
        self._dispatch()

    def _no_instance(self) -> None:
        assert self.route is not None
        name = self.route.service.name
        last = next((one.last_error for one in self._tried if one.last_error), "")
        detail = f"no instance of {name} can take requests now{': ' + last if last else ''}; see /api/health/all"
        self.refuse(502 if self._tried else 503, "no-instance", detail, RETRY_AFTER_1)

    def _too_large(self, limit: int) -> None:
        self.keep_alive = False
        self.refuse(413, "too-large", f"the body is larger than the {limit} bytes that this path takes")

    def _instance_failed(self, error: str) -> None:
        if self.instance is not None:
            self.plane.registry.failed(self.instance, error)

    def _blame(self, what: str) -> str:
        name = self.route.service.name if self.route else "upstream"
        return f"{name} ({self.instance.id if self.instance else '?'}) {what}"

    def _drop_connection(self) -> None:
        connection, self.connection = self.connection, None
        if connection is not None:
            connection.abort()

    def _finish(self) -> None:
        if self.done:
            return
        self.done = True
        self._pending = []
        name, prefix = "gateway", "none"
        if self.route is not None:
            name, prefix = self.route.service.name, self.route.prefix
            if self._head:
                self.route.service.in_flight -= 1
        if self.instance is not None:
            self.instance.in_flight -= 1
            self.instance = None
        self.plane.measures.record(name, prefix, self.method, self.status, time.monotonic() - self._begun)
        self.client.exchange_done(self)
