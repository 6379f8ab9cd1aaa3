"""The routes with which every thing is shared: its grants, its owner, and requests to share."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Annotated, Protocol

from fastapi import APIRouter, BackgroundTasks, Response
from pydantic import BaseModel, ConfigDict, Field

from aistack.access.access import SUBJECT_PATTERN, Grant, Manager, Thing
from aistack.access.grants import GRANTS_MAX, AccessStore
from aistack.access.levels import Level
from aistack.access.rules import needs, open_to
from aistack.chassis.errors import Conflict, InvalidInput, NotFound
from aistack.chassis.identity import OWNER, Principal, principal

OWNER_PATTERN = r"^(owner|(user|service-account):[0-9a-f]{12}|jwt:[^\x00-\x1f\x7f]{1,200})$"

Subject = Annotated[str, Field(pattern=SUBJECT_PATTERN)]
Find = Callable[[str], Awaitable[Thing]]
Held = Callable[[Principal, Thing], Awaitable[Level | None]]


class People(Protocol):
    """The active accounts, such as the `Directory`."""

    async def principal_of(self, subject: str) -> Principal | None: ...


class GrantView(BaseModel):
    model_config = ConfigDict(extra="forbid")

    subject: Subject
    level: Level


class AccessView(BaseModel):
    """Who may do what with a thing. Only its managers see the grants of others."""

    owner: str
    grants: list[GrantView]
    yours: Level


class NewGrants(BaseModel):
    """The grants that replace the ones there are."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"grants": [{"subject": "everyone", "level": "view"}]}]}
    )

    grants: list[GrantView] = Field(max_length=GRANTS_MAX)


class NewOwner(BaseModel):
    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"owner": "user:0123456789ab"}]})

    owner: str = Field(pattern=OWNER_PATTERN)


class NewRequest(BaseModel):
    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"level": "view"}]})

    level: Level = "view"


class RequestView(BaseModel):
    subject: str
    level: Level
    requested_at: datetime


def access_routes(
    path: str,
    kind: str,
    store: AccessStore,
    find: Find,
    tags: Sequence[str] = ("access",),
    held_on: Held | None = None,
    parameter: str = "thing",
    caller: Callable[[], Principal] = principal.get,
    otherwise: Held | None = None,
    people: People | None = None,
) -> APIRouter:
    """The routes below `path`/{thing}, such as `/v1/rag/collections/{thing}/access`.

    `held_on` gives the caller's level where more than the grants decide, such as the roles of a connection. `parameter`
    is `thing:path` for ids with slashes, `caller` the principal as the owner of things, and `otherwise` gives the level
    that it holds by something else than owner and grants.
    The things may be given to `people`; without it, they have no owner of their own to change.

    `find` looks a thing up by what the path names, for the caller and the level that the route needs. It raises
    NotFound and Forbidden as `check_level` does.
    """
    router = APIRouter(prefix=f"{path}/{{{parameter}}}", tags=list(tags))

    async def shown(thing: Thing) -> AccessView:
        who, grants = principal.get(), await store.of(thing)
        level = await (held_on or store.held_on)(who, thing)
        if level is None:
            raise NotFound("the access to it was taken back")
        seen = [one for one in grants if level == "manage" or one.subject in (who.subject, *who.groups, "everyone")]
        return AccessView(
            owner=thing.owner, grants=[GrantView(subject=one.subject, level=one.level) for one in seen], yours=level
        )

    async def manager(thing: Thing) -> Manager:
        who = caller()
        return Manager(who, await otherwise(who, thing) if otherwise else None)

    async def refuse(thing: str) -> None:
        await find(thing)
        raise Conflict("its owner or its grants have changed meanwhile; try again")

    @router.get("/access", dependencies=[needs(kind, "view")])
    async def show_access(thing: str) -> AccessView:
        """The owner, the grants, and the caller's own level."""
        return await shown(await find(thing))

    @router.put("/access", dependencies=[needs(kind, "manage")])
    async def set_access(thing: str, new: NewGrants) -> AccessView:
        """Replaces the grants. The owner always keeps all rights."""
        found = await find(thing)
        if len({one.subject for one in new.grants}) < len(new.grants):
            raise InvalidInput("each subject may have only one grant")
        if not await store.set(found, [Grant(one.subject, one.level) for one in new.grants], await manager(found)):
            await refuse(thing)
        return await shown(found)

    async def transfer(thing: str, new: NewOwner, response: Response) -> None:
        """Gives the thing to another owner; its grants stay. Nobody gets a thing without agreeing.

        Who manages a thing may take it over, by naming themselves; owners of the stack may name anybody. For others it
        is an offer, 202: the new owner may manage the thing from now on, and takes it over with the same request.
        """
        found, who = await find(thing), caller()
        assert people is not None
        heir = who if new.owner == who.subject else await people.principal_of(new.owner)
        if heir is None or heir.role == "guest":
            raise InvalidInput(f"{new.owner} cannot own anything; name an active account that is not a guest's")
        if who.role == OWNER or new.owner == who.subject:
            is_done = await store.transfer(found, new.owner, await manager(found))
        else:
            response.status_code = 202
            is_done = await store.offer(found, new.owner, await manager(found))
        if not is_done:
            await refuse(thing)

    if people is not None:
        router.add_api_route(
            "/owner", transfer, methods=["PUT"], status_code=204, dependencies=[needs(kind, "manage")],
            responses={202: {"description": "Offered to the new owner"}},
        )  # fmt: skip

    @router.post("/access/requests", status_code=202, dependencies=[open_to("everyone")])
    async def request_access(thing: str, new: NewRequest, after_response: BackgroundTasks) -> None:
        """Asks the thing's managers for access. The response does not show whether the thing exists, nor its time."""
        after_response.add_task(store.request, principal.get(), kind, thing, new.level)

    @router.get("/access/requests", dependencies=[needs(kind, "manage")])
    async def list_requests(thing: str) -> list[RequestView]:
        """The requests that nobody has answered. Granting what a request asks for answers it."""
        found = await store.requests(await find(thing))
        return [RequestView(subject=one, level=level, requested_at=when) for one, level, when in found]

    @router.delete("/access/requests/{subject}", status_code=204, dependencies=[needs(kind, "manage")])
    async def decline(thing: str, subject: str) -> None:
        """Declines a request."""
        await store.decline(await find(thing), subject)

    return router
