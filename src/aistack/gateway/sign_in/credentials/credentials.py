"""What accounts prove who they are with: passwords, authenticator apps and recovery codes."""

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import delete, func, insert, select, update

from aistack.chassis.errors import InvalidInput
from aistack.databases.sealing import CannotOpen, Sealer
from aistack.gateway.people.links import end_links
from aistack.gateway.people.names import email_key
from aistack.gateway.people.people import People
from aistack.gateway.sign_in.credentials.one_time_codes import (
    is_recovery_code,
    matching_step,
    new_recovery_codes,
    new_totp_secret,
    recovery_digest,
)
from aistack.gateway.sign_in.credentials.passwords import Passwords
from aistack.gateway.sign_in.tables import RecoveryCode, TotpSecret
from aistack.gateway.tables import Account
from aistack.stores.records import AnyRow

PURPOSE = "totp secret of "


@dataclass(frozen=True, slots=True)
class TwoFactor:
    """Whether an account needs a second step, and how many recovery codes it has left."""

    on: bool
    codes_left: int


class Credentials:
    """The credentials in the records."""

    def __init__(self, people: People, passwords: Passwords, sealer: Sealer) -> None:
        self.passwords = passwords
        self._people = people
        self._records = people.changes.records
        self._sealer = sealer

    async def account(self, user_id: str) -> AnyRow | None:
        async with self._records.read() as connection:
            return (await connection.execute(select(Account).where(Account.id == user_id))).one_or_none()

    async def with_email(self, email: str) -> AnyRow | None:
        async with self._records.read() as connection:
            query = select(Account).where(Account.email_key == email_key(email[:512]), Account.kind == "user")
            row = (await connection.execute(query)).one_or_none()
        return row if row is not None and row.email.casefold() == email.strip().casefold() else None

    async def check_password(self, email: str, password: str) -> AnyRow | None:
        """The active account with this e-mail address and password. Takes as long when there is none."""
        row = await self.with_email(email)
        known = row.password_hash if row is not None else None
        is_right = await self.passwords.verify(password, known)
        if not is_right or row is None or known is None or row.status != "active":
            return None
        if self.passwords.is_outdated(known):
            again = await self.passwords.hash(password)
            async with self._records.write() as connection:
                same = update(Account).where(Account.id == row.id, Account.password_hash == known)
                await connection.execute(same.values(password_hash=again))
        return row

    async def set_password(self, user_id: str, password: str) -> None:
        """Sets a password; the account's sessions and one-time links end. Raises InvalidInput for a weak one."""
        row = await self.account(user_id)
        await self.passwords.check_new(password, *((row.email, row.name) if row is not None else ()))
        hashed = await self.passwords.hash(password)
        async with self._people.changes.write() as connection:
            await connection.execute(
                update(Account)
                .where(Account.id == user_id)
                .values(password_hash=hashed, sign_in_revision=Account.sign_in_revision + 1)
            )
            await end_links(connection, user_id)

    async def two_factor(self, user_id: str) -> TwoFactor:
        async with self._records.read() as connection:
            confirmed = select(TotpSecret.confirmed).where(TotpSecret.user_id == user_id)
            on = bool(await connection.scalar(confirmed))
            codes = select(func.count(RecoveryCode.digest)).where(RecoveryCode.user_id == user_id)
            return TwoFactor(on, await connection.scalar(codes) or 0)

    async def propose_totp(self, user_id: str) -> str:
        """A new secret for an authenticator app. It counts once a code of it was entered."""
        secret = new_totp_secret()
        values = {
            "sealed": self._sealer.seal(secret.encode(), PURPOSE + user_id),
            "confirmed": False, "last_step": 0, "created_at": datetime.now(UTC),
        }  # fmt: skip
        async with self._records.write() as connection:
            if await connection.scalar(select(TotpSecret.confirmed).where(TotpSecret.user_id == user_id)):
                raise InvalidInput("an authenticator app is set up already; turn it off first")
            await connection.execute(delete(TotpSecret).where(TotpSecret.user_id == user_id))
            await connection.execute(insert(TotpSecret).values(user_id=user_id, **values))
        return secret

    async def proposed_totp(self, user_id: str) -> str:
        """The secret that was proposed and not confirmed yet; empty for none."""
        row = await self._totp(user_id)
        return "" if row is None or row.confirmed else self._open(row)

    async def confirm_totp(self, user_id: str, code: str) -> list[str] | None:
        """Turns the second step on, and returns new recovery codes; None when the code is wrong."""
        if not await self._check_totp(user_id, code, confirmed=False):
            return None
        async with self._records.write() as connection:
            await connection.execute(update(TotpSecret).where(TotpSecret.user_id == user_id).values(confirmed=True))
        return await self.renew_recovery_codes(user_id)

    async def renew_recovery_codes(self, user_id: str) -> list[str]:
        codes = new_recovery_codes()
        rows = [{"digest": recovery_digest(code), "user_id": user_id} for code in codes]
        async with self._records.write() as connection:
            await connection.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user_id))
            await connection.execute(insert(RecoveryCode), rows)
        return codes

    async def remove_two_factor(self, user_id: str) -> None:
        async with self._records.write() as connection:
            await connection.execute(delete(TotpSecret).where(TotpSecret.user_id == user_id))
            await connection.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user_id))

    async def check_code(self, user_id: str, code: str) -> bool:
        """Whether this is a code of the account's app, or one of its recovery codes. Each works once."""
        if is_recovery_code(code):
            async with self._records.write() as connection:
                used = delete(RecoveryCode).where(
                    RecoveryCode.user_id == user_id, RecoveryCode.digest == recovery_digest(code)
                )
                return (await connection.execute(used)).rowcount == 1
        return await self._check_totp(user_id, code, confirmed=True)

    async def _check_totp(self, user_id: str, code: str, *, confirmed: bool) -> bool:
        row = await self._totp(user_id)
        if row is None or row.confirmed is not confirmed:
            return False
        step = matching_step(self._open(row), code, row.last_step)
        if step is None:
            return False
        async with self._records.write() as connection:
            once = update(TotpSecret).where(TotpSecret.user_id == user_id, TotpSecret.last_step < step)
            return (await connection.execute(once.values(last_step=step))).rowcount == 1

    async def _totp(self, user_id: str) -> AnyRow | None:
        async with self._records.read() as connection:
            return (await connection.execute(select(TotpSecret).where(TotpSecret.user_id == user_id))).one_or_none()

    def _open(self, row: AnyRow) -> str:
        try:
            return self._sealer.open(row.sealed, PURPOSE + row.user_id).decode()
        except CannotOpen as error:
            raise InvalidInput(f"the secret of the authenticator app cannot be read: {error}") from None
