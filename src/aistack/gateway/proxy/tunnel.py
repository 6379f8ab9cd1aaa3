"""Tunnels: exchanges that were upgraded, for WebSockets. Bytes pass both ways untouched."""

import time
from typing import Protocol

from aistack.gateway.proxy.response_writer import ResponseWriter
from aistack.gateway.upstream.connection import UpstreamConnection


class TunnelledExchange(Protocol):
    """What a tunnel needs of its exchange: the counts of bytes, and its end."""

    received: int
    sent: int

    def tunnel_closed(self) -> None: ...


class Tunnel:
    """Both ends of an upgraded exchange. `progress` is when bytes last passed."""

    def __init__(self, exchange: TunnelledExchange, client: ResponseWriter, upstream: UpstreamConnection) -> None:
        self.exchange = exchange
        self.progress = time.monotonic()
        self._client = client
        self._upstream = upstream

    def from_client(self, data: bytes) -> None:
        self.progress = time.monotonic()
        self.exchange.received += len(data)
        self._upstream.write(data)

    def from_upstream(self, data: bytes) -> None:
        self.progress = time.monotonic()
        self.exchange.sent += len(data)
        self._client.write(data)

    def closed(self) -> None:
        """The endpoint closed its end. The client's end is closed once it has received everything."""
        self.exchange.tunnel_closed()
