"""The tables of calls that take long, and of questions to users, which any instance can show and answer."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from aistack.agent.tables import Base
from aistack.stores.records import UtcDateTime

WORKING, COMPLETED, FAILED, CANCELLED = "working", "completed", "failed", "cancelled"


class McpQuestion(Base):
    """A question to the user of a client. `reply` is what the client posted, a result or an error."""

    __tablename__ = "agent_mcp_questions"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    caller: Mapped[str] = mapped_column(String(256))
    has_reply: Mapped[bool] = mapped_column(default=False)
    reply: Mapped[dict[str, Any]] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class McpTask(Base):
    """`who` are the claims of the caller, whose id is `caller`. `result` is a CallToolResult, or a JSON-RPC error."""

    __tablename__ = "agent_mcp_tasks"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    caller: Mapped[str] = mapped_column(String(256), index=True)
    who: Mapped[dict[str, Any]] = mapped_column(JSON)
    tool: Mapped[str] = mapped_column(String(128))
    arguments: Mapped[dict[str, Any]] = mapped_column(JSON)
    language: Mapped[str] = mapped_column(String(8))
    state: Mapped[str] = mapped_column(String(16), default=WORKING)
    result: Mapped[dict[str, Any]] = mapped_column(JSON)
    message: Mapped[str] = mapped_column(Text, default="")
    holder: Mapped[str] = mapped_column(String(256))
    lease_until: Mapped[datetime] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)
