"""The tables of the agent service.

Messages are rows of a tree: a message that is edited or generated again is a sibling of the one before. What a message
consists of is in its parts, so that lists never read them. The search index of the messages is not a mapped table: it
is an FTS5 table in SQLite and one with a tsvector in PostgreSQL.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from aistack.access.tables import Things, access_grants
from aistack.stores.records import BigId, UtcDateTime

HEAD = "0005"
VERSION_TABLE = "agent_version"
SESSION = "session"
SESSIONS_MAX = 100_000  # of one owner
FACT = "fact"
FACTS_MAX = 2_000  # of one owner


class Base(DeclarativeBase):
    pass


GRANTS = access_grants(Base.metadata, "agent")


class Session(Base):
    """A conversation. `leaf_id` is the last message of the branch that is shown.

    A temporary one is in no list, search or export, uses no memory, and is deleted soon.
    """

    __tablename__ = "agent_sessions"
    __table_args__ = (Index("agent_sessions_owner", "owner", "changed_at"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(12), unique=True)
    owner: Mapped[str] = mapped_column(String(256))
    title: Mapped[str] = mapped_column(String(256), default="")
    folder: Mapped[str] = mapped_column(String(128), default="")
    is_pinned: Mapped[bool] = mapped_column(default=False)
    is_archived: Mapped[bool] = mapped_column(default=False)
    model: Mapped[str] = mapped_column(String(256), default="")
    instructions: Mapped[str] = mapped_column(Text, default="")
    leaf_id: Mapped[int | None] = mapped_column(BigId)
    plan: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    uses_memory: Mapped[bool] = mapped_column(default=True)
    is_temporary: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class Message(Base):
    """`state` is complete, streaming, waiting (for an approval), stopped or failed."""

    __tablename__ = "agent_messages"
    __table_args__ = (Index("agent_messages_parent", "session_id", "parent_id"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(16), unique=True)
    session_id: Mapped[int] = mapped_column(ForeignKey("agent_sessions.id", ondelete="CASCADE"))
    parent_id: Mapped[int | None] = mapped_column(BigId)
    role: Mapped[str] = mapped_column(String(16))
    model: Mapped[str] = mapped_column(String(256), default="")
    state: Mapped[str] = mapped_column(String(16), default="complete")
    run_id: Mapped[str] = mapped_column(String(16), default="")
    usage: Mapped[dict[str, Any]] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Part(Base):
    """`kind` is text, reasoning, attachment, tool_call, tool_result or error."""

    __tablename__ = "agent_parts"
    __table_args__ = (UniqueConstraint("message_id", "position"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    message_id: Mapped[int] = mapped_column(ForeignKey("agent_messages.id", ondelete="CASCADE"))
    position: Mapped[int]
    kind: Mapped[str] = mapped_column(String(16))
    text: Mapped[str] = mapped_column(Text, default="")
    data: Mapped[dict[str, Any]] = mapped_column(JSON)


class Run(Base):
    """The work on one answer. `who` are the claims of the principal that it acts for.

    `busy_session_id` is its session while it is queued or running, so that a session has one such run at most.
    `attempt` counts how often an instance took it, and fences off the ones before.
    """

    __tablename__ = "agent_runs"
    __table_args__ = (Index("agent_runs_state", "state", "lease_until"),)

    id: Mapped[str] = mapped_column(String(16), primary_key=True)
    session_id: Mapped[int] = mapped_column(ForeignKey("agent_sessions.id", ondelete="CASCADE"), index=True)
    message_id: Mapped[int] = mapped_column(ForeignKey("agent_messages.id", ondelete="CASCADE"), index=True)
    busy_session_id: Mapped[int | None] = mapped_column(BigId, unique=True)
    state: Mapped[str] = mapped_column(String(16))
    holder: Mapped[str] = mapped_column(String(256), default="")
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    attempt: Mapped[int] = mapped_column(default=0)
    stop_requested: Mapped[bool] = mapped_column(default=False)
    who: Mapped[dict[str, Any]] = mapped_column(JSON)
    options: Mapped[dict[str, Any]] = mapped_column(JSON)
    usage: Mapped[dict[str, Any]] = mapped_column(JSON)
    error: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)


class Event(Base):
    """An event of a run, as it is sent."""

    __tablename__ = "agent_events"

    run_id: Mapped[str] = mapped_column(ForeignKey("agent_runs.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    data: Mapped[dict[str, Any]] = mapped_column(JSON)


class Approval(Base):
    """A call that waits for a person. `digest` is of the tool and its exact arguments."""

    __tablename__ = "agent_approvals"
    __table_args__ = (UniqueConstraint("message_id", "call_id"),)

    id: Mapped[str] = mapped_column(String(16), primary_key=True)
    session_id: Mapped[int] = mapped_column(ForeignKey("agent_sessions.id", ondelete="CASCADE"), index=True)
    message_id: Mapped[int] = mapped_column(ForeignKey("agent_messages.id", ondelete="CASCADE"))
    run_id: Mapped[str] = mapped_column(String(16))
    call_id: Mapped[str] = mapped_column(String(64))
    tool: Mapped[str] = mapped_column(String(128))
    arguments: Mapped[dict[str, Any]] = mapped_column(JSON)
    digest: Mapped[str] = mapped_column(String(64))
    reason: Mapped[str] = mapped_column(String(32))
    state: Mapped[str] = mapped_column(String(16), default="pending")
    decided_by: Mapped[str] = mapped_column(String(256), default="")
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Allowance(Base):
    """Calls that need no further approval in a session until a time: those with this digest."""

    __tablename__ = "agent_allowances"

    session_id: Mapped[int] = mapped_column(ForeignKey("agent_sessions.id", ondelete="CASCADE"), primary_key=True)
    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    until: Mapped[datetime] = mapped_column(UtcDateTime)


class Summary(Base):
    """What a branch says up to a message, in few words. `is_untrusted`: it covers what others wrote."""

    __tablename__ = "agent_summaries"

    message_id: Mapped[int] = mapped_column(ForeignKey("agent_messages.id", ondelete="CASCADE"), primary_key=True)
    text: Mapped[str] = mapped_column(Text)
    is_untrusted: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Fact(Base):
    """What is remembered about a person. `source` is user or assistant, `session_id` the public id of its session.

    `vector` is little-endian float32, made by `embedder`.
    """

    __tablename__ = "agent_facts"
    __table_args__ = (Index("agent_facts_owner", "owner", "changed_at"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(16), unique=True)
    owner: Mapped[str] = mapped_column(String(256))
    text: Mapped[str] = mapped_column(Text)
    source: Mapped[str] = mapped_column(String(16))
    session_id: Mapped[str] = mapped_column(String(12), default="")
    vector: Mapped[bytes | None] = mapped_column(LargeBinary)
    embedder: Mapped[str] = mapped_column(String(256), default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)


SESSION_THINGS = Things(
    SESSION, Session.__table__.c.public_id, Session.__table__.c.owner, Session.__table__.c.title, SESSIONS_MAX
)
FACT_THINGS = Things(FACT, Fact.__table__.c.public_id, Fact.__table__.c.owner, Fact.__table__.c.text, FACTS_MAX)
