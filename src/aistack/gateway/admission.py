"""May this request pass? Identity, limits and size are settled here, before any instance hears of it."""

from typing import TYPE_CHECKING

from aistack.gateway import refusals
from aistack.gateway.identity import Unknown, is_public
from aistack.gateway.limits import RateRule, bucket_of
from aistack.gateway.refusals import Refusal
from aistack.gateway.request_head import OTHER

if TYPE_CHECKING:
    from aistack.gateway.exchange import Exchange

FAILURES = RateRule("failed keys", 6.0, 20)  # per address: 20 at once, then 10 a minute


def refusal_of(exchange: "Exchange") -> Refusal | None:
    """Why the request is refused, or None when it may pass. Notes on the exchange who asks."""
    head, plane, route, now = exchange.head, exchange.plane, exchange.route, exchange.begun
    if plane.cors.enabled and head.marks & OTHER:
        lines = plane.cors.preflight(exchange.line.method, head)
        if lines is not None:
            return Refusal(204, "preflight", "", lines)
        exchange.extra_lines = plane.cors.lines(head)
    rate = None if route is None else route.rate
    if plane.identity.required:
        refusal = _identify(exchange)
        if refusal is not None:
            return refusal
        if exchange.caller is not None:
            rate = exchange.caller.rate or rate
    if route is None:
        return refusals.NO_ROUTE
    if head.marks and head.body_length is not None and head.body_length > route.body_bytes_max:
        return refusals.too_large(route.body_bytes_max)
    if rate is not None:
        caller = exchange.caller
        if caller is None or caller is plane.identity.anonymous:
            bucket = bucket_of(rate.name, exchange.caller_name)
        else:
            bucket = exchange.client.remembered.bucket(rate, caller)
        wait, left = plane.buckets.take(bucket, rate, now)
        if wait:
            return refusals.too_fast(rate, wait)
        exchange.extra_lines += rate.lines.get(left) or rate.line(left)
    service = route.service
    if service.in_flight >= service.in_flight_max:
        return refusals.service_full(service.name, service.in_flight_max)
    if plane.in_flight >= plane.requests_max:
        return refusals.BUSY
    if service.breaker.state and not service.breaker.allows(now):
        return refusals.circuit_open(service.name, service.breaker.until - now)
    return None


def _identify(exchange: "Exchange") -> Refusal | None:
    """Notes the caller on the exchange; why it may not pass, or None."""
    head, client, route = exchange.head, exchange.client, exchange.route
    try:
        caller = client.remembered.caller_of(head.credential, exchange.begun)
    except Unknown as unknown:
        bucket = bucket_of(FAILURES.name, exchange.caller_name)
        wait, _ = exchange.plane.buckets.take(bucket, FAILURES, exchange.begun)
        return refusals.too_fast(FAILURES, wait) if wait else refusals.unknown_key(str(unknown))
    if caller is None:
        if not is_public(exchange.line.path):
            return refusals.NO_KEY
        caller = exchange.plane.identity.anonymous
    reach = caller.who.services
    if (
        reach is not None
        and route is not None
        and route.service.name not in reach
        and not is_public(exchange.line.path)
    ):
        return refusals.out_of_scope(reach, route.service.name)
    exchange.caller = caller
    return None
