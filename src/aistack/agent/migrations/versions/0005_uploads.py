"""Uploads: files, pieces of unfinished ones, where they are attached, and what was read of them."""

import sqlalchemy as sa
from alembic import op

from aistack.stores.records import BigId, UtcDateTime

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "agent_uploads",
        sa.Column("id", BigId, nullable=False),
        sa.Column("public_id", sa.String(32), nullable=False),
        sa.Column("owner", sa.String(256), nullable=False),
        sa.Column("created_by", sa.String(256), nullable=False),
        sa.Column("name", sa.String(300), nullable=False),
        sa.Column("bytes", BigId, nullable=False),
        sa.Column("received", BigId, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("media_type", sa.String(128), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("has_content", sa.Boolean(), nullable=False),
        sa.Column("was_used", sa.Boolean(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("lease_until", UtcDateTime),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("expires_at", UtcDateTime),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("public_id"),
    )
    op.create_index("agent_uploads_owner", "agent_uploads", ["owner", "id"])
    op.create_index("agent_uploads_created_by", "agent_uploads", ["created_by"])
    op.create_index("agent_uploads_state", "agent_uploads", ["state", "expires_at"])
    op.create_table(
        "agent_upload_pieces",
        _upload(),
        sa.Column("start", BigId, nullable=False),
        sa.Column("bytes", BigId, nullable=False),
        sa.Column("key", sa.String(128), nullable=False),
        sa.PrimaryKeyConstraint("upload_id", "start"),
    )
    op.create_table(
        "agent_session_uploads",
        sa.Column("session_id", BigId, sa.ForeignKey("agent_sessions.id", ondelete="CASCADE"), nullable=False),
        _upload(),
        sa.PrimaryKeyConstraint("session_id", "upload_id"),
    )
    op.create_index("ix_agent_session_uploads_upload_id", "agent_session_uploads", ["upload_id"])
    op.create_table(
        "agent_upload_texts",
        _upload(),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("upload_id"),
    )


def _upload() -> sa.Column[int]:
    return sa.Column("upload_id", BigId, sa.ForeignKey("agent_uploads.id", ondelete="CASCADE"), nullable=False)
