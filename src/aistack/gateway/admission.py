"""May this request pass? Identity, limits and size are settled here, before any instance hears of it."""

from typing import TYPE_CHECKING, NamedTuple

from aistack.gateway.identity import is_public

if TYPE_CHECKING:
    from aistack.gateway.exchange import Exchange

CHALLENGE = b'www-authenticate: Bearer realm="ai-stack"\r\n'
RETRY_AFTER_1 = b"retry-after: 1\r\n"


class Refusal(NamedTuple):
    """An answer that the gateway gives itself. `extra` are header lines."""

    status: int
    code: str
    detail: str
    extra: bytes = b""

    @classmethod
    def too_large(cls, limit: int) -> "Refusal":
        return cls(413, "too-large", f"the body is larger than the {limit} bytes that this path takes")


NO_KEY = Refusal(
    401, "unauthorized", "this address needs an API key: send it as 'Authorization: Bearer KEY'", CHALLENGE
)
NO_ROUTE = Refusal(404, "not-found", "nothing answers this path; GET /registry/services lists what does")


def refusal_of(exchange: "Exchange") -> Refusal | None:
    """Why the request is refused, or None when it may pass."""
    head = exchange.head
    keyring = exchange.plane.keyring
    if not (keyring.open or exchange.client.admitted(head.credential) or is_public(head.line.path)):
        return NO_KEY
    route = exchange.route
    if route is None:
        return NO_ROUTE
    if head.body_length is not None and head.body_length > route.body_bytes_max:
        return Refusal.too_large(route.body_bytes_max)
    service = route.service
    if service.in_flight >= service.in_flight_max:
        detail = f"{service.name} has {service.in_flight_max} requests in flight already; try again shortly"
        return Refusal(503, "overloaded", detail, RETRY_AFTER_1)
    return None
