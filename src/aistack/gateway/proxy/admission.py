"""May this request pass? Origin, identity, rate and size are settled here, before any instance hears of it."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from aistack.chassis.trusted_hosts import SAFE_METHODS, SiteRules
from aistack.gateway.http1.request_head import OTHER, RequestHead
from aistack.gateway.http1.request_line import ALLOWED_METHODS
from aistack.gateway.identity.authentication import Caller, Unknown, is_public
from aistack.gateway.policy import local_replies as refusals
from aistack.gateway.policy.local_replies import Refusal
from aistack.gateway.policy.rate_limits import RateRule, bucket_of
from aistack.gateway.proxy.forwarding import network_of

if TYPE_CHECKING:
    from aistack.gateway.proxy.dispatch import Journey
    from aistack.gateway.upstream.cluster import UpstreamService

PREFLIGHT_SECONDS = 600
BODY_AHEAD_BYTES = 16 * 1024
EXPOSED = b"x-request-id, retry-after, ratelimit, ratelimit-policy"
LATER = Refusal(0, "later", "")  # the answer is on its way: `rated` goes on
FAILURES = RateRule("failed keys", 6.0, 20)  # per address: 20 at once, then 10 a minute


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
            ALLOWED_METHODS,
            wanted or b"authorization, content-type",
            b"access-control-max-age: %d\r\n" % PREFLIGHT_SECONDS,
        )


def refusal_of(exchange: "Journey") -> Refusal | None:
    """Why the request is refused, or None when it may pass. Notes on the exchange who asks."""
    head, plane, route, now = exchange.head, exchange.plane, exchange.route, exchange.begun
    if plane.site is not None and (refusal := _foreign(exchange, plane.site)) is not None:
        return refusal
    if head.marks & OTHER and plane.cors.enabled:
        lines = plane.cors.preflight(exchange.line.method, head)
        if lines is not None:
            return Refusal(204, "preflight", "", lines)
        exchange.extra_lines = plane.cors.lines(head)
    rate = None if route is None else route.rate
    identity, known = plane.identity, exchange.client.remembered
    caller = None
    if identity.required:
        caller = known.caller
        if (
            caller is None
            or head.credential != known.credential
            or known.version != identity.version
            or caller.expires_at <= now
        ):
            caller, refusal = _identify(exchange)
            if refusal is not None:
                return refusal
        exchange.caller = caller
        if caller.reach is not None and route is not None and route.service.name not in caller.reach:
            return refusals.out_of_scope(caller.reach, route.service.name)
        rate = caller.rate or (rate if caller.limited else None)
    if route is None:
        return refusals.NO_ROUTE
    if head.body_length is not None and head.body_length > route.body_bytes_max:
        return refusals.too_large(route.body_bytes_max)
    if rate is None or (caller is None and exchange.is_local):
        return None
    if caller is None or caller is identity.anonymous:
        bucket = bucket_of(rate.name, exchange.caller_name)
    else:
        bucket = known.bucket if known.bucket_rule is rate else known.bucket_under(rate, caller)
    if plane.shared_buckets is not None and plane.shared_buckets.take(exchange, rate, bucket):
        return LATER
    wait, left = plane.buckets.take(bucket, rate, now)
    if wait:
        return refusals.too_fast(rate, wait)
    exchange.extra_lines += rate.lines.get(left) or rate.line(left)
    return None


def cut_off(exchange: "Journey", service: "UpstreamService") -> Refusal | None:
    """Why an open circuit lets nothing pass, or None."""
    now = exchange.begun
    if service.breaker.state and not service.breaker.allows(now):
        return refusals.circuit_open(service.name, service.breaker.until - now)
    name = exchange.route_class
    breaker = service.route_breakers.counted(name)
    if breaker is not None and breaker.state and not breaker.allows(now):
        return refusals.circuit_open(name.decode("latin-1"), breaker.until - now)
    return None


def waits_for_body(exchange: "Journey", service: "UpstreamService") -> bool:
    """Whether a request has to send more of its body before it gets a place at its service.

    Only when many that sent as little hold places already. It gets one when enough of its body is there, or when what
    came so far came fast enough. A client that waits for `100 Continue` sends nothing before the instance has the head.
    """
    if not exchange.lacks_body or exchange.head.expects:
        return False
    return service.requests.lacks_bodies(exchange.plane.concurrency.shared)


def recheck(exchange: "Journey", now: float) -> Refusal | None:
    """Whether who asked may still ask: keys are revoked and run out while streams are open."""
    caller, known, identity = exchange.caller, exchange.client.remembered, exchange.plane.identity
    if caller is None or caller is identity.anonymous:
        return None
    if known.version == identity.version and caller.expires_at > now:
        return None
    try:
        caller = known.look_up(exchange.head.credential, now)
    except Unknown:
        return refusals.REVOKED
    exchange.caller = caller
    if caller.reach is not None and exchange.route is not None and exchange.route.service.name not in caller.reach:
        return refusals.out_of_scope(caller.reach, exchange.route.service.name)
    return None


def _foreign(exchange: "Journey", site: SiteRules) -> Refusal | None:
    """Why a request is not for this stack, or comes from another site's page; None when neither is so."""
    line, head = exchange.line, exchange.head
    host = line.authority or head.host
    if line.authority or not head.host_accepted:
        if not site.accepts_host(host):
            return refusals.MISDIRECTED
        head.host_accepted = not line.authority
    if not head.marks & OTHER or (line.method in SAFE_METHODS and not head.wants_websocket):
        return None
    is_foreign = site.foreign(host, head.value(b"origin"), head.value(b"sec-fetch-site"))
    return refusals.CROSS_SITE if is_foreign else None


def _identify(exchange: "Journey") -> tuple[Caller, Refusal | None]:
    """Who asks, and why that is not enough, or None."""
    head, plane = exchange.head, exchange.plane
    identity = plane.identity
    if is_public(exchange.line.path):
        return identity.anonymous, None
    if not head.credential:
        return identity.anonymous, refusals.NO_KEY
    try:
        return exchange.client.remembered.look_up(head.credential, exchange.begun), None
    except Unknown as unknown:
        plane.refused_credentials.note(exchange.address, str(unknown))
        bucket = bucket_of(FAILURES.name, network_of(exchange.address))
        wait, _ = plane.buckets.take(bucket, FAILURES, exchange.begun)
        return identity.anonymous, refusals.too_fast(FAILURES, wait) if wait else refusals.unknown_key(str(unknown))
