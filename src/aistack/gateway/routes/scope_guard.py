"""Checks that a caller has the scope for a route of the control app, and reports rejected registrations.

ASGI middleware inside the one that verifies principals. A path without a declared scope is for administrators only; to
others it looks like a path that does not exist.
"""

import base64
import json
from collections.abc import Callable, Mapping
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Send
from starlette.types import Scope as Connection

from aistack.chassis.app import problem_response
from aistack.chassis.errors import Forbidden, NotFound, Problem
from aistack.chassis.identity import ANONYMOUS, PRINCIPAL_HEADER, Principal, principal
from aistack.gateway.identity.authorization import Actor, Scope, scope_of
from aistack.gateway.identity.trusted_proxies import TrustedProxies

ACTOR = "aistack.actor"  # where the connection's scope holds it
REQUESTED_LEASE = "requested_lease"  # where its state holds the lease that was requested
REJECTION_STATUSES = frozenset((400, 403, 409, 413, 422))
DETAIL_BYTES_MAX = 64 * 1024

ENVELOPE = ("aud", "exp", "by")  # what a principal's header says besides the principal

OnRejected = Callable[[Connection, int, str], None]


def ignore_rejection(connection: Connection, status: int, detail: str) -> None:
    return None


class ScopeGuard:
    """`proxies` is called for each request, as settings change; `on_rejected` is called for registrations."""

    def __init__(
        self, app: ASGIApp, identified: bool, proxies: Callable[[], TrustedProxies], on_rejected: OnRejected
    ) -> None:
        self.app = app
        self.identified = identified
        self.proxies = proxies
        self.on_rejected = on_rejected

    async def __call__(self, scope: Connection, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        wanted = scope_of(scope["path"])
        actor = scope[ACTOR] = Actor(principal.get(), client_of(headers, self.proxies()), self.identified)
        if wanted is Scope.REGISTER:
            send = self._reporting(scope, send)
        if actor.may(wanted or Scope.ADMINISTER) or (scope["path"] == "/metrics" and self._may_measure(headers)):
            await self.app(scope, receive, send)
            return
        if wanted is None:
            rejection = NotFound("no service answers this path; GET /registry/services lists those that exist")
        else:
            rejection = Forbidden(f"this needs {wanted.value}")
        await problem_response(rejection)(scope, receive, send)

    def _may_measure(self, headers: Mapping[bytes, bytes]) -> bool:
        """Whether metrics may be read: at their own listener always, through the data plane with the scope to read.

        The principal is not verified here; it can only take away the access that its absence gives.
        """
        token = headers.get(PRINCIPAL_HEADER.encode())
        if token is None:
            return True
        try:
            body = token.split(b".")[1]
            claims = json.loads(base64.urlsafe_b64decode(body + b"=" * (-len(body) % 4)))
            who = Principal.from_claims({name: value for name, value in claims.items() if name not in ENVELOPE})
        except (ValueError, LookupError, TypeError, AttributeError):
            return False
        return Actor(who, "", True).may(Scope.READ)

    def _reporting(self, scope: Connection, send: Send) -> Send:
        """Passes the response on, and reports it if it is a rejection."""
        status, body = 0, b""

        async def report(message: Message) -> None:
            nonlocal status, body
            if message["type"] == "http.response.start":
                status = message["status"]
            elif status in REJECTION_STATUSES and len(body) < DETAIL_BYTES_MAX:
                body += message.get("body", b"")
                if not message.get("more_body", False):
                    self.on_rejected(scope, status, _detail(body))
            await send(message)

        return report


def client_of(headers: Mapping[bytes, bytes], proxies: TrustedProxies) -> str:
    """The client's address: the nearest forwarded address that is not a trusted proxy."""
    before, _, peer = headers.get(b"x-forwarded-for", b"").decode("latin-1").rpartition(",")
    return proxies.client_address(before, peer.strip()) if before else peer.strip()


def actor_of(connection: Connection) -> Actor:
    """The caller, as the guard determined it."""
    return connection.get(ACTOR) or Actor(ANONYMOUS, "", True)


def administrators_only() -> None:
    """Raises 403 for callers who are not administrators or whose key is narrowed, and for services themselves."""
    who = principal.get()
    if who.kind == "anonymous" or not who.is_administrator:
        raise Problem("only administrators may do this; use a key without restriction", code="forbidden", status=403)


def _detail(body: bytes) -> str:
    try:
        problem: Any = json.loads(body)
        return str(problem["detail"])
    except (ValueError, LookupError, TypeError):
        return ""
