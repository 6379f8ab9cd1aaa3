"""People: the accounts, groups and links of the records, and the directory of them that is in force."""

from collections.abc import Callable, Mapping

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from aistack.chassis.errors import Forbidden
from aistack.chassis.identity import Principal
from aistack.gateway.identity.changes import Changes
from aistack.gateway.people.accounts import Accounts
from aistack.gateway.people.directory import USER, Directory, load_directory
from aistack.gateway.people.groups import Groups
from aistack.gateway.people.links import Links, end_links, use_link
from aistack.gateway.tables import Account

Publish = Callable[[Mapping[str, Principal]], None]


class People:
    """`publish` is called with the principals of all active accounts whenever people change."""

    def __init__(self, changes: Changes, publish: Publish) -> None:
        self.changes = changes
        self.accounts = Accounts(changes)
        self.groups = Groups(changes)
        self.links = Links(changes)
        self.directory = Directory()
        self._publish = publish

    async def load(self, connection: AsyncConnection) -> None:
        """Reads the directory, and publishes it."""
        self.directory = await load_directory(connection)
        self._publish(self.directory.principals)

    def principal(self, user_id: str) -> Principal | None:
        """Who a user is now; None for one that is gone or disabled."""
        return self.directory.principals.get(f"{USER}:{user_id}")

    def principal_of(self, subject: str) -> Principal | None:
        """Who any subject is now; None for one that is gone or disabled."""
        return self.directory.principal_of(subject)

    async def accept(self, token: str, password_hash: str | None, name: str = "", email: str = "") -> str:
        """Uses a one-time link: sets the password of its user, whose other sessions end; the user's id.

        The first owner's link creates an account from `name` and `email`. Raises NotFound when the link cannot be used
        any more, Forbidden when its user is disabled, and what `Accounts.create` raises.
        """
        async with self.changes.write() as connection:
            link = await use_link(connection, token)
            user_id = link.user_id or await self.accounts.insert(connection, name, email, "owner")
            if await connection.scalar(select(Account.status).where(Account.id == user_id)) != "active":
                raise Forbidden("this account is disabled; ask an administrator")
            await connection.execute(
                update(Account)
                .where(Account.id == user_id)
                .values(password_hash=password_hash, sign_in_revision=Account.sign_in_revision + 1)
            )
            await end_links(connection, user_id)
        return user_id
