"""The access rule of each route: a dependency that declares it, enforces it, and shows it in OpenAPI as `x-access`.

`needs("collection", "edit")` states the level that the route's thing must be held with. The service looks the thing up
with `held_for_route`, so that a route cannot check another level than it declares.
"""

from collections.abc import Sequence
from contextvars import ContextVar
from typing import Any, Literal

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.params import Depends
from fastapi.routing import APIRoute, iter_route_contexts
from starlette.requests import HTTPConnection

from aistack.access.access import Thing
from aistack.access.levels import Level, at_least
from aistack.chassis.errors import Forbidden, NotFound
from aistack.chassis.identity import Principal, principal

X_ACCESS = "x-access"
SAFE_METHODS = ("GET", "HEAD", "OPTIONS")

Audience = Literal["everyone", "members", "administrators", "services"]

_needed: ContextVar[Level] = ContextVar("needed")


class Needs:
    """The route acts on one thing, and needs a level on it."""

    def __init__(self, kind: str, level: Level) -> None:
        self.shown = {"kind": kind, "level": level}
        self.level: Level = level

    async def __call__(self) -> None:
        _needed.set(self.level)


class OpenTo:
    """The route acts on no single thing, and is open to some callers. Lists contain only what the caller may view."""

    def __init__(self, audience: Audience) -> None:
        self.shown = {"open": audience}
        self.audience: Audience = audience

    async def __call__(self, connection: HTTPConnection) -> None:
        who = principal.get()
        if not admits(self.audience, who):
            raise Forbidden(f"this is open to {self.audience} only")
        is_change = connection.scope.get("method", "GET") not in SAFE_METHODS
        if is_change and (who.read_only or who.things is not None):
            raise Forbidden("this key is narrowed and cannot do this; use a key that is not")


def needs(kind: str, level: Level) -> Depends:
    """For a route's `dependencies`: it needs this level on its thing."""
    return Depends(Needs(kind, level))


def open_to(audience: Audience) -> Depends:
    """For a route's `dependencies`: who may call it. Narrowed keys may only read."""
    return Depends(OpenTo(audience))


def admits(audience: Audience, who: Principal) -> bool:
    """Whether an audience includes a principal. The local person, while identity is off, is in all of them."""
    if who.kind == "anonymous" or audience == "everyone":
        return True
    if audience == "services" or who.kind == "service":
        return audience == "services" and who.kind == "service"
    return who.is_administrator if audience == "administrators" else who.role != "guest"


def needed_level() -> Level:
    """The level that the route at hand declares. Raises LookupError for a route that declares none."""
    return _needed.get()


def check_level(thing: Thing, level: Level | None, missing: NotFound, name: str, wanted: Level | None = None) -> None:
    """Raises Forbidden if the level is below what the route needs, and `missing` if there is none.

    `missing` is the error for a thing that does not exist, so that nobody learns that another's thing does. `wanted` is
    the route's level if something else was called in between.
    """
    wanted = wanted or needed_level()
    if level is None:
        raise missing
    if not at_least(level, wanted):
        raise Forbidden(f"you may {level} {thing.kind} {name}, but this needs the right to {wanted} it; ask its owner")


def show_rules(app: FastAPI) -> None:
    """Adds each route's rule to the app's OpenAPI document."""
    generate = app.openapi

    def openapi() -> dict[str, Any]:
        document = generate()
        for route in iter_route_contexts(app.routes):
            if not isinstance(route.original_route, APIRoute) or route.path_format is None:
                continue
            rule = _rule_of(route.dependant)
            operations = document["paths"].get(route.path_format, {})
            for method in route.methods or () if rule else ():
                if method.lower() in operations:
                    operations[method.lower()][X_ACCESS] = rule
        return document

    app.openapi = openapi


def without_rule(document: dict[str, Any]) -> Sequence[str]:
    """The operations of an OpenAPI document that declare no rule, as "GET /path"."""
    return [
        f"{method.upper()} {path}"
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
        if X_ACCESS not in operation
    ]


def _rule_of(dependant: Dependant) -> dict[str, str] | None:
    for one in dependant.dependencies:
        if isinstance(one.call, Needs | OpenTo):
            return one.call.shown
    return None
