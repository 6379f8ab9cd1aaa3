"""A request's way to an instance: admission, route, instance, connection."""

import time
from typing import TYPE_CHECKING

from aistack.chassis.request_context import CLIENT_LEFT
from aistack.gateway.http1.request_head import OTHER, RequestHead
from aistack.gateway.http1.request_line import RequestLine
from aistack.gateway.identity.authentication import NO_LINE, Caller
from aistack.gateway.policy import local_replies as refusals
from aistack.gateway.policy.circuit_breaker import FIRST_ABSENCE, route_class
from aistack.gateway.policy.local_replies import Refusal, kept_or_new_request_id, new_request_id
from aistack.gateway.policy.rate_limits import RateRule
from aistack.gateway.policy.retries import IDEMPOTENT, SentBody
from aistack.gateway.proxy.admission import BODY_AHEAD_BYTES, LATER, cut_off, refusal_of, waits_for_body
from aistack.gateway.proxy.forwarding import forwarded_lines, is_loopback, network_of
from aistack.gateway.proxy.timeouts import DEADLINE_HEADER, Deadline
from aistack.gateway.telemetry.access_log import FIRST_REFUSAL
from aistack.gateway.upstream import pending_requests as absence
from aistack.gateway.upstream.cluster import Instance, UpstreamService
from aistack.gateway.upstream.connection import UpstreamConnection
from aistack.gateway.upstream.route_table import Route

if TYPE_CHECKING:
    from aistack.gateway.proxy.client_connection import ClientConnection
    from aistack.gateway.proxy.hedging import Hedge


class Journey:
    """One request, from its head to its end. Made when the head is whole; over when `done`."""

    __slots__ = (
        "_holders", "_tried", "answered", "begun", "caller", "client", "connection", "deadline", "done", "ended",
        "extra_lines", "head", "hedge", "in_flight", "instance", "is_stream", "keep_alive", "line",
        "plane", "progress", "received", "refused", "request_done", "request_id", "responding", "route", "sent",
        "sent_body", "status", "to_head", "waiting",
    )  # fmt: skip

    def __init__(self, client: "ClientConnection", line: RequestLine, head: RequestHead) -> None:
        self.client = client
        self.plane = client.plane
        self.line = line
        self.head = head
        self.keep_alive = head.keep_alive
        self.to_head = line.method == b"HEAD"
        self.request_id = kept_or_new_request_id(head.given_id) if head.given_id else new_request_id()
        self.progress = self.begun = self.ended = time.monotonic()
        self.sent_body = SentBody(line.method in IDEMPOTENT) if head.has_body else None
        self.route: Route | None = None
        self.caller: Caller | None = None  # who asks, when identity is on
        self.instance: Instance | None = None
        self.connection: UpstreamConnection | None = None
        self.status = 0
        self.received: int = 0  # of the body, bytes
        self.sent: int = 0
        self.request_done = self.responding = self.done = self.in_flight = self.waiting = False
        self.is_stream = head.wants_websocket
        self.answered = 0.0  # when the head of an answer came whose body was not there yet
        self.refused, self.extra_lines = "", b""  # lines that the answer carries for this request alone
        self.hedge: Hedge | None = None
        self.deadline: Deadline | None = None
        self._tried: tuple[Instance, ...] = ()
        self._holders: tuple[str, str] | None = None

    @property
    def address(self) -> str:
        """The client's address, seen past trusted proxies."""
        return self.client.origin.address_of(self.head)

    @property
    def is_local(self) -> bool:
        """Whether a program on this machine asks, as far as can be seen."""
        origin = self.client.origin
        return origin.is_local and (not origin.trusted or is_loopback(self.address))

    @property
    def caller_name(self) -> str:
        """Who asks, as limits and hashing see it: the principal, or the address when nobody has to say."""
        if self.caller is None or self.caller.who.kind == "anonymous":
            return network_of(self.address)
        return self.caller.who.id

    @property
    def holders(self) -> tuple[str, str]:
        """The caller and the address that its place is counted for; both empty where shares say nothing.

        That is for services of the stack, which ask for many, and on a laptop, where all callers look the same.
        """
        if self._holders is None:
            if self.is_local if self.caller is None else self.caller.who.kind == "service":
                self._holders = "", ""
            else:
                self._holders = self.caller_name, f"from {network_of(self.address)}"
        return self._holders

    @property
    def lacks_body(self) -> bool:
        """Whether next to nothing of the request's body has arrived."""
        return not self.request_done and self.received < BODY_AHEAD_BYTES

    @property
    def route_class(self) -> bytes:
        return route_class(self.line.method, self.line.path, self.route.prefix if self.route else "")

    def begin(self) -> None:
        """Decides whether and where the request goes, and sends it on its way."""
        self.route = route = self.plane.upstreams.table.match(self.line.path)
        if self.head.marks & OTHER and (given := self.head.value(DEADLINE_HEADER)):
            self.deadline = Deadline(self, given)
        refusal = refusal_of(self)
        if refusal is None and route is not None:
            if self.sent_body is not None and waits_for_body(self, route.service):
                self.waiting = True
            else:
                self.proceed(route.service)
        elif refusal is LATER:
            self.client.hold("connecting")
        else:
            self.refuse(refusal or refusals.NO_ROUTE)

    def rated(self, rule: RateRule, wait: float, left: int) -> None:
        """What the gateways' common buckets say: seconds to wait, 0 for none, and the requests that are left."""
        self.client.release("connecting")
        if wait or self.route is None:
            self.refuse(refusals.too_fast(rule, wait))
            return
        self.extra_lines += rule.line(left)
        self.proceed(self.route.service)

    def proceed(self, service: UpstreamService) -> None:
        """Takes a place at the service and goes there."""
        refusal = cut_off(self, service) if service.troubled else None
        if refusal is None:
            refusal = self.plane.concurrency.enter(service, self)
        if refusal is not None:
            self.refuse(refusal)
            return
        self.in_flight = True
        service.requests_total += 1
        if service.hedge_seconds and self.sent_body is None and self.line.method in IDEMPOTENT:
            self.begin_hedge(service.hedge_seconds)
        self._dispatch(service)

    def _dispatch(self, service: UpstreamService) -> None:
        usable = service.usable
        instance = usable[0] if len(usable) == 1 and not self._tried else service.policy(service, self, self._tried)
        if instance is None and len(usable) == len(self._tried) == 1:
            instance = usable[0]  # nobody else is there: once more
        if instance is None:
            if not absence.waits(self, service):
                self.refuse(refusals.no_instance(service, self._tried))
            return
        self.instance = instance
        instance.in_flight += 1
        self.plane.connector.reach(self, instance)

    def look_again(self) -> None:
        """A request that waits for its service goes on, if there is an instance now."""
        assert self.route is not None
        self._tried = ()
        self._dispatch(self.route.service)

    def connect_failed(self, error: str) -> None:
        raise NotImplementedError

    def cannot_connect(self, error: str) -> None:
        raise NotImplementedError

    def route_succeeded(self, service: UpstreamService) -> None:
        raise NotImplementedError

    def connected(self, connection: UpstreamConnection) -> None:
        """An upstream connection is there: what the client has sent so far goes over it."""
        raise NotImplementedError

    def begin_hedge(self, seconds: float) -> None:
        raise NotImplementedError

    def head_to_send(self) -> bytes:
        """The head as an instance gets it."""
        plane, caller, voucher = self.plane, self.caller, b""
        tail = plane.deadline_lines if self.deadline is None else self.deadline.lines()
        if caller is not None:
            assert self.route is not None
            service = self.route.service.name
            until, voucher = caller.lines.get(service, NO_LINE)
            if until <= self.begun:
                voucher = caller.vouch(service, plane.identity.secret, self.begun)
        head, line = self.head, self.line
        forwarded = head.forwarded if not line.authority else b""
        if not forwarded:
            forwarded = forwarded_lines(line, head, self.client.origin, caller)
        return b"".join((line.start, forwarded, self.request_id, b"\r\n", voucher, tail))

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
            self.refused = refusal.code
            self.client.abort()
            self._finish()
            return
        self.status, self.refused = refusal.status, refusal.code
        self.plane.measures.reject(refusal.code)
        if not self.request_done:
            self.keep_alive = False
        self.sent = self.client.writer.refusal(refusal, self)
        self._finish()

    def _drop_connection(self) -> None:
        connection, self.connection = self.connection, None
        if connection is not None:
            connection.abort()

    def _finish(self, *, succeeded: bool = False) -> None:
        if self.done:
            return
        self.done = True
        plane, route, instance = self.plane, self.route, self.instance
        if self.in_flight and route is not None:
            plane.concurrency.leave(route.service, self)
        if instance is not None:
            instance.in_flight -= 1
            if succeeded:
                instance.failures = 0
                if self.status >= FIRST_ABSENCE or instance.service.troubled:
                    self.route_succeeded(instance.service)
        if self.hedge is not None:
            self.hedge.cancel()
        if self.deadline is not None:
            self.deadline.cancel()
        self.ended = time.monotonic()
        plane.measures.record(route, self.line.method, self.status, self.ended - self.begun)
        if self.answered:
            plane.measures.record_stream(route, self.answered - self.begun, self.ended - self.begun)
        if plane.access.left > 0 or self.status >= FIRST_REFUSAL or self.refused:
            plane.access.note(self)
        self.instance = None
        self.client.exchange_done(self)
