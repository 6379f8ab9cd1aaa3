"""Trusted proxies: whose `X-Forwarded-For` and `Forwarded` are believed, and so what a client's address is."""

import ipaddress
from collections.abc import Iterable
from functools import lru_cache

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
LOCAL = "unix"  # the address of peers on a Unix socket


def is_loopback(peer: str) -> bool:
    """Whether an IP address is a loopback address."""
    address = ipaddress.ip_address(peer.partition("%")[0])
    return (getattr(address, "ipv4_mapped", None) or address).is_loopback


@lru_cache(maxsize=4096)
def network_of(address: str) -> str:
    """What limits count by: an IPv4 address, or the /64 of an IPv6 address, as one client may have all of it."""
    if ":" not in address:
        return address
    try:
        parsed = ipaddress.IPv6Address(address.partition("%")[0])
    except ValueError:
        return address
    return str(parsed.ipv4_mapped or ipaddress.IPv6Network((int(parsed) >> 64 << 64, 64)))


class TrustedProxies:
    """The networks whose `X-Forwarded-*` and `Forwarded` headers are believed and extended."""

    def __init__(self, networks: Iterable[str]) -> None:
        names = set(networks)
        self._local = LOCAL in names
        self._networks: list[Network] = [ipaddress.ip_network(name) for name in names - {LOCAL}]

    def trusts(self, address: str) -> bool:
        if address == LOCAL:
            return self._local
        try:
            parsed = ipaddress.ip_address(address.partition("%")[0])
        except ValueError:
            return False
        mapped = getattr(parsed, "ipv4_mapped", None)
        return any((mapped or parsed) in network for network in self._networks)

    def client_address(self, forwarded_for: str, peer: str) -> str:
        """The nearest address that is not a trusted proxy; addresses beyond it can be forged."""
        address = peer
        for hop in reversed(forwarded_for.split(",")):
            if not self.trusts(address):
                break
            try:
                address = str(ipaddress.ip_address(_without_port(hop.strip())))
            except ValueError:
                break
        return address


def _without_port(hop: str) -> str:
    """An address out of `192.0.2.1:4711`, `[2001:db8::1]:4711` or `[2001:db8::1]`, as some proxies write it."""
    if hop.startswith("["):
        return hop[1:].partition("]")[0]
    return hop.partition(":")[0] if hop.count(":") == 1 else hop
