"""Authorization for the gateway's own API: the scopes of its routes, and rights over the names of services.

A key or token lists what it may reach. For the gateway, `gateway` allows reading, `gateway:register` registering
services under names and prefixes that nobody else owns, and `gateway:register:NAME` only the service NAME. As in
Kubernetes, reading what runs and changing it are separate rights. A caller without restrictions is an administrator.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from aistack.chassis.errors import Conflict, Forbidden
from aistack.chassis.identity import ANONYMOUS, REGISTER, Principal, registers
from aistack.stack.catalogue import CATALOGUE, CONSOLE_PREFIXES, MODELS

CONTROL = "gateway"
STACK_FILE = "stack.toml"  # the owner of the services declared there
UNOWNED = ("", ANONYMOUS.id)  # registered while identity was off
NAME = r"[a-z][a-z0-9-]{0,62}"
SCOPE_FORM = re.compile(rf"{NAME}|gateway:register(?::(?P<name>{NAME}))?")


class Scope(Enum):
    """What a route of the control app requires of its caller. The values are shown to people."""

    PUBLIC = "open to everyone"
    READ = "the scope gateway"
    REGISTER = "the scope gateway:register, or gateway:register:NAME for one service"
    ADMINISTER = "an unrestricted key, for administrators"
    SELF = "a session, or a key that is not narrowed"  # a person's own account, keys and directory
    SERVICE = "the key of a service of the stack"


INSTANCE = "/registry/services/{name}/instances/{instance_id}"
SCOPES = {  # every route of the control app, by its path
    "/": Scope.PUBLIC,
    "/console": Scope.PUBLIC,
    "/console/library": Scope.PUBLIC,  # where the documents were
    **{f"/console/{name}": Scope.PUBLIC for name in ("ask", "questions", "databases", "models", "people", "operate")},
    **{path: Scope.PUBLIC for prefix in CONSOLE_PREFIXES for path in (prefix, prefix + "/{rest:path}")},
    "/favicon.ico": Scope.PUBLIC,
    "/sign-in": Scope.PUBLIC,
    "/sign-in/code": Scope.PUBLIC,
    "/sign-in/link": Scope.PUBLIC,
    "/sign-in/proxy": Scope.PUBLIC,
    "/sign-in/passkey": Scope.PUBLIC,
    "/sign-in/passkey/options": Scope.PUBLIC,
    "/sign-in/passkey/registration": Scope.PUBLIC,
    "/sign-in/passkey/register": Scope.PUBLIC,
    "/sign-in/providers/{name}": Scope.PUBLIC,
    "/sign-in/providers/{name}/callback": Scope.PUBLIC,
    "/sign-in/providers/{name}/logout": Scope.PUBLIC,
    "/account": Scope.PUBLIC,
    "/account/{action}": Scope.PUBLIC,
    "/health": Scope.PUBLIC,
    "/health/live": Scope.PUBLIC,
    "/health/ready": Scope.PUBLIC,
    "/api/health": Scope.PUBLIC,
    "/api/health/all": Scope.READ,
    "/metrics": Scope.READ,
    "/gateway/openapi.json": Scope.READ,
    "/gateway/limits": Scope.READ,
    "/registry/services": Scope.READ,
    "/registry/services/{name}": Scope.READ,
    "/registry/watch": Scope.READ,
    INSTANCE: Scope.REGISTER,
    INSTANCE + "/heartbeat": Scope.REGISTER,
    "/gateway/me": Scope.SELF,
    "/gateway/sessions": Scope.SELF,
    "/gateway/sessions/{session_id}": Scope.SELF,
    "/gateway/me/export": Scope.SELF,
    "/gateway/directory": Scope.SELF,
    "/gateway/directory/principals/{subject}": Scope.SERVICE,
    "/gateway/kept-responses/{owner:path}/{response_id}": Scope.SERVICE,
    "/gateway/users": Scope.ADMINISTER,
    "/gateway/users/{user_id}": Scope.ADMINISTER,
    "/gateway/users/{user_id}/link": Scope.ADMINISTER,
    "/gateway/users/{user_id}/belongings": Scope.ADMINISTER,
    "/gateway/users/{user_id}/export": Scope.ADMINISTER,
    "/gateway/first-owner": Scope.ADMINISTER,
    "/gateway/providers": Scope.ADMINISTER,
    "/gateway/groups": Scope.ADMINISTER,
    "/gateway/groups/{group_id}": Scope.ADMINISTER,
    "/gateway/groups/{group_id}/members/{member}": Scope.ADMINISTER,
    "/gateway/keys": Scope.SELF,
    "/gateway/keys/{key_id}": Scope.SELF,
    "/gateway/keys/{key_id}/models": Scope.ADMINISTER,
    "/gateway/audit": Scope.ADMINISTER,
    "/gateway/models": Scope.ADMINISTER,
    "/gateway/models/{name:path}": Scope.ADMINISTER,
    "/gateway/models/{thing:path}/access": Scope.SELF,
    "/gateway/models/{thing:path}/access/requests": Scope.SELF,
    "/gateway/models/{thing:path}/access/requests/{subject}": Scope.SELF,
    "/gateway/models/{thing:path}/owner": Scope.SELF,
    "/gateway/local-models": Scope.ADMINISTER,
    "/gateway/local-models/{name}": Scope.ADMINISTER,
    "/gateway/local-models/{name}/pull": Scope.ADMINISTER,
    "/gateway/local-models/{name}/use": Scope.ADMINISTER,
    "/gateway/usage": Scope.ADMINISTER,
    "/gateway/usage.csv": Scope.ADMINISTER,
}
_PATTERNS = [
    (re.compile(re.sub(r"\{\w+\}", "[^/]+", re.sub(r"\{\w+:path\}", ".+", path))), scope)
    for path, scope in sorted(SCOPES.items(), key=lambda one: -len(one[0]))  # `{name:path}` last: it matches the most
    if "{" in path
]


def scope_of(path: str) -> Scope | None:
    """The scope that a path requires; None for a path without a declared scope."""
    if path.startswith("/console/"):
        return Scope.PUBLIC
    if (known := SCOPES.get(path)) is not None:
        return known
    return next((scope for pattern, scope in _PATTERNS if pattern.fullmatch(path)), None)


def reach_of(services: Iterable[str]) -> frozenset[str]:
    """The services that a key's scopes let it reach. A scope to register includes the gateway."""
    return frozenset(part for scope in services for part in ((scope, CONTROL) if registers(scope) else (scope,)))


def reach_through(owner: Principal, services: tuple[str, ...] | None) -> tuple[str, ...] | None:
    """What a key of `owner` reaches: the services it lists, and the gateway's scopes only if `owner` has them."""
    if services is None or owner.is_administrator:
        return services
    return tuple(name for name in services if name != CONTROL and not registers(name))


def _is_narrowed(who: Principal) -> bool:
    """Whether a caller reaches less than its subject does."""
    return who.services is not None or who.things is not None or who.read_only


def checked_scope(text: str) -> str:
    """The name of a service, or one of the gateway's scopes. Raises ValueError."""
    match = SCOPE_FORM.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is not the name of a service, {REGISTER} or {REGISTER}:NAME")
    if match["name"] in CATALOGUE:
        raise ValueError(f"{text!r} has no effect: {match['name']} is a service of the stack, which registers itself")
    return text


@dataclass(frozen=True, slots=True)
class Actor:
    """Who changes the registry, and from where. `identified` is off while identity is off."""

    who: Principal = ANONYMOUS
    address: str = ""
    identified: bool = False

    @property
    def is_administrator(self) -> bool:
        return not self.identified or (self.who.kind != "anonymous" and self.who.is_administrator)

    def may(self, scope: Scope) -> bool:
        who = self.who
        if scope is Scope.PUBLIC or not self.identified:
            return True
        if scope is Scope.ADMINISTER or who.kind == "anonymous":
            return scope is Scope.ADMINISTER and self.is_administrator
        if scope is Scope.SERVICE:
            return who.kind == "service"
        if scope is Scope.SELF:
            return who.kind != "service" and not _is_narrowed(who)
        if self.is_administrator or who.kind == "service":
            return True
        if who.services is None or (scope is Scope.REGISTER and who.read_only):
            return False
        return CONTROL in who.services if scope is Scope.READ else any(map(registers, who.services))

    def may_manage(self, owner: str) -> bool:
        """Whether this caller may change what belongs to `owner`."""
        return self.is_administrator or (owner == self.who.id and owner not in UNOWNED)

    def check_name(self, name: str, *, leaving: bool = False) -> None:
        """Raises Conflict or Forbidden if this caller may not register instances under this name.

        With `leaving`, if it may not deregister them.
        """
        if name in (CONTROL, MODELS):
            raise Conflict(f"{name} is the gateway itself; use another name")
        if not self.identified:
            return
        if self.who.kind == "service":
            if self.who.name != name:
                raise Forbidden(f"the key of {self.who.name}, a service of the stack, cannot register {name}")
        elif name in CATALOGUE:
            if not (leaving and self.is_administrator):
                raise Forbidden(f"{name} is a service of this stack and registers with its own key; use another name")
        elif not self.is_administrator and not {REGISTER, f"{REGISTER}:{name}"} & set(self.who.services or ()):
            raise Forbidden(f"this key may not register {name}; ask an administrator for the scope {REGISTER}:{name}")

    def check_owner(self, name: str, owner: str) -> None:
        """Raises Forbidden if the service belongs to somebody else."""
        if self.identified and not self.may_manage(owner):
            if owner in UNOWNED:
                raise Forbidden(f"{name} is already registered; ask an administrator, or use another name")
            raise Forbidden(
                f"{name} belongs to {owner}, who registered it first; use that key, ask an administrator, "
                "or use another name"
            )
