"""Hedged requests: a second try at another instance while the first is silent; the first answer wins.

After J. Dean and L. Barroso, "The Tail at Scale" (2013). Only for requests that may be sent twice, within the retry
budget, and only where a setting asks for it.
"""

import asyncio
from typing import TYPE_CHECKING

from aistack.gateway.http1.header_fields import Field
from aistack.gateway.http1.response_head import ResponseHead
from aistack.gateway.upstream.cluster import Instance
from aistack.gateway.upstream.connection import UpstreamConnection

if TYPE_CHECKING:
    from aistack.gateway.proxy.exchange import Exchange
    from aistack.gateway.upstream.connector import Tunnel


class Hedge:
    """The second try of an exchange. Stands in for it towards the second connection until that one answers."""

    def __init__(self, exchange: "Exchange", seconds: float) -> None:
        self.exchange = exchange
        self.to_head = exchange.to_head
        self.request_done = True
        self.wants_websocket = False
        self.begun = exchange.begun
        self.done = False
        self._instance: Instance | None = None
        self._connection: UpstreamConnection | None = None
        self._timer = asyncio.get_running_loop().call_later(seconds, self._begin)

    def _begin(self) -> None:
        exchange = self.exchange
        first, route = exchange.instance, exchange.route
        if exchange.done or exchange.responding or first is None or route is None:
            return
        service = route.service
        instance = service.policy(service, exchange, (first,))
        if instance is None or not exchange.plane.retry_budget.spend():
            return
        exchange.plane.measures.hedged(service.name)
        self._instance = instance
        instance.in_flight += 1
        exchange.plane.connector.reach(self, instance)

    def connected(self, connection: UpstreamConnection) -> None:
        self._connection = connection
        connection.carry(self, self.exchange.head_to_send())

    def connect_failed(self, error: str) -> None:
        if self._instance is not None:
            self.exchange.plane.upstreams.failed(self._instance, error)
        self.cancel()

    def cannot_connect(self, error: str) -> None:
        self.cancel()

    def cancel(self) -> None:
        """Ends the second try; the exchange goes on without it, or is over."""
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
        """Takes the first try's place."""
        instance, self._instance = self._instance, None
        connection, self._connection = self._connection, None
        self.done = True
        if instance is not None and connection is not None:
            self.exchange.take_over(instance, connection)

    def upgraded(self, head: ResponseHead, connection: UpstreamConnection) -> "Tunnel":
        raise AssertionError("a request for an upgrade is never hedged")

    def interim(self, head: ResponseHead) -> None:
        """Interim responses of a second try are nobody's business."""

    def upstream_lost(self, reason: str, stale: bool) -> None:
        self._connection = None
        if self._instance is not None and not stale:
            self.exchange.plane.upstreams.failed(self._instance, reason)
        self.cancel()

    def hold_request(self, hold: bool) -> None:
        """There is no body to hold back."""

    def response_body(self, data: bytes) -> None:
        raise AssertionError("the body comes after the head, which made the exchange take over")

    def response_end(self, data: bytes, trailers: tuple[Field, ...]) -> None:
        raise AssertionError("the body comes after the head, which made the exchange take over")
