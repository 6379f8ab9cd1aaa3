"""The tables of the ai service: versions of semantic layers, questions, and feedback on statements."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from aistack.access.tables import Things, access_grants
from aistack.stores.records import BigId, UtcDateTime

HEAD = "0002"
VERSION_TABLE = "ai_version"
LAYER, QUESTION, LESSON = "layer", "question", "lesson"  # kinds of things


class Base(DeclarativeBase):
    pass


class LayerVersion(Base):
    """One version of a connection's semantic layer; the highest is current. `text` is the YAML as it was saved."""

    __tablename__ = "ai_layers"
    __table_args__ = (UniqueConstraint("connection", "version"),)

    number: Mapped[int] = mapped_column(BigId, primary_key=True)
    connection: Mapped[str] = mapped_column(String(32))
    version: Mapped[int] = mapped_column(Integer)
    text: Mapped[str] = mapped_column(Text)
    about: Mapped[str] = mapped_column(String(500))
    principal: Mapped[str] = mapped_column(String(256))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class OwnedLayer(Base):
    """Whose a connection's semantic layer is. `id` is the connection's."""

    __tablename__ = "ai_owned_layers"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    owner: Mapped[str] = mapped_column(String(256))


class Question(Base):
    """A question and how it was answered. `options` are those of a clarifying question. Only its owner sees it."""

    __tablename__ = "ai_questions"
    __table_args__ = (Index("ai_questions_owner", "owner", "created_at"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    session: Mapped[str] = mapped_column(String(100))
    connection: Mapped[str] = mapped_column(String(32))
    connection_name: Mapped[str] = mapped_column(String(100))
    principal: Mapped[str] = mapped_column(String(256))
    owner: Mapped[str] = mapped_column(String(256))
    question: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(String(32))
    method: Mapped[str] = mapped_column(String(16))
    sql: Mapped[str] = mapped_column(Text)
    confidence: Mapped[float]
    options: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Lesson(Base):
    """A question with a statement that someone confirmed or rejected.

    A `trusted` one is from an editor of the connection and applies to everyone for whom the connection has the same
    `rules` (a hash of the masks and row filters; empty in lessons of before there were owners). Any other applies only
    to its author. `written` ones have a statement that may be a person's own instead of a generated one.
    """

    __tablename__ = "ai_lessons"
    __table_args__ = (Index("ai_lessons_connection", "connection"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    connection: Mapped[str] = mapped_column(String(32))
    question: Mapped[str] = mapped_column(Text)
    sql: Mapped[str] = mapped_column(Text)
    right: Mapped[bool]
    trusted: Mapped[bool]
    written: Mapped[bool]
    comment: Mapped[str] = mapped_column(Text)
    principal: Mapped[str] = mapped_column(String(256))
    owner: Mapped[str] = mapped_column(String(256))
    rules: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


GRANTS = access_grants(Base.metadata, "ai")
THINGS = (
    Things(LAYER, OwnedLayer.__table__.c.id, OwnedLayer.__table__.c.owner, OwnedLayer.__table__.c.id),
    Things(QUESTION, Question.__table__.c.id, Question.__table__.c.owner, Question.__table__.c.question),
    Things(LESSON, Lesson.__table__.c.id, Lesson.__table__.c.owner, Lesson.__table__.c.question),
)
