"""Who asks: the principal that the gateway vouches for, in a header that only it and the services can sign.

The header is `v1.PAYLOAD.MAC`: the principal as JSON in base64url, and the HMAC-SHA-256 of that under the stack's
secret. It is short-lived, so one that leaked is of little use.
"""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Iterable
from contextvars import ContextVar
from dataclasses import asdict, dataclass
from typing import Literal

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from aistack.chassis.errors import PROBLEM_MEDIA_TYPE, problem_body

PRINCIPAL_HEADER = "x-aistack-principal"
VERSION = "v1"
OPEN_PATHS = ("/health", "/metrics")
TOKEN_CHARACTERS_MAX = 4096

EVERYONE = "*"

Kind = Literal["key", "jwt", "service", "anonymous"]


class Forged(Exception):
    """The header was not signed by this stack's gateway, or is too old."""


@dataclass(frozen=True, slots=True)
class Principal:
    """Someone who may ask. `services` are the names it may reach, None for all; `id` is stable and no secret."""

    id: str
    kind: Kind
    name: str = ""
    services: tuple[str, ...] | None = None

    def may_reach(self, service: str) -> bool:
        return self.services is None or service in self.services

    def is_among(self, names: Iterable[str]) -> bool:
        """Whether a list of ids and names means this principal; "*" means everyone."""
        return any(name in (EVERYONE, self.id, self.name) for name in names if name)

    @property
    def is_administrator(self) -> bool:
        """Restricted to nothing: an administrator's key, or anybody while identity is off."""
        return self.services is None and self.kind != "service"


ANONYMOUS = Principal("anonymous", "anonymous")

ON_BEHALF_HEADER = "x-aistack-on-behalf"

BEHALF_SECONDS = 60

principal: ContextVar[Principal] = ContextVar("principal", default=ANONYMOUS)
through: ContextVar[str] = ContextVar("through", default="")  # the service that asks for the principal


def sign(who: Principal, secret: str, expires_at: float) -> str:
    """The header's value; `expires_at` is Unix time in seconds."""
    payload = json.dumps(asdict(who) | {"exp": int(expires_at)}, separators=(",", ":")).encode()
    body = base64.urlsafe_b64encode(payload).rstrip(b"=").decode()
    return f"{VERSION}.{body}.{_mac(body, secret)}"


def on_behalf(who: Principal, secret: str) -> dict[str, str]:
    """The header by which a service of the stack asks for somebody; none while identity is off."""
    return {ON_BEHALF_HEADER: sign(who, secret, time.time() + BEHALF_SECONDS)} if secret else {}


def verify(token: str, secret: str, now: float) -> Principal:
    """The principal that a header vouches for. Raises Forged."""
    version, _, signed = token.partition(".")
    body, _, mac = signed.partition(".")
    if version != VERSION or len(token) > TOKEN_CHARACTERS_MAX or not hmac.compare_digest(mac, _mac(body, secret)):
        raise Forged("it was not signed by this stack's gateway")
    claims = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    if claims.pop("exp") < now:
        raise Forged("it has expired; are the clocks of both machines right?")
    services = claims.pop("services")
    return Principal(**claims, services=None if services is None else tuple(services))


def _mac(body: str, secret: str) -> str:
    return hmac.new(secret.encode(), f"principal {body}".encode("latin-1", "replace"), hashlib.sha256).hexdigest()


class PrincipalGuard:
    """ASGI middleware: lets through what the gateway vouches for, and tells the service who it is.

    A service of the stack may ask for somebody else: who that is stands, signed likewise, in a header of its own.
    """

    def __init__(self, app: ASGIApp, secret: str) -> None:
        self.app = app
        self.secret = secret

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket") or scope["path"].startswith(OPEN_PATHS):
            await self.app(scope, receive, send)
            return
        values = [value for name, value in scope["headers"] if name == PRINCIPAL_HEADER.encode()]
        try:
            if len(values) != 1:
                raise Forged("it is missing")
            who = verify(values[0].decode("latin-1"), self.secret, time.time())
            behalf = [value for name, value in scope["headers"] if name == ON_BEHALF_HEADER.encode()]
            service = who.name if behalf and who.kind == "service" else ""
            if service:
                who = verify(behalf[0].decode("latin-1"), self.secret, time.time())
        except (Forged, ValueError, KeyError, TypeError) as error:
            detail = f"{PRINCIPAL_HEADER} does not hold: {error}; call this service through the gateway"
            body = problem_body("unauthorized", 401, detail)
            await JSONResponse(body, 401, media_type=PROBLEM_MEDIA_TYPE)(scope, receive, send)
            return
        token, passed = principal.set(who), through.set(service)
        try:
            await self.app(scope, receive, send)
        finally:
            principal.reset(token)
            through.reset(passed)
