"""Hedged requests: a second attempt at another endpoint while the first is silent; the first response wins.

After J. Dean and L. Barroso, "The Tail at Scale" (2013). Only for requests that may be sent twice, within the retry
budget, and only where a setting turns it on.
"""

import asyncio
from typing import Protocol

from aistack.gateway.http1.header_fields import Field
from aistack.gateway.http1.request_head import RequestHead
from aistack.gateway.http1.response_head import ResponseHead
from aistack.gateway.proxy.context import ProxyContext
from aistack.gateway.upstream.cluster import Endpoint
from aistack.gateway.upstream.connection import ResponseReceiver, Tunnel, UpstreamConnection
from aistack.gateway.upstream.route_table import Route


class HedgedExchange(Protocol):
    """What a hedge needs of its exchange, which it hands the response over to."""

    @property
    def context(self) -> ProxyContext: ...

    @property
    def head(self) -> RequestHead: ...

    @property
    def caller_name(self) -> str: ...

    @property
    def route(self) -> Route | None: ...

    @property
    def endpoint(self) -> Endpoint | None: ...

    @property
    def begun(self) -> float: ...

    @property
    def done(self) -> bool: ...

    @property
    def responding(self) -> bool: ...

    @property
    def to_head(self) -> bool: ...

    def head_to_send(self) -> bytes: ...

    def take_over(self, endpoint: Endpoint, connection: UpstreamConnection) -> None: ...


class HandoverTarget(HedgedExchange, ResponseReceiver, Protocol):
    """An exchange that a connection can be handed over to."""


class Hedge:
    """The second attempt of an exchange. It receives the second connection's response until the head has arrived."""

    def __init__(self, exchange: HandoverTarget, seconds: float) -> None:
        self.exchange = exchange
        self.to_head = exchange.to_head
        self.request_done = True
        self.wants_websocket = False
        self.begun = exchange.begun
        self.done = False
        self._instance: Endpoint | None = None
        self._connection: UpstreamConnection | None = None
        self._timer = asyncio.get_running_loop().call_later(seconds, self._begin)

    def _begin(self) -> None:
        exchange = self.exchange
        first, route = exchange.endpoint, exchange.route
        if exchange.done or exchange.responding or first is None or route is None:
            return
        cluster = route.cluster
        endpoint = cluster.policy(cluster, exchange, (first,))
        if endpoint is None or not exchange.context.retry_budget.spend():
            return
        exchange.context.statistics.hedge(cluster.name)
        self._instance = endpoint
        endpoint.in_flight += 1
        exchange.context.connector.connect(self, endpoint)

    def connected(self, connection: UpstreamConnection) -> None:
        self._connection = connection
        connection.carry(self, self.exchange.head_to_send())

    def connect_failed(self, error: str) -> None:
        if self._instance is not None:
            self.exchange.context.topology.failed(self._instance, error)
        self.cancel()

    def cannot_connect(self, error: str) -> None:
        self.cancel()

    def cancel(self) -> None:
        """Ends the second attempt. The exchange goes on without it, or is over."""
        self._timer.cancel()
        self.done = True
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.abort()
        if self._instance is not None:
            self._instance.in_flight -= 1
            self._instance = None

    def response_whole(self, head: ResponseHead, body: bytes) -> None:
        self._win()
        self.exchange.response_whole(head, body)

    def response_head(self, head: ResponseHead) -> None:
        connection = self._connection
        self._win()
        if connection is not None:
            connection.exchange = self.exchange
        self.exchange.response_head(head)

    def _win(self) -> None:
        """Takes the place of the first attempt."""
        endpoint, self._instance = self._instance, None
        connection, self._connection = self._connection, None
        self.done = True
        if endpoint is not None and connection is not None:
            self.exchange.take_over(endpoint, connection)

    def upgraded(self, head: ResponseHead, connection: UpstreamConnection) -> Tunnel:
        raise AssertionError("a request for an upgrade is never hedged")

    def interim(self, head: ResponseHead) -> None:
        """Interim responses of a second attempt are dropped."""

    def upstream_lost(self, reason: str, stale: bool) -> None:
        self._connection = None
        if self._instance is not None and not stale:
            self.exchange.context.topology.failed(self._instance, reason)
        self.cancel()

    def hold_request(self, hold: bool) -> None:
        """A hedged request has no body to hold back."""

    def response_body(self, data: bytes) -> None:
        raise AssertionError("the body comes after the head, which made the exchange take over")

    def response_end(self, data: bytes, trailers: tuple[Field, ...]) -> None:
        raise AssertionError("the body comes after the head, which made the exchange take over")
