"""The tables of signing in: sessions, second factors, links to identity providers, and what may be used only once."""

from datetime import datetime

from sqlalchemy import BigInteger, Boolean, Double, Integer, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from aistack.gateway.tables import Base
from aistack.stores.records import UtcDateTime


class Session(Base):
    """`digest` is the SHA-256 of the cookie. `revision` is the account's `sign_in_revision` when it began.

    `provider`, `provider_subject` and `provider_session` (`sid`) say which identity provider signed the person in.
    """

    __tablename__ = "gateway_sessions"

    id: Mapped[str] = mapped_column(String(16), primary_key=True)
    digest: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    user_id: Mapped[str] = mapped_column(String(12), index=True)
    revision: Mapped[int] = mapped_column(Integer)
    method: Mapped[str] = mapped_column(String(32))
    provider: Mapped[str] = mapped_column(String(64), default="")
    provider_subject: Mapped[str] = mapped_column(String(256), default="")
    provider_session: Mapped[str] = mapped_column(String(256), default="")
    address: Mapped[str] = mapped_column(String(64), default="")
    agent: Mapped[str] = mapped_column(String(256), default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)


class TotpSecret(Base):
    """An authenticator app's secret, encrypted. It counts once `confirmed`; no step up to `last_step` works again."""

    __tablename__ = "gateway_totp"

    user_id: Mapped[str] = mapped_column(String(12), primary_key=True)
    sealed: Mapped[str] = mapped_column(String(512))
    confirmed: Mapped[bool] = mapped_column(Boolean, default=False)
    last_step: Mapped[int] = mapped_column(BigInteger, default=0)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class RecoveryCode(Base):
    __tablename__ = "gateway_recovery_codes"

    digest: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    user_id: Mapped[str] = mapped_column(String(12), index=True)


class Passkey(Base):
    """A WebAuthn credential. `sign_count` is the authenticator's counter, 0 where it has none."""

    __tablename__ = "gateway_passkeys"

    id: Mapped[str] = mapped_column(String(16), primary_key=True)
    credential_digest: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    credential_id: Mapped[bytes] = mapped_column(LargeBinary)
    user_id: Mapped[str] = mapped_column(String(12), index=True)
    name: Mapped[str] = mapped_column(String(128))
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    sign_count: Mapped[int] = mapped_column(BigInteger, default=0)
    transports: Mapped[str] = mapped_column(String(128), default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class ProviderLink(Base):
    """Which account a provider's `sub` belongs to. Only this pair identifies a person, never an e-mail address."""

    __tablename__ = "gateway_provider_links"

    provider: Mapped[str] = mapped_column(String(64), primary_key=True)
    subject: Mapped[str] = mapped_column(String(256), primary_key=True)
    user_id: Mapped[str] = mapped_column(String(12), index=True)
    groups: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class UsedOnce(Base):
    """Digests of what must not be accepted twice: states, `jti`s, challenges. Kept until it would have expired."""

    __tablename__ = "gateway_used_once"

    digest: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class FailedSignIns(Base):
    """When the limit of an account, a network or both would be full again, in seconds since 1970 (GCRA)."""

    __tablename__ = "gateway_failed_sign_ins"

    digest: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    full_at: Mapped[float] = mapped_column(Double, index=True)
