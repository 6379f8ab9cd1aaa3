"""The gateway's tables: API keys, and the audit log, whose entries are never changed."""

from datetime import datetime

from sqlalchemy import JSON, Index, LargeBinary, String, Text, delete, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from aistack.stores.records import BigId, UtcDateTime

HEAD = "0001"
VERSION_TABLE = "gateway_version"


PAGE_MAX = 200
ADMINISTRATION = "key."  # prefix of the administrators' actions
ADMINISTRATION_KEPT_MAX, OTHERS_KEPT_MAX = 20_000, 80_000


class Base(DeclarativeBase):
    pass


class ApiKey(Base):
    """`digest` is the SHA-256 of the key, `start` its first characters, shown in lists. `services` null means all."""

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
    """One action: who, what, to what, from where."""

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


async def prune(connection: AsyncConnection) -> None:
    """Deletes the oldest entries of each kind beyond what is kept."""
    administration = AuditEntry.action.like(ADMINISTRATION + "%")
    for kind, kept in ((administration, ADMINISTRATION_KEPT_MAX), (~administration, OTHERS_KEPT_MAX)):
        newest = select(AuditEntry.id).where(kind).order_by(AuditEntry.id.desc())
        last = await connection.scalar(newest.offset(kept).limit(1))
        if last is not None:
            await connection.execute(delete(AuditEntry).where(kind, AuditEntry.id <= last))
