"""From a provider's claims to an account: whose it is, its role, and its groups."""

import hashlib
import unicodedata
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from aistack.chassis.errors import Conflict, Problem
from aistack.chassis.identity import Role
from aistack.gateway.people.accounts import AccountChange
from aistack.gateway.people.groups import change_groups, insert_group
from aistack.gateway.people.people import People
from aistack.gateway.providers.claims import Mapped, display_name, email_of, mapped
from aistack.gateway.sign_in.credentials.credentials import Credentials
from aistack.gateway.sign_in.pages.refused import Refused
from aistack.gateway.sign_in.tables import ProviderLink
from aistack.gateway.tables import Account, Group
from aistack.stack.identity.settings import ProviderSettings, Unknown
from aistack.stores.records import AnyRow


class ProviderAccounts:
    """The accounts that people of providers have here."""

    def __init__(self, people: People, credentials: Credentials) -> None:
        self._people = people
        self._credentials = credentials
        self._records = people.changes.records

    async def account_of(self, settings: ProviderSettings, claims: Mapping[str, Any]) -> tuple[AnyRow, list[str]]:
        """The account of a provider's person, and the names in its claims that no group could be made of.

        It gets the role and groups that its claims give. Raises Refused.
        """
        key = provider_key(settings)
        link = await self._link(key, claims["sub"]) or await self._new_link(key, settings, claims)
        row = await self._credentials.account(link.user_id)
        if row is None:
            raise Refused("error-unknown", 403)
        if row.status != "active":
            raise Refused("error-disabled", 403)
        wanted = mapped(settings, claims)
        if wanted.role is not None and wanted.role != row.role:
            await self._set_role(row.id, wanted.role)
        if not (settings.groups_claim or settings.rules or link.groups):
            return row, []
        return row, await self._set_groups(link, settings, wanted)

    async def create(self, unknown: Unknown, name: str, email: str) -> AnyRow:
        """An account for somebody unknown. Raises Refused when the settings do not allow it, or without an address."""
        async with self._made_for(unknown, email) as (connection, role):
            account_id = await self._people.accounts.insert(connection, display_name(name, email), email, role)
        return await self._people.accounts.get(account_id)

    async def _new_link(self, key: str, settings: ProviderSettings, claims: Mapping[str, Any]) -> AnyRow:
        """Links a person to the account with their address, or to a new one. Raises Refused."""
        email = email_of(settings, claims)
        if not email and claims.get("email") and (settings.link_by_email or settings.unknown != "refuse"):
            raise Refused("error-unverified", 403)
        known = await self._credentials.with_email(email) if settings.link_by_email and email else None
        unknown: Unknown = settings.unknown if known is None else "member"
        async with self._made_for(unknown, email) as (connection, role):
            where = ProviderLink.provider == key, ProviderLink.subject == claims["sub"]
            link = (await connection.execute(select(ProviderLink).where(*where))).one_or_none()
            if link is not None and await connection.scalar(select(Account.id).where(Account.id == link.user_id)):
                return link  # made in another tab meanwhile
            user_id = known.id if known is not None else ""
            if not user_id:
                shown = display_name(claims.get("name"), email)
                user_id = await self._people.accounts.insert(connection, shown, email, role)
            await connection.execute(delete(ProviderLink).where(*where))  # of an account that was removed
            values = {"provider": key, "subject": claims["sub"], "user_id": user_id, "created_at": datetime.now(UTC)}
            await connection.execute(insert(ProviderLink).values(groups="", **values))
            return (await connection.execute(select(ProviderLink).where(*where))).one()

    @asynccontextmanager
    async def _made_for(self, unknown: Unknown, email: str) -> AsyncGenerator[tuple[AsyncConnection, Role]]:
        """A transaction that makes an account, and its role; Refused where that is not allowed or not possible."""
        if unknown == "refuse" or not email:
            raise Refused("error-unknown", 403)
        try:
            async with self._people.changes.write() as connection:
                yield connection, unknown
        except Problem:  # another account has this address, or one that looks like it
            raise Refused("error-unknown", 403) from None

    async def _link(self, key: str, subject: str) -> AnyRow | None:
        query = select(ProviderLink).where(ProviderLink.provider == key, ProviderLink.subject == subject)
        async with self._records.read() as connection:
            link = (await connection.execute(query)).one_or_none()
        if link is not None and await self._credentials.account(link.user_id) is None:
            return None  # the account was removed
        return link

    async def _set_role(self, user_id: str, role: Role) -> None:
        try:
            await self._people.accounts.change(user_id, AccountChange(role=role))
        except Problem as problem:
            if problem.status != 409:  # the last owner stays the owner
                raise

    async def _set_groups(self, link: AnyRow, settings: ProviderSettings, wanted: Mapped) -> list[str]:
        """Puts the account into these groups, and out of those that the provider put it into before."""
        before = set(link.groups.split())
        async with self._records.read() as connection:
            now, missing = await _known(connection, settings, wanted)
        if now == before and not missing:
            return []
        ignored: list[str] = []
        async with self._people.changes.write() as connection:
            now, missing = await _known(connection, settings, wanted)
            for name, provider in missing:
                try:
                    now.add(await _create(connection, name, provider, settings.title))
                except Problem:  # not a name that a group can have
                    ignored.append(name)
            too_many = await change_groups(connection, f"user:{link.user_id}", now, before - now)
            ignored += [f"group:{one}" for one in sorted(too_many)]
            where = ProviderLink.provider == link.provider, ProviderLink.subject == link.subject
            groups = " ".join(sorted(now - too_many))
            await connection.execute(update(ProviderLink).where(*where).values(groups=groups))
        return ignored


async def _known(
    connection: AsyncConnection, settings: ProviderSettings, wanted: Mapped
) -> tuple[set[str], list[tuple[str, str]]]:
    """The ids of the groups that are wanted, and (name, provider) of those that do not exist yet.

    Rules may name any group, as administrators write them. A claim only counts for groups that came from this provider:
    who names groups there must not get what is shared with a group of the same name here.
    """
    rows = await connection.execute(select(Group.id, Group.name, Group.provider))
    groups = {_folded(row.name): (row.id, row.provider) for row in rows}
    found, missing = set[str](), list[tuple[str, str]]()
    for name in wanted.groups:
        if _folded(name) in groups:
            found.add(groups[_folded(name)][0])
        else:
            missing.append((name, ""))
    for name in wanted.claimed:
        same = (groups.get(_folded(one)) for one in (name, _qualified(name, settings.title)))
        own = next((group_id for group_id, provider in filter(None, same) if provider == settings.name), "")
        if own:
            found.add(own)
        else:
            missing.append((name, settings.name))
    return found, missing


async def _create(connection: AsyncConnection, name: str, provider: str, title: str) -> str:
    """The id of a new group. Raises Problem."""
    try:
        return await insert_group(connection, name, provider)
    except Conflict:
        if not provider:
            raise
        return await insert_group(connection, _qualified(name, title), provider)


def _qualified(name: str, title: str) -> str:
    """The name of a provider's group when another group has its name."""
    return f"{name} ({title})"


def _folded(name: str) -> str:
    return unicodedata.normalize("NFKC", name).casefold()


def provider_key(settings: ProviderSettings) -> str:
    """What links name a provider by: a provider that gets another issuer does not know anybody's account any more."""
    return f"{settings.name}:{hashlib.sha256(settings.issuer.encode()).hexdigest()[:16]}"
