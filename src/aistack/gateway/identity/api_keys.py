"""API keys: created, listed, revoked; stored as digests, published to the data plane whenever they change.

A key belongs to a user, to a service account, or to the stack's owners together. What it reaches is worked out from
what its owner reaches whenever people or keys change: the keys of a disabled account are not published at all.
"""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from aistack.chassis.errors import Conflict, InvalidInput, NotFound
from aistack.chassis.identity import OWNER, Principal
from aistack.chassis.telemetry.logs import get_log
from aistack.gateway.identity.authentication import KnownKey, digest_of
from aistack.gateway.identity.authorization import reach_through
from aistack.gateway.identity.changes import Changes
from aistack.gateway.policy.rate_limits import RateRule, parse_rule
from aistack.gateway.tables import ApiKey
from aistack.stack.secrets import KEY_PREFIX, new_key, service_key
from aistack.stores.records import AnyRow

KEYS_MAX = 100_000
START_CHARACTERS = len(KEY_PREFIX) + 6


def builtin_keys(admin: str, secret: str, services: tuple[str, ...]) -> list[KnownKey]:
    """The built-in keys: the first administrator's, and those of the stack's own services."""
    keys = [KnownKey(digest_of(admin), Principal("key:admin", "key", "administrator"))] if admin else []
    if secret:
        for name in services:
            keys.append(KnownKey(digest_of(service_key(secret, name)), Principal(f"service:{name}", "service", name)))
    return keys


def rate_of(text: str, key_id: str) -> RateRule | None:
    """A key's own limit from `"5/s burst 10"`. Raises InvalidInput."""
    if not text:
        return None
    try:
        rule = parse_rule(f"/ {text}")
    except ValueError:
        raise InvalidInput(f"rate {text!r} is not a rate limit; write it like '5/s burst 10'") from None
    return RateRule(f"key:{key_id}", rule.interval, rule.burst)


@dataclass(frozen=True, slots=True)
class Narrowing:
    """What a key may reach of what its owner reaches: services (None for all), things (None for all), or reading."""

    services: Sequence[str] | None = None
    read_only: bool = False
    things: Sequence[str] | None = None


class ApiKeyStore:
    """The keys in the database.

    `publish` is called with all valid keys whenever people or keys change, `principal_of` gives the owner of a key: who
    a subject is now, None if it is gone or disabled.
    """

    def __init__(
        self,
        changes: Changes,
        own: list[KnownKey],
        publish: Callable[[list[KnownKey]], None],
        principal_of: Callable[[str], Principal | None],
    ) -> None:
        self.records = changes.records
        self._changes = changes
        self._own = own
        self._publish = publish
        self._principal_of = principal_of
        self.on_rows: Callable[[list[AnyRow]], None] = lambda rows: None  # called with the valid keys' rows

    async def load(self, connection: AsyncConnection) -> None:
        """Publishes the valid keys."""
        rows = (await connection.execute(select(ApiKey).where(ApiKey.revoked_at.is_(None)))).all()
        known = [(row, key) for row in rows if (key := self._known(row)) is not None]
        self._publish([*self._own, *(key for _, key in known)])
        self.on_rows([row for row, _ in known])

    async def create(
        self,
        name: str,
        narrowing: Narrowing,
        rate: str,
        expires_at: datetime | None,
        model_rules: dict[str, Any] | None = None,
        subject: str = OWNER,
    ) -> tuple[str, AnyRow]:
        """Creates a key; returns it and its row. The key itself is not stored and cannot be shown again.

        `model_rules` are what applies to its calls of models, `subject` is whom it belongs to.
        """
        key, key_id = new_key(), secrets.token_hex(6)
        rate_of(rate, key_id)
        now = datetime.now(UTC)
        if expires_at is not None and expires_at <= now:
            raise InvalidInput(f"expires_at {expires_at.isoformat()} is in the past")
        if self._principal_of(subject) is None:
            raise NotFound(f"there is no active account {subject}; GET /gateway/users lists all users")
        async with self._changes.write() as connection:
            count = await connection.scalar(select(func.count(ApiKey.id))) or 0
            if count >= KEYS_MAX:
                raise Conflict(f"there are already {KEYS_MAX} keys, which is the limit")
            await connection.execute(
                insert(ApiKey).values(
                    id=key_id,
                    name=name,
                    start=key[:START_CHARACTERS],
                    digest=digest_of(key),
                    services=_listed(narrowing.services),
                    read_only=narrowing.read_only,
                    things=_listed(narrowing.things),
                    subject=subject,
                    rate=rate,
                    created_at=now,
                    expires_at=expires_at,
                    model_rules=model_rules,
                )
            )
        get_log("gateway").info("key.created", key=key_id, name=name, subject=subject, services=narrowing.services)
        return key, await self.get(key_id)

    async def set_model_rules(self, key_id: str, rules: dict[str, Any] | None) -> AnyRow:
        """Changes what applies to a key's calls of models. Raises NotFound."""
        await self.get(key_id)
        async with self._changes.write() as connection:
            await connection.execute(update(ApiKey).where(ApiKey.id == key_id).values(model_rules=rules))
        return await self.get(key_id)

    async def get(self, key_id: str) -> AnyRow:
        """Raises NotFound."""
        async with self.records.read() as connection:
            row = (await connection.execute(select(ApiKey).where(ApiKey.id == key_id))).one_or_none()
        if row is None:
            raise NotFound(no_key(key_id))
        return row

    async def all_keys(self, subject: str = "") -> list[AnyRow]:
        """All keys, or those of one subject, newest first, including revoked ones."""
        query = select(ApiKey).order_by(ApiKey.created_at.desc())
        if subject:
            query = query.where(ApiKey.subject == subject)
        async with self.records.read() as connection:
            return list((await connection.execute(query)).all())

    async def revoke(self, key_id: str) -> AnyRow:
        """Revokes a key at once. Raises NotFound; revoking twice changes nothing."""
        await self.get(key_id)
        async with self._changes.write() as connection:
            await connection.execute(
                update(ApiKey)
                .where(ApiKey.id == key_id, ApiKey.revoked_at.is_(None))
                .values(revoked_at=datetime.now(UTC))
            )
        get_log("gateway").info("key.revoked", key=key_id)
        return await self.get(key_id)

    def _known(self, row: AnyRow) -> KnownKey | None:
        """A key with what it reaches now; None while its owner is disabled."""
        owner = self._principal_of(row.subject)
        if owner is None:
            return None
        services = None if row.services is None else tuple(row.services)
        role = owner.role
        if row.subject == OWNER and services is not None:  # as before there were people: no administrator's key
            role = "member"
        who = replace(
            owner,
            id=f"key:{row.id}",
            kind="key",
            name=row.name,
            services=services if row.subject == OWNER else reach_through(owner, services),
            role=role,
            read_only=row.read_only,
            things=None if row.things is None else tuple(row.things),
        )
        expires_at = row.expires_at.timestamp() if row.expires_at else None
        return KnownKey(row.digest, who, expires_at, rate_of(row.rate, row.id))


def no_key(key_id: str) -> str:
    return f"no key has the id {key_id}; GET /gateway/keys lists all keys"


def _listed(names: Sequence[str] | None) -> list[str] | None:
    return None if names is None else list(names)
