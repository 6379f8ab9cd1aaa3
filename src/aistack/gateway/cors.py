"""Cross-origin resource sharing (Fetch standard): which pages elsewhere may call, and answers to their preflights."""

from collections.abc import Iterable

from aistack.gateway.request_head import RequestHead

PREFLIGHT_SECONDS = 600
METHODS = b"GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"
EXPOSED = b"x-request-id, retry-after, ratelimit, ratelimit-policy"


class CrossOrigin:
    """The origins that are let in; `*` is any, without credentials then."""

    def __init__(self, origins: Iterable[str]) -> None:
        self._origins = frozenset(origin.encode() for origin in origins)
        self.enabled = bool(self._origins)
        self._any = b"*" in self._origins

    def lines(self, head: RequestHead) -> bytes:
        """Header lines for the answer to this request; empty when the origin is not let in."""
        origin = head.value(b"origin")
        if not origin or not (self._any or origin in self._origins):
            return b""
        allowed = b"*" if self._any else origin
        return b"access-control-allow-origin: %b\r\naccess-control-expose-headers: %b\r\nvary: origin\r\n" % (
            allowed,
            EXPOSED,
        )

    def preflight(self, method: bytes, head: RequestHead) -> bytes | None:
        """The lines that answer a preflight; None when the request is none."""
        if method != b"OPTIONS" or not head.header(b"access-control-request-method"):
            return None
        lines = self.lines(head)
        if not lines:
            return b""
        wanted = head.header(b"access-control-request-headers")
        return lines + b"access-control-allow-methods: %b\r\naccess-control-allow-headers: %b\r\n%b" % (
            METHODS,
            wanted or b"authorization, content-type",
            b"access-control-max-age: %d\r\n" % PREFLIGHT_SECONDS,
        )
