"""The tables of the gateway: keys, and the audit log of what administrators did, which is never changed."""

from datetime import UTC, datetime

from sqlalchemy import JSON, Index, LargeBinary, String, Text, delete, insert, select
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from aistack.chassis.context import request_id
from aistack.chassis.identity import principal
from aistack.stores.records import AnyRow, BigId, Records, UtcDateTime

HEAD = "0001"
VERSION_TABLE = "gateway_version"


PAGE_MAX = 200
KEPT_MAX = 100_000


class Base(DeclarativeBase):
    pass


class ApiKey(Base):
    """`digest` is the SHA-256 of the key; `start` its first characters, to be recognised by. `services` null: all."""

    __tablename__ = "gateway_keys"

    id: Mapped[str] = mapped_column(String(16), primary_key=True)
    name: Mapped[str] = mapped_column(String(64))
    start: Mapped[str] = mapped_column(String(16))
    digest: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    services: Mapped[list[str] | None] = mapped_column(JSON(none_as_null=True))
    rate: Mapped[str] = mapped_column(String(64), default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class AuditEntry(Base):
    """One thing that somebody did: who, what, to what, from where."""

    __tablename__ = "gateway_audit"
    __table_args__ = (Index("gateway_audit_at", "at"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    actor: Mapped[str] = mapped_column(String(128))
    action: Mapped[str] = mapped_column(String(32))
    subject: Mapped[str] = mapped_column(String(256))
    detail: Mapped[str] = mapped_column(Text, default="")
    address: Mapped[str] = mapped_column(String(64), default="")
    request_id: Mapped[str] = mapped_column(String(128), default="")


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
