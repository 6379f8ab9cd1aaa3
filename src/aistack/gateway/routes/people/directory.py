"""The directory: whom one may share with, and who a subject is now; and the export of one's own account."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Response

from aistack.access.exporting.exports import ExportResponse
from aistack.chassis.errors import Forbidden, NotFound
from aistack.chassis.identity import principal
from aistack.gateway.people.directory import FOUND_MAX
from aistack.gateway.people.export import Exports
from aistack.gateway.people.people import People
from aistack.gateway.routes.people.users import export_response
from aistack.gateway.wire.people import SubjectView

NO_ACCOUNT = "this caller has no account; sign in as a user"


def directory_routes(people: People, exports: Exports) -> APIRouter:
    router = APIRouter(prefix="/gateway", tags=["people"])

    @router.get("/me/export", response_class=Response)
    async def export_me() -> ExportResponse:
        """Everything that the stack keeps about the caller and for them, as a zip archive."""
        person = people.directory.people.get(principal.get().subject)
        if person is None:
            raise NotFound(NO_ACCOUNT)
        return export_response(await exports.start(await people.accounts.get(person.id)), person.id)

    @router.get("/directory")
    async def search_directory(
        q: Annotated[str, Query(max_length=254)] = "",
        subject: Annotated[list[str] | None, Query(max_length=FOUND_MAX)] = None,
    ) -> list[SubjectView]:
        """At most 50 users, service accounts and groups: those with `q` in name or e-mail address, or `subject`."""
        if principal.get().role == "guest":
            raise Forbidden("guests cannot look up other people")
        found = people.directory.find(q) if subject is None else people.directory.described(subject)
        return [SubjectView(subject=subject, name=name, email=email) for subject, name, email in found]

    @router.get("/directory/principals/{subject}")
    async def read_principal(subject: Annotated[str, Path(max_length=300)]) -> dict[str, Any]:
        """Who a subject is now, for services that work in somebody's name. 404 when it is gone or disabled."""
        who = people.principal_of(subject)
        if who is None:
            raise NotFound(f"there is no active account {subject}")
        return who.claims()

    return router
