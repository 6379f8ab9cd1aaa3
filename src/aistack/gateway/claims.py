"""What an instance may claim: an address that we will call, and prefixes that are nobody else's."""

import ipaddress
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from aistack.chassis.errors import Conflict, InvalidInput

if TYPE_CHECKING:
    from aistack.gateway.leases import Registered

CONTROL = "gateway"
OWN_PREFIXES = ("/registry", "/gateway", "/health", "/api/health", "/metrics", "/console")


class AddressRules:
    """The networks that instances may live in, and the gateway's own ports, which they may not name."""

    def __init__(self, networks: Iterable[str], own_ports: frozenset[int]) -> None:
        self._names = tuple(networks)
        self._networks = [ipaddress.ip_network(network) for network in self._names]
        self._own_ports = own_ports

    def checked(self, url: str) -> tuple[str, int]:
        """Host and port of an instance's URL. Raises InvalidInput."""
        try:
            parts = urlsplit(url)
            port = parts.port or 80
        except ValueError as error:
            raise InvalidInput(f"url {url!r} is malformed: {error}; give http://ADDRESS:PORT") from None
        if parts.scheme != "http" or not parts.hostname or "@" in parts.netloc or parts.path.strip("/") or parts.query:
            raise InvalidInput(f"url {url!r} must be http://ADDRESS:PORT, without password, path or query")
        host = "127.0.0.1" if parts.hostname == "localhost" else parts.hostname
        try:
            address = ipaddress.ip_address(host)
        except ValueError:
            raise InvalidInput(f"url {url!r} must name an IP address or localhost") from None
        if not any(address in network for network in self._networks):
            allowed = ", ".join(self._names)
            raise InvalidInput(
                f"{host} is outside the networks allowed for instances ({allowed}); see registry_networks"
            )
        if port in self._own_ports and address.is_loopback:
            raise InvalidInput(f"{url} is the gateway itself; a route to it would never end")
        return host, port


def refuse_foreign(services: "Mapping[str, Mapping[str, Registered]]", name: str, prefix: str) -> None:
    """Raises Conflict when the prefix belongs to the gateway or to another service."""
    prefix = prefix.rstrip("/")
    if name == CONTROL or not prefix or any(prefix == own or prefix.startswith(own + "/") for own in OWN_PREFIXES):
        raise Conflict(f"{prefix or '/'} belongs to the gateway; claim a prefix of your own, like /{name}")
    for other, instances in services.items():
        if other == name:
            continue
        if any(claim.prefix.rstrip("/") == prefix for one in instances.values() for claim in one.claims):
            raise Conflict(f"{prefix} belongs to {other}; claim another prefix or deregister {other}")
