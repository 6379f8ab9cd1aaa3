"""The first tables: semantic layers, questions, lessons."""

import sqlalchemy as sa
from alembic import op

from aistack.stores.records import BigId, UtcDateTime

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "ai_layers",
        sa.Column("number", BigId, primary_key=True),
        sa.Column("connection", sa.String(32), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("about", sa.String(500), nullable=False),
        sa.Column("principal", sa.String(200), nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.UniqueConstraint("connection", "version"),
    )
    op.create_table(
        "ai_questions",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("session", sa.String(100), nullable=False),
        sa.Column("connection", sa.String(32), nullable=False),
        sa.Column("connection_name", sa.String(100), nullable=False),
        sa.Column("principal", sa.String(200), nullable=False),
        sa.Column("question", sa.Text, nullable=False),
        sa.Column("status", sa.String(32), nullable=False),
        sa.Column("method", sa.String(16), nullable=False),
        sa.Column("sql", sa.Text, nullable=False),
        sa.Column("confidence", sa.Float, nullable=False),
        sa.Column("options", sa.JSON, nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
    )
    op.create_index("ai_questions_principal", "ai_questions", ["principal", "created_at"])
    op.create_table(
        "ai_lessons",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("connection", sa.String(32), nullable=False),
        sa.Column("question", sa.Text, nullable=False),
        sa.Column("sql", sa.Text, nullable=False),
        sa.Column("right", sa.Boolean, nullable=False),
        sa.Column("trusted", sa.Boolean, nullable=False),
        sa.Column("comment", sa.Text, nullable=False),
        sa.Column("principal", sa.String(200), nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
    )
    op.create_index("ai_lessons_connection", "ai_lessons", ["connection"])
