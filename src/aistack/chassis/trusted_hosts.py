"""Which Host a stack without API keys answers to, and which Origin may change something: protection from other sites.

Two attacks, two rules. With DNS rebinding, an attacker's name that resolves to this machine arrives as `Host`, so only
loopback, IP literals and configured names are accepted. With CSRF, a page of another site sends requests without
reading the answers, so requests that change something must not come from a foreign `Origin` or carry
`Sec-Fetch-Site: cross-site` (W3C Fetch Metadata). With identity on neither is needed: browsers do not add API keys.
"""

import ipaddress
import re
from collections.abc import Callable, Iterable
from typing import Final

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from aistack.chassis.errors import PROBLEM_MEDIA_TYPE, problem_body

SAFE_METHODS = frozenset((b"GET", b"HEAD", b"OPTIONS"))  # the origin of other methods and of WebSockets is checked

MISDIRECTED_STATUS: Final = 421
MISDIRECTED_CODE: Final = "misdirected-request"
MISDIRECTED_DETAIL: Final = (
    "this host name is not allowed; use localhost or 127.0.0.1, or add the name to allowed_hosts under "
    "[stack] in stack.toml (AISTACK_ALLOWED_HOSTS)"
)
CROSS_SITE_STATUS: Final = 403
CROSS_SITE_CODE: Final = "cross-site-request"
CROSS_SITE_DETAIL: Final = (
    "requests from other sites are not allowed; to allow this one, add its origin to cors_origins under "
    "[services.gateway] in stack.toml (GATEWAY_CORS_ORIGINS)"
)

AUTHORITY = re.compile(rb"(\[[0-9a-f:.]{2,45}\]|[a-z0-9_]([a-z0-9_.-]{0,252}[a-z0-9_])?)(\.?)(?::([1-9][0-9]{0,4}))?")
DEFAULT_PORTS = {b"http": b":80", b"https": b":443"}
PORT_MAX = 65535
ANY = "*"
HOSTS_KNOWN_MAX = 1024


class SiteRules:
    """`hosts` are NAME or NAME:PORT; `origins` are those whose pages may change something (`*` for any).

    When listening `beyond_loopback`, every IP literal is accepted, because a literal cannot be rebound.
    """

    __slots__ = ("_accepted", "_any", "_beyond_loopback", "_hosts", "_origins")

    def __init__(self, hosts: Iterable[str], origins: Iterable[str], beyond_loopback: bool) -> None:
        origins = tuple(origins)
        self._hosts = frozenset(host.lower().encode() for host in hosts)
        self._origins = frozenset(normal_origin(origin).encode() for origin in origins)
        self._any = ANY in origins
        self._beyond_loopback = beyond_loopback
        self._accepted: set[bytes] = {b""}  # HTTP/1.0 without a Host: browsers always send one

    def accepts_host(self, authority: bytes) -> bool:
        """Whether a request for this Host (or `:authority`) is meant for this stack."""
        if authority in self._accepted:
            return True
        if not self._accepts(authority.lower()):
            return False
        if len(self._accepted) >= HOSTS_KNOWN_MAX:
            self._accepted = {b""}
        self._accepted.add(authority)
        return True

    def foreign(self, host: bytes, origin: bytes, fetch_site: bytes) -> bool:
        """Whether the request comes from another site's page, according to the browser. Empty means no such header."""
        if self._any:
            return False
        if origin:
            origin = origin.lower()
            if origin in self._origins:
                return False
            scheme, _, authority = origin.partition(b"://")
            port = DEFAULT_PORTS.get(scheme)
            if port is None or authority.removesuffix(port) != host.lower().removesuffix(
                port
            ):  # None: not a web origin
                return True
        return b"cross-site" in fetch_site.lower()

    def same_site(self, host: bytes, origin: bytes, fetch_site: bytes) -> bool:
        """Whether the browser says that the request comes from a page of this origin, or of a configured one.

        Stricter than `foreign`: a request that names neither its origin nor its site does not.
        """
        if origin:
            return not self.foreign(host, origin, b"")
        return fetch_site.lower() == b"same-origin"

    def _accepts(self, authority: bytes) -> bool:
        parts = AUTHORITY.fullmatch(authority)
        if parts is None:
            return False
        name, _, dot, port = parts.groups()
        if port is not None and int(port) > PORT_MAX:
            return False
        if name in self._hosts or (port is not None and b"%b:%b" % (name, port) in self._hosts):
            return True
        return name == b"localhost" or (not dot and self._accepts_address(name.decode()))

    def _accepts_address(self, text: str) -> bool:
        try:
            address = ipaddress.IPv6Address(text[1:-1]) if text.startswith("[") else ipaddress.IPv4Address(text)
        except ValueError:
            return False
        if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
            address = address.ipv4_mapped
        return address.is_loopback or (self._beyond_loopback and not address.is_unspecified)


class TrustedHosts:
    """ASGI middleware for a service's own port. It rejects requests, and WebSocket handshakes, with problem documents.

    `rules` returns the rules in force.
    """

    def __init__(self, app: ASGIApp, rules: Callable[[], SiteRules]) -> None:
        self.app = app
        self.rules = rules

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        rules = self.rules()
        host, origin, fetch_site = (_value(scope, name) for name in (b"host", b"origin", b"sec-fetch-site"))
        is_nameless = not host and scope.get("http_version") != "1.0"
        if is_nameless or not rules.accepts_host(host):
            body = problem_body(MISDIRECTED_CODE, MISDIRECTED_STATUS, MISDIRECTED_DETAIL)
        elif _is_unsafe(scope) and rules.foreign(host, origin, fetch_site):
            body = problem_body(CROSS_SITE_CODE, CROSS_SITE_STATUS, CROSS_SITE_DETAIL)
        else:
            await self.app(scope, receive, send)
            return
        answer = JSONResponse(body, int(str(body["status"])), media_type=PROBLEM_MEDIA_TYPE)
        await answer(scope, receive, send)


def normal_origin(origin: str) -> str:
    """An origin as browsers write it: in lower case, without the default port of its scheme."""
    origin = origin.lower()
    return origin.removesuffix(DEFAULT_PORTS.get(origin.partition("://")[0].encode(), b"").decode())


def _is_unsafe(scope: Scope) -> bool:
    return scope["type"] == "websocket" or scope["method"].encode() not in SAFE_METHODS


def _value(scope: Scope, name: bytes) -> bytes:
    """A header's values joined by commas, so that a repeated header is not a valid host or origin."""
    return b",".join(value for found, value in scope["headers"] if found == name)
