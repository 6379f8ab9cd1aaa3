"""The tables of the query service: the history, saved queries, jobs."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Index, String, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from aistack.access.tables import Things, access_grants
from aistack.stores.records import BigId, UtcDateTime

HEAD = "0002"
VERSION_TABLE = "query_version"
SAVED, JOB = "saved-query", "job"  # kinds of things


class Base(DeclarativeBase):
    pass


class Run(Base):
    """An entry of the history. `principal` is who ran it, `owner` whose it is.

    `state` is done, failed, refused or cancelled.
    """

    __tablename__ = "query_history"
    __table_args__ = (
        Index("query_history_owner", "owner", "number"),
        Index("query_history_begun", "begun_at"),
    )

    number: Mapped[int] = mapped_column(BigId, primary_key=True)
    id: Mapped[str] = mapped_column(String(32))  # clients may choose it, so it is not unique
    connection: Mapped[str] = mapped_column(String(32))
    connection_name: Mapped[str] = mapped_column(String(100))
    principal: Mapped[str] = mapped_column(String(256))
    owner: Mapped[str] = mapped_column(String(256))
    sql: Mapped[str] = mapped_column(Text)
    tables: Mapped[list[str]] = mapped_column(JSON)
    mode: Mapped[str] = mapped_column(String(16))
    state: Mapped[str] = mapped_column(String(16))
    error: Mapped[str] = mapped_column(Text)
    rows: Mapped[int] = mapped_column(BigInteger)
    elapsed_ms: Mapped[int]
    begun_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Saved(Base):
    """A saved query with default parameters, and a schedule if `every_seconds` is set.

    `connection` is an id. `stopped` is why the schedule no longer runs; it has no `due_at` then. `principal` is the key
    that saved it, whose limits still apply.
    """

    __tablename__ = "query_saved"
    __table_args__ = (Index("query_saved_name", "name"), Index("query_saved_owner", "owner"))

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    name: Mapped[str] = mapped_column(String(100))
    owner: Mapped[str] = mapped_column(String(256))
    principal: Mapped[dict[str, Any]] = mapped_column(JSON)
    connection: Mapped[str] = mapped_column(String(100))
    sql: Mapped[str] = mapped_column(Text)
    parameters: Mapped[dict[str, Any]] = mapped_column(JSON)
    about: Mapped[str] = mapped_column(Text)
    every_seconds: Mapped[int | None]
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_job: Mapped[str | None] = mapped_column(String(32))
    stopped: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Job(Base):
    """A background statement. Its result is a file until `expires_at`. Only its owner sees it."""

    __tablename__ = "query_jobs"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    owner: Mapped[str] = mapped_column(String(256))
    principal: Mapped[dict[str, Any]] = mapped_column(JSON)
    request: Mapped[dict[str, Any]] = mapped_column(JSON)
    instance: Mapped[str] = mapped_column(String(200))
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    state: Mapped[str] = mapped_column(String(16))
    error: Mapped[str] = mapped_column(Text)
    rows: Mapped[int] = mapped_column(BigInteger)
    bytes: Mapped[int] = mapped_column(BigInteger)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


GRANTS = access_grants(Base.metadata, "query")
SAVED_MAX = 1_000  # of one owner
SAVED_THINGS = Things(SAVED, Saved.__table__.c.id, Saved.__table__.c.owner, Saved.__table__.c.name, SAVED_MAX)
THINGS = (
    SAVED_THINGS,
    Things(JOB, Job.__table__.c.id, Job.__table__.c.owner, Job.__table__.c.request["sql"].as_string()),
)
