"""The tables of the ai service: versions of semantic layers, questions, and feedback on statements."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from aistack.stores.records import BigId, UtcDateTime

HEAD = "0001"
VERSION_TABLE = "ai_version"


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
    principal: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Question(Base):
    """A question and how it was answered. `options` are those of a clarifying question."""

    __tablename__ = "ai_questions"
    __table_args__ = (Index("ai_questions_principal", "principal", "created_at"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    session: Mapped[str] = mapped_column(String(100))
    connection: Mapped[str] = mapped_column(String(32))
    connection_name: Mapped[str] = mapped_column(String(100))
    principal: Mapped[str] = mapped_column(String(200))
    question: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(String(32))
    method: Mapped[str] = mapped_column(String(16))
    sql: Mapped[str] = mapped_column(Text)
    confidence: Mapped[float]
    options: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Lesson(Base):
    """A question with a statement that someone confirmed or rejected.

    A `trusted` one is from an administrator and applies to everyone; any other applies only to its author.
    """

    __tablename__ = "ai_lessons"
    __table_args__ = (Index("ai_lessons_connection", "connection"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    connection: Mapped[str] = mapped_column(String(32))
    question: Mapped[str] = mapped_column(Text)
    sql: Mapped[str] = mapped_column(Text)
    right: Mapped[bool]
    trusted: Mapped[bool]
    comment: Mapped[str] = mapped_column(Text)
    principal: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
