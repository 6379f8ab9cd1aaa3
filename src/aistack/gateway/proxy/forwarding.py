"""What an instance learns of the client: the forwarding headers (RFC 7239, RFC 9110 §7.6.3) and the client's own."""

import re

from aistack.gateway.http1.cookies import without_session
from aistack.gateway.http1.header_fields import (
    CHUNKED_LINE,
    FORWARDING,
    RESERVED_PREFIXES,
    UPGRADE_LINES,
    Field,
    announced,
)
from aistack.gateway.http1.request_head import COOKIE, CREDENTIAL, OTHER, RequestHead
from aistack.gateway.http1.request_line import RequestLine
from aistack.gateway.identity.authentication import Caller
from aistack.gateway.identity.trusted_proxies import LOCAL, TrustedProxies, is_loopback
from aistack.gateway.telemetry.request_ids import trace_id

PASSED_AS_GIVEN = frozenset((b"expect", b"origin", b"sec-fetch-site"))
TRACE = frozenset((b"traceparent", b"tracestate"))
FORWARDED_FOR = re.compile(rb"(?:^|[;,\s])for=\"?([^\";,\s]+)\"?", re.IGNORECASE)  # RFC 7239 §4
ON_BEHALF = b"x-aistack-on-behalf"


def _hops_of(head: RequestHead) -> bytes:
    """The addresses that a request came through, the client's first, as proxies before us wrote them."""
    return head.value(b"x-forwarded-for") or b", ".join(FORWARDED_FOR.findall(head.value(b"forwarded")))


class Origin:
    """Where a client connection comes from. `lines` are the forwarding headers up to the host's name, which follows."""

    def __init__(self, peer: str, secure: bool, proxies: TrustedProxies) -> None:
        self.peer = peer
        self.proto = b"https" if secure else b"http"
        self.trusted = proxies.trusts(peer)
        self.is_local = peer == LOCAL or is_loopback(peer)
        self._proxies = proxies
        self.lines = self._lines(peer.encode(), self.proto, b"")

    def address_of(self, head: RequestHead) -> str:
        """The client's address, as limits and logs use it."""
        if not self.trusted:
            return self.peer
        return self._proxies.client_address(_hops_of(head).decode("latin-1"), self.peer)

    def lines_for(self, head: RequestHead, host: bytes) -> tuple[bytes, bytes]:
        """The forwarding headers of a request that another proxy sent, and the host that ends them."""
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


def forwarded_lines(line: RequestLine, head: RequestHead, origin: Origin, caller: Caller | None) -> bytes:
    """Everything that an instance gets between the request line and the request id: host, client headers, our headers.

    Credentials and session cookies are passed on only if the gateway does not check them (`caller` is None). The result
    is cached on the head if it is the same for all requests with these headers.
    """
    host = line.authority or head.host
    lines, forwarded_host = origin.lines_for(head, host) if head.marks & OTHER else (origin.lines, host)
    own = _own_lines(line, head, origin, caller) if head.marks else b""
    forwarded = b"".join((host, b"\r\n", head.passed, own, lines, forwarded_host, b"\r\nx-request-id: "))
    if not line.authority and not head.wants_websocket:
        head.forwarded = forwarded
    return forwarded


def _own_lines(line: RequestLine, head: RequestHead, origin: Origin, caller: Caller | None) -> bytes:
    """The headers made from the special fields: framing, upgrade, and those of the rest that may pass."""
    lines: list[bytes] = []
    if head.chunked:
        lines.append(CHUNKED_LINE)
    elif head.body_length is not None:
        lines.append(b"content-length: %d\r\n" % head.body_length)
    if caller is None:
        lines += [field.line for field in head.special if field.mark in (CREDENTIAL, COOKIE)]
    elif head.marks & COOKIE:
        lines += [without_session(field) for field in head.special if field.mark == COOKIE]
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
    """Whether a special field is passed on unchanged."""
    name = field.name
    if name in PASSED_AS_GIVEN:
        return True
    if name in TRACE:
        return is_traced
    if name == ON_BEHALF:
        return caller is not None and caller.who.kind == "service"
    return origin.trusted and name not in FORWARDING and name.startswith(RESERVED_PREFIXES[0])
