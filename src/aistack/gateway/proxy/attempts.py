"""What becomes of a request whose attempt at an instance has failed: another attempt where that is safe, or an answer.

Failures count against the instance (ejection) and against the service or the route class (circuit breaker).
"""

import time

from aistack.gateway.policy import local_replies as refusals
from aistack.gateway.policy.circuit_breaker import FIRST_ABSENCE, LAST_ABSENCE
from aistack.gateway.policy.local_replies import Refusal, blame
from aistack.gateway.policy.retries import IDEMPOTENT
from aistack.gateway.proxy.dispatch import Journey
from aistack.gateway.upstream.cluster import Instance, UpstreamService
from aistack.gateway.upstream.connection import UpstreamConnection


class Attempts(Journey):
    """A request's attempts, one after the other."""

    __slots__ = ()

    def connect_failed(self, error: str) -> None:
        """Nothing was sent, so any method may be tried elsewhere, or wait until the instance is back."""
        if self.plane.settings.wait_seconds and self.plane.absences.begin(self, error):
            return
        self._instance_failed(error, reached=False)
        if self._may_retry():
            self._retry()
        else:
            self.refuse(Refusal(502, "upstream-unreachable", self._blame(f"could not be reached: {error}")))

    def cannot_connect(self, error: str) -> None:
        """The gateway itself lacks what a connection needs; the instance has nothing to do with it."""
        self.refuse(refusals.out_of_resources(error))

    def upstream_lost(self, reason: str, stale: bool) -> None:
        """The connection broke, or what came over it made no sense.

        A `stale` one had been idle and was closed before anything came back, for which nobody is to blame.
        """
        self.connection = None
        if not stale:
            self._instance_failed(reason)
        if self.responding:
            self.plane.log.warning("upstream.cut", request_id=self.request_id.decode(), error=self._blame(reason))
            self.refused = "upstream-cut"
            self.client.abort()
            self._finish()
        elif self.line.method in IDEMPOTENT and self._may_retry(free=stale):
            self._retry(again_allowed=stale)
        else:
            self.refuse(Refusal(502, "upstream-failed", self._blame(reason)))

    def timed_out(self, seconds: float) -> None:
        self._instance_failed(f"no progress within {seconds:g} s")
        self.refuse(Refusal(504, "upstream-timeout", self._blame(f"did not answer within {seconds:g} s")))

    def take_over(self, instance: Instance, connection: UpstreamConnection) -> None:
        """A hedge answered first: its connection is ours from now on, and the first try ends."""
        self._drop_connection()
        if self.instance is not None:
            self.instance.in_flight -= 1
        self.instance, self.connection = instance, connection

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

    def _instance_failed(self, error: str, reached: bool = True) -> None:
        if self.instance is None:
            return
        service = self.instance.service
        self.plane.upstreams.failed(self.instance, error)
        if reached:
            self._route_failed(service)
        else:
            service.unreachable(time.monotonic())

    def _route_failed(self, service: UpstreamService) -> None:
        service.route_failed(self.route_class, time.monotonic())

    def route_succeeded(self, service: UpstreamService) -> None:
        """An answer came whole. One that says the service is not there is a failure of the route."""
        if FIRST_ABSENCE <= self.status <= LAST_ABSENCE:
            self._route_failed(service)
            return
        if service.breaker.state:
            service.breaker.succeeded()
        if service.route_breakers.classes and (one := service.route_breakers.classes.get(self.route_class)):
            one.succeeded()

    def _blame(self, what: str) -> str:
        return blame(self.route, self.instance, what)
