"""The tables of calendars."""

from datetime import date

from sqlalchemy import JSON, Date, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from aistack.trend.tables import Base


class Calendar(Base):
    """The countries whose holidays count for a collection, and the zone of its days."""

    __tablename__ = "trend_calendars"

    collection_id: Mapped[int] = mapped_column(
        ForeignKey("trend_collections.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    countries: Mapped[list[str]] = mapped_column(JSON)
    zone: Mapped[str] = mapped_column(String(64), default="")


class CalendarEvent(Base):
    """Days that somebody named: a sale, a release, an outage. From `first` to `last`, both included."""

    __tablename__ = "trend_calendar_events"
    __table_args__ = (Index("trend_calendar_events_first", "collection_id", "first"),)

    id: Mapped[str] = mapped_column(String(12), primary_key=True)
    collection_id: Mapped[int] = mapped_column(ForeignKey("trend_collections.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(200))
    first: Mapped[date] = mapped_column(Date)
    last: Mapped[date] = mapped_column(Date)
