"""The table of calls that take long: tasks, which any instance can show."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from aistack.agent.tables import Base
from aistack.stores.records import UtcDateTime

WORKING, COMPLETED, FAILED, CANCELLED = "working", "completed", "failed", "cancelled"


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
