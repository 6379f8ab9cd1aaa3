"""Which addresses an instance may register. The gateway will connect to them, so they are parsed strictly.

URL parsers disagree (`127.1`, `0x7f.1`, `[::ffff:127.0.0.1]`, blanks, `?` without a query), and the address that is
checked must be the one that is connected to. So exactly one spelling is accepted.
"""

import ipaddress
import re
import socket
from collections.abc import Iterable

from aistack.chassis.errors import InvalidInput

FORM = re.compile(r"http://(localhost|[0-9.]+|\[[0-9A-Fa-f:.]+\])(?::([1-9][0-9]{0,4}))?/?")
PORT_MAX = 65535
MARKS = {"@": "must be given without password or user name", "?": "has a query", "#": "has a fragment"}
EMBEDDING = tuple(  # IPv6 networks whose addresses stand for IPv4 ones: mapped, compatible, NAT64, 6to4
    ipaddress.IPv6Network(network) for network in ("::ffff:0:0/96", "::/96", "64:ff9b::/96", "2002::/16")
)
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class AddressRules:
    """The networks that instances may be in, and the gateway's own ports, which they may not use."""

    def __init__(self, networks: Iterable[str], own_ports: frozenset[int]) -> None:
        self._names = tuple(networks)
        self._networks = [ipaddress.ip_network(network) for network in self._names]
        self._own_ports = own_ports

    def checked(self, url: str) -> tuple[str, int]:
        """Host and port of an instance's URL. Raises InvalidInput."""
        match = FORM.fullmatch(url)
        if match is None or int(match[2] or 80) > PORT_MAX:
            raise InvalidInput(f"url {without_secrets(url)!r} {_fault(url)}; write http://ADDRESS:PORT")
        try:
            address = _address(match[1])
        except ValueError as error:
            raise InvalidInput(f"url {without_secrets(url)!r}: {error}") from None
        host, port = str(address), int(match[2] or 80)
        if not any(address in network for network in self._networks):
            allowed = ", ".join(self._names)
            raise InvalidInput(
                f"{host} is outside the networks allowed for instances ({allowed}); see registry_networks"
            )
        if port in self._own_ports and is_local(address):
            raise InvalidInput(f"{url} is the gateway itself; a route to it would be a loop")
        return host, port


def without_secrets(url: str) -> str:
    """A URL that may be shown: without user name and password, query and fragment."""
    scheme, mark, rest = url.partition("://")
    rest = re.sub(r"[?#].*", "?...", rest or scheme, flags=re.DOTALL)
    shown = f"...@{rest.rpartition('@')[2]}" if "@" in rest else rest
    return f"{scheme}{mark}{shown}" if mark else shown


def is_local(address: Address) -> bool:
    """Whether the address belongs to this machine: then a socket can be bound to it."""
    if address.is_loopback:
        return True
    family = socket.AF_INET6 if address.version == 6 else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind((str(address), 0))
        except OSError:
            return False
    return True


def _address(host: str) -> Address:
    """The address that a host in a URL names. Raises ValueError."""
    if host == "localhost":
        return ipaddress.IPv4Address("127.0.0.1")
    if not host.startswith("["):
        try:
            address: Address = ipaddress.IPv4Address(host)
        except ValueError:
            raise ValueError(
                f"{host} is not an IPv4 address in its usual spelling; write four decimal numbers, as in 127.0.0.1"
            ) from None
    else:
        try:
            address = ipaddress.IPv6Address(host[1:-1])
        except ValueError:
            raise ValueError(f"{host} is not an IPv6 address; write it like [::1]") from None
        if not address.is_loopback and any(address in network for network in EMBEDDING):
            raise ValueError(f"{host} stands for an IPv4 address; write that, as in 127.0.0.1")
        if address.is_link_local:
            raise ValueError(f"{host} is a link-local address, which needs a zone; use another address of the instance")
    if address.is_unspecified or address.is_multicast or str(address) == "255.255.255.255":
        raise ValueError(f"{host} is not the address of one machine; write the address where the instance listens")
    return address


def _fault(url: str) -> str:
    """What is wrong with a URL that does not match `FORM`."""
    odd = next((char for char in url if not "!" <= char <= "~"), None)
    if odd is not None:
        return f"contains a blank, a control character or one outside ASCII (U+{ord(odd):04X})"
    if not url.startswith("http://"):
        return "does not start with http://"
    rest = url.removeprefix("http://")
    for mark, fault in (
        ("@", "must be given without password or user name"),
        ("?", "has a query"),
        ("#", "has a fragment"),
    ):
        if mark in rest:
            return fault
    authority, _, path = rest.partition("/")
    if path:
        return "has a path"
    host, colon, port = authority.partition(":")
    if authority.startswith("["):
        inside, bracket, port = authority.partition("]")
        host, colon, port = inside + bracket, port[:1], port[1:]
        if "%" in host:
            return "names an address with a zone"
        if not bracket or colon not in ("", ":"):
            return "is malformed: an IPv6 address stands in brackets, with a colon before the port"
    if colon and (not re.fullmatch(r"[1-9][0-9]{0,4}", port) or int(port) > PORT_MAX):
        return f"is malformed: port {port!r} is not a number from 1 to {PORT_MAX} in plain digits"
    return f"must name an IP address or localhost, not {host!r}"
