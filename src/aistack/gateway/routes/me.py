"""`/gateway/me`: the caller. Also there with identity off, where one local person owns everything."""

from typing import TYPE_CHECKING

from fastapi import APIRouter

from aistack.chassis.identity import principal
from aistack.gateway.wire.people import Me

if TYPE_CHECKING:
    from aistack.gateway.people.people import People


def me_routes(identity: bool, people: "People | None") -> APIRouter:
    """`people` is None while identity is off."""
    router = APIRouter(prefix="/gateway", tags=["people"])

    @router.get("/me")
    async def read_me() -> Me:
        """Who the caller is, and what they may do."""
        who = principal.get()
        person = people.directory.people.get(who.subject) if people else None
        return Me(
            id=who.id,
            kind=who.kind,
            name=who.name,
            subject=who.subject,
            email=person.email if person else "",
            role=who.role,
            groups={group: people.directory.name_of(group) for group in who.groups} if people else {},
            services=None if who.services is None else list(who.services),
            read_only=who.read_only,
            things=None if who.things is None else list(who.things),
            is_administrator=who.is_administrator,
            identity=identity,
        )

    return router
