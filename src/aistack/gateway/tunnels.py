"""An upgraded connection (WebSocket): bytes pass both ways untouched until either side ends."""

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aistack.gateway.downstream import ClientConnection
    from aistack.gateway.exchange import Exchange
    from aistack.gateway.upstream import UpstreamConnection


class Tunnel:
    """Both ends of an upgraded exchange. `progress` is when bytes last passed."""

    def __init__(self, exchange: "Exchange", client: "ClientConnection", upstream: "UpstreamConnection") -> None:
        self.exchange = exchange
        self.progress = time.monotonic()
        self._client = client
        self._upstream = upstream

    def from_client(self, data: bytes) -> None:
        self.progress = time.monotonic()
        self._upstream.write(data)

    def from_upstream(self, data: bytes) -> None:
        self.progress = time.monotonic()
        self._client.writer.write(data)

    def closed(self) -> None:
        """The instance's end is gone: the client's follows once it has what was sent."""
        self.exchange.tunnel_closed()
