"""The tables of watches."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from aistack.access.tables import Things
from aistack.stores.records import UtcDateTime
from aistack.trend.tables import Base

WATCH = "watch"
WATCHES_MAX = 200  # of one owner


class Watch(Base):
    __tablename__ = "trend_watches"
    __table_args__ = (UniqueConstraint("collection_id", "owner", "name"),)

    id: Mapped[str] = mapped_column(String(12), primary_key=True)
    collection_id: Mapped[int] = mapped_column(ForeignKey("trend_collections.id", ondelete="CASCADE"))
    owner: Mapped[str] = mapped_column(String(256), index=True)
    name: Mapped[str] = mapped_column(String(128))
    query: Mapped[dict[str, Any]] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)


WATCH_THINGS = Things(WATCH, Watch.__table__.c.id, Watch.__table__.c.owner, Watch.__table__.c.name, WATCHES_MAX)
