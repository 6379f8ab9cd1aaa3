"""The gateway's tables: people, groups, API keys, the audit log, whose entries are never changed, models and usage."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Boolean, Index, Integer, LargeBinary, String, Text, delete, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from aistack.access.tables import Things, access_grants
from aistack.stores.records import BigId, UtcDateTime

HEAD = "0007"
VERSION_TABLE = "gateway_version"


PAGE_MAX = 200
MODEL = "model"  # kind of a thing, whose id is its name
MODEL_CHARACTERS_MAX = 128
ADMINISTRATION = ("key.", "user.", "group.")  # prefixes of the administrators' actions
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
    model_rules: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    subject: Mapped[str] = mapped_column(String(64), default="owner", index=True)
    read_only: Mapped[bool] = mapped_column(Boolean, default=False)
    things: Mapped[list[str] | None] = mapped_column(JSON(none_as_null=True))


class Account(Base):
    """A user, or a service account, which has no e-mail and cannot sign in. `email_key` is the e-mail's canonical form.

    `sign_in_revision` grows whenever all sessions of the account have to end.
    """

    __tablename__ = "gateway_users"

    id: Mapped[str] = mapped_column(String(12), primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    name: Mapped[str] = mapped_column(String(128))
    email: Mapped[str] = mapped_column(String(254), default="")
    email_key: Mapped[str | None] = mapped_column(String(512), unique=True)
    role: Mapped[str] = mapped_column(String(8))
    status: Mapped[str] = mapped_column(String(8), default="active")
    password_hash: Mapped[str | None] = mapped_column(String(256))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_seen_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    sign_in_revision: Mapped[int] = mapped_column(Integer, default=0)


class Group(Base):
    """`name_key` is the canonical form of the name, `provider` the identity provider that the group comes from."""

    __tablename__ = "gateway_groups"

    id: Mapped[str] = mapped_column(String(12), primary_key=True)
    name: Mapped[str] = mapped_column(String(128))
    name_key: Mapped[str] = mapped_column(String(512), unique=True)
    provider: Mapped[str] = mapped_column(String(64), default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Member(Base):
    """`member` is a subject: a user, a service account, or another group."""

    __tablename__ = "gateway_members"

    group_id: Mapped[str] = mapped_column(String(12), primary_key=True)
    member: Mapped[str] = mapped_column(String(64), primary_key=True, index=True)


class Link(Base):
    """A one-time link. `digest` is the SHA-256 of its token, `user_id` empty for the first owner's."""

    __tablename__ = "gateway_links"

    digest: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    user_id: Mapped[str] = mapped_column(String(12), default="", index=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Revision(Base):
    """Counts the changes of something, so that other gateways notice them. Writers change it first, which is a lock."""

    __tablename__ = "gateway_revisions"

    name: Mapped[str] = mapped_column(String(16), primary_key=True)
    revision: Mapped[int] = mapped_column(BigInteger)


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


class StoredModel(Base):
    """An entry of the model table that was set through the API. `sealed` are the keys of its upstreams, encrypted."""

    __tablename__ = "gateway_models"

    name: Mapped[str] = mapped_column(String(128), primary_key=True)
    entry: Mapped[Any] = mapped_column(JSON)
    sealed: Mapped[list[str]] = mapped_column(JSON)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ModelOwner(Base):
    """Whose an entry of the model table is. One without a row belongs to the stack's owners, and everyone may use it.

    The entries of `stack.toml` have a row once their grants or their owner were changed.
    """

    __tablename__ = "gateway_model_owners"

    name: Mapped[str] = mapped_column(String(MODEL_CHARACTERS_MAX), primary_key=True)
    owner: Mapped[str] = mapped_column(String(256))


GRANTS = access_grants(Base.metadata, "gateway", MODEL_CHARACTERS_MAX)
MODEL_THINGS = Things(MODEL, ModelOwner.__table__.c.name, ModelOwner.__table__.c.owner, ModelOwner.__table__.c.name)


class KeptResponse(Base):
    """A response of /v1/responses that is kept on request. `content` is JSON, compressed with zlib."""

    __tablename__ = "gateway_kept_responses"

    owner: Mapped[str] = mapped_column(String(256), primary_key=True)
    id: Mapped[str] = mapped_column(String(160), primary_key=True)
    content: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class ModelUsage(Base):
    """What one key used of one model at one upstream on one day (UTC), by the source of the numbers.

    `cost_nano` is in nano-dollars and does not include the `unpriced` requests, whose price is unknown.
    """

    __tablename__ = "gateway_usage"

    day: Mapped[str] = mapped_column(String(10), primary_key=True)
    key: Mapped[str] = mapped_column(String(128), primary_key=True)
    model: Mapped[str] = mapped_column(String(128), primary_key=True)
    upstream: Mapped[str] = mapped_column(String(800), primary_key=True)
    source: Mapped[str] = mapped_column(String(16), primary_key=True)
    requests: Mapped[int] = mapped_column(BigInteger)
    prompt_tokens: Mapped[int] = mapped_column(BigInteger)
    completion_tokens: Mapped[int] = mapped_column(BigInteger)
    cached_tokens: Mapped[int] = mapped_column(BigInteger)
    cache_write_tokens: Mapped[int] = mapped_column(BigInteger)
    reasoning_tokens: Mapped[int] = mapped_column(BigInteger)
    cost_nano: Mapped[int] = mapped_column(BigInteger)
    unpriced: Mapped[int] = mapped_column(BigInteger)


class UsageJournal(Base):
    """How far a journal has been written to `gateway_usage`, in the same transactions."""

    __tablename__ = "gateway_usage_journals"

    name: Mapped[str] = mapped_column(String(128), primary_key=True)
    read_bytes: Mapped[int] = mapped_column(BigInteger)


async def prune(connection: AsyncConnection) -> None:
    """Deletes the oldest entries of each kind beyond what is kept."""
    administration = or_(*(AuditEntry.action.like(prefix + "%") for prefix in ADMINISTRATION))
    for kind, kept in ((administration, ADMINISTRATION_KEPT_MAX), (~administration, OTHERS_KEPT_MAX)):
        newest = select(AuditEntry.id).where(kind).order_by(AuditEntry.id.desc())
        last = await connection.scalar(newest.offset(kept).limit(1))
        if last is not None:
            await connection.execute(delete(AuditEntry).where(kind, AuditEntry.id <= last))
