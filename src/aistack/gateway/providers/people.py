"""From a provider's claims to an account: whose it is, its role, and its groups."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast, get_args

from sqlalchemy import insert, select, update

from aistack.chassis.errors import Problem
from aistack.chassis.identity import Role
from aistack.gateway.people.accounts import AccountChange
from aistack.gateway.people.people import People
from aistack.gateway.sign_in.credentials.credentials import Credentials
from aistack.gateway.sign_in.pages.refused import Refused
from aistack.gateway.sign_in.tables import ProviderLink
from aistack.stack.identity.settings import ClaimRule, ProviderSettings, Unknown
from aistack.stores.records import AnyRow

ROLES = ("guest", "member", "admin", "owner")  # from the least to the most
GROUPS_MAX = 200
ANY = "*"


@dataclass(frozen=True, slots=True)
class Mapped:
    """What the rules make of somebody's claims. `role` is None where no rule speaks of roles."""

    role: Role | None
    groups: tuple[str, ...]


def mapped(settings: ProviderSettings, claims: Mapping[str, Any]) -> Mapped:
    """Applies the rules. The highest role counts; without a match it is that of unknown people, or member."""
    roles = [rule.role for rule in settings.rules if rule.role and _has(claims, rule)]
    role = None
    if any(rule.role for rule in settings.rules):
        role = max(roles, key=ROLES.index) if roles else ("guest" if settings.unknown == "guest" else "member")
    groups = [rule.group for rule in settings.rules if rule.group and _has(claims, rule)]
    groups += values_of(claims, settings.groups_claim)
    names = tuple(dict.fromkeys(name.strip() for name in groups if name.strip()))
    return Mapped(cast(Role, role) if role in get_args(Role) else None, names[:GROUPS_MAX])


def values_of(claims: Mapping[str, Any], name: str) -> list[str]:
    """The texts in a claim; `realm_access.roles` finds a claim inside another."""
    found: Any = claims.get(name) if name else None
    if found is None and "." in name:
        found = claims
        for part in name.split("."):
            found = cast(Mapping[str, Any], found).get(part) if isinstance(found, Mapping) else None
    items = cast(list[object], found) if isinstance(found, list) else [found]
    return [str(item) if isinstance(item, bool | int) else item for item in items if isinstance(item, str | int)]


def _has(claims: Mapping[str, Any], rule: ClaimRule) -> bool:
    values = values_of(claims, rule.claim)
    return bool(values) if rule.value == ANY else rule.value in values


class ProviderAccounts:
    """The accounts that people of providers have here."""

    def __init__(self, people: People, credentials: Credentials) -> None:
        self._people = people
        self._credentials = credentials
        self._records = people.changes.records

    async def account_of(self, settings: ProviderSettings, claims: Mapping[str, Any]) -> AnyRow:
        """The account of a provider's person, with the role and groups that its claims give. Raises Refused."""
        key = provider_key(settings)
        link = await self._link(key, claims["sub"])
        if link is None:
            row = await self._account_for_email(settings, claims) or await self.create(
                settings.unknown, str(claims.get("name", "")), _email(claims)
            )
            link = await self._add_link(key, claims["sub"], row.id)
        row = await self._credentials.account(link.user_id)
        if row is None:
            raise Refused("error-unknown", 403)
        if row.status != "active":
            raise Refused("error-disabled", 403)
        wanted = mapped(settings, claims)
        if wanted.role is not None and wanted.role != row.role:
            await self._set_role(row.id, wanted.role)
        await self._set_groups(link, wanted.groups, uses_groups=bool(settings.groups_claim or settings.rules))
        return row

    async def create(self, unknown: Unknown, name: str, email: str) -> AnyRow:
        """An account for somebody unknown. Raises Refused when the settings do not allow it, or without an address."""
        if unknown == "refuse" or not email:
            raise Refused("error-unknown", 403)
        try:
            return await self._people.accounts.create(name or email.partition("@")[0], email, unknown)
        except Problem:  # another account has this address, or one that looks like it
            raise Refused("error-unknown", 403) from None

    async def _account_for_email(self, settings: ProviderSettings, claims: Mapping[str, Any]) -> AnyRow | None:
        """The account with the person's address, if the provider vouches for the address and may be believed."""
        if not settings.link_by_email or claims.get("email_verified") is not True or not _email(claims):
            return None
        return await self._credentials.with_email(_email(claims))

    async def _link(self, key: str, subject: str) -> AnyRow | None:
        query = select(ProviderLink).where(ProviderLink.provider == key, ProviderLink.subject == subject)
        async with self._records.read() as connection:
            link = (await connection.execute(query)).one_or_none()
        if link is not None and await self._credentials.account(link.user_id) is None:
            return None  # the account was removed
        return link

    async def _add_link(self, key: str, subject: str, user_id: str) -> AnyRow:
        where = ProviderLink.provider == key, ProviderLink.subject == subject
        async with self._records.write() as connection:
            changed = await connection.execute(update(ProviderLink).where(*where).values(user_id=user_id, groups=""))
            if not changed.rowcount:
                values = {"provider": key, "subject": subject, "user_id": user_id, "created_at": datetime.now(UTC)}
                await connection.execute(insert(ProviderLink).values(groups="", **values))
            return (await connection.execute(select(ProviderLink).where(*where))).one()

    async def _set_role(self, user_id: str, role: Role) -> None:
        try:
            await self._people.accounts.change(user_id, AccountChange(role=role))
        except Problem as problem:
            if problem.status != 409:  # the last owner stays the owner
                raise

    async def _set_groups(self, link: AnyRow, names: tuple[str, ...], *, uses_groups: bool) -> None:
        """Puts the account into these groups, and out of those that the provider put it into before."""
        before = set(link.groups.split())
        if not uses_groups and not before:
            return
        member, now = f"user:{link.user_id}", set[str]()
        for name in names:
            try:
                now.add(await self._group(name))
            except Problem:  # not a name that a group can have
                continue
        for group_id in sorted(before - now):
            await self._quietly(self._people.groups.take_out, group_id, member)
        for group_id in sorted(now - before):
            await self._quietly(self._people.groups.add, group_id, member)
        if now != before:
            where = ProviderLink.provider == link.provider, ProviderLink.subject == link.subject
            async with self._records.write() as connection:
                await connection.execute(update(ProviderLink).where(*where).values(groups=" ".join(sorted(now))))

    async def _group(self, name: str) -> str:
        """The id of a group, which is created when there is none of this name. Raises Problem."""
        for group, known in self._people.directory.groups.items():
            if known == name:
                return group.removeprefix("group:")
        return (await self._people.groups.create(name)).id

    async def _quietly(self, change: Any, group_id: str, member: str) -> None:
        try:
            await change(group_id, member)
        except Problem:  # the group was removed, or there are too many
            return


def provider_key(settings: ProviderSettings) -> str:
    """What links name a provider by: a provider that gets another issuer does not know anybody's account any more."""
    return f"{settings.name}:{hashlib.sha256(settings.issuer.encode()).hexdigest()[:16]}"


def _email(claims: Mapping[str, Any]) -> str:
    """The person's address; empty when the provider says that it is not verified."""
    email = claims.get("email")
    return email.strip() if isinstance(email, str) and claims.get("email_verified") is not False else ""
