"""Groups: of users, service accounts and other groups, without cycles."""

import secrets
from collections.abc import Collection, Mapping
from datetime import UTC, datetime

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from aistack.chassis.errors import Conflict, InvalidInput, NotFound
from aistack.gateway.identity.changes import Changes
from aistack.gateway.people.directory import GROUP, SERVICE_ACCOUNT, USER, groups_above, load_parents
from aistack.gateway.people.names import checked_name, name_key
from aistack.gateway.tables import Account, Group, Member
from aistack.stores.records import AnyRow

GROUPS_MAX = 10_000
GROUPS_OF_ONE_MAX = 500  # the header that names them to services has a limited size


class Groups:
    """The groups in the records."""

    def __init__(self, changes: Changes) -> None:
        self._changes = changes

    async def create(self, name: str) -> AnyRow:
        """Raises InvalidInput, and Conflict when a group has a name that looks the same."""
        async with self._changes.write() as connection:
            group_id = await insert_group(connection, name)
        return await self.get(group_id)

    async def get(self, group_id: str) -> AnyRow:
        """Raises NotFound."""
        async with self._changes.records.read() as connection:
            return await _row(connection, group_id)

    async def all_groups(self) -> list[tuple[AnyRow, int]]:
        """All groups by name, each with the number of its direct members."""
        async with self._changes.records.read() as connection:
            rows = (await connection.execute(select(Group).order_by(Group.name_key))).all()
            counted = await connection.execute(
                select(Member.group_id, func.count(Member.member).label("members")).group_by(Member.group_id)
            )
            counts = {row.group_id: row.members for row in counted}
        return [(row, counts.get(row.id, 0)) for row in rows]

    async def members(self, group_id: str) -> list[str]:
        """The subjects that are in a group directly. Raises NotFound."""
        async with self._changes.records.read() as connection:
            await _row(connection, group_id)
            found = select(Member.member).where(Member.group_id == group_id).order_by(Member.member)
            return list(await connection.scalars(found))

    async def rename(self, group_id: str, name: str) -> AnyRow:
        """Raises NotFound, InvalidInput, Conflict."""
        async with self._changes.write() as connection:
            await _row(connection, group_id)
            values = await _name(connection, name, group_id)
            await connection.execute(update(Group).where(Group.id == group_id).values(**values))
        return await self.get(group_id)

    async def remove(self, group_id: str) -> AnyRow:
        """Removes a group, also from the groups that it is in; its members stay. Raises NotFound."""
        async with self._changes.write() as connection:
            row = await _row(connection, group_id)
            await connection.execute(delete(Group).where(Group.id == group_id))
            await connection.execute(
                delete(Member).where((Member.group_id == group_id) | (Member.member == f"{GROUP}:{group_id}"))
            )
        return row

    async def add(self, group_id: str, member: str) -> None:
        """Puts a subject into a group. Raises NotFound, InvalidInput, and Conflict for a cycle or too many groups."""
        async with self._changes.write() as connection:
            await insert_member(connection, group_id, member)

    async def take_out(self, group_id: str, member: str) -> None:
        """Takes a subject out of a group. Raises NotFound; taking it out twice changes nothing."""
        async with self._changes.write() as connection:
            await _row(connection, group_id)
            await connection.execute(delete(Member).where(Member.group_id == group_id, Member.member == member))


async def insert_group(connection: AsyncConnection, name: str, provider: str = "") -> str:
    """As `Groups.create`, inside a transaction of `Changes`; the new group's id.

    `provider` names the identity provider that it comes from.
    """
    if (await connection.scalar(select(func.count(Group.id))) or 0) >= GROUPS_MAX:
        raise Conflict(f"there are already {GROUPS_MAX} groups, which is the limit")
    group_id, values = secrets.token_hex(6), await _name(connection, name)
    await connection.execute(
        insert(Group).values(id=group_id, provider=provider, created_at=datetime.now(UTC), **values)
    )
    return group_id


async def change_groups(
    connection: AsyncConnection, member: str, joined: Collection[str], left: Collection[str]
) -> set[str]:
    """Puts a user into groups and takes it out of others, inside a transaction; the ids of what were too many."""
    parents = await load_parents(connection)
    present = {one.removeprefix(f"{GROUP}:") for one in parents.get(member, ())}
    kept = [*sorted((present - set(left)) - set(joined)), *sorted(joined)]
    while len(groups_above(member, parents | {member: [f"{GROUP}:{one}" for one in kept]})) > GROUPS_OF_ONE_MAX:
        kept.pop()
    gone, added = present - set(kept), sorted(set(kept) - present)
    if gone:
        await connection.execute(delete(Member).where(Member.member == member, Member.group_id.in_(gone)))
    if added:
        await connection.execute(insert(Member), [{"group_id": one, "member": member} for one in added])
    return set(joined) - set(kept)


async def insert_member(connection: AsyncConnection, group_id: str, member: str) -> None:
    """As `Groups.add`, inside a transaction of `Changes`."""
    await _row(connection, group_id)
    await _check_member(connection, member)
    parents = await load_parents(connection)
    group = f"{GROUP}:{group_id}"
    if group in parents.get(member, ()):
        return
    if member == group or member in groups_above(group, parents):
        raise Conflict("the group would contain itself, directly or through other groups")
    parents.setdefault(member, []).append(group)
    _check_numbers(member, parents)
    await connection.execute(insert(Member).values(group_id=group_id, member=member))


async def _row(connection: AsyncConnection, group_id: str) -> AnyRow:
    row = (await connection.execute(select(Group).where(Group.id == group_id))).one_or_none()
    if row is None:
        raise NotFound(f"no group has the id {group_id}; GET /gateway/groups lists all groups")
    return row


async def _name(connection: AsyncConnection, text: str, group_id: str = "") -> dict[str, str]:
    name = checked_name(text)
    key = name_key(name)
    taken = await connection.scalar(select(Group.name).where(Group.name_key == key, Group.id != group_id))
    if taken is not None:
        how = "already exists" if taken == name else f"looks like {taken!r}, which already exists"
        raise Conflict(f"the group {name!r} {how}")
    return {"name": name, "name_key": key}


async def _check_member(connection: AsyncConnection, member: str) -> None:
    kind, _, member_id = member.partition(":")
    if kind == GROUP:
        await _row(connection, member_id)
    elif kind in (USER, SERVICE_ACCOUNT):
        found = select(Account.id).where(Account.id == member_id, Account.kind == kind)
        if await connection.scalar(found) is None:
            raise NotFound(f"there is no {member}; GET /gateway/users lists all users")
    else:
        raise InvalidInput(f"{member!r} cannot be in a group; members are user:ID, service-account:ID or group:ID")


def _check_numbers(member: str, parents: Mapping[str, list[str]]) -> None:
    """Raises Conflict if a subject at or below `member` would be in too many groups."""
    children: dict[str, list[str]] = {}
    for child, groups in parents.items():
        for group in groups:
            children.setdefault(group, []).append(child)
    seen: set[str] = set()
    checked: set[tuple[str, ...]] = set()  # groups that subjects are in directly: many are in the same
    waiting = [member]
    while waiting:
        subject = waiting.pop()
        if subject in seen:
            continue
        seen.add(subject)
        waiting.extend(children.get(subject, ()))
        direct = tuple(parents.get(subject, ()))
        if direct not in checked and len(groups_above(subject, parents)) > GROUPS_OF_ONE_MAX:
            raise Conflict(f"{subject} would be in more than {GROUPS_OF_ONE_MAX} groups, which is the limit")
        checked.add(direct)
