"""The table of other servers."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from aistack.access.tables import Things
from aistack.agent.tables import Base
from aistack.stores.records import BigId, UtcDateTime

MCP_SERVER = "mcp-server"
SERVERS_MAX = 50  # of one owner


class McpServerRow(Base):
    """A server with a `url`, or with the name of a configured `command`. `headers` are sealed.

    `tools` are those that a person accepted, with their `digest`; `reads` names those that change nothing. `found` is
    the list as the server last gave it, if it is another one.
    """

    __tablename__ = "agent_mcp_servers"
    __table_args__ = (Index("agent_mcp_servers_owner", "owner", "name"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(12), unique=True)
    owner: Mapped[str] = mapped_column(String(256))
    name: Mapped[str] = mapped_column(String(32))
    url: Mapped[str] = mapped_column(Text, default="")
    command: Mapped[str] = mapped_column(String(32), default="")
    headers: Mapped[str] = mapped_column(Text, default="")
    revision: Mapped[int] = mapped_column(default=1)
    is_enabled: Mapped[bool] = mapped_column(default=True)
    tools: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    digest: Mapped[str] = mapped_column(String(64), default="")
    reads: Mapped[list[str]] = mapped_column(JSON)
    found: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    found_digest: Mapped[str] = mapped_column(String(64), default="")
    error: Mapped[str] = mapped_column(Text, default="")
    checked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)


_columns = McpServerRow.__table__.c
MCP_SERVER_THINGS = Things(MCP_SERVER, _columns.public_id, _columns.owner, _columns.name, SERVERS_MAX)
