"""The tables of alert rules and alerts."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Double, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from aistack.access.tables import Things
from aistack.stores.records import UtcDateTime
from aistack.trend.tables import Base

ALERT_RULE = "alert_rule"
RULES_MAX = 200  # of one owner


class AlertRule(Base):
    __tablename__ = "trend_alert_rules"
    __table_args__ = (Index("trend_alert_rules_due", "due_at"),)

    id: Mapped[str] = mapped_column(String(12), primary_key=True)
    collection_id: Mapped[int] = mapped_column(ForeignKey("trend_collections.id", ondelete="CASCADE"))
    owner: Mapped[str] = mapped_column(String(256), index=True)
    name: Mapped[str] = mapped_column(String(128))
    condition: Mapped[dict[str, Any]] = mapped_column(JSON)
    subscriber_id: Mapped[str | None] = mapped_column(ForeignKey("trend_subscribers.id", ondelete="SET NULL"))
    error: Mapped[str] = mapped_column(Text, default="")
    checked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Alert(Base):
    """`state`: alarm, acknowledged, or normal again. `subject` is the id of the topic or source."""

    __tablename__ = "trend_alerts"
    __table_args__ = (Index("trend_alerts_rule", "rule_id", "state"),)

    id: Mapped[str] = mapped_column(String(12), primary_key=True)
    rule_id: Mapped[str] = mapped_column(ForeignKey("trend_alert_rules.id", ondelete="CASCADE"))
    subject: Mapped[str] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(String(512))
    state: Mapped[str] = mapped_column(String(16))
    value: Mapped[float] = mapped_column(Double)
    level: Mapped[float] = mapped_column(Double)
    began_at: Mapped[datetime] = mapped_column(UtcDateTime)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    acknowledged_by: Mapped[str] = mapped_column(String(256), default="")


ALERT_RULE_THINGS = Things(
    ALERT_RULE,
    AlertRule.__table__.c.id,
    AlertRule.__table__.c.owner,
    AlertRule.__table__.c.name,
    RULES_MAX,
)
