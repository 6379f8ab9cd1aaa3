"""The tables of the trend service."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Double, ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from aistack.access.collections import COLLECTION, COLLECTIONS_MAX, CollectionColumns
from aistack.access.tables import Things, access_grants
from aistack.chassis.identity import OWNER
from aistack.stores.records import BigId, UtcDateTime

HEAD = "0005"
VERSION_TABLE = "trend_version"
SOURCE = "source"


class Base(DeclarativeBase):
    pass


GRANTS = access_grants(Base.metadata, "trend")


class Collection(CollectionColumns, Base):
    """`changed_at` is when its documents changed last, `settled_at` up to which change its topics are settled.

    They are not settled again before `settle_after`; `settle_error` is why it failed `settle_failures` times in a row.
    """

    __tablename__ = "trend_collections"
    __table_args__ = (Index("trend_collections_owner", "owner", "name", unique=True),)

    changed_at: Mapped[float] = mapped_column(Double, default=0.0)
    settled_at: Mapped[float] = mapped_column(Double, default=0.0)
    settling_until: Mapped[float] = mapped_column(Double, default=0.0)
    settle_after: Mapped[float] = mapped_column(Double, default=0.0)
    settle_failures: Mapped[int] = mapped_column(default=0)
    settle_error: Mapped[str] = mapped_column(Text, default="")
    settled_documents: Mapped[int] = mapped_column(default=0)


class Source(Base):
    """Something that is read on a schedule, with the rights of its owner. `place` is its URL.

    Of the kind `query` it is a statement for a connected database, in `query`, whose rows are points of series.
    `etag` and `last_modified` are as received, to be sent back byte for byte.
    """

    __tablename__ = "trend_sources"
    __table_args__ = (
        Index("trend_sources_due", "due_at"),
        Index("trend_sources_owner", "owner"),
        UniqueConstraint("collection_id", "place", "selector"),
    )

    id: Mapped[str] = mapped_column(String(12), primary_key=True)
    collection_id: Mapped[int] = mapped_column(ForeignKey("trend_collections.id", ondelete="CASCADE"))
    owner: Mapped[str] = mapped_column(String(256), default=OWNER)
    kind: Mapped[str] = mapped_column(String(16))
    place: Mapped[str] = mapped_column(String(512))
    selector: Mapped[str] = mapped_column(String(256), default="")
    title: Mapped[str] = mapped_column(String(512), default="")
    category: Mapped[str] = mapped_column(String(64), default="")
    zone: Mapped[str] = mapped_column(String(64), default="")
    every_seconds: Mapped[int | None]
    query: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    etag: Mapped[str] = mapped_column(Text, default="")
    last_modified: Mapped[str] = mapped_column(Text, default="")
    interval_seconds: Mapped[int] = mapped_column(default=900)
    failures: Mapped[int] = mapped_column(default=0)
    error: Mapped[str] = mapped_column(Text, default="")
    notes: Mapped[list[str]] = mapped_column(JSON)
    items: Mapped[int] = mapped_column(default=0)
    read_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    changed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Document(Base):
    """`at` orders documents in time: what the source states, if that can be true, otherwise when it arrived.

    `guid_digest` is of the source's own name for it. `copy_of` is the document with nearly the same words that came
    first; copies count for a topic's sources, not for its volume.
    """

    __tablename__ = "trend_documents"
    __table_args__ = (
        UniqueConstraint("collection_id", "source_id", "guid_digest"),
        Index("trend_documents_at", "collection_id", "at"),
        Index("trend_documents_topic", "topic_id", "at"),
        Index("trend_documents_content", "collection_id", "content_digest"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(16), unique=True)
    collection_id: Mapped[int] = mapped_column(ForeignKey("trend_collections.id", ondelete="CASCADE"))
    source_id: Mapped[str | None] = mapped_column(ForeignKey("trend_sources.id", ondelete="CASCADE"), index=True)
    source_name: Mapped[str] = mapped_column(String(512), default="")
    guid_digest: Mapped[str] = mapped_column(String(32))
    content_digest: Mapped[str] = mapped_column(String(32))
    signature: Mapped[bytes] = mapped_column(LargeBinary)
    url: Mapped[str] = mapped_column(Text, default="")
    title: Mapped[str] = mapped_column(String(512))
    text: Mapped[str] = mapped_column(Text)
    author: Mapped[str] = mapped_column(String(256), default="")
    language: Mapped[str] = mapped_column(String(16), default="")
    category: Mapped[str] = mapped_column(String(64), default="")
    terms: Mapped[dict[str, float]] = mapped_column(JSON)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    published_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    is_date_guess: Mapped[bool] = mapped_column(default=False)
    arrived_at: Mapped[datetime] = mapped_column(UtcDateTime)
    copy_of: Mapped[int | None] = mapped_column(BigId)
    topic_id: Mapped[str | None] = mapped_column(String(12))


class Topic(Base):
    """`documents` and `sources` count its documents and their sources; copies count as documents of their sources."""

    __tablename__ = "trend_topics"
    __table_args__ = (Index("trend_topics_last", "collection_id", "last_at"),)

    id: Mapped[str] = mapped_column(String(12), primary_key=True)
    collection_id: Mapped[int] = mapped_column(ForeignKey("trend_collections.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(512))
    key_terms: Mapped[list[str]] = mapped_column(JSON)
    documents: Mapped[int]
    sources: Mapped[int]
    first_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Series(Base):
    """Points over time under a name. With a `source_id` the source adds its points.

    `first_at` and `last_at` are microseconds since 1970. `step_seconds` is None where the points show the step.
    """

    __tablename__ = "trend_series"
    __table_args__ = (UniqueConstraint("collection_id", "name"),)

    id: Mapped[str] = mapped_column(String(12), primary_key=True)
    collection_id: Mapped[int] = mapped_column(ForeignKey("trend_collections.id", ondelete="CASCADE"))
    source_id: Mapped[str | None] = mapped_column(ForeignKey("trend_sources.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(200))
    unit: Mapped[str] = mapped_column(String(64), default="")
    support: Mapped[str] = mapped_column(String(16), default="any")
    step_seconds: Mapped[float | None] = mapped_column(Double)
    points: Mapped[int] = mapped_column(default=0)
    first_at: Mapped[int | None] = mapped_column(BigInteger)
    last_at: Mapped[int | None] = mapped_column(BigInteger)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Point(Base):
    """`at` is microseconds since 1970. Points that were scored as they came have `score`, `alarm` and `expected`."""

    __tablename__ = "trend_points"

    series_id: Mapped[str] = mapped_column(ForeignKey("trend_series.id", ondelete="CASCADE"), primary_key=True)
    at: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    value: Mapped[float] = mapped_column(Double)
    score: Mapped[float | None] = mapped_column(Double)
    alarm: Mapped[bool | None]
    expected: Mapped[float | None] = mapped_column(Double)


class Detector(Base):
    """The state of a series' detector after the point at `last_at`; `version` counts its changes."""

    __tablename__ = "trend_detectors"

    series_id: Mapped[str] = mapped_column(ForeignKey("trend_series.id", ondelete="CASCADE"), primary_key=True)
    version: Mapped[int]
    last_at: Mapped[int] = mapped_column(BigInteger)
    state_name: Mapped[str] = mapped_column(String(16))
    state: Mapped[str] = mapped_column(Text)


COLLECTION_THINGS = Things(
    COLLECTION,
    Collection.__table__.c.public_id,
    Collection.__table__.c.owner,
    Collection.__table__.c.name,
    COLLECTIONS_MAX,
)
SOURCE_THINGS = Things(SOURCE, Source.__table__.c.id, Source.__table__.c.owner, Source.__table__.c.place)
