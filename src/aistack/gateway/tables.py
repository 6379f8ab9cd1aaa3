"""The tables of the gateway: API keys, of which only digests are kept, and what administrators did."""

from datetime import datetime

from sqlalchemy import JSON, Index, LargeBinary, String, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from aistack.stores.records import BigId, UtcDateTime

HEAD = "0001"
VERSION_TABLE = "gateway_version"


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
