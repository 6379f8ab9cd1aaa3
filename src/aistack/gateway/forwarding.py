"""What an instance learns of the client, and which peers may speak for one (RFC 7239, RFC 9110 §7.6.3)."""

import ipaddress
import re
from collections.abc import Iterable
from functools import lru_cache

from aistack.gateway.fields import CHUNKED_LINE, FORWARDING, RESERVED_PREFIXES, UPGRADE_LINES, Field, announced
from aistack.gateway.identity import Caller
from aistack.gateway.request_head import CREDENTIAL, OTHER, RequestHead
from aistack.gateway.request_line import RequestLine

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
LOCAL = "unix"  # the address of peers on a Unix socket
PASSED_AS_GIVEN = frozenset((b"expect", b"origin", b"sec-fetch-site"))
TRACE = frozenset((b"traceparent", b"tracestate"))
TRACEPARENT = re.compile(rb"(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(?:-[!-~]+)?")
FORWARDED_FOR = re.compile(rb"(?:^|[;,\s])for=\"?([^\";,\s]+)\"?", re.IGNORECASE)  # RFC 7239 §4
ON_BEHALF = b"x-aistack-on-behalf"


def is_loopback(peer: str) -> bool:
    """Whether an IP address is one of this machine's own."""
    address = ipaddress.ip_address(peer.partition("%")[0])
    return (getattr(address, "ipv4_mapped", None) or address).is_loopback


def _hops_of(head: RequestHead) -> bytes:
    """The addresses that a request came through, the client's first, as proxies before us wrote them."""
    return head.value(b"x-forwarded-for") or b", ".join(FORWARDED_FOR.findall(head.value(b"forwarded")))


def _without_port(hop: str) -> str:
    """An address out of `192.0.2.1:4711`, `[2001:db8::1]` or `[2001:db8::1]:4711`, as some proxies write it."""
    if hop.startswith("["):
        return hop[1:].partition("]")[0]
    return hop.partition(":")[0] if hop.count(":") == 1 else hop


@lru_cache(maxsize=4096)
def network_of(address: str) -> str:
    """What limits go by: an IPv4 address, or the /64 of an IPv6 address, all of which one client may have."""
    if ":" not in address:
        return address
    try:
        parsed = ipaddress.IPv6Address(address.partition("%")[0])
    except ValueError:
        return address
    return str(parsed.ipv4_mapped or ipaddress.IPv6Network((int(parsed) >> 64 << 64, 64)))


class TrustedProxies:
    """The networks whose `X-Forwarded-*` and `Forwarded` are believed and extended."""

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
        """The nearest address that is no trusted proxy; what lies beyond it is hearsay."""
        address = peer
        for hop in reversed(forwarded_for.split(",")):
            if not self.trusts(address):
                break
            try:
                address = str(ipaddress.ip_address(_without_port(hop.strip())))
            except ValueError:
                break
        return address


class Origin:
    """Where a client connection comes from. `lines` end where the name of the host goes."""

    def __init__(self, peer: str, secure: bool, proxies: TrustedProxies) -> None:
        self.peer = peer
        self.proto = b"https" if secure else b"http"
        self.trusted = proxies.trusts(peer)
        self.is_local = peer == LOCAL or is_loopback(peer)
        self._proxies = proxies
        self.lines = self._lines(peer.encode(), self.proto, b"")

    def address_of(self, head: RequestHead) -> str:
        """The client's address, as limits and logs see it."""
        if not self.trusted:
            return self.peer
        return self._proxies.client_address(_hops_of(head).decode("latin-1"), self.peer)

    def lines_for(self, head: RequestHead, host: bytes) -> tuple[bytes, bytes]:
        """The lines for a request with fields of a proxy before us, and the host they end with."""
        via = head.value(b"via")
        if not self.trusted:
            return (self._lines(self.peer.encode(), self.proto, via) if via else self.lines), host
        before = _hops_of(head)
        chain = b"%b, %b" % (before, self.peer.encode()) if before else self.peer.encode()
        proto = head.value(b"x-forwarded-proto").lower()
        lines = self._lines(chain, proto if proto in (b"http", b"https") else self.proto, via)
        forwarded = head.value(b"forwarded")
        if forwarded:
            lines = lines.replace(b"forwarded: ", b"forwarded: %b, " % forwarded, 1)
        return lines, head.value(b"x-forwarded-host") or host

    def _lines(self, chain: bytes, proto: bytes, via: bytes) -> bytes:
        node = self.peer if "." in self.peer or self.peer == LOCAL else f'"[{self.peer}]"'
        return (
            b"via: %b1.1 ai-stack\r\nforwarded: for=%b;proto=%b\r\nx-forwarded-for: %b\r\nx-forwarded-proto: %b\r\n"
            b"x-forwarded-host: " % (via + b", " if via else b"", node.encode(), self.proto, chain, proto)
        )


def trace_id(head: RequestHead) -> bytes:
    """The trace that a request belongs to (W3C Trace Context); empty when it names none, or not as it should."""
    given = TRACEPARENT.fullmatch(head.value(b"traceparent")) if head.marks & OTHER else None
    return given[1] if given and (given[0][:2] != b"00" or given[0].count(b"-") == 3) else b""


def forwarded_lines(line: RequestLine, head: RequestHead, origin: Origin, caller: Caller | None) -> bytes:
    """All that an instance gets between the request line and the request id: the host, the client's lines, ours.

    Credentials go on only where nobody has to show them here (`caller` is None). Kept on the head where it is the same
    for all requests with these headers.
    """
    host = line.authority or head.host
    lines, forwarded_host = origin.lines_for(head, host) if head.marks & OTHER else (origin.lines, host)
    own = _own_lines(line, head, origin, caller) if head.marks else b""
    forwarded = b"".join((host, b"\r\n", head.passed, own, lines, forwarded_host, b"\r\nx-request-id: "))
    if not line.authority and not head.wants_websocket:
        head.forwarded = forwarded
    return forwarded


def _own_lines(line: RequestLine, head: RequestHead, origin: Origin, caller: Caller | None) -> bytes:
    """The lines that the special fields become: framing, upgrade, what may pass of the rest."""
    lines: list[bytes] = []
    if head.chunked:
        lines.append(CHUNKED_LINE)
    elif head.body_length is not None:
        lines.append(b"content-length: %d\r\n" % head.body_length)
    if caller is None:
        lines += [field.line for field in head.special if field.mark == CREDENTIAL]
    if head.marks & OTHER:
        is_traced = bool(trace_id(head))
        lines += [field.line for field in head.special if _passes(field, origin, caller, is_traced)]
    if head.wants_websocket and line.method == b"GET":
        lines.append(UPGRADE_LINES)
    elif head.wants_trailers:
        lines.append(b"connection: te\r\nte: trailers\r\n")
    if head.chunked and (trailer := announced(head.value(b"trailer"))):
        lines.append(b"trailer: %b\r\n" % trailer)
    return b"".join(lines)


def _passes(field: Field, origin: Origin, caller: Caller | None, is_traced: bool) -> bool:
    """Whether a field that is looked at goes on as it came."""
    name = field.name
    if name in PASSED_AS_GIVEN:
        return True
    if name in TRACE:
        return is_traced
    if name == ON_BEHALF:
        return caller is not None and caller.who.kind == "service"
    return origin.trusted and name not in FORWARDING and name.startswith(RESERVED_PREFIXES[0])
