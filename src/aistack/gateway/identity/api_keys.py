"""API keys: created, listed, revoked; stored as digests, published to the data plane whenever they change."""

import secrets
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import func, insert, select, update

from aistack.chassis.errors import Conflict, InvalidInput, NotFound
from aistack.chassis.identity import Principal
from aistack.chassis.telemetry.logs import get_log
from aistack.gateway.identity.authentication import KnownKey, digest_of
from aistack.gateway.policy.rate_limits import RateRule, parse_rule
from aistack.gateway.tables import ApiKey
from aistack.stack.secrets import KEY_PREFIX, new_key, service_key
from aistack.stores.records import AnyRow, Records

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


class ApiKeyStore:
    """The keys in the database. `publish` is called with all valid keys whenever one is created or revoked."""

    def __init__(self, records: Records, own: list[KnownKey], publish: Callable[[list[KnownKey]], None]) -> None:
        self.records = records
        self._own = own
        self._publish = publish
        self.on_change: Callable[[], None] = lambda: None  # called when this gateway created or revoked a key
        self.on_rows: Callable[[list[AnyRow]], None] = lambda rows: None  # called with the valid keys' rows
        self._seen: tuple[object, ...] = ()

    async def refresh(self) -> None:
        """Publishes the valid keys if they changed. Cheap enough to call every second."""
        async with self.records.read() as connection:
            seen = tuple((await connection.execute(select(func.count(ApiKey.id), func.count(ApiKey.revoked_at)))).one())
            if seen == self._seen:
                return
            rows = (await connection.execute(select(ApiKey).where(ApiKey.revoked_at.is_(None)))).all()
        self._seen = seen
        self._publish([*self._own, *(_known(row) for row in rows)])
        self.on_rows(list(rows))

    async def create(
        self,
        name: str,
        services: list[str] | None,
        rate: str,
        expires_at: datetime | None,
        model_rules: dict[str, Any] | None = None,
    ) -> tuple[str, AnyRow]:
        """Creates a key; returns it and its row. The key itself is not stored and cannot be shown again.

        `model_rules` are what applies to its calls of models.
        """
        key, key_id = new_key(), secrets.token_hex(6)
        rate_of(rate, key_id)
        now = datetime.now(UTC)
        if expires_at is not None and expires_at <= now:
            raise InvalidInput(f"expires_at {expires_at.isoformat()} is in the past")
        async with self.records.write() as connection:
            count = await connection.scalar(select(func.count(ApiKey.id))) or 0
            if count >= KEYS_MAX:
                raise Conflict(f"there are already {KEYS_MAX} keys, which is the limit")
            await connection.execute(
                insert(ApiKey).values(
                    id=key_id,
                    name=name,
                    start=key[:START_CHARACTERS],
                    digest=digest_of(key),
                    services=services,
                    rate=rate,
                    created_at=now,
                    expires_at=expires_at,
                    model_rules=model_rules,
                )
            )
        await self.refresh()
        self.on_change()
        get_log("gateway").info("key.created", key=key_id, name=name, services=services)
        return key, await self.get(key_id)

    async def set_model_rules(self, key_id: str, rules: dict[str, Any] | None) -> AnyRow:
        """Changes what applies to a key's calls of models. Raises NotFound."""
        await self.get(key_id)
        async with self.records.write() as connection:
            await connection.execute(update(ApiKey).where(ApiKey.id == key_id).values(model_rules=rules))
        self._seen = ()
        await self.refresh()
        self.on_change()
        return await self.get(key_id)

    async def get(self, key_id: str) -> AnyRow:
        """Raises NotFound."""
        async with self.records.read() as connection:
            row = (await connection.execute(select(ApiKey).where(ApiKey.id == key_id))).one_or_none()
        if row is None:
            raise NotFound(f"no key has the id {key_id}; GET /gateway/keys lists all keys")
        return row

    async def all_keys(self) -> list[AnyRow]:
        """All keys, newest first, including revoked ones."""
        async with self.records.read() as connection:
            return list((await connection.execute(select(ApiKey).order_by(ApiKey.created_at.desc()))).all())

    async def revoke(self, key_id: str) -> AnyRow:
        """Revokes a key at once. Raises NotFound; revoking twice changes nothing."""
        await self.get(key_id)
        async with self.records.write() as connection:
            await connection.execute(
                update(ApiKey)
                .where(ApiKey.id == key_id, ApiKey.revoked_at.is_(None))
                .values(revoked_at=datetime.now(UTC))
            )
        await self.refresh()
        self.on_change()
        get_log("gateway").info("key.revoked", key=key_id)
        return await self.get(key_id)


def _known(row: AnyRow) -> KnownKey:
    services = None if row.services is None else tuple(row.services)
    expires_at = row.expires_at.timestamp() if row.expires_at else None
    return KnownKey(
        row.digest, Principal(f"key:{row.id}", "key", row.name, services), expires_at, rate_of(row.rate, row.id)
    )
