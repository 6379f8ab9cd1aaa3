"""What works only once (states, challenges, `jti`s), on all gateways that share the records."""

import hashlib
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, insert
from sqlalchemy.exc import IntegrityError

from aistack.gateway.sign_in.tables import UsedOnce
from aistack.stores.records import Records


async def use_once(records: Records, what: str, seconds: float) -> bool:
    """Whether this is the first use of `what`. It is remembered for some time, after which it must not be valid."""
    now = datetime.now(UTC)
    digest = hashlib.sha256(what.encode("utf-8", "replace")).digest()
    try:
        async with records.write() as connection:
            await connection.execute(delete(UsedOnce).where(UsedOnce.expires_at < now))
            await connection.execute(
                insert(UsedOnce).values(digest=digest, expires_at=now + timedelta(seconds=seconds))
            )
    except IntegrityError:
        return False
    return True
