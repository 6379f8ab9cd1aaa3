"""The tables of the connection service. Targets with their passwords are stored encrypted only."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from aistack.access.tables import Things, access_grants
from aistack.connection.rights import KIND
from aistack.stores.records import UtcDateTime

HEAD = "0002"
VERSION_TABLE = "connection_version"


class Base(DeclarativeBase):
    pass


class Connection(Base):
    """A connection. `revision` is incremented when its target changes. Its owner has no other with the same name."""

    __tablename__ = "connection_connections"
    __table_args__ = (Index("connection_connections_name", "name"), Index("connection_connections_owner", "owner"))

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    name: Mapped[str] = mapped_column(String(100))
    owner: Mapped[str] = mapped_column(String(256))
    engine: Mapped[str] = mapped_column(String(32))
    place: Mapped[str] = mapped_column(Text)
    sealed: Mapped[str] = mapped_column(Text)
    revision: Mapped[int]
    max_connections: Mapped[int]
    samples: Mapped[bool]
    roles: Mapped[dict[str, Any]] = mapped_column(JSON)
    rules: Mapped[dict[str, Any]] = mapped_column(JSON)
    tested: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)


class StoredSchema(Base):
    """The schema of a connection as it was last read."""

    __tablename__ = "connection_schemas"

    connection_id: Mapped[str] = mapped_column(
        ForeignKey("connection_connections.id", ondelete="CASCADE"), primary_key=True
    )
    revision: Mapped[int]
    document: Mapped[dict[str, Any]] = mapped_column(JSON)
    read_at: Mapped[datetime] = mapped_column(UtcDateTime)


GRANTS = access_grants(Base.metadata, "connection")
THINGS = Things(KIND, Connection.__table__.c.id, Connection.__table__.c.owner, Connection.__table__.c.name)
