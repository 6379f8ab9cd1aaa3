"""`/gateway/me` for every caller, and the directory: whom one may share with, and who a subject is now."""

from collections.abc import Callable
from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query

from aistack.chassis.errors import Forbidden, NotFound
from aistack.chassis.identity import Principal, principal
from aistack.gateway.identity.api_keys import ApiKeyStore
from aistack.gateway.people.directory import Directory
from aistack.gateway.people.export import exported
from aistack.gateway.people.people import People
from aistack.gateway.people.removal import Removal
from aistack.gateway.wire.people import Me, PrincipalView, SubjectView

NO_ACCOUNT = "this caller has no account; sign in as a user"


def me_routes(identity: bool, directory: Callable[[], Directory]) -> APIRouter:
    """Also there with identity off, where one local person owns everything."""
    router = APIRouter(prefix="/gateway", tags=["people"])

    @router.get("/me")
    async def read_me() -> Me:
        """Who the caller is, and what they may do."""
        who, known = principal.get(), directory()
        person = known.people.get(who.subject)
        return Me(
            **_view(who).model_dump(),
            email=person.email if person else "",
            group_names=[known.name_of(group) for group in who.groups],
            is_administrator=who.is_administrator,
            identity=identity,
        )

    return router


def directory_routes(people: People, keys: ApiKeyStore, removal: Removal) -> APIRouter:
    router = APIRouter(prefix="/gateway", tags=["people"])

    @router.get("/me/export")
    async def export_me() -> dict[str, Any]:
        """All that the stack keeps about the caller, as one document."""
        person = people.directory.people.get(principal.get().subject)
        if person is None:
            raise NotFound(NO_ACCOUNT)
        row = await people.accounts.get(person.id)
        return await exported(people, keys, row, await removal.preview(person.id))

    @router.get("/directory")
    async def search_directory(q: Annotated[str, Query(max_length=254)] = "") -> list[SubjectView]:
        """Users, service accounts and groups whose name or e-mail address contains `q`, at most 50."""
        if principal.get().role == "guest":
            raise Forbidden("guests cannot look up other people")
        found = people.directory.find(q)
        return [SubjectView(subject=subject, name=name, email=email) for subject, name, email in found]

    @router.get("/directory/principals/{subject}")
    async def read_principal(subject: Annotated[str, Path(max_length=300)]) -> PrincipalView:
        """Who a subject is now, for services that work in somebody's name. 404 when it is gone or disabled."""
        who = people.principal_of(subject)
        if who is None:
            raise NotFound(f"there is no active account {subject}")
        return _view(who)

    return router


def _view(who: Principal) -> PrincipalView:
    return PrincipalView.model_validate(asdict(who))
