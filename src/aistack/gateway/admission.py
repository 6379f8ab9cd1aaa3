"""May this request pass? Identity, limits and size are settled here, before any instance hears of it."""

import math
from typing import TYPE_CHECKING, NamedTuple

from aistack.gateway.identity import Caller, Unknown, is_public
from aistack.gateway.limits import RateRule
from aistack.gateway.request_head import OTHER

if TYPE_CHECKING:
    from aistack.gateway.exchange import Exchange

CHALLENGE = b'www-authenticate: Bearer realm="ai-stack"\r\n'
RETRY_AFTER_1 = b"retry-after: 1\r\n"
FAILURES = RateRule("failed keys", 6.0, 20)  # per address: 20 at once, then 10 a minute


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
BUSY = Refusal(503, "overloaded", "the gateway has all the requests in flight that it may have", RETRY_AFTER_1)


def refusal_of(exchange: "Exchange") -> Refusal | None:
    """Why the request is refused, or None when it may pass. Notes on the exchange who asks."""
    head, plane, route = exchange.head, exchange.plane, exchange.route
    client = exchange.client
    if plane.cors.enabled and head.marks & OTHER:
        lines = plane.cors.preflight(head)
        if lines is not None:
            return Refusal(204, "preflight", "", lines)
        exchange.extra_lines = plane.cors.lines(head)
    rate = None if route is None else route.rate
    if plane.identity.required:
        try:
            caller = client.caller_of(head.credential, exchange.begun)
        except Unknown as unknown:
            return _unknown(exchange, str(unknown))
        if caller is None:
            if not is_public(head.line.path):
                return NO_KEY
            caller = plane.identity.anonymous
        elif route is not None and not caller.who.may_reach(route.service.name) and not is_public(head.line.path):
            return _out_of_scope(caller, route.service.name)
        exchange.caller = caller
        rate = caller.rate or rate
    if route is None:
        return NO_ROUTE
    if head.body_length is not None and head.body_length > route.body_bytes_max:
        return Refusal.too_large(route.body_bytes_max)
    if rate is not None:
        wait, left = plane.buckets.take(client.bucket(rate, exchange), rate, exchange.begun)
        if wait:
            return too_fast(rate, wait)
        exchange.extra_lines += b'ratelimit: "%b";r=%d\r\n' % (rate.label, left)
    service = route.service
    if service.in_flight >= service.in_flight_max:
        detail = f"{service.name} has {service.in_flight_max} requests in flight already; try again shortly"
        return Refusal(503, "overloaded", detail, RETRY_AFTER_1)
    if plane.in_flight >= plane.settings.requests_max:
        return BUSY
    if service.breaker.state and not service.breaker.allows(exchange.begun):
        seconds = max(1, math.ceil(service.breaker.until - exchange.begun))
        detail = f"{service.name} failed too often and is left alone for a while; try again in {seconds} s"
        return Refusal(503, "circuit-open", detail, b"retry-after: %d\r\n" % seconds)
    return None


def too_fast(rate: RateRule, wait: float) -> Refusal:
    """429, with when to come back (RFC 9110 §10.2.3, RateLimit of draft-ietf-httpapi-ratelimit-headers)."""
    seconds = max(1, math.ceil(wait))
    detail = f"more requests than allowed ({rate}); try again in {seconds} s"
    lines = b'retry-after: %d\r\nratelimit: "%b";r=0;t=%d\r\n' % (seconds, rate.label, seconds)
    return Refusal(429, "rate-limited", detail, lines + rate.policy)


def _unknown(exchange: "Exchange", why: str) -> Refusal:
    wait, _ = exchange.plane.buckets.take(exchange.client.bucket(FAILURES, exchange), FAILURES, exchange.begun)
    if wait:
        return too_fast(FAILURES, wait)
    return Refusal(401, "unauthorized", why, CHALLENGE)


def _out_of_scope(caller: Caller, service: str) -> Refusal:
    allowed = ", ".join(caller.who.services or ()) or "nothing"
    return Refusal(403, "forbidden", f"this key may reach {allowed}, not {service}; ask an administrator to widen it")
