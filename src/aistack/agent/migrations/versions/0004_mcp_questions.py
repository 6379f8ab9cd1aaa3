"""Questions to users of MCP clients of revisions with a handshake."""

import sqlalchemy as sa
from alembic import op

from aistack.stores.records import UtcDateTime

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "agent_mcp_questions",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("caller", sa.String(256), nullable=False),
        sa.Column("has_reply", sa.Boolean(), nullable=False),
        sa.Column("reply", sa.JSON(), nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_agent_mcp_questions_created_at", "agent_mcp_questions", ["created_at"])
