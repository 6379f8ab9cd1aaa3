"""Admission: whether a request may pass. Origin, credentials, rate and size are checked before it is dispatched."""

import re

from aistack.chassis.trusted_hosts import SAFE_METHODS, SiteRules
from aistack.gateway.http1.cookies import HOST_SESSION, SESSION_MARK
from aistack.gateway.http1.request_head import OTHER
from aistack.gateway.identity.authentication import BadCredential, Caller, has_lost_rights, is_public
from aistack.gateway.identity.trusted_proxies import network_of
from aistack.gateway.policy import local_replies
from aistack.gateway.policy.local_replies import LocalReply
from aistack.gateway.policy.rate_limits import RateRule, bucket_of
from aistack.gateway.proxy.request_state import RequestState
from aistack.gateway.upstream.cluster import Cluster

PENDING = LocalReply(0, "pending", "")  # Redis is asked; `rate_limit_result` goes on
MCP, METADATA_PATH = b"/mcp", b"/.well-known/oauth-protected-resource/mcp"
HOST = re.compile(rb"[A-Za-z0-9._:\[\]-]{1,260}")
FAILED_KEYS = RateRule("failed keys", 6.0, 20)  # per address: 20 at once, then 10 a minute


def rejection_of(request: RequestState) -> LocalReply | None:
    """Why the request may not pass, or None. Sets its `caller`."""
    head, context, route, now = request.head, request.context, request.route, request.begun
    if context.site is not None and (reply := _site_rejection(request, context.site)) is not None:
        return reply
    if head.marks & OTHER and context.cors.enabled:
        lines = context.cors.preflight(request.line.method, head)
        if lines is not None:
            return LocalReply(204, "preflight", "", lines)
        request.extra_lines = context.cors.lines(head)
    rate = None if route is None else route.rate
    identity, known = context.identity, request.client.remembered
    caller = None
    if identity.required:
        caller = known.caller
        if (
            caller is None
            or head.credential != known.credential
            or known.version != identity.version
            or caller.expires_at <= now
        ):
            caller, reply = _authenticate(request)
            if reply is not None:
                return _challenge(request, reply)
        request.caller = caller
        if caller.session:
            if (reply := _forged(request)) is not None:
                return reply
            identity.used_sessions.add(caller.session)
        if caller.reach is not None and route is not None and route.cluster.name not in caller.reach:
            return local_replies.out_of_scope(caller.reach, route.cluster.name)
        rate = caller.rate or (rate if caller.limited else None)
    if route is None:
        return local_replies.NO_ROUTE
    if head.body_length is not None and head.body_length > route.body_bytes_max:
        return local_replies.too_large(route.body_bytes_max)
    if rate is None or (caller is None and request.is_local):
        return None
    if caller is None or caller is identity.anonymous:
        bucket = bucket_of(rate.name, request.caller_name)
    else:
        bucket = known.bucket if known.bucket_rule is rate else known.bucket_under(rate, caller)
    if context.redis_buckets is not None and context.redis_buckets.take(request, rate, bucket):
        return PENDING
    wait, left = context.buckets.take(bucket, rate, now)
    if wait:
        return local_replies.rate_limited(rate, wait)
    request.extra_lines += rate.lines.get(left) or rate.line(left)
    return None


def circuit_rejection(request: RequestState, cluster: Cluster) -> LocalReply | None:
    """Why an open circuit rejects the request, or None."""
    now = request.begun
    if cluster.breaker.state and not cluster.breaker.allows(now):
        return local_replies.circuit_open(cluster.name, cluster.breaker.until - now)
    name = request.route_class
    breaker = cluster.route_breakers.counted(name)
    if breaker is not None and breaker.state and not breaker.allows(now):
        return local_replies.circuit_open(name.decode("latin-1"), breaker.until - now)
    return None


def waits_for_body(request: RequestState, cluster: Cluster) -> bool:
    """Whether a request has to send more of its body before it gets a slot at its service.

    Only if many requests that sent as little hold slots already. It gets one when enough of its body has arrived, or
    when the body arrives fast enough. A client that waits for `100 Continue` sends nothing before the endpoint has the
    head.
    """
    if not request.lacks_body or request.head.expects:
        return False
    return cluster.requests.lacks_bodies(request.context.concurrency.shared)


def recheck(request: RequestState, now: float) -> LocalReply | None:
    """Why the caller may not go on, or None: while streams are open, keys are revoked and people lose rights."""
    caller, known, identity = request.caller, request.client.remembered, request.context.identity
    if caller is None or caller is identity.anonymous:
        return None
    if caller.session and is_public(request.line.path):  # signing out, and changing one's password
        return None
    if known.version == identity.version and caller.expires_at > now:
        return None
    before = caller.who
    try:
        caller = known.look_up(request.head.credential, now)
    except BadCredential:
        return local_replies.REVOKED
    if has_lost_rights(before, caller.who):  # the service still acts on what it was told at the start
        return local_replies.LOST_RIGHTS
    request.caller = caller
    if caller.reach is not None and request.route is not None and request.route.cluster.name not in caller.reach:
        return local_replies.out_of_scope(caller.reach, request.route.cluster.name)
    return None


def _site_rejection(request: RequestState, site: SiteRules) -> LocalReply | None:
    """Why a request is not meant for this stack, or comes from another site's page; None if neither is so."""
    line, head = request.line, request.head
    host = line.authority or head.host
    if line.authority or not head.host_accepted:
        if not site.accepts_host(host):
            return local_replies.MISDIRECTED
        head.host_accepted = not line.authority
    if not head.marks & OTHER or (line.method in SAFE_METHODS and not head.wants_websocket):
        return None
    is_foreign = site.foreign(host, head.value(b"origin"), head.value(b"sec-fetch-site"))
    return local_replies.CROSS_SITE if is_foreign else None


def _forged(request: RequestState) -> LocalReply | None:
    """Why a request with a session cookie may not pass, or None: browsers add cookies whatever page sent it."""
    head = request.head
    if request.line.method in SAFE_METHODS and not head.wants_websocket:
        return None
    host = request.line.authority or head.host
    if request.client.origin.trusted:
        host = head.value(b"x-forwarded-host") or host
    site, origin = request.context.cookie_site, head.value(b"origin")
    return None if site.same_site(host, origin, head.value(b"sec-fetch-site")) else local_replies.CROSS_SITE


def _challenge(request: RequestState, reply: LocalReply) -> LocalReply:
    """The reply to a caller without a valid key; for `/mcp` it names the metadata of the resource (RFC 9728)."""
    line, head = request.line, request.head
    if not request.context.has_issuer or not (line.path == MCP or line.path.startswith(MCP + b"/")):
        return reply
    host = line.authority or head.host
    if request.client.origin.trusted:
        host = head.value(b"x-forwarded-host") or host
    if not HOST.fullmatch(host):
        return reply
    scheme = b"https" if request.is_secure else b"http"
    return local_replies.with_resource_metadata(reply, b"%b://%b%b" % (scheme, host, METADATA_PATH))


def _authenticate(request: RequestState) -> tuple[Caller, LocalReply | None]:
    """The caller, and why it is rejected, or None."""
    head, context = request.head, request.context
    identity = context.identity
    is_session = head.credential.startswith(SESSION_MARK)
    if is_session and request.is_secure and not head.credential.startswith(HOST_SESSION):
        return identity.anonymous, None if is_public(request.line.path) else local_replies.NO_KEY
    if is_public(request.line.path) and not is_session:
        return identity.anonymous, None
    if not head.credential:
        return identity.anonymous, local_replies.NO_KEY
    try:
        return request.client.remembered.look_up(head.credential, request.begun), None
    except BadCredential as bad:
        if is_session:  # nobody guesses 256 bits: it has ended
            reply = None if is_public(request.line.path) else local_replies.invalid_credential(str(bad))
            return identity.anonymous, reply
        context.rejected_credentials.add(request.address, str(bad))
        bucket = bucket_of(FAILED_KEYS.name, network_of(request.address))
        wait, _ = context.buckets.take(bucket, FAILED_KEYS, request.begun)
        return identity.anonymous, local_replies.rate_limited(
            FAILED_KEYS, wait
        ) if wait else local_replies.invalid_credential(str(bad))
