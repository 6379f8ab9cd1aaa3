"""Local replies: the answers that the gateway gives itself, in place of a service. The name is Envoy's.

Each says what happened, to what, and what to do about it.
"""

import math
from typing import NamedTuple

from aistack.chassis.trusted_hosts import (
    CROSS_SITE_CODE,
    CROSS_SITE_DETAIL,
    CROSS_SITE_STATUS,
    MISDIRECTED_CODE,
    MISDIRECTED_DETAIL,
    MISDIRECTED_STATUS,
)
from aistack.gateway.http1.request_line import ALLOWED_METHODS
from aistack.gateway.policy.rate_limits import RateRule

CHALLENGE = b'www-authenticate: Bearer realm="ai-stack"\r\n'
RETRY_AFTER_1 = b"retry-after: 1\r\n"
UPLOADS = "uploads"


class LocalReply(NamedTuple):
    """A status, a stable code, a sentence, and header lines. Statuses below 300 have no body."""

    status: int
    code: str
    detail: str
    extra: bytes = b""


NO_KEY = LocalReply(
    401, "unauthorized", "this path needs an API key: send it as 'Authorization: Bearer KEY'", CHALLENGE
)
MISDIRECTED = LocalReply(MISDIRECTED_STATUS, MISDIRECTED_CODE, MISDIRECTED_DETAIL)
CROSS_SITE = LocalReply(CROSS_SITE_STATUS, CROSS_SITE_CODE, CROSS_SITE_DETAIL)
NO_ROUTE = LocalReply(404, "not-found", "no service answers this path; GET /registry/services lists those that exist")
BUSY = LocalReply(503, "overloaded", "the gateway is at its limit of requests in flight", RETRY_AFTER_1)
TOO_MANY_CONNECTIONS = LocalReply(503, "overloaded", "the gateway is at its limit of client connections")
TOO_MANY_CONNECTIONS_FROM_ADDRESS = LocalReply(
    503, "overloaded", "too many connections are open from this address; close some of them"
)
REVOKED = LocalReply(
    401, "unauthorized", "the key or session ended, or its rights changed, while the request was in progress", CHALLENGE
)
LOST_RIGHTS = LocalReply(403, "forbidden", "your role or groups changed while the request was in progress; try again")
SLOW_HEAD = LocalReply(408, "request-timeout", "the request head did not arrive in time")
SLOW_BODY = LocalReply(408, "request-timeout", "the request body arrived too slowly")


def malformed(why: str, status: int, code: str) -> LocalReply:
    extra = b"allow: %b\r\n" % ALLOWED_METHODS if status == 405 else b""
    return LocalReply(status, code, f"the request is not valid HTTP/1.1: {why}", extra)


def invalid_credential(why: str) -> LocalReply:
    return LocalReply(401, "unauthorized", why, CHALLENGE)


def with_resource_metadata(reply: LocalReply, url: bytes) -> LocalReply:
    """A reply that says where clients find the issuer of tokens (RFC 9728, section 5.1)."""
    challenge = CHALLENGE.removesuffix(b"\r\n")
    return reply._replace(extra=reply.extra.replace(challenge, challenge + b', resource_metadata="%b"' % url))


def out_of_scope(reach: frozenset[str], service: str) -> LocalReply:
    allowed = ", ".join(sorted(reach)) or "nothing"
    detail = f"this key can access {allowed}, not {service}; ask an administrator for access"
    return LocalReply(403, "forbidden", detail)


def out_of_resources(error: str) -> LocalReply:
    detail = f"the gateway cannot open connections ({error}); run `aistack doctor` to see which limit is too low"
    return LocalReply(503, "out-of-resources", detail, RETRY_AFTER_1)


def too_large(limit: int) -> LocalReply:
    return LocalReply(413, "too-large", f"the body is larger than {limit} bytes, the limit of this path")


def rate_limited(rate: RateRule, wait: float) -> LocalReply:
    """429, with the time to wait (RFC 9110 §10.2.3, and RateLimit of draft-ietf-httpapi-ratelimit-headers)."""
    seconds = max(1, math.ceil(wait))
    detail = f"rate limit exceeded ({rate}); try again in {seconds} s"
    lines = b'retry-after: %d\r\nratelimit: "%b";r=0;t=%d\r\n' % (seconds, rate.label, seconds)
    return LocalReply(429, "rate-limited", detail, lines + rate.policy)


def service_full(service: str, kind: str, limit: int) -> LocalReply:
    detail = f"{service} already has {limit} {kind} in flight, which is its limit; try again shortly"
    return LocalReply(503, "overloaded", detail, RETRY_AFTER_1)


def share_exhausted(service: str, kind: str, holder: str) -> LocalReply:
    """429 when one caller has its share already; 503 when all unfinished uploads together do."""
    if holder == UPLOADS:
        detail = f"too many {kind} to {service} are still uploading their bodies; try again shortly"
        return LocalReply(503, "overloaded", detail, RETRY_AFTER_1)
    detail = f"{holder} already has its share of the {kind} in flight to {service}; try again shortly"
    return LocalReply(429, "concurrency-limited", detail, RETRY_AFTER_1)


def circuit_open(what: str, wait: float) -> LocalReply:
    seconds = max(1, math.ceil(wait))
    detail = f"{what} failed too often, so its circuit breaker is open; try again in {seconds} s"
    return LocalReply(503, "circuit-open", detail, b"retry-after: %d\r\n" % seconds)


def no_instance(service: str, tried: bool, last_error: str) -> LocalReply:
    detail = f"no instance of {service} is available{': ' + last_error if last_error else ''}; see /api/health/all"
    return LocalReply(502 if tried else 503, "no-instance", detail, RETRY_AFTER_1)
