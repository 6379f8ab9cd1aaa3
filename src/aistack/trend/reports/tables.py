"""The tables of reports and their schedules."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from aistack.access.tables import Things
from aistack.stores.records import UtcDateTime
from aistack.trend.tables import Base

REPORT, SCHEDULE = "report", "report_schedule"
REPORTS_MAX, SCHEDULES_MAX = 5_000, 100  # of one owner


class Report(Base):
    """`scope` is the digest of what was asked: reports of one scope are compared. `content` is what is rendered.

    `inputs` has the ids of documents and topics, the versions of methods, and the seed.
    """

    __tablename__ = "trend_reports"
    __table_args__ = (Index("trend_reports_scope", "collection_id", "scope", "created_at"),)

    id: Mapped[str] = mapped_column(String(12), primary_key=True)
    collection_id: Mapped[int] = mapped_column(ForeignKey("trend_collections.id", ondelete="CASCADE"))
    owner: Mapped[str] = mapped_column(String(256), index=True)
    title: Mapped[str] = mapped_column(String(256))
    scope: Mapped[str] = mapped_column(String(32))
    request: Mapped[dict[str, Any]] = mapped_column(JSON)
    content: Mapped[dict[str, Any]] = mapped_column(JSON)
    inputs: Mapped[dict[str, Any]] = mapped_column(JSON)
    previous: Mapped[str | None] = mapped_column(String(12))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ReportSchedule(Base):
    __tablename__ = "trend_report_schedules"
    __table_args__ = (Index("trend_report_schedules_due", "due_at"),)

    id: Mapped[str] = mapped_column(String(12), primary_key=True)
    collection_id: Mapped[int] = mapped_column(ForeignKey("trend_collections.id", ondelete="CASCADE"))
    owner: Mapped[str] = mapped_column(String(256), index=True)
    name: Mapped[str] = mapped_column(String(128))
    request: Mapped[dict[str, Any]] = mapped_column(JSON)
    options: Mapped[dict[str, Any]] = mapped_column(JSON)
    subscriber_id: Mapped[str | None] = mapped_column(ForeignKey("trend_subscribers.id", ondelete="SET NULL"))
    error: Mapped[str] = mapped_column(Text, default="")
    last_report: Mapped[str | None] = mapped_column(String(12))
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


REPORT_THINGS = Things(REPORT, Report.__table__.c.id, Report.__table__.c.owner, Report.__table__.c.title, REPORTS_MAX)
SCHEDULE_THINGS = Things(
    SCHEDULE,
    ReportSchedule.__table__.c.id,
    ReportSchedule.__table__.c.owner,
    ReportSchedule.__table__.c.name,
    SCHEDULES_MAX,
)
