"""The caller's identity: the principal that the gateway vouches for, in a signed header that is valid for one service.

The header is `v2.PAYLOAD.MAC`: the principal as JSON in base64url, and the HMAC-SHA-256 of everything before it under
the key of the service it is meant for (`aud`, as in RFC 8693). Each service's key is derived from the stack's secret,
so a third-party service can verify its own headers, but can neither replay them to another service nor forge them. The
header is short-lived, which limits the use of a leaked one.
"""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Iterable
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Literal, Self

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from aistack.chassis.errors import PROBLEM_MEDIA_TYPE, problem_body
from aistack.stack.secrets import verification_key

PRINCIPAL_HEADER = "x-aistack-principal"
VERSION = "v2"
OPEN_PATHS = ("/health", "/metrics")
TOKEN_CHARACTERS_MAX = 32_768  # a key may name many services, and a user may be in many groups

EVERYONE = "*"
OWNER = "owner"  # the subject of the stack's owners together, and of everything from before there were people
GROUP = "group:"

REGISTER = "gateway:register"

Kind = Literal["user", "key", "jwt", "service", "anonymous"]
Role = Literal["owner", "admin", "member", "guest"]


def registers(scope: str) -> bool:
    """Whether a scope allows registering services: all of them, or a single one."""
    return scope == REGISTER or scope.startswith(REGISTER + ":")


class Forged(Exception):
    """The header was not signed by this stack's gateway for this service, or has expired."""


@dataclass(frozen=True, slots=True)
class Principal:
    """A caller. `id` is not a secret; `services` are the services or scopes that it may use, None for all.

    `id` is who calls, and `subject` whose rights these are: "user:ID", "service-account:ID", "jwt:SUB" or "owner".
    `groups` are the subject's groups ("group:ID"), nested ones included. A key may be narrowed: `read_only`, or to
    single `things` ("collection:ID"). Without a subject, keys belong to the owner and tokens to their own `sub`;
    unrestricted ones then have the role owner. `attributes` are claims of its token, for row filters.
    """

    id: str
    kind: Kind
    name: str = ""
    services: tuple[str, ...] | None = None
    subject: str = ""
    groups: tuple[str, ...] = ()
    role: Role = "member"
    read_only: bool = False
    things: tuple[str, ...] | None = None
    email: str = ""
    attributes: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        if self.kind == "service":
            return
        if self.services is None and self.kind != "user" and self.subject in ("", OWNER):
            object.__setattr__(self, "role", OWNER)
        if not self.subject:
            object.__setattr__(self, "subject", self.id if self.kind in ("user", "jwt") else OWNER)

    @classmethod
    def from_claims(cls, claims: dict[str, Any]) -> Self:
        """The principal that `claims` describe. Raises TypeError, KeyError or AttributeError if they do not."""
        given = dict(claims)
        services, things = given.pop("services"), given.pop("things", None)
        groups = tuple(GROUP + one for one in given.pop("groups", "").split())
        attributes = tuple((str(name), str(value)) for name, value in given.pop("attributes", {}).items())
        return cls(**given, groups=groups, services=_tuple(services), things=_tuple(things), attributes=attributes)

    def claims(self) -> dict[str, Any]:
        """The principal as JSON. What `from_claims` derives is left out, to keep headers short."""
        claims: dict[str, Any] = {"id": self.id, "kind": self.kind, "name": self.name, "services": self.services}
        if self.subject != Principal(self.id, self.kind, self.name, self.services).subject:
            claims["subject"] = self.subject
        if self.role != Principal(self.id, self.kind, self.name, self.services, self.subject).role:
            claims["role"] = self.role
        if self.groups:
            claims["groups"] = " ".join(one.removeprefix(GROUP) for one in self.groups)
        if self.read_only:
            claims["read_only"] = True
        if self.things is not None:
            claims["things"] = self.things
        if self.email:
            claims["email"] = self.email
        if self.attributes:
            claims["attributes"] = dict(self.attributes)
        return claims

    def may_reach(self, service: str) -> bool:
        """Whether it may call a service at all. Only the gateway has scopes, which are parts of its API."""
        if self.services is None or service in self.services:
            return True
        return service == "gateway" and any(map(registers, self.services))

    def is_among(self, names: Iterable[str]) -> bool:
        """Whether a list of ids, subjects and names includes this principal; "*" includes everyone except guests.

        Only the names of the owner's API keys count, because administrators choose them. Others choose their own.
        """
        meant = {self.id, *self.groups}
        if self.role != "guest":
            meant.add(EVERYONE)
        if self.subject != OWNER:
            meant.add(self.subject)
        elif self.kind == "key" and ":" not in self.name:
            meant.add(self.name)
        return any(name in meant for name in names if name)

    @property
    def is_administrator(self) -> bool:
        """An owner or administrator with all rights: not through a narrowed key, nor through a service's."""
        is_narrowed = self.services is not None or self.things is not None or self.read_only
        return not is_narrowed and self.kind != "service" and self.role in ("owner", "admin")


ANONYMOUS = Principal("anonymous", "anonymous")

ON_BEHALF_HEADER = "x-aistack-on-behalf"

BEHALF_SECONDS = 60

principal: ContextVar[Principal] = ContextVar("principal", default=ANONYMOUS)
through: ContextVar[str] = ContextVar("through", default="")  # the service that calls on behalf of the principal


def sign(who: Principal, secret: str, expires_at: float, audience: str, by: str = "") -> str:
    """The header's value for the service `audience`; `expires_at` is Unix time in seconds.

    `by` names the service that calls on behalf of `who`; such a token is not accepted as the principal's own.
    """
    claims = who.claims() | {"aud": audience, "exp": int(expires_at)} | ({"by": by} if by else {})
    payload = json.dumps(claims, separators=(",", ":")).encode()
    signed = f"{VERSION}.{base64.urlsafe_b64encode(payload).rstrip(b'=').decode()}"
    return f"{signed}.{_mac(signed, secret, audience)}"


def on_behalf(who: Principal, secret: str, by: str, audience: str) -> dict[str, str]:
    """The header with which the service `by` calls `audience` on behalf of `who`; empty while identity is off."""
    expires_at = time.time() + BEHALF_SECONDS
    return {ON_BEHALF_HEADER: sign(who, secret, expires_at, audience, by)} if secret else {}


def on_callers_behalf(secret: str, by: str, audience: str) -> dict[str, str]:
    """As `on_behalf`, for the caller of the request at hand; empty in work that nobody waits for."""
    who = principal.get()
    return on_behalf(who, secret, by, audience) if who is not ANONYMOUS else {}


def verify(token: str, secret: str, now: float, audience: str, by: str = "") -> Principal:
    """The principal in a header for `audience`; `by` is the service that calls on its behalf. Raises Forged."""
    signed, _, mac = token.rpartition(".")
    version, _, body = signed.partition(".")
    if len(token) > TOKEN_CHARACTERS_MAX or version != VERSION:
        raise Forged(f"it is not a {VERSION} token")
    if not hmac.compare_digest(mac.encode(), _mac(signed, secret, audience).encode()):
        raise Forged(f"it was not signed by this stack's gateway for {audience}")
    claims = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    if claims.pop("aud") != audience:
        raise Forged(f"it is not for {audience}")
    if claims.pop("by", "") != by:
        raise Forged("it was issued for a service that calls on behalf of someone else")
    if claims.pop("exp") < now:
        raise Forged("it has expired; check the clocks of both machines")
    return Principal.from_claims(claims)


def _tuple(values: list[str] | tuple[str, ...] | None) -> tuple[str, ...] | None:
    return None if values is None else tuple(values)


def _mac(signed: str, secret: str, audience: str) -> str:
    key = verification_key(secret, audience)
    return hmac.new(key.encode(), signed.encode("utf-8", "replace"), hashlib.sha256).hexdigest()


class PrincipalGuard:
    """ASGI middleware: accepts principals that the gateway vouches for and that may use this service.

    A service of the stack may call on behalf of someone else, named in a second header that is signed the same way.
    That principal needs access to the calling service, not to this one: a key for `ai` alone may ask about a database.
    """

    def __init__(self, app: ASGIApp, secret: str, service: str) -> None:
        self.app = app
        self.secret = secret
        self.service = service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket") or scope["path"].startswith(OPEN_PATHS):
            await self.app(scope, receive, send)
            return
        try:
            who, asking = self._who(scope)
        except (Forged, ValueError, KeyError, TypeError, AttributeError) as error:
            detail = f"{PRINCIPAL_HEADER} is not valid: {error}; call this service through the gateway"
            await _refuse("unauthorized", 401, detail)(scope, receive, send)
            return
        entered = asking or self.service
        if not who.may_reach(entered):
            allowed = ", ".join(who.services or ()) or "no service"
            detail = f"this key can access {allowed}, not {entered}; ask an administrator for access"
            await _refuse("forbidden", 403, detail)(scope, receive, send)
            return
        token, passed = principal.set(who), through.set(asking)
        try:
            await self.app(scope, receive, send)
        finally:
            principal.reset(token)
            through.reset(passed)

    def _who(self, scope: Scope) -> tuple[Principal, str]:
        """The principal, and the service that calls on its behalf; empty when there is none. Raises Forged."""
        now = time.time()
        who = verify(_value(scope, PRINCIPAL_HEADER), self.secret, now, self.service)
        if who.kind != "service" or not any(name == ON_BEHALF_HEADER.encode() for name, _ in scope["headers"]):
            return who, ""
        return verify(_value(scope, ON_BEHALF_HEADER), self.secret, now, self.service, by=who.name), who.name


def _value(scope: Scope, header: str) -> str:
    values = [value for name, value in scope["headers"] if name == header.encode()]
    if len(values) != 1:
        raise Forged(f"{header} is missing" if not values else f"{header} was sent twice")
    return values[0].decode("latin-1")


def _refuse(code: str, status: int, detail: str) -> JSONResponse:
    return JSONResponse(problem_body(code, status, detail), status, media_type=PROBLEM_MEDIA_TYPE)
