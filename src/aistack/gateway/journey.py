"""A request's way to an instance: admission, route, instance, connection; and what happens when that fails."""

import time
from typing import TYPE_CHECKING

from aistack.chassis.context import CLIENT_LEFT
from aistack.gateway import absence, refusals
from aistack.gateway.admission import LATER, refusal_of
from aistack.gateway.deadlines import DEADLINE_HEADER, Deadline
from aistack.gateway.forwarding import forwarded_lines
from aistack.gateway.identity import Caller
from aistack.gateway.limits import RateRule
from aistack.gateway.refusals import Refusal, blame, kept_or_new_request_id, new_request_id
from aistack.gateway.request_head import OTHER, RequestHead
from aistack.gateway.request_line import RequestLine
from aistack.gateway.retries import IDEMPOTENT, SentBody
from aistack.gateway.routing import Route
from aistack.gateway.upstream import UpstreamConnection
from aistack.gateway.upstreams import Instance, UpstreamService

if TYPE_CHECKING:
    from aistack.gateway.downstream import ClientConnection
    from aistack.gateway.hedging import Hedge


class Journey:
    """One request, from its head to its end. Made when the head is whole; over when `done`."""

    __slots__ = (
        "_tried", "begun", "caller", "client", "connection", "deadline", "done", "ended", "extra_lines", "head",
        "hedge", "in_flight", "instance", "keep_alive", "line", "plane", "progress", "received", "request_done",
        "request_id", "responding", "route", "sent_body", "status", "to_head",
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
        self.status = self.received = 0
        self.request_done = self.responding = self.done = self.in_flight = False
        self.extra_lines = b""  # what the answer carries for this request alone (CORS, rate limits)
        self.hedge: Hedge | None = None
        self.deadline: Deadline | None = None
        self._tried: tuple[Instance, ...] = ()

    @property
    def caller_name(self) -> str:
        """Who asks, as limits and hashing see it: the principal, or the address when nobody has to say."""
        if self.caller is None or self.caller.who.kind == "anonymous":
            return self.client.origin.address_of(self.head)
        return self.caller.who.id

    def begin(self) -> None:
        """Decides whether and where the request goes, and sends it on its way."""
        self.route = route = self.plane.upstreams.table.match(self.line.path)
        if self.head.marks & OTHER and (given := self.head.value(DEADLINE_HEADER)):
            self.deadline = Deadline(self, given)
        refusal = refusal_of(self)
        if refusal is None and route is not None:
            self._admit(route)
        elif refusal is LATER:
            self.client.hold("connecting")
        else:
            self.refuse(refusal or refusals.NO_ROUTE)

    def rated(self, rule: RateRule, wait: float, left: int) -> None:
        """What the gateways' common buckets say: seconds to wait, 0 for none, and the requests that are left."""
        assert self.route is not None
        self.client.release("connecting")
        if wait:
            self.refuse(refusals.too_fast(rule, wait))
            return
        self.extra_lines += rule.line(left)
        self._admit(self.route)

    def _admit(self, route: Route) -> None:
        """Takes a place among the requests in flight, when there is one."""
        crowd, service = self.plane.crowd, route.service
        if (refusal := crowd.full(service)) is not None:
            self.refuse(refusal)
            return
        if service.breaker.state and not service.breaker.allows(self.begun):
            self.refuse(refusals.circuit_open(service.name, service.breaker.until - self.begun))
            return
        self.in_flight = True
        if service.hedge_seconds and self.sent_body is None and self.line.method in IDEMPOTENT:
            self.begin_hedge(service.hedge_seconds)
        crowd.change(service, 1)
        service.requests += 1
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

    def connected(self, connection: UpstreamConnection) -> None:
        """An upstream connection is there: what the client has sent so far goes over it."""
        raise NotImplementedError

    def begin_hedge(self, seconds: float) -> None:
        """Asks a second instance when the first is silent for so long."""
        raise NotImplementedError

    def head_to_send(self) -> bytes:
        """The head as an instance gets it."""
        plane, caller = self.plane, self.caller
        tail = plane.deadline_lines if self.deadline is None else self.deadline.lines()
        if caller is not None:
            assert self.route is not None
            tail = caller.line_for(self.route.service.name, plane.identity.secret, self.begun) + tail
        head, line = self.head, self.line
        forwarded = head.forwarded if not line.authority else b""
        if not forwarded:
            forwarded = forwarded_lines(line, head, self.client.origin, caller is None)
        return b"".join((line.start, forwarded, self.request_id, b"\r\n", tail))

    def take_over(self, instance: Instance, connection: UpstreamConnection) -> None:
        """A hedge answered first: its connection is ours from now on, and the first try ends."""
        self._drop_connection()
        if self.instance is not None:
            self.instance.in_flight -= 1
        self.instance, self.connection = instance, connection

    def connect_failed(self, error: str) -> None:
        """Nothing was sent, so any method may be tried elsewhere, or wait until the instance is back."""
        if self.plane.settings.wait_seconds and self.plane.absences.begin(self, error):
            return
        self._instance_failed(error)
        if self._may_retry():
            self._retry()
        else:
            self.refuse(Refusal(502, "upstream-unreachable", self._blame(f"could not be reached: {error}")))

    def upstream_lost(self, reason: str, stale: bool) -> None:
        """The connection broke, or what came over it made no sense.

        A `stale` one had been idle and was closed before anything came back, for which nobody is to blame.
        """
        self.connection = None
        if not stale:
            self._instance_failed(reason)
        if self.responding:
            self.plane.log.warning("upstream.cut", request_id=self.request_id.decode(), error=self._blame(reason))
            self.client.abort()
            self._finish()
        elif self.line.method in IDEMPOTENT and self._may_retry(free=stale):
            self._retry(again_allowed=stale)
        else:
            self.refuse(Refusal(502, "upstream-failed", self._blame(reason)))

    def timed_out(self, seconds: float) -> None:
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
        self.client.writer.refusal(refusal, self)
        self._finish()

    def _may_retry(self, free: bool = False) -> bool:
        """`free` tries are no load on an instance that is ill, so they are not counted against the budget."""
        if self.done or len(self._tried) >= self.plane.settings.retries_max:
            return False
        return (self.sent_body is None or self.sent_body.whole) and (free or self.plane.retry_budget.spend())

    def _retry(self, again_allowed: bool = False) -> None:
        route, instance = self.route, self.instance
        assert route is not None and instance is not None
        self.plane.measures.retried(route.service.name)
        self.instance = None
        instance.in_flight -= 1
        if not (again_allowed and len(route.service.usable) <= 1):
            self._tried += (instance,)
        self._dispatch(route.service)

    def _instance_failed(self, error: str) -> None:
        if self.instance is not None:
            self.plane.upstreams.failed(self.instance, error)

    def _blame(self, what: str) -> str:
        return blame(self.route, self.instance, what)

    def _drop_connection(self) -> None:
        connection, self.connection = self.connection, None
        if connection is not None:
            connection.abort()

    def _finish(self, *, succeeded: bool = False) -> None:
        if self.done:
            return
        self.done = True
        route, instance = self.route, self.instance
        if self.in_flight and route is not None:
            self.plane.crowd.change(route.service, -1)
        if instance is not None:
            instance.in_flight -= 1
            self.instance = None
            if succeeded:
                instance.succeeded(self.status)
        if self.hedge is not None:
            self.hedge.cancel()
        if self.deadline is not None:
            self.deadline.cancel()
        self.ended = time.monotonic()
        self.plane.measures.record(route, self.line.method, self.status, self.ended - self.begun)
        self.client.exchange_done(self)
