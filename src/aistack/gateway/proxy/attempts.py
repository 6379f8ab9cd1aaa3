"""Failed attempts: another attempt where that is safe, or a local reply.

Failures count for the endpoint (outlier detection) and for the service or the route class (circuit breaker).
"""

import time

from aistack.gateway.policy import local_replies
from aistack.gateway.policy.circuit_breaker import FIRST_GATEWAY_ERROR, LAST_GATEWAY_ERROR
from aistack.gateway.policy.local_replies import LocalReply
from aistack.gateway.policy.retries import IDEMPOTENT
from aistack.gateway.proxy.dispatch import DispatchedRequest
from aistack.gateway.upstream.cluster import Cluster, Endpoint
from aistack.gateway.upstream.connection import UpstreamConnection


class RetriableRequest(DispatchedRequest):
    """A request and its attempts, one after the other."""

    __slots__ = ()

    def connect_failed(self, error: str) -> None:
        """Nothing was sent, so any method may be tried elsewhere, or wait until the endpoint is reachable again."""
        if self.context.settings.wait_seconds and self.context.recovery.wait_for_endpoint(self, error):
            return
        self._endpoint_failed(error, reached=False)
        if self._may_retry():
            self._retry()
        else:
            reply = LocalReply(502, "upstream-unreachable", self._about_endpoint(f"could not be reached: {error}"))
            self.send_local_reply(reply)

    def cannot_connect(self, error: str) -> None:
        """The gateway itself lacks a resource that a connection needs; the endpoint is not to blame."""
        self.send_local_reply(local_replies.out_of_resources(error))

    def upstream_lost(self, reason: str, stale: bool) -> None:
        """The connection broke, or the response was malformed.

        A `stale` connection had been idle and was closed before any response, which is nobody's fault.
        """
        self.connection = None
        if not stale:
            self._endpoint_failed(reason)
        if self.responding:
            error = self._about_endpoint(reason)
            self.context.log.warning("upstream.interrupted", request_id=self.request_id.decode(), error=error)
            self.rejected = "upstream-cut"
            self.client.abort()
            self._finish()
        elif self.line.method in IDEMPOTENT and self._may_retry(free=stale):
            self._retry(again_allowed=stale)
        else:
            self.send_local_reply(LocalReply(502, "upstream-failed", self._about_endpoint(reason)))

    def timed_out(self, seconds: float) -> None:
        self._endpoint_failed(f"no progress within {seconds:g} s")
        detail = self._about_endpoint(f"did not answer within {seconds:g} s")
        self.send_local_reply(LocalReply(504, "upstream-timeout", detail))

    def take_over(self, endpoint: Endpoint, connection: UpstreamConnection) -> None:
        """The hedge answered first: its connection becomes this request's, and the first attempt ends."""
        self._drop_connection()
        if self.endpoint is not None:
            self.endpoint.in_flight -= 1
        self.endpoint, self.connection = endpoint, connection

    def _may_retry(self, free: bool = False) -> bool:
        """`free` retries put no load on a failing endpoint, so they do not use up the retry budget."""
        if self.done or len(self._tried) >= self.context.settings.retries_max:
            return False
        return (self.sent_body is None or self.sent_body.whole) and (free or self.context.retry_budget.spend())

    def _retry(self, again_allowed: bool = False) -> None:
        route, endpoint = self.route, self.endpoint
        assert route is not None and endpoint is not None
        self.context.statistics.retry(route.cluster.name)
        self.endpoint = None
        endpoint.in_flight -= 1
        if not (again_allowed and len(route.cluster.usable) <= 1):
            self._tried += (endpoint,)
        self._dispatch(route.cluster)

    def _endpoint_failed(self, error: str, reached: bool = True) -> None:
        if self.endpoint is None:
            return
        cluster = self.endpoint.cluster
        self.context.topology.failed(self.endpoint, error)
        if reached:
            self._route_failed(cluster)
        else:
            cluster.unreachable(time.monotonic())

    def _route_failed(self, cluster: Cluster) -> None:
        cluster.route_failed(self.route_class, time.monotonic())

    def record_success(self, cluster: Cluster) -> None:
        """A complete response. A gateway error (502 to 504) still counts as a failure of the route."""
        if FIRST_GATEWAY_ERROR <= self.status <= LAST_GATEWAY_ERROR:
            self._route_failed(cluster)
            return
        if cluster.breaker.state:
            cluster.breaker.succeeded()
        if cluster.route_breakers.classes and (one := cluster.route_breakers.classes.get(self.route_class)):
            one.succeeded()

    def _about_endpoint(self, what: str) -> str:
        service = self.route.cluster.name if self.route else "upstream"
        return f"{service} ({self.endpoint.id if self.endpoint else '?'}) {what}"
