"""Accounts: users and service accounts, their roles, and who may change them.

Administrators change accounts that are not owners'; owners change all. The last active owner cannot be demoted,
disabled or removed: without one, nobody could manage the stack any more.
"""

import secrets
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Literal

from sqlalchemy import delete, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from aistack.chassis.errors import Conflict, Forbidden, InvalidInput, NotFound
from aistack.chassis.identity import OWNER, Principal, Role
from aistack.gateway.identity.changes import Changes
from aistack.gateway.people.directory import SERVICE_ACCOUNT, USER
from aistack.gateway.people.links import end_links
from aistack.gateway.people.names import checked_email, checked_name, email_key
from aistack.gateway.tables import Account, ApiKey, Link, Member
from aistack.stores.records import AnyRow

ACCOUNTS_MAX = 20_000
PAGE_MAX = 500
KINDS = (USER, SERVICE_ACCOUNT)

AccountKind = Literal["user", "service-account"]
Status = Literal["active", "disabled"]


@dataclass(frozen=True, slots=True)
class AccountChange:
    """What to change in an account; None leaves a value as it is."""

    name: str | None = None
    email: str | None = None
    role: Role | None = None
    status: Status | None = None


class Accounts:
    """The accounts in the records. `by` is who changes them; None for the gateway itself."""

    def __init__(self, changes: Changes) -> None:
        self._changes = changes

    async def create(
        self, name: str, email: str, role: Role, kind: AccountKind = "user", by: Principal | None = None
    ) -> AnyRow:
        """A new account. Raises InvalidInput, Conflict when the e-mail address is taken, Forbidden."""
        async with self._changes.write() as connection:
            account_id = await self.insert(connection, name, email, role, kind, by)
        return await self.get(account_id)

    async def insert(
        self,
        connection: AsyncConnection,
        name: str,
        email: str,
        role: Role,
        kind: AccountKind = "user",
        by: Principal | None = None,
    ) -> str:
        """As `create`, inside a transaction of `Changes`; the new account's id."""
        _check_role(role, kind, await _now(connection, by))
        values: dict[str, Any] = {"name": checked_name(name), "kind": kind, "role": role}
        if kind == USER:
            values |= await _email(connection, email)
        elif email:
            raise InvalidInput("a service account has no e-mail address")
        if (await connection.scalar(select(func.count(Account.id))) or 0) >= ACCOUNTS_MAX:
            raise Conflict(f"there are already {ACCOUNTS_MAX} accounts, which is the limit")
        account_id = secrets.token_hex(6)
        await connection.execute(
            insert(Account).values(id=account_id, status="active", created_at=datetime.now(UTC), **values)
        )
        return account_id

    async def get(self, account_id: str) -> AnyRow:
        """Raises NotFound."""
        async with self._changes.records.read() as connection:
            return await _row(connection, account_id)

    async def page(self, text: str, after: str, limit: int) -> list[AnyRow]:
        """Accounts whose name or e-mail contains a text, by id, after the id `after`."""
        query = select(Account).where(Account.id > after).order_by(Account.id).limit(min(limit, PAGE_MAX))
        if text:
            wanted = text.casefold()
            names = func.lower(Account.name).contains(wanted, autoescape=True)
            addresses = func.lower(Account.email).contains(wanted, autoescape=True)
            query = query.where(or_(names, addresses, Account.email_key == email_key(text)))
        async with self._changes.records.read() as connection:
            return list((await connection.execute(query)).all())

    async def change(self, account_id: str, wanted: AccountChange, by: Principal | None = None) -> AnyRow:
        """Changes an account. Raises NotFound, InvalidInput, Conflict, Forbidden."""
        async with self._changes.write() as connection:
            row = await _row(connection, account_id)
            check_authority(await _now(connection, by), row.role)
            values: dict[str, Any] = {}
            if wanted.name is not None:
                values["name"] = checked_name(wanted.name)
            if wanted.email is not None:
                if row.kind != USER:
                    raise InvalidInput("a service account has no e-mail address")
                values |= await _email(connection, wanted.email, account_id)
            if wanted.role is not None and wanted.role != row.role:
                _check_role(wanted.role, row.kind, await _now(connection, by))
                values["role"] = wanted.role
            if wanted.status is not None and wanted.status != row.status:
                values |= {"status": wanted.status, "sign_in_revision": Account.sign_in_revision + 1}
            if row.role == "owner" and (values.get("role") or values.get("status") == "disabled"):
                await _check_other_owner(connection, account_id)
            if values:
                await connection.execute(update(Account).where(Account.id == account_id).values(**values))
            if values.get("status") == "disabled" or values.get("email", row.email) != row.email:
                await end_links(connection, account_id)
        return await self.get(account_id)

    async def retire(self, account_id: str, heir: str | None, by: Principal | None = None) -> None:
        """Disables an account that is about to be removed, so that nothing is added to it and it inherits nothing.

        Raises NotFound, Forbidden, and Conflict for the last owner, and when the account of `heir` is not active: of
        two that are removed at once, each with the other as its heir, one stays.
        """
        async with self._changes.write() as connection:
            row = await _row(connection, account_id)
            check_authority(await _now(connection, by), row.role)
            if row.role == "owner":
                await _check_other_owner(connection, account_id)
            kind, _, heir_id = (heir or OWNER).partition(":")
            inherits = select(Account.id).where(Account.id == heir_id, Account.kind == kind, Account.status == "active")
            if heir_id and await connection.scalar(inherits) is None:
                raise Conflict(f"{heir} cannot inherit: it is disabled or being removed; name another heir")
            if row.status == "active":
                values = {"status": "disabled", "sign_in_revision": Account.sign_in_revision + 1}
                await connection.execute(update(Account).where(Account.id == account_id).values(**values))
                await end_links(connection, account_id)

    async def remove(self, account_id: str, by: Principal | None = None) -> None:
        """Removes an account, its memberships and links, and revokes its keys. Raises NotFound, Conflict, Forbidden."""
        async with self._changes.write() as connection:
            row = await _row(connection, account_id)
            check_authority(await _now(connection, by), row.role)
            if row.role == "owner":
                await _check_other_owner(connection, account_id)
            subject = f"{row.kind}:{row.id}"
            await connection.execute(delete(Account).where(Account.id == account_id))
            await connection.execute(delete(Member).where(Member.member == subject))
            await connection.execute(delete(Link).where(Link.user_id == account_id))
            revoked = update(ApiKey).where(ApiKey.subject == subject, ApiKey.revoked_at.is_(None))
            await connection.execute(revoked.values(revoked_at=datetime.now(UTC)))

    async def has_owner(self) -> bool:
        """Whether any account is an owner."""
        async with self._changes.records.read() as connection:
            return bool(await connection.scalar(select(func.count(Account.id)).where(Account.role == "owner")))


def check_authority(by: Principal | None, role: str) -> None:
    """Raises Forbidden unless `by` may change accounts of this role."""
    if by is not None and role == "owner" and by.role != "owner":
        raise Forbidden("only an owner can change an owner's account")


async def _now(connection: AsyncConnection, by: Principal | None) -> Principal | None:
    """Who changes something, with the role of this moment. Raises Forbidden when they are no administrator any more."""
    if by is None or not by.subject.startswith((f"{USER}:", f"{SERVICE_ACCOUNT}:")):
        return by
    account = select(Account.role).where(Account.id == by.subject.partition(":")[2], Account.status == "active")
    role = await connection.scalar(account)
    if role not in ("owner", "admin"):
        raise Forbidden("you are not an administrator any more")
    return replace(by, role=role)


def _check_role(role: Role, kind: str, by: Principal | None) -> None:
    if role == "owner" and by is not None and by.role != "owner":
        raise Forbidden("only an owner can make somebody an owner")
    if role == "owner" and kind != USER:
        raise InvalidInput("a service account cannot be an owner; owners are people")


async def _row(connection: AsyncConnection, account_id: str) -> AnyRow:
    row = (await connection.execute(select(Account).where(Account.id == account_id))).one_or_none()
    if row is None:
        raise NotFound(f"no user has the id {account_id}; GET /gateway/users lists all users")
    return row


async def _email(connection: AsyncConnection, text: str, account_id: str = "") -> dict[str, str]:
    """The columns of an e-mail address. Raises InvalidInput, and Conflict when another account's looks the same."""
    email = checked_email(text)
    key = email_key(email)
    same = select(Account.email).where(Account.email_key == key, Account.id != account_id)
    taken = await connection.scalar(same)
    if taken is not None:
        how = "is already used" if taken == email else f"looks like {taken}, which is already used"
        raise Conflict(f"{email} {how} by another account")
    return {"email": email, "email_key": key}


async def _check_other_owner(connection: AsyncConnection, account_id: str) -> None:
    others = select(func.count(Account.id)).where(
        Account.role == "owner", Account.status == "active", Account.kind == USER, Account.id != account_id
    )
    if not await connection.scalar(others):
        raise Conflict("this is the last owner; make somebody else an owner first")
