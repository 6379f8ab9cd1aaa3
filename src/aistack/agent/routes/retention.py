"""HTTP endpoints for what is kept of you, for how long, and deleting it now."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from fastapi import APIRouter

from aistack.access.rules import open_to
from aistack.agent.wire import Kept
from aistack.chassis.errors import NotFound
from aistack.chassis.identity import principal

HOURS_A_DAY = 24


@dataclass(frozen=True, slots=True)
class KeptKind:
    """`hours` is None for what is kept until it is deleted, `count` and `remove_all` are for a person's subject."""

    kind: str
    setting: str
    hours: Callable[[], int | None]
    count: Callable[[str], Awaitable[int]]
    remove_all: Callable[[str], Awaitable[int]]


def days(value: int) -> int | None:
    """In hours; None for 0, which means until it is deleted."""
    return value * HOURS_A_DAY or None


def retention_routes(kinds: Sequence[KeptKind]) -> APIRouter:
    """`/v1/agent/retention`."""
    router = APIRouter(prefix="/v1/agent/retention", tags=["agent"])
    named = {one.kind: one for one in kinds}

    @router.get("", dependencies=[open_to("everyone")])
    async def show_retention() -> list[Kept]:
        """For how long each kind of your data is kept, and how much of it there is."""
        owner = principal.get().subject
        return [
            Kept(kind=one.kind, count=await one.count(owner), hours=one.hours(), setting=one.setting) for one in kinds
        ]

    @router.delete("/{kind}", dependencies=[open_to("members")])
    async def delete_now(kind: str) -> Kept:
        """Deletes all of one kind that is yours, now. The answer says how much there was."""
        found = named.get(kind)
        if found is None:
            raise NotFound(f"there is no kind {kind[:40]}; there are {', '.join(named)}")
        count = await found.remove_all(principal.get().subject)
        return Kept(kind=kind, count=count, hours=found.hours(), setting=found.setting)

    return router
