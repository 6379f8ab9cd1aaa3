"""`/gateway/groups`, for administrators."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request

from aistack.gateway.identity.audit_log import AuditLog
from aistack.gateway.people.directory import GROUP
from aistack.gateway.people.people import People
from aistack.gateway.routes.scope_guard import actor_of, administrators_only
from aistack.gateway.wire.people import GroupDetails, GroupRequest, GroupView, MemberView
from aistack.stores.records import AnyRow

GroupId = Annotated[str, Path(pattern=r"^[0-9a-f]{12}$")]
Subject = Annotated[str, Path(pattern=r"^(user|service-account|group):[0-9a-f]{12}$")]


def group_routes(people: People, audit: AuditLog) -> APIRouter:
    router = APIRouter(prefix="/gateway/groups", tags=["people"], dependencies=[Depends(administrators_only)])

    async def note(request: Request, action: str, group_id: str, detail: str) -> None:
        await audit.note(action, group_id, detail, actor_of(request.scope).address)

    async def details(group_id: str) -> GroupDetails:
        row, members = await people.groups.get(group_id), await people.groups.members(group_id)
        direct = [MemberView(subject=one, name=people.directory.name_of(one)) for one in members]
        return GroupDetails(**_view(row, len(members)).model_dump(), direct=direct)

    @router.get("")
    async def list_groups() -> list[GroupView]:
        return [_view(row, members) for row, members in await people.groups.all_groups()]

    @router.post("", status_code=201)
    async def create_group(wanted: GroupRequest, request: Request) -> GroupView:
        row = await people.groups.create(wanted.name)
        await note(request, "group.created", row.id, row.name)
        return _view(row, 0)

    @router.get("/{group_id}")
    async def read_group(group_id: GroupId) -> GroupDetails:
        return await details(group_id)

    @router.patch("/{group_id}")
    async def rename_group(group_id: GroupId, wanted: GroupRequest, request: Request) -> GroupDetails:
        row = await people.groups.rename(group_id, wanted.name)
        await note(request, "group.renamed", row.id, row.name)
        return await details(group_id)

    @router.delete("/{group_id}", status_code=204)
    async def remove_group(group_id: GroupId, request: Request) -> None:
        """Removes a group; its members lose what was shared with it within a second."""
        row = await people.groups.remove(group_id)
        await note(request, "group.removed", row.id, row.name)

    @router.put("/{group_id}/members/{member}")
    async def add_member(group_id: GroupId, member: Subject, request: Request) -> GroupDetails:
        """Puts a user, a service account or another group into a group."""
        await people.groups.add(group_id, member)
        found = await details(group_id)
        await note(request, "group.joined", group_id, f"{found.name}: {member} ({people.directory.name_of(member)})")
        return found

    @router.delete("/{group_id}/members/{member}")
    async def take_out_member(group_id: GroupId, member: Subject, request: Request) -> GroupDetails:
        await people.groups.take_out(group_id, member)
        found = await details(group_id)
        await note(request, "group.left", group_id, f"{found.name}: {member} ({people.directory.name_of(member)})")
        return found

    return router


def _view(row: AnyRow, members: int) -> GroupView:
    return GroupView(id=row.id, subject=f"{GROUP}:{row.id}", name=row.name, members=members)
