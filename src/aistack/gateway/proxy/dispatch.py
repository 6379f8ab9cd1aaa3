"""Sends a request to an endpoint: route, admission, slot, endpoint, connection; and accounts for it at its end."""

import time

from aistack.chassis.request_context import CLIENT_LEFT
from aistack.gateway.http1.request_head import OTHER
from aistack.gateway.identity.authentication import NO_LINE
from aistack.gateway.policy import local_replies
from aistack.gateway.policy.circuit_breaker import FIRST_GATEWAY_ERROR
from aistack.gateway.policy.deadlines import DEADLINE_HEADER, Deadline
from aistack.gateway.policy.local_replies import LocalReply
from aistack.gateway.policy.rate_limits import RateRule
from aistack.gateway.policy.retries import IDEMPOTENT
from aistack.gateway.proxy.admission import PENDING, circuit_rejection, rejection_of, waits_for_body
from aistack.gateway.proxy.forwarding import forwarded_lines
from aistack.gateway.proxy.request_state import RequestState
from aistack.gateway.telemetry.access_log import FIRST_CLIENT_ERROR
from aistack.gateway.upstream import pending_requests
from aistack.gateway.upstream.cluster import Cluster
from aistack.gateway.upstream.connection import UpstreamConnection


class DispatchedRequest(RequestState):
    """A request that finds its endpoint and is accounted for at its end. Connections are handled by subclasses."""

    __slots__ = ()

    def begin(self) -> None:
        """Decides whether and where the request goes, and sends it there."""
        self.route = route = self.context.topology.table.match(self.line.path)
        if self.head.marks & OTHER and (given := self.head.value(DEADLINE_HEADER)):
            self.deadline = Deadline(self, given, self.context.settings.request_timeout_seconds)
        reply = rejection_of(self)
        if reply is None and route is not None:
            if self.sent_body is not None and waits_for_body(self, route.cluster):
                self.waiting = True
            else:
                self.proceed(route.cluster)
        elif reply is PENDING:
            self.client.hold("connecting")
        else:
            self.send_local_reply(reply or local_replies.NO_ROUTE)

    def rate_limit_result(self, rule: RateRule, wait: float, left: int) -> None:
        self.client.release("connecting")
        if wait or self.route is None:
            self.send_local_reply(local_replies.rate_limited(rule, wait))
            return
        self.extra_lines += rule.line(left)
        self.proceed(self.route.cluster)

    def proceed(self, cluster: Cluster) -> None:
        """Takes a slot at the cluster and goes there."""
        reply = circuit_rejection(self, cluster) if cluster.troubled else None
        if reply is None:
            reply = self.context.concurrency.acquire(cluster, self)
        if reply is not None:
            self.send_local_reply(reply)
            return
        self.in_flight = True
        cluster.requests_total += 1
        if cluster.hedge_seconds and self.sent_body is None and self.line.method in IDEMPOTENT:
            self.begin_hedge(cluster.hedge_seconds)
        self._dispatch(cluster)

    def _dispatch(self, cluster: Cluster) -> None:
        usable = cluster.usable
        endpoint = usable[0] if len(usable) == 1 and not self._tried else cluster.policy(cluster, self, self._tried)
        if endpoint is None and len(usable) == len(self._tried) == 1:
            endpoint = usable[0]  # there is no other: once more
        if endpoint is None:
            if not pending_requests.may_wait(self, cluster, self.context.settings.wait_seconds):
                tried = (*self._tried, *cluster.endpoints.values())
                last_error = next((one.last_error for one in tried if one.last_error), "")
                self.send_local_reply(local_replies.no_instance(cluster.name, bool(self._tried), last_error))
            return
        self.endpoint = endpoint
        endpoint.in_flight += 1
        self.context.connector.connect(self, endpoint)

    def dispatch_again(self) -> None:
        """A request that waits for its cluster goes on, if there is a usable endpoint now."""
        assert self.route is not None
        self._tried = ()
        self._dispatch(self.route.cluster)

    def connected(self, connection: UpstreamConnection) -> None:
        """There is an upstream connection: what the client has sent so far goes over it."""
        raise NotImplementedError

    def connect_failed(self, error: str) -> None:
        raise NotImplementedError

    def cannot_connect(self, error: str) -> None:
        raise NotImplementedError

    def begin_hedge(self, seconds: float) -> None:
        raise NotImplementedError

    def record_success(self, cluster: Cluster) -> None:
        """Tells the circuit breakers that the response is complete."""
        raise NotImplementedError

    def head_to_send(self) -> bytes:
        """The head as the endpoint gets it."""
        context, caller, voucher = self.context, self.caller, b""
        tail = context.deadline_lines if self.deadline is None else self.deadline.lines()
        if caller is not None:
            assert self.route is not None
            service = self.route.cluster.name
            until, voucher = caller.lines.get(service, NO_LINE)
            if until <= self.begun:
                voucher = caller.vouch(service, context.identity.secret, self.begun)
        head, line = self.head, self.line
        forwarded = head.forwarded if not line.authority else b""
        if not forwarded:
            forwarded = forwarded_lines(line, head, self.client.origin, caller)
        return b"".join((line.start, forwarded, self.request_id, b"\r\n", voucher, tail))

    def client_lost(self) -> None:
        """The client disconnected. Closing the upstream connection tells the endpoint."""
        self.status = self.status or CLIENT_LEFT
        self._drop_connection()
        self._finish()

    def send_local_reply(self, reply: LocalReply) -> None:
        """Answers in place of the endpoint, or cuts the connection if a response has begun already.

        The client's connection is kept only if the request was read completely.
        """
        self._drop_connection()
        if self.responding:
            self.rejected = reply.code
            self.client.abort()
            self._finish()
            return
        self.status, self.rejected = reply.status, reply.code
        self.context.statistics.rejection(reply.code)
        if not self.request_done:
            self.keep_alive = False
        self.sent = self.client.writer.local_reply(reply, self)
        self._finish()

    def _drop_connection(self) -> None:
        connection, self.connection = self.connection, None
        if connection is not None:
            connection.abort()

    def _finish(self, *, succeeded: bool = False) -> None:
        if self.done:
            return
        self.done = True
        context, route, endpoint = self.context, self.route, self.endpoint
        if self.in_flight and route is not None:
            context.concurrency.release(route.cluster, self)
        if endpoint is not None:
            endpoint.in_flight -= 1
            if succeeded:
                endpoint.failures = 0
                if self.status >= FIRST_GATEWAY_ERROR or endpoint.cluster.troubled:
                    self.record_success(endpoint.cluster)
        if self.hedge is not None:
            self.hedge.cancel()
        if self.deadline is not None:
            self.deadline.cancel()
        self.ended = time.monotonic()
        context.statistics.record(route, self.line.method, self.status, self.ended - self.begun)
        if self.answered:
            context.statistics.record_stream(route, self.answered - self.begun, self.ended - self.begun)
        if context.access_log.left > 0 or self.status >= FIRST_CLIENT_ERROR or self.rejected:
            context.access_log.log(self)
        self.endpoint = None
        self.client.exchange_done(self)
