"""Watches, subscribers with the ledger of what was told and sent, reports and alerts."""

import sqlalchemy as sa
from alembic import op

from aistack.stores.records import BigId, UtcDateTime

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "trend_watches",
        sa.Column("id", sa.String(12), nullable=False),
        sa.Column("collection_id", BigId, nullable=False),
        sa.Column("owner", sa.String(256), nullable=False),
        sa.Column("name", sa.String(128), nullable=False),
        sa.Column("query", sa.JSON(), nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("changed_at", UtcDateTime, nullable=False),
        sa.ForeignKeyConstraint(["collection_id"], ["trend_collections.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("collection_id", "owner", "name"),
    )
    op.create_index("ix_trend_watches_owner", "trend_watches", ["owner"])
    op.create_table(
        "trend_subscribers",
        sa.Column("id", sa.String(12), nullable=False),
        sa.Column("collection_id", BigId, nullable=False),
        sa.Column("watch_id", sa.String(12), nullable=False),
        sa.Column("owner", sa.String(256), nullable=False),
        sa.Column("name", sa.String(128), nullable=False),
        sa.Column("channel", sa.String(16), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("place", sa.String(256), nullable=False),
        sa.Column("lane", sa.String(32), nullable=False),
        sa.Column("options", sa.JSON(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("since", UtcDateTime, nullable=False),
        sa.Column("seen_at", sa.Double, nullable=False),
        sa.Column("due_at", UtcDateTime),
        sa.Column("claimed_until", sa.Double, nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.ForeignKeyConstraint(["collection_id"], ["trend_collections.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["watch_id"], ["trend_watches.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("collection_id", "owner", "name"),
    )
    op.create_index("trend_subscribers_due", "trend_subscribers", ["due_at"])
    op.create_index("ix_trend_subscribers_owner", "trend_subscribers", ["owner"])
    op.create_index("ix_trend_subscribers_watch_id", "trend_subscribers", ["watch_id"])
    op.create_table(
        "trend_told",
        sa.Column("subscriber_id", sa.String(12), nullable=False),
        sa.Column("topic_id", sa.String(12), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("documents", sa.JSON(), nullable=False),
        sa.Column("delivery_id", sa.String(16)),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.ForeignKeyConstraint(["subscriber_id"], ["trend_subscribers.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("subscriber_id", "topic_id", "state"),
    )
    op.create_index("trend_told_at", "trend_told", ["at"])
    op.create_table(
        "trend_deliveries",
        sa.Column("id", BigId, nullable=False),
        sa.Column("key", sa.String(16), nullable=False),
        sa.Column("subscriber_id", sa.String(12), nullable=False),
        sa.Column("lane", sa.String(32), nullable=False),
        sa.Column("subject", sa.String(256), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("due_at", UtcDateTime, nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("sent_at", UtcDateTime),
        sa.ForeignKeyConstraint(["subscriber_id"], ["trend_subscribers.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("key"),
    )
    op.create_index("trend_deliveries_due", "trend_deliveries", ["state", "due_at"])
    op.create_index("trend_deliveries_lane", "trend_deliveries", ["lane", "state"])
    op.create_index("trend_deliveries_subscriber", "trend_deliveries", ["subscriber_id", "id"])
    op.create_table(
        "trend_reports",
        sa.Column("id", sa.String(12), nullable=False),
        sa.Column("collection_id", BigId, nullable=False),
        sa.Column("owner", sa.String(256), nullable=False),
        sa.Column("title", sa.String(256), nullable=False),
        sa.Column("scope", sa.String(32), nullable=False),
        sa.Column("request", sa.JSON(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("inputs", sa.JSON(), nullable=False),
        sa.Column("previous", sa.String(12)),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.ForeignKeyConstraint(["collection_id"], ["trend_collections.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("trend_reports_scope", "trend_reports", ["collection_id", "scope", "created_at"])
    op.create_index("ix_trend_reports_owner", "trend_reports", ["owner"])
    op.create_table(
        "trend_report_schedules",
        sa.Column("id", sa.String(12), nullable=False),
        sa.Column("collection_id", BigId, nullable=False),
        sa.Column("owner", sa.String(256), nullable=False),
        sa.Column("name", sa.String(128), nullable=False),
        sa.Column("request", sa.JSON(), nullable=False),
        sa.Column("options", sa.JSON(), nullable=False),
        sa.Column("subscriber_id", sa.String(12)),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("last_report", sa.String(12)),
        sa.Column("due_at", UtcDateTime),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.ForeignKeyConstraint(["collection_id"], ["trend_collections.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["subscriber_id"], ["trend_subscribers.id"], ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("trend_report_schedules_due", "trend_report_schedules", ["due_at"])
    op.create_index("ix_trend_report_schedules_owner", "trend_report_schedules", ["owner"])
    op.create_table(
        "trend_alert_rules",
        sa.Column("id", sa.String(12), nullable=False),
        sa.Column("collection_id", BigId, nullable=False),
        sa.Column("owner", sa.String(256), nullable=False),
        sa.Column("name", sa.String(128), nullable=False),
        sa.Column("condition", sa.JSON(), nullable=False),
        sa.Column("subscriber_id", sa.String(12)),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("checked_at", UtcDateTime),
        sa.Column("due_at", UtcDateTime),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.ForeignKeyConstraint(["collection_id"], ["trend_collections.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["subscriber_id"], ["trend_subscribers.id"], ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("trend_alert_rules_due", "trend_alert_rules", ["due_at"])
    op.create_index("ix_trend_alert_rules_owner", "trend_alert_rules", ["owner"])
    op.create_table(
        "trend_alerts",
        sa.Column("id", sa.String(12), nullable=False),
        sa.Column("rule_id", sa.String(12), nullable=False),
        sa.Column("subject", sa.String(64), nullable=False),
        sa.Column("name", sa.String(512), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("value", sa.Double, nullable=False),
        sa.Column("level", sa.Double, nullable=False),
        sa.Column("began_at", UtcDateTime, nullable=False),
        sa.Column("changed_at", UtcDateTime, nullable=False),
        sa.Column("acknowledged_by", sa.String(256), nullable=False),
        sa.ForeignKeyConstraint(["rule_id"], ["trend_alert_rules.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("trend_alerts_rule", "trend_alerts", ["rule_id", "state"])
