"""The kept responses in the gateway's records. Each belongs to the subject that it was made for, and expires."""

import json
import zlib
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import delete, insert, select

from aistack.chassis.errors import Problem
from aistack.gateway.tables import KeptResponse
from aistack.stores.records import Records

BYTES_MAX = 8 * 1024 * 1024


class ResponseStore:
    """Responses are kept for this many days, and at most `most` of one owner."""

    def __init__(self, records: Records, days: float, most: int) -> None:
        self._records = records
        self._days, self._most = days, most

    async def put(self, owner: str, response_id: str, content: dict[str, Any]) -> None:
        """Keeps a response, and deletes what has expired and the owner's oldest ones beyond the limit.

        Raises Problem (413) for one that is too large.
        """
        data = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
        if len(data) > BYTES_MAX:
            detail = f"a conversation of {len(data)} bytes is not kept; {BYTES_MAX} are allowed"
            raise Problem(detail, code="too-large", status=413)
        now = datetime.now(UTC)
        mine = KeptResponse.owner == owner
        row = {"owner": owner, "id": response_id, "content": zlib.compress(data), "created_at": now,
               "expires_at": now + timedelta(days=self._days)}  # fmt: skip
        async with self._records.write() as connection:
            await connection.execute(delete(KeptResponse).where(mine, KeptResponse.id == response_id))
            await connection.execute(insert(KeptResponse).values(**row))
            await connection.execute(delete(KeptResponse).where(KeptResponse.expires_at <= now))
            newest = select(KeptResponse.created_at).where(mine).order_by(KeptResponse.created_at.desc())
            oldest = await connection.scalar(newest.offset(self._most).limit(1))
            if oldest is not None:
                await connection.execute(delete(KeptResponse).where(mine, KeptResponse.created_at <= oldest))

    async def get(self, owner: str, response_id: str) -> dict[str, Any] | None:
        """What was kept; None if there is no such response of this owner."""
        wanted = select(KeptResponse.content).where(
            KeptResponse.owner == owner, KeptResponse.id == response_id, KeptResponse.expires_at > datetime.now(UTC)
        )
        async with self._records.read() as connection:
            data = await connection.scalar(wanted)
        return None if data is None else json.loads(zlib.decompress(data))

    async def delete(self, owner: str, response_id: str) -> bool:
        """Whether there was one."""
        async with self._records.write() as connection:
            gone = await connection.execute(
                delete(KeptResponse).where(KeptResponse.owner == owner, KeptResponse.id == response_id)
            )
        return bool(gone.rowcount)

    async def forget(self, subject: str) -> None:
        """Deletes all responses of a subject."""
        async with self._records.write() as connection:
            await connection.execute(delete(KeptResponse).where(KeptResponse.owner == subject))
