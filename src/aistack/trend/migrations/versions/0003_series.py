"""Series with their points and detectors, and queries as sources."""

import sqlalchemy as sa
from alembic import op

from aistack.stores.records import BigId, UtcDateTime

DOUBLE = sa.Double[float]()
revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("trend_sources", sa.Column("query", sa.JSON()))
    op.create_table(
        "trend_series",
        sa.Column("id", sa.String(12), nullable=False),
        sa.Column("collection_id", BigId, nullable=False),
        sa.Column("source_id", sa.String(12)),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("unit", sa.String(64), nullable=False),
        sa.Column("support", sa.String(16), nullable=False),
        sa.Column("step_seconds", DOUBLE),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("first_at", sa.BigInteger()),
        sa.Column("last_at", sa.BigInteger()),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("changed_at", UtcDateTime, nullable=False),
        sa.ForeignKeyConstraint(["collection_id"], ["trend_collections.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["source_id"], ["trend_sources.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("collection_id", "name"),
    )
    op.create_index("ix_trend_series_source_id", "trend_series", ["source_id"])
    op.create_table(
        "trend_points",
        sa.Column("series_id", sa.String(12), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("value", DOUBLE, nullable=False),
        sa.Column("score", DOUBLE),
        sa.Column("alarm", sa.Boolean()),
        sa.Column("expected", DOUBLE),
        sa.ForeignKeyConstraint(["series_id"], ["trend_series.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("series_id", "at"),
    )
    op.create_table(
        "trend_detectors",
        sa.Column("series_id", sa.String(12), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("last_at", sa.BigInteger(), nullable=False),
        sa.Column("state_name", sa.String(16), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["series_id"], ["trend_series.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("series_id"),
    )
