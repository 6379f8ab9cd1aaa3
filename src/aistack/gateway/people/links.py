"""One-time links: invitations, the first owner's, and for a forgotten password. Only a digest of each is kept."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Select, delete, exists, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from aistack.chassis.errors import Conflict, NotFound
from aistack.gateway.identity.changes import Changes
from aistack.gateway.tables import Account, Link

LinkKind = Literal["invitation", "first-owner", "reset"]

TOKEN_BYTES = 32
TOKEN_CHARACTERS_MAX = 128
LIFETIMES = {"invitation": timedelta(days=7), "first-owner": timedelta(days=7), "reset": timedelta(hours=24)}
NO_LINK = "this link does not exist, was used, or has expired; ask for a new one"


@dataclass(frozen=True, slots=True)
class OpenLink:
    """A link that can still be used. `user_id` is empty for the first owner's."""

    kind: LinkKind
    user_id: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class NewLink:
    """A link that was just made. `token` is shown once."""

    token: str
    kind: LinkKind
    expires_at: datetime

    @property
    def path(self) -> str:
        """Where it leads, on the gateway. The token is in the query, which the access log does not contain."""
        return f"/sign-in/link?token={self.token}"


class Links:
    """The links in the records."""

    def __init__(self, changes: Changes) -> None:
        self._changes = changes

    async def create(self, kind: LinkKind, user_id: str) -> NewLink:
        """A new link for a user, which replaces earlier ones of its kind."""
        async with self._changes.write() as connection:
            return await insert_link(connection, kind, user_id)

    async def create_first_owner(self) -> NewLink:
        """The first owner's link. Raises Conflict when it was made before, or when the stack has an owner."""
        async with self._changes.write() as connection:
            owners = select(func.count(Account.id)).where(Account.role == "owner")
            made = select(func.count(Link.digest)).where(Link.kind == "first-owner")
            if await connection.scalar(owners) or await connection.scalar(made):
                raise Conflict("the first owner's link is made only once; add an owner with: aistack users add --owner")
            return await insert_link(connection, "first-owner", "")

    async def look_up(self, token: str) -> OpenLink:
        """A link that was not used yet; looking does not use it. Raises NotFound."""
        async with self._changes.records.read() as connection:
            row = (await connection.execute(_open(token))).one_or_none()
        if row is None:
            raise NotFound(NO_LINK)
        return OpenLink(row.kind, row.user_id, row.expires_at)


async def insert_link(connection: AsyncConnection, kind: LinkKind, user_id: str) -> NewLink:
    """A new link, inside a transaction of `Changes`."""
    token, now = secrets.token_urlsafe(TOKEN_BYTES), datetime.now(UTC)
    expires_at = now + LIFETIMES[kind]
    await connection.execute(delete(Link).where(Link.kind == kind, Link.user_id == user_id))
    await connection.execute(
        insert(Link).values(digest=_digest(token), kind=kind, user_id=user_id, created_at=now, expires_at=expires_at)
    )
    return NewLink(token, kind, expires_at)


async def use_link(connection: AsyncConnection, token: str) -> OpenLink:
    """Uses a link, inside the transaction that does what it is for. Raises NotFound: it works once."""
    row = (await connection.execute(_open(token))).one_or_none()
    now = datetime.now(UTC)
    if row is not None:
        used = update(Link).where(Link.digest == row.digest, Link.used_at.is_(None)).values(used_at=now)
        if (await connection.execute(used)).rowcount == 1:
            return OpenLink(row.kind, row.user_id, row.expires_at)
    raise NotFound(NO_LINK)


async def end_links(connection: AsyncConnection, user_id: str) -> None:
    """Ends all links of a user: what they were made for is done, or somebody else may have them."""
    await connection.execute(delete(Link).where(Link.user_id == user_id, Link.used_at.is_(None)))


def _open(token: str) -> Select[Any]:
    """The link that can still be used; the first owner's only until there is an owner."""
    open_ones = select(Link).where(Link.digest == _digest(token), Link.used_at.is_(None))
    has_owner = exists().where(Account.role == "owner")
    return open_ones.where(Link.expires_at > datetime.now(UTC), or_(Link.kind != "first-owner", ~has_owner))


def _digest(token: str) -> bytes:
    return hashlib.sha256(token[:TOKEN_CHARACTERS_MAX].encode("utf-8", "replace")).digest()
