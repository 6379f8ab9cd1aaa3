"""Tasks: calls of MCP clients that take long."""

import sqlalchemy as sa
from alembic import op

from aistack.stores.records import UtcDateTime

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "agent_mcp_tasks",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("caller", sa.String(256), nullable=False),
        sa.Column("who", sa.JSON(), nullable=False),
        sa.Column("tool", sa.String(128), nullable=False),
        sa.Column("arguments", sa.JSON(), nullable=False),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("result", sa.JSON(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("holder", sa.String(256), nullable=False),
        sa.Column("lease_until", UtcDateTime, nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("changed_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_agent_mcp_tasks_caller", "agent_mcp_tasks", ["caller"])
    op.create_index("ix_agent_mcp_tasks_created_at", "agent_mcp_tasks", ["created_at"])
