"""Calendars of collections: countries with their holidays, and events."""

import sqlalchemy as sa
from alembic import op

from aistack.stores.records import BigId

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "trend_calendars",
        sa.Column("collection_id", BigId, nullable=False),
        sa.Column("countries", sa.JSON(), nullable=False),
        sa.Column("zone", sa.String(64), nullable=False),
        sa.ForeignKeyConstraint(["collection_id"], ["trend_collections.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("collection_id"),
    )
    op.create_table(
        "trend_calendar_events",
        sa.Column("id", sa.String(12), nullable=False),
        sa.Column("collection_id", BigId, nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("first", sa.Date(), nullable=False),
        sa.Column("last", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["collection_id"], ["trend_collections.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("trend_calendar_events_first", "trend_calendar_events", ["collection_id", "first"])
