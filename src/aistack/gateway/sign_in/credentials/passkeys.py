"""Passkeys (WebAuthn Level 3): registered on the account page, and used in place of a password."""

import hashlib
import json
import secrets
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import delete, func, insert, select, update

from aistack.chassis.errors import Conflict, InvalidInput
from aistack.gateway.sign_in.tables import Passkey
from aistack.gateway.sign_in.used_once import use_once
from aistack.gateway.tables import Account
from aistack.stores.records import AnyRow, Records

TIMEOUT_SECONDS = 300
PER_ACCOUNT_MAX = 20
NAME_CHARACTERS_MAX = 64
RP_NAME = "AI Stack"
FAILED = "the passkey was not accepted"


class Passkeys:
    """The passkeys in the records. `public_url` is the origin that they are for; without it there are none."""

    def __init__(self, records: Records, public_url: str) -> None:
        self._records = records
        self._origin = public_url
        self._host = urlsplit(public_url).hostname or ""

    async def of(self, user_id: str) -> list[AnyRow]:
        query = select(Passkey).where(Passkey.user_id == user_id).order_by(Passkey.created_at)
        async with self._records.read() as connection:
            return list((await connection.execute(query)).all())

    async def remove(self, user_id: str, passkey_id: str) -> None:
        async with self._records.write() as connection:
            await connection.execute(delete(Passkey).where(Passkey.user_id == user_id, Passkey.id == passkey_id))

    async def registration_options(self, account: AnyRow) -> tuple[bytes, str]:
        """A challenge, and the options for `navigator.credentials.create` as JSON."""
        from webauthn import generate_registration_options, options_to_json
        from webauthn.helpers.structs import (
            AuthenticatorSelectionCriteria,
            PublicKeyCredentialDescriptor,
            ResidentKeyRequirement,
            UserVerificationRequirement,
        )

        challenge = secrets.token_bytes(32)
        known = [PublicKeyCredentialDescriptor(row.credential_id) for row in await self.of(account.id)]
        options = generate_registration_options(
            rp_id=self._host,
            rp_name=RP_NAME,
            user_id=account.id.encode(),
            user_name=account.email,
            user_display_name=account.name,
            challenge=challenge,
            timeout=TIMEOUT_SECONDS * 1000,
            exclude_credentials=known,
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
            ),
        )
        return challenge, options_to_json(options)

    async def register(self, user_id: str, name: str, response: dict[str, Any], challenge: bytes) -> None:
        """Keeps a new passkey. Raises InvalidInput and Conflict."""
        from webauthn import verify_registration_response
        from webauthn.helpers.exceptions import WebAuthnException

        await self._use(challenge)
        try:
            verified = verify_registration_response(
                credential=json.dumps(response),
                expected_challenge=challenge,
                expected_rp_id=self._host,
                expected_origin=self._origin,
                require_user_verification=True,
            )
        except (WebAuthnException, ValueError, TypeError, KeyError):
            raise InvalidInput(FAILED) from None
        digest = hashlib.sha256(verified.credential_id).digest()
        async with self._records.write() as connection:
            count = await connection.scalar(select(func.count(Passkey.id)).where(Passkey.user_id == user_id)) or 0
            if count >= PER_ACCOUNT_MAX:
                raise Conflict(f"an account may have {PER_ACCOUNT_MAX} passkeys; remove one first")
            if await connection.scalar(select(Passkey.id).where(Passkey.credential_digest == digest)):
                raise Conflict("this passkey is registered already")
            await connection.execute(
                insert(Passkey).values(
                    id=secrets.token_hex(6),
                    credential_digest=digest,
                    credential_id=verified.credential_id,
                    user_id=user_id,
                    name=_printed(name) or "Passkey",
                    public_key=verified.credential_public_key,
                    sign_count=verified.sign_count,
                    transports="",
                    created_at=datetime.now(UTC),
                )
            )

    def sign_in_options(self) -> tuple[bytes, str]:
        """A challenge, and the options for `navigator.credentials.get` as JSON. They name no account."""
        from webauthn import generate_authentication_options, options_to_json
        from webauthn.helpers.structs import UserVerificationRequirement

        challenge = secrets.token_bytes(32)
        options = generate_authentication_options(
            rp_id=self._host,
            challenge=challenge,
            timeout=TIMEOUT_SECONDS * 1000,
            user_verification=UserVerificationRequirement.REQUIRED,
        )
        return challenge, options_to_json(options)

    async def check(self, response: dict[str, Any], challenge: bytes) -> AnyRow:
        """The active account that the passkey belongs to. Raises InvalidInput."""
        from webauthn import base64url_to_bytes, verify_authentication_response
        from webauthn.helpers.exceptions import WebAuthnException

        await self._use(challenge)
        try:
            digest = hashlib.sha256(base64url_to_bytes(str(response["id"])[:2048])).digest()
        except (ValueError, KeyError):
            raise InvalidInput(FAILED) from None
        async with self._records.read() as connection:
            row = (await connection.execute(select(Passkey).where(Passkey.credential_digest == digest))).one_or_none()
        if row is None:
            raise InvalidInput(FAILED)
        try:
            verified = verify_authentication_response(
                credential=json.dumps(response),
                expected_challenge=challenge,
                expected_rp_id=self._host,
                expected_origin=self._origin,
                credential_public_key=row.public_key,
                credential_current_sign_count=row.sign_count,
                require_user_verification=True,
            )
        except (WebAuthnException, ValueError, TypeError, KeyError):
            raise InvalidInput(FAILED) from None
        async with self._records.write() as connection:
            seen = {"sign_count": verified.new_sign_count, "last_used_at": datetime.now(UTC)}
            await connection.execute(update(Passkey).where(Passkey.id == row.id).values(**seen))
            query = select(Account).where(Account.id == row.user_id, Account.status == "active")
            account = (await connection.execute(query)).one_or_none()
        if account is None:
            raise InvalidInput(FAILED)
        return account

    async def _use(self, challenge: bytes) -> None:
        if not await use_once(self._records, "passkey challenge " + challenge.hex(), TIMEOUT_SECONDS):
            raise InvalidInput(FAILED)


def _printed(name: str) -> str:
    return "".join(letter for letter in name.strip() if letter.isprintable())[:NAME_CHARACTERS_MAX]
