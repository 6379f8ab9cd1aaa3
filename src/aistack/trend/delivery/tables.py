"""The tables of subscribers, and the ledger of what was told them and sent."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Double, ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from aistack.access.tables import Things
from aistack.stores.records import BigId, UtcDateTime
from aistack.trend.tables import Base
from aistack.trend.watches import tables as _watches  # noqa: F401  # pyright: ignore[reportUnusedImport]

SUBSCRIBER = "subscriber"
SUBSCRIBERS_MAX = 200  # of one owner


class Subscriber(Base):
    """`address` is sealed. `since` is when it began: what arrived before is not told.

    `seen_at` is up to which arrival its documents were looked at.
    """

    __tablename__ = "trend_subscribers"
    __table_args__ = (
        UniqueConstraint("collection_id", "owner", "name"),
        Index("trend_subscribers_due", "due_at"),
    )

    id: Mapped[str] = mapped_column(String(12), primary_key=True)
    collection_id: Mapped[int] = mapped_column(ForeignKey("trend_collections.id", ondelete="CASCADE"))
    watch_id: Mapped[str] = mapped_column(ForeignKey("trend_watches.id", ondelete="CASCADE"), index=True)
    owner: Mapped[str] = mapped_column(String(256), index=True)
    name: Mapped[str] = mapped_column(String(128))
    channel: Mapped[str] = mapped_column(String(16))
    address: Mapped[str] = mapped_column(Text)
    place: Mapped[str] = mapped_column(String(256))
    lane: Mapped[str] = mapped_column(String(32))
    options: Mapped[dict[str, Any]] = mapped_column(JSON)
    error: Mapped[str] = mapped_column(Text, default="")
    since: Mapped[datetime] = mapped_column(UtcDateTime)
    seen_at: Mapped[float] = mapped_column(Double, default=0.0)
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    claimed_until: Mapped[float] = mapped_column(Double, default=0.0)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Told(Base):
    """A story in a state that a subscriber was told of, or will be: it is in no later message again."""

    __tablename__ = "trend_told"
    __table_args__ = (Index("trend_told_at", "at"),)

    subscriber_id: Mapped[str] = mapped_column(ForeignKey("trend_subscribers.id", ondelete="CASCADE"), primary_key=True)
    topic_id: Mapped[str] = mapped_column(String(12), primary_key=True)
    state: Mapped[str] = mapped_column(String(16), primary_key=True)
    documents: Mapped[list[int]] = mapped_column(JSON)
    delivery_id: Mapped[str | None] = mapped_column(String(16))
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class Delivery(Base):
    """A message. `state`: queued, sending, sent, failed, or unknown: the service died while it was sent.

    `key` names it for channels that drop repeats. Messages with the same `lane`, one address, go one after another.
    """

    __tablename__ = "trend_deliveries"
    __table_args__ = (
        Index("trend_deliveries_due", "state", "due_at"),
        Index("trend_deliveries_lane", "lane", "state"),
        Index("trend_deliveries_subscriber", "subscriber_id", "id"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    key: Mapped[str] = mapped_column(String(16), unique=True)
    subscriber_id: Mapped[str] = mapped_column(ForeignKey("trend_subscribers.id", ondelete="CASCADE"))
    lane: Mapped[str] = mapped_column(String(32))
    subject: Mapped[str] = mapped_column(String(256))
    body: Mapped[dict[str, Any]] = mapped_column(JSON)
    state: Mapped[str] = mapped_column(String(8), default="queued")
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    error: Mapped[str] = mapped_column(Text, default="")
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


SUBSCRIBER_THINGS = Things(
    SUBSCRIBER,
    Subscriber.__table__.c.id,
    Subscriber.__table__.c.owner,
    Subscriber.__table__.c.name,
    SUBSCRIBERS_MAX,
)
