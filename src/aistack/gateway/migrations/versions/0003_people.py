"""People: users, groups, one-time links. The keys of today belong to the stack's owners, and go on working."""

import sqlalchemy as sa
from alembic import op

from aistack.stores.records import UtcDateTime

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("gateway_keys", sa.Column("subject", sa.String(64), nullable=False, server_default="owner"))
    op.add_column("gateway_keys", sa.Column("read_only", sa.Boolean, nullable=False, server_default=sa.false()))
    op.add_column("gateway_keys", sa.Column("things", sa.JSON(none_as_null=True)))
    op.create_index("ix_gateway_keys_subject", "gateway_keys", ["subject"])
    op.create_table(
        "gateway_users",
        sa.Column("id", sa.String(12), primary_key=True),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("name", sa.String(128), nullable=False),
        sa.Column("email", sa.String(254), nullable=False),
        sa.Column("email_key", sa.String(512), unique=True),
        sa.Column("role", sa.String(8), nullable=False),
        sa.Column("status", sa.String(8), nullable=False),
        sa.Column("password_hash", sa.String(256)),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("last_seen_at", UtcDateTime),
        sa.Column("sign_in_revision", sa.Integer, nullable=False),
    )
    op.create_table(
        "gateway_groups",
        sa.Column("id", sa.String(12), primary_key=True),
        sa.Column("name", sa.String(128), nullable=False),
        sa.Column("name_key", sa.String(512), nullable=False, unique=True),
        sa.Column("provider", sa.String(64), nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
    )
    op.create_table(
        "gateway_members",
        sa.Column("group_id", sa.String(12), primary_key=True),
        sa.Column("member", sa.String(64), primary_key=True, index=True),
    )
    op.create_table(
        "gateway_links",
        sa.Column("digest", sa.LargeBinary(32), primary_key=True),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("user_id", sa.String(12), nullable=False, index=True),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("expires_at", UtcDateTime, nullable=False),
        sa.Column("used_at", UtcDateTime),
    )
    revisions = op.create_table(
        "gateway_revisions",
        sa.Column("name", sa.String(16), primary_key=True),
        sa.Column("revision", sa.BigInteger, nullable=False),
    )
    op.bulk_insert(revisions, [{"name": "people", "revision": 0}])
