"""`/gateway/users` and the first owner's link, for administrators."""

from collections.abc import AsyncGenerator
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from aistack.access.exporting.exports import ExportResponse
from aistack.chassis.errors import InvalidInput
from aistack.chassis.identity import principal
from aistack.gateway.identity.audit_log import AuditLog
from aistack.gateway.people.accounts import PAGE_MAX, AccountChange, check_authority
from aistack.gateway.people.directory import USER
from aistack.gateway.people.export import Exports
from aistack.gateway.people.links import NewLink
from aistack.gateway.people.people import People
from aistack.gateway.people.removal import Belongings, Removal
from aistack.gateway.routes.scope_guard import actor_of, administrators_only
from aistack.gateway.wire.people import (
    BelongingsView,
    LinkRequest,
    LinkView,
    Removed,
    UserChange,
    UserCreated,
    UserList,
    UserRequest,
    UserView,
)
from aistack.stores.records import AnyRow

UserId = Annotated[str, Path(pattern=r"^[0-9a-f]{12}$")]


def user_routes(people: People, removal: Removal, exports: Exports, audit: AuditLog) -> APIRouter:
    router = APIRouter(prefix="/gateway", tags=["people"], dependencies=[Depends(administrators_only)])

    async def note(request: Request, action: str, subject: str, detail: str) -> None:
        await audit.note(action, subject, detail, actor_of(request.scope).address)

    @router.get("/users")
    async def list_users(
        q: Annotated[str, Query(max_length=254)] = "",
        after: Annotated[str, Query(max_length=12)] = "",
        limit: Annotated[int, Query(ge=1, le=PAGE_MAX)] = 100,
    ) -> UserList:
        """Users and service accounts, by id. `q` is part of a name or e-mail address."""
        rows = await people.accounts.page(q, after, limit)
        return UserList(users=[_view(row) for row in rows], next=rows[-1].id if len(rows) == limit else "")

    @router.post("/users", status_code=201)
    async def create_user(wanted: UserRequest, request: Request) -> UserCreated:
        """Creates a user, with an invitation link that is shown only in this response, or a service account."""
        row = await people.accounts.create(wanted.name, wanted.email, wanted.role, wanted.kind, principal.get())
        await note(request, "user.created", row.id, _described(row))
        link = await people.links.create("invitation", row.id) if row.kind == USER else None
        return UserCreated(link=link and link_view(link), **_view(row).model_dump())

    @router.get("/users/{user_id}")
    async def read_user(user_id: UserId) -> UserView:
        return _view(await people.accounts.get(user_id))

    @router.patch("/users/{user_id}")
    async def change_user(user_id: UserId, wanted: UserChange, request: Request) -> UserView:
        """Changes name, e-mail address, role or status. In force on every gateway within a second."""
        values = wanted.model_dump()
        row = await people.accounts.change(user_id, AccountChange(**values), principal.get())
        changed = ", ".join(f"{name}: {value}" for name, value in values.items() if value is not None)
        await note(request, "user.changed", row.id, f"{row.name}: {changed}")
        return _view(row)

    @router.post("/users/{user_id}/link", status_code=201)
    async def create_link(user_id: UserId, wanted: LinkRequest, request: Request) -> LinkView:
        """A new link to set a password: an invitation, or for somebody who forgot theirs. Earlier ones stop working."""
        row = await people.accounts.get(user_id)
        check_authority(principal.get(), row.role)
        if row.kind != USER:
            raise InvalidInput("a service account cannot sign in; create a key for it")
        link = await people.links.create(wanted.kind, row.id)
        await note(request, f"user.{wanted.kind}", row.id, row.name)
        return link_view(link)

    @router.get("/users/{user_id}/belongings")
    async def read_belongings(user_id: UserId) -> list[BelongingsView]:
        """What belongs to an account, and so what removing it would hand over or delete."""
        return [_belongings(one) for one in await removal.preview(user_id)]

    @router.delete("/users/{user_id}")
    async def remove_user(
        user_id: UserId,
        request: Request,
        heir: Annotated[str, Query(max_length=64, description="who gets what is theirs, such as user:ID")] = "",
        delete: Annotated[bool, Query(description="delete what is theirs")] = False,
    ) -> Removed:
        """Removes an account. What belongs to it goes to the heir, or is deleted; keys are revoked in both cases."""
        if bool(heir) == delete:
            raise InvalidInput("say what happens to what is theirs: heir=SUBJECT hands it over, delete=true deletes it")
        name = await removal.remove(user_id, heir or None, principal.get())
        await note(request, "user.removed", user_id, f"{name}: {'heir ' + heir if heir else 'all deleted'}")
        return Removed(id=user_id, name=name, heir=heir or None)

    @router.get("/users/{user_id}/export", response_class=Response)
    async def export_user(user_id: UserId, request: Request) -> ExportResponse:
        """Everything that the stack keeps about a person and for them, as a zip archive."""
        row = await people.accounts.get(user_id)
        check_authority(principal.get(), row.role)
        archive = await exports.start(row)
        await note(request, "user.exported", row.id, row.name)
        return export_response(archive, row.id)

    @router.post("/first-owner", status_code=201)
    async def create_first_owner_link() -> LinkView:
        """The link with which the first owner signs up. It is made once, while there is no owner."""
        return link_view(await people.links.create_first_owner())

    return router


def export_response(archive: AsyncGenerator[bytes], account_id: str) -> ExportResponse:
    """The download of an account's export."""
    headers = {"content-disposition": f'attachment; filename="export-{account_id}.zip"', "cache-control": "no-store"}
    return ExportResponse(archive, media_type="application/zip", headers=headers)


def link_view(link: NewLink) -> LinkView:
    return LinkView(kind=link.kind, path=link.path, expires_at=link.expires_at)


def _view(row: AnyRow) -> UserView:
    return UserView(
        id=row.id,
        subject=f"{row.kind}:{row.id}",
        kind=row.kind,
        name=row.name,
        email=row.email,
        role=row.role,
        status=row.status,
        created_at=row.created_at,
        last_seen_at=row.last_seen_at,
    )


def _belongings(one: Belongings) -> BelongingsView:
    return BelongingsView(service=one.service, counts=one.counts, problem=one.problem)


def _described(row: AnyRow) -> str:
    return f"{row.name} <{row.email}>: {row.role}" if row.email else f"{row.name}: {row.kind}, {row.role}"
