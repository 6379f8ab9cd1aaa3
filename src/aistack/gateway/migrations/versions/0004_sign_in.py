"""Signing in: sessions, second factors, passkeys, identity providers."""

import sqlalchemy as sa
from alembic import op

from aistack.stores.records import UtcDateTime

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "gateway_sessions",
        sa.Column("id", sa.String(16), primary_key=True),
        sa.Column("digest", sa.LargeBinary(32), nullable=False, unique=True),
        sa.Column("user_id", sa.String(12), nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("method", sa.String(32), nullable=False),
        sa.Column("provider", sa.String(64), nullable=False),
        sa.Column("provider_subject", sa.String(256), nullable=False),
        sa.Column("provider_session", sa.String(256), nullable=False),
        sa.Column("address", sa.String(64), nullable=False),
        sa.Column("agent", sa.String(256), nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("last_seen_at", UtcDateTime, nullable=False),
        sa.Column("ends_at", UtcDateTime, nullable=False),
        sa.Column("ended_at", UtcDateTime),
    )
    op.create_index("ix_gateway_sessions_user_id", "gateway_sessions", ["user_id"])
    op.create_index("ix_gateway_sessions_ended_at", "gateway_sessions", ["ended_at"])
    op.create_table(
        "gateway_totp",
        sa.Column("user_id", sa.String(12), primary_key=True),
        sa.Column("sealed", sa.String(512), nullable=False),
        sa.Column("confirmed", sa.Boolean, nullable=False),
        sa.Column("last_step", sa.BigInteger, nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
    )
    op.create_table(
        "gateway_recovery_codes",
        sa.Column("digest", sa.LargeBinary(32), primary_key=True),
        sa.Column("user_id", sa.String(12), nullable=False),
    )
    op.create_index("ix_gateway_recovery_codes_user_id", "gateway_recovery_codes", ["user_id"])
    op.create_table(
        "gateway_passkeys",
        sa.Column("id", sa.String(16), primary_key=True),
        sa.Column("credential_digest", sa.LargeBinary(32), nullable=False, unique=True),
        sa.Column("credential_id", sa.LargeBinary, nullable=False),
        sa.Column("user_id", sa.String(12), nullable=False),
        sa.Column("name", sa.String(128), nullable=False),
        sa.Column("public_key", sa.LargeBinary, nullable=False),
        sa.Column("sign_count", sa.BigInteger, nullable=False),
        sa.Column("transports", sa.String(128), nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("last_used_at", UtcDateTime),
    )
    op.create_index("ix_gateway_passkeys_user_id", "gateway_passkeys", ["user_id"])
    op.create_table(
        "gateway_provider_links",
        sa.Column("provider", sa.String(64), primary_key=True),
        sa.Column("subject", sa.String(256), primary_key=True),
        sa.Column("user_id", sa.String(12), nullable=False),
        sa.Column("groups", sa.Text, nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
    )
    op.create_index("ix_gateway_provider_links_user_id", "gateway_provider_links", ["user_id"])
    op.create_table(
        "gateway_used_once",
        sa.Column("digest", sa.LargeBinary(32), primary_key=True),
        sa.Column("expires_at", UtcDateTime, nullable=False),
    )
    op.create_index("ix_gateway_used_once_expires_at", "gateway_used_once", ["expires_at"])
