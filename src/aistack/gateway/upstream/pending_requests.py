"""Pending requests: those that wait because their cluster has no usable endpoint for the moment.

While a service with one instance restarts, it is unavailable for a second or two. Requests that arrive in that time
wait instead of failing, so that a restart loses none. Once a service is unavailable for longer than `wait_seconds`, its
requests fail at once.
"""

import asyncio
import time
from collections.abc import Callable
from typing import Protocol

from aistack.chassis.runtime.tasks import Tasks
from aistack.gateway.upstream.cluster import Cluster, Endpoint
from aistack.gateway.upstream.topology import Topology

POLL_SECONDS = 0.05
RECONNECT_SECONDS = 0.1
CONNECT_SECONDS_MAX = 1.0


class PendingRequest(Protocol):
    """What is needed of a request that waits. `dispatch_again` sends it on if an endpoint is usable by then."""

    endpoint: Endpoint | None

    @property
    def done(self) -> bool: ...

    def dispatch_again(self) -> None: ...


def may_wait(request: PendingRequest, cluster: Cluster, wait_seconds: float) -> bool:
    """Lets a request wait if its cluster became unavailable a short while ago; False when it has to fail."""
    unavailable_seconds = time.monotonic() - cluster.unavailable_since
    if cluster.usable or unavailable_seconds >= wait_seconds:
        return False
    asyncio.get_running_loop().call_later(POLL_SECONDS, _dispatch_again, request)
    return True


def _dispatch_again(request: PendingRequest) -> None:
    if not request.done:
        request.dispatch_again()


class EndpointRecovery:
    """Tries to connect to each endpoint that could not be reached, and that no other can replace, until it succeeds.

    Such a failure counts neither for the circuit breaker nor for ejection: nothing was sent, and the endpoint gets
    requests again as soon as it listens. `on_recovered` is called then, as health checks may have found it down.
    """

    def __init__(self, topology: Topology, on_recovered: Callable[[Endpoint], None]) -> None:
        self._topology = topology
        self._on_recovered = on_recovered
        self._tasks = Tasks()

    def wait_for_endpoint(self, request: PendingRequest, error: str) -> bool:
        """Marks the request's endpoint unreachable and lets the request wait; False when other endpoints are usable."""
        endpoint = request.endpoint
        if endpoint is None or not endpoint.spec.fallible:
            return False
        cluster = endpoint.cluster
        if any(one is not endpoint for one in cluster.usable):
            return False
        endpoint.last_error = error
        if not endpoint.unreachable:
            endpoint.unreachable = True
            self._topology.refresh(cluster)
            self._tasks.start(self._until_reachable(endpoint), f"gateway:recover:{cluster.name}")
        request.endpoint = None
        endpoint.in_flight -= 1
        request.dispatch_again()
        return True

    async def _until_reachable(self, endpoint: Endpoint) -> None:
        while endpoint.unreachable and not endpoint.retired:
            await asyncio.sleep(RECONNECT_SECONDS)
            try:
                async with asyncio.timeout(CONNECT_SECONDS_MAX):
                    _, writer = await asyncio.open_connection(endpoint.spec.host, endpoint.spec.port)
            except (OSError, TimeoutError):
                continue
            writer.close()
            endpoint.unreachable = False
            self._on_recovered(endpoint)
        self._topology.refresh(endpoint.cluster)

    def stop(self) -> None:
        self._tasks.cancel()
