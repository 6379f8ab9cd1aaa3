"""What a principal holds on a thing, from its owner and its grants.

Discretionary access control with groups: the owner of a thing grants levels to subjects. A service that calls on its
own behalf holds nothing, so it can never do more for a person than the person could.
"""

from collections.abc import Iterable
from typing import NamedTuple

from aistack.access.levels import READ_ONLY_MAX, Level, highest, lower
from aistack.chassis.identity import OWNER, Principal

EVERYONE = "everyone"  # the subject of all signed-in people except guests
SUBJECT_PATTERN = r"^(everyone|owner|(user|group|service-account):[0-9a-f]{12}|jwt:[^\x00-\x1f\x7f]{1,200})$"


class Grant(NamedTuple):
    """A level on a thing for a subject."""

    subject: str
    level: Level


class Thing(NamedTuple):
    """Something that belongs to a subject. `id` is unique among the things of its kind, and not guessable."""

    kind: str
    id: str
    owner: str

    @property
    def reference(self) -> str:
        """As narrowed keys list it."""
        return f"{self.kind}:{self.id}"


class Manager(NamedTuple):
    """Who changes owner or grants. `otherwise` is the level that it holds by something else than these."""

    who: Principal
    otherwise: Level | None = None


def subjects_of(who: Principal) -> tuple[str, ...]:
    """The subjects whose grants apply to a principal."""
    if who.kind == "service":
        return ()
    return (who.subject, *who.groups) if who.role == "guest" else (who.subject, *who.groups, EVERYONE)


def held(who: Principal, thing: Thing, grants: Iterable[Grant]) -> Level | None:
    """The level that a principal holds on a thing, None if the thing does not exist for it."""
    if who.kind == "service" or (who.things is not None and thing.reference not in who.things):
        return None
    if who.role == OWNER or thing.owner == who.subject:
        level: Level | None = "manage"
    else:
        subjects = subjects_of(who)
        level = highest([grant.level for grant in grants if grant.subject in subjects])
    return lower(level, READ_ONLY_MAX) if level is not None and who.read_only else level
