"""Who may do what with a connection: its levels of access, refined by its roles."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal, Protocol, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from aistack.access.access import Grant, Thing, held
from aistack.access.levels import Level, at_least, highest
from aistack.chassis.errors import Conflict, Forbidden, NotFound
from aistack.chassis.identity import EVERYONE, OWNER, Principal

KIND = "connection"  # of a thing
Right = Literal["see", "ask", "run", "write"]
RIGHTS: tuple[Right, ...] = ("see", "ask", "run", "write")
AnyThing = TypeVar("AnyThing", bound="HasOwner")


class HasOwner(Protocol):
    @property
    def id(self) -> str: ...
    @property
    def owner(self) -> str: ...


class Roles(BaseModel):
    """Who can see the connection, ask questions, run SQL, and write. They refine the levels of access.

    Lists name people, groups and keys ("user:ID", "group:ID", "key:ID", "jwt:SUB", the name of an owner's key), who
    have the right even without access otherwise. "*" stands for everyone with the level `use` (to see: `view`).
    """

    model_config = ConfigDict(extra="forbid")

    see: list[str] = Field(default=[EVERYONE], max_length=1000)
    ask: list[str] = Field(default=[EVERYONE], max_length=1000)
    run: list[str] = Field(default=[EVERYONE], max_length=1000)
    write: list[str] = Field(default=[], max_length=1000)

    def names(self, who: Principal, right: Right) -> bool:
        """Whether a list names the principal itself."""
        return who.is_among(name for name in getattr(self, right) if name != EVERYONE)

    def includes_all(self, right: Right) -> bool:
        return EVERYONE in getattr(self, right)


@dataclass(frozen=True, slots=True)
class Rights:
    """What a principal may do with a connection: its level, and the single rights. No level: it may not see it."""

    level: Level | None
    rights: tuple[Right, ...] = ()

    def require(self, right: Right, name: str) -> None:
        """Raises NotFound without any right, Forbidden without this one. `name` is what the caller asked for."""
        if self.level is None:
            raise no_connection(name)
        if right not in self.rights:
            may = ", ".join(self.rights) or "administer"
            raise Forbidden(f"you may {may} {name}, but not {right}; ask its owner to add you to its roles")


def no_connection(name: str) -> NotFound:
    """The error for a connection that does not exist, and for one that the caller may not see."""
    return NotFound(f"there is no connection {name}")


def rights_on(who: Principal, thing: Thing, grants: Iterable[Grant], roles: Roles) -> Rights:
    """The rights of a principal on a connection.

    A restricted key of the owner may use what the roles give to everyone or to itself, and changes nothing: so it was
    before there were people.
    """
    if who.kind == "service" or (who.things is not None and thing.reference not in who.things):
        return Rights(None)
    level = held(who, thing, grants)
    if is_restricted_key_of_owner(who):
        shared = [right for right in RIGHTS if roles.includes_all(right)]
        level = None if level is None or not shared else "view" if shared == ["see"] else "use"
    named = [right for right in RIGHTS if roles.names(who, right)]
    may_use = at_least(level, "use")
    rights: list[Right] = [right for right in RIGHTS[1:] if right in named or (may_use and roles.includes_all(right))]
    if who.read_only and "write" in rights:
        rights.remove("write")
    by_name: list[Level] = ["view" if named == ["see"] else "use"] if named else []
    reached = highest([*by_name, *([level] if level is not None else [])])
    return Rights(reached, ("see", *rights) if reached is not None else ())


def is_restricted_key_of_owner(who: Principal) -> bool:
    """Whether this is a key for some services only that belongs to the stack's owners rather than to a person."""
    return who.kind == "key" and who.subject == OWNER and who.role != OWNER


def owner_of(who: Principal) -> str:
    """To whom belongs what a principal makes. Restricted keys of the owner keep theirs apart, as they always did."""
    return who.id if is_restricted_key_of_owner(who) else who.subject


def things_of(who: Principal) -> list[str]:
    """The ids of the connections that a key is narrowed to."""
    return [one.removeprefix(f"{KIND}:") for one in who.things or () if one.startswith(f"{KIND}:")]


def as_maker(who: Principal) -> Principal:
    """The principal as the owner of what it makes: restricted keys of the stack's owners keep theirs apart."""
    return replace(who, subject=who.id) if is_restricted_key_of_owner(who) else who


def is_owner(who: Principal) -> bool:
    """Whether this is an owner of the stack, with all rights: they may see and stop what others do."""
    return who.is_administrator and who.role == OWNER


def chosen(asked: str, found: Sequence[AnyThing], who: Principal) -> AnyThing | None:
    """What a principal means, of what it may see and what has this id or name.

    Its own come first, then those of the stack's owners: nobody else can make their names ambiguous. Raises Conflict if
    several have the name.
    """
    for one in found:
        if one.id == asked:
            return one
    own = [one for one in found if one.owner == owner_of(who)]
    meant = own or [one for one in found if one.owner == OWNER] or found
    if len(meant) > 1:
        raise Conflict(f"{len(meant)} that you may see are named {asked}; use an id")
    return meant[0] if meant else None
