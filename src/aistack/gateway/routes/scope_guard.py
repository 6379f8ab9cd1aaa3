"""Lets a request reach a route of the control app when its caller has the scope for it, and tells what was refused.

ASGI middleware inside the one that verifies principals. A path that nobody declared a scope for is there for
administrators alone; to others it looks like any path that nothing answers.
"""

import base64
import json
from collections.abc import Callable, Mapping
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Send
from starlette.types import Scope as Connection

from aistack.chassis.app import problem_response
from aistack.chassis.errors import Forbidden, NotFound
from aistack.chassis.identity import ANONYMOUS, PRINCIPAL_HEADER, Principal, principal
from aistack.gateway.identity.authorization import Actor, Scope, scope_of
from aistack.gateway.proxy.forwarding import TrustedProxies

ACTOR = "aistack.actor"  # where the connection's scope holds it
ASKED = "asked"  # where its state holds the lease that was asked for
REFUSED_STATUSES = frozenset((400, 403, 409, 413, 422))
DETAIL_BYTES_MAX = 64 * 1024

OnRefused = Callable[[Connection, int, str], None]


def ignore_refusal(connection: Connection, status: int, detail: str) -> None:
    return None


class ScopeGuard:
    """`proxies` are asked for anew, for they change with the settings; `on_refused` is told of registrations."""

    def __init__(
        self, app: ASGIApp, identified: bool, proxies: Callable[[], TrustedProxies], on_refused: OnRefused
    ) -> None:
        self.app = app
        self.identified = identified
        self.proxies = proxies
        self.on_refused = on_refused

    async def __call__(self, scope: Connection, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        wanted = scope_of(scope["path"])
        actor = scope[ACTOR] = Actor(principal.get(), client_of(headers, self.proxies()), self.identified)
        if wanted is Scope.REGISTER:
            send = self._noting(scope, send)
        if actor.may(wanted or Scope.ADMINISTER) or (scope["path"] == "/metrics" and self._may_measure(headers)):
            await self.app(scope, receive, send)
            return
        if wanted is None:
            refusal = NotFound("nothing answers this path; GET /registry/services lists what does")
        else:
            refusal = Forbidden(f"this needs {wanted.value}")
        await problem_response(refusal)(scope, receive, send)

    def _may_measure(self, headers: Mapping[bytes, bytes]) -> bool:
        """Whether metrics may be read: at their own listener by everyone, through the data plane by who may read.

        Nobody verifies the principal here, which can only take away what its absence gives.
        """
        told = headers.get(PRINCIPAL_HEADER.encode())
        if told is None:
            return True
        try:
            body = told.split(b".")[1]
            claims = json.loads(base64.urlsafe_b64decode(body + b"=" * (-len(body) % 4)))
            services = claims["services"]
            who = Principal(claims["id"], claims["kind"], services=None if services is None else tuple(services))
        except (ValueError, LookupError, TypeError):
            return False
        return Actor(who, "", True).may(Scope.READ)

    def _noting(self, scope: Connection, send: Send) -> Send:
        """Passes the answer on, and tells of it when it refuses."""
        status, body = 0, b""

        async def noting(message: Message) -> None:
            nonlocal status, body
            if message["type"] == "http.response.start":
                status = message["status"]
            elif status in REFUSED_STATUSES and len(body) < DETAIL_BYTES_MAX:
                body += message.get("body", b"")
                if not message.get("more_body", False):
                    self.on_refused(scope, status, _detail(body))
            await send(message)

        return noting


def client_of(headers: Mapping[bytes, bytes], proxies: TrustedProxies) -> str:
    """The client's address: the nearest in what the data plane forwards that is no trusted proxy."""
    before, _, peer = headers.get(b"x-forwarded-for", b"").decode("latin-1").rpartition(",")
    return proxies.client_address(before, peer.strip()) if before else peer.strip()


def actor_of(connection: Connection) -> Actor:
    """Who asks, as the guard found."""
    return connection.get(ACTOR) or Actor(ANONYMOUS, "", True)


def _detail(body: bytes) -> str:
    try:
        problem: Any = json.loads(body)
        return str(problem["detail"])
    except (ValueError, LookupError, TypeError):
        return ""
