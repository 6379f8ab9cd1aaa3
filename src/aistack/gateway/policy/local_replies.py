"""The answers that the gateway gives itself: what happened, to what, and what to do about it."""

import json
import math
import os
from collections.abc import Iterator
from itertools import count
from typing import TYPE_CHECKING, NamedTuple

from aistack.chassis.errors import PROBLEM_MEDIA_TYPE, problem_body
from aistack.chassis.request_context import REQUEST_ID_FORM
from aistack.chassis.trusted_hosts import (
    CROSS_SITE_CODE,
    CROSS_SITE_DETAIL,
    CROSS_SITE_STATUS,
    MISDIRECTED_CODE,
    MISDIRECTED_DETAIL,
    MISDIRECTED_STATUS,
)
from aistack.gateway.http1.request_line import ALLOWED_METHODS
from aistack.gateway.http1.response_head import STATUS_LINES
from aistack.gateway.policy.rate_limits import RateRule

if TYPE_CHECKING:
    from aistack.gateway.upstream.cluster import Instance, UpstreamService
    from aistack.gateway.upstream.route_table import Route

_NUMBERS_AT_ONCE = 4096
_tails = [b"%03x" % number for number in range(_NUMBERS_AT_ONCE)]


CHALLENGE = b'www-authenticate: Bearer realm="ai-stack"\r\n'
RETRY_AFTER_1 = b"retry-after: 1\r\n"
UPLOADS = "uploads"


def _request_ids() -> Iterator[bytes]:
    process = os.urandom(8).hex().encode()
    for thousands in count():
        start = b"%b%013x" % (process, thousands)
        for tail in _tails:
            yield start + tail


_ids = _request_ids()


def new_request_id() -> bytes:
    """128 bits in hex: random for the process, then counting."""
    return next(_ids)


def kept_or_new_request_id(given: bytes) -> bytes:
    """The id that the client gave, when it has the form of one."""
    return given if REQUEST_ID_FORM.fullmatch(given.decode("latin-1")) else new_request_id()


def problem_answer(
    status: int, code: str, detail: str, request_id: bytes, *, common: bytes, close: bool, extra: bytes = b""
) -> bytes:
    """A problem document (RFC 9457) as a whole answer. `common` are the header lines that every answer carries."""
    body = json.dumps(problem_body(code, status, detail, request_id.decode())).encode()
    return b"".join(
        (
            STATUS_LINES[status], b"content-type: ", PROBLEM_MEDIA_TYPE.encode(), b"\r\n", common, extra,
            b"x-request-id: ", request_id, b"\r\ncontent-length: %d\r\n" % len(body),
            b"connection: close\r\n\r\n" if close else b"\r\n", body,
        )
    )  # fmt: skip


def bare_answer(status: int, request_id: bytes, *, common: bytes, close: bool, extra: bytes = b"") -> bytes:
    """An answer without a body."""
    end = b"connection: close\r\n\r\n" if close else b"\r\n"
    return b"".join((STATUS_LINES[status], common, extra, b"x-request-id: ", request_id, b"\r\n", end))


def without_body(answer: bytes) -> bytes:
    """The head of an answer, which is all that a HEAD request gets."""
    return answer[: answer.index(b"\r\n\r\n") + 4]


class Refusal(NamedTuple):
    """A status, a stable code, a sentence, and header lines. Statuses below 300 have no body."""

    status: int
    code: str
    detail: str
    extra: bytes = b""


NO_KEY = Refusal(
    401, "unauthorized", "this address needs an API key: send it as 'Authorization: Bearer KEY'", CHALLENGE
)
MISDIRECTED = Refusal(MISDIRECTED_STATUS, MISDIRECTED_CODE, MISDIRECTED_DETAIL)
CROSS_SITE = Refusal(CROSS_SITE_STATUS, CROSS_SITE_CODE, CROSS_SITE_DETAIL)
NO_ROUTE = Refusal(404, "not-found", "nothing answers this path; GET /registry/services lists what does")
BUSY = Refusal(503, "overloaded", "the gateway has all the requests in flight that it may have", RETRY_AFTER_1)
REVOKED = Refusal(401, "unauthorized", "the key was revoked or has expired while the request was under way", CHALLENGE)
SLOW_HEAD = Refusal(408, "request-timeout", "the request head did not arrive in time")
SLOW_BODY = Refusal(408, "request-timeout", "the request body came too slowly")


def malformed(why: str, status: int, code: str) -> Refusal:
    extra = b"allow: %b\r\n" % ALLOWED_METHODS if status == 405 else b""
    return Refusal(status, code, f"the request is not valid HTTP/1.1: {why}", extra)


def unknown_key(why: str) -> Refusal:
    return Refusal(401, "unauthorized", why, CHALLENGE)


def out_of_scope(reach: frozenset[str], service: str) -> Refusal:
    allowed = ", ".join(sorted(reach)) or "nothing"
    return Refusal(403, "forbidden", f"this key may reach {allowed}, not {service}; ask an administrator to widen it")


def out_of_resources(error: str) -> Refusal:
    detail = f"the gateway cannot connect to any service now ({error}); aistack doctor says what this machine lacks"
    return Refusal(503, "out-of-resources", detail, RETRY_AFTER_1)


def too_large(limit: int) -> Refusal:
    return Refusal(413, "too-large", f"the body is larger than the {limit} bytes that this path takes")


def too_fast(rate: RateRule, wait: float) -> Refusal:
    """429, with when to come back (RFC 9110 §10.2.3, and RateLimit of draft-ietf-httpapi-ratelimit-headers)."""
    seconds = max(1, math.ceil(wait))
    detail = f"more requests than allowed ({rate}); try again in {seconds} s"
    lines = b'retry-after: %d\r\nratelimit: "%b";r=0;t=%d\r\n' % (seconds, rate.label, seconds)
    return Refusal(429, "rate-limited", detail, lines + rate.policy)


def service_full(service: str, kind: str, limit: int) -> Refusal:
    detail = f"{service} has {limit} {kind} in flight already; try again shortly"
    return Refusal(503, "overloaded", detail, RETRY_AFTER_1)


def share_used(service: str, kind: str, who: str) -> Refusal:
    """429 for one who has enough already; 503 where it is the sum of all uploads."""
    if who == UPLOADS:
        detail = f"{service} waits for the bodies of too many {kind}; try again shortly"
        return Refusal(503, "overloaded", detail, RETRY_AFTER_1)
    detail = f"{who} already has its share of the {kind} that {service} can have in flight; try again shortly"
    return Refusal(429, "concurrency-limited", detail, RETRY_AFTER_1)


def circuit_open(what: str, wait: float) -> Refusal:
    seconds = max(1, math.ceil(wait))
    detail = f"{what} failed too often and gets no requests for a while; try again in {seconds} s"
    return Refusal(503, "circuit-open", detail, b"retry-after: %d\r\n" % seconds)


def no_instance(service: "UpstreamService", tried: "tuple[Instance, ...]") -> Refusal:
    last = next((one.last_error for one in (*tried, *service.instances.values()) if one.last_error), "")
    detail = f"no instance of {service.name} can take requests now{': ' + last if last else ''}; see /api/health/all"
    return Refusal(502 if tried else 503, "no-instance", detail, RETRY_AFTER_1)


def blame(route: "Route | None", instance: "Instance | None", what: str) -> str:
    name = route.service.name if route else "upstream"
    return f"{name} ({instance.id if instance else '?'}) {what}"
