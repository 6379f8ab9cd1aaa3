"""The audit log: what administrators did, kept in the records and never changed."""

from datetime import UTC, datetime

from sqlalchemy import delete, insert, select

from aistack.chassis.context import request_id
from aistack.chassis.identity import principal
from aistack.gateway.tables import AuditEntry
from aistack.stores.records import AnyRow, Records

PAGE_MAX = 200
KEPT_MAX = 100_000


class AuditLog:
    """Entries are written before the answer is given, with who did it and under which request."""

    def __init__(self, records: Records) -> None:
        self.records = records

    async def note(self, action: str, subject: str, detail: str = "", address: str = "") -> None:
        who = principal.get()
        async with self.records.write() as connection:
            entry = await connection.execute(
                insert(AuditEntry).values(
                    at=datetime.now(UTC),
                    actor=f"{who.id} ({who.name})" if who.name else who.id,
                    action=action,
                    subject=subject[:256],
                    detail=detail,
                    address=address[:64],
                    request_id=request_id.get(),
                )
            )
            written = entry.inserted_primary_key
            if written is not None:
                await connection.execute(delete(AuditEntry).where(AuditEntry.id <= written[0] - KEPT_MAX))

    async def page(self, before: int | None, limit: int) -> list[AnyRow]:
        """The newest entries older than entry `before`, at most `limit`."""
        query = select(AuditEntry).order_by(AuditEntry.id.desc()).limit(min(limit, PAGE_MAX))
        if before is not None:
            query = query.where(AuditEntry.id < before)
        async with self.records.read() as connection:
            return list((await connection.execute(query)).all())
