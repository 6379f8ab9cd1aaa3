"""How the tools reach the stack's services: through the gateway, on behalf of the person of the conversation."""

from dataclasses import dataclass, field
from typing import TypeVar

from aistack.chassis.identity import Principal, on_behalf
from aistack.chassis.outgoing_http import GatewayClient

C = TypeVar("C", bound=GatewayClient)


@dataclass(frozen=True)
class GatewayAccess:
    """Where the gateway is, and how this service signs its calls. `secret` is empty while identity is off."""

    url: str
    api_key: str = ""
    secret: str = ""
    service: str = "agent"
    seconds_max: float = 120.0
    _clients: dict[type[GatewayClient], GatewayClient] = field(default_factory=dict[type[GatewayClient], GatewayClient])

    def client(self, kind: type[C]) -> C:
        """The client of a service, opened at its first use and closed with `close`."""
        found = self._clients.get(kind)
        if not isinstance(found, kind):
            found = self._clients[kind] = kind(self.url, self.api_key, self.seconds_max)
        return found

    def headers(self, who: Principal, audience: str) -> dict[str, str]:
        """With which to call the service `audience` on behalf of `who`."""
        return on_behalf(who, self.secret, self.service, audience)

    async def close(self) -> None:
        for client in self._clients.values():
            await client.__aexit__(None, None, None)
        self._clients.clear()
