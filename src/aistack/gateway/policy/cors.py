"""Cross-origin resource sharing (the WHATWG Fetch standard): which pages of other origins may call the gateway."""

from collections.abc import Iterable

from aistack.gateway.http1.request_head import RequestHead
from aistack.gateway.http1.request_line import ALLOWED_METHODS

PREFLIGHT_SECONDS = 600
EXPOSED = (
    b"x-request-id, retry-after, ratelimit, ratelimit-policy, x-should-retry, x-ratelimit-limit-requests, "
    b"x-ratelimit-remaining-requests, x-ratelimit-reset-requests, "
    b"x-ratelimit-limit-tokens, x-ratelimit-remaining-tokens, x-ratelimit-reset-tokens, retry-after-ms, "
    b"openai-processing-ms, x-aistack-attempts, x-aistack-model, x-aistack-cache"
)


class CorsRules:
    """The allowed origins; `*` allows any, but then without credentials."""

    def __init__(self, origins: Iterable[str]) -> None:
        self._origins = frozenset(origin.encode() for origin in origins)
        self.enabled = bool(self._origins)
        self._any = b"*" in self._origins

    def lines(self, head: RequestHead) -> bytes:
        """Header lines for the answer to this request; empty when its origin is not allowed."""
        origin = head.value(b"origin")
        if not origin or not (self._any or origin in self._origins):
            return b""
        allowed = b"*" if self._any else origin
        return b"access-control-allow-origin: %b\r\naccess-control-expose-headers: %b\r\nvary: origin\r\n" % (
            allowed,
            EXPOSED,
        )

    def preflight(self, method: bytes, head: RequestHead) -> bytes | None:
        """The header lines that answer a preflight request; None when this is not one."""
        if method != b"OPTIONS" or not head.header(b"access-control-request-method"):
            return None
        lines = self.lines(head)
        if not lines:
            return b""
        requested = head.header(b"access-control-request-headers")
        return lines + b"access-control-allow-methods: %b\r\naccess-control-allow-headers: %b\r\n%b" % (
            ALLOWED_METHODS,
            requested or b"authorization, content-type",
            b"access-control-max-age: %d\r\n" % PREFLIGHT_SECONDS,
        )
