"""The tables of uploads: files, pieces of unfinished ones, where they are attached, and what was read of them."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from aistack.access.tables import Things
from aistack.agent.tables import Base
from aistack.stores.records import BigId, UtcDateTime

UPLOAD = "upload"
UPLOADS_MAX = 20_000  # of one owner
OPEN, FINISHING, READY, REFUSED = "open", "finishing", "ready", "refused"


class Upload(Base):
    """`received` of `bytes` bytes are there. `state` is open, finishing (it is being inspected), ready or refused.

    `created_by` is the key or the person whose quota it counts for. `was_used` is set once it is attached to a message:
    when the last session with it is deleted, it is deleted too. `has_content` ends with a recording that was
    transcribed.
    """

    __tablename__ = "agent_uploads"
    __table_args__ = (
        Index("agent_uploads_owner", "owner", "id"),
        Index("agent_uploads_created_by", "created_by"),
        Index("agent_uploads_state", "state", "expires_at"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(32), unique=True)
    owner: Mapped[str] = mapped_column(String(256))
    created_by: Mapped[str] = mapped_column(String(256))
    name: Mapped[str] = mapped_column(String(300))
    bytes: Mapped[int] = mapped_column(BigId)
    received: Mapped[int] = mapped_column(BigId, default=0)
    state: Mapped[str] = mapped_column(String(16))
    kind: Mapped[str] = mapped_column(String(16), default="")
    media_type: Mapped[str] = mapped_column(String(128), default="")
    sha256: Mapped[str] = mapped_column(String(64), default="")
    has_content: Mapped[bool] = mapped_column(default=False)
    was_used: Mapped[bool] = mapped_column(default=False)
    error: Mapped[str] = mapped_column(Text, default="")
    details: Mapped[dict[str, Any]] = mapped_column(JSON)
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class UploadPiece(Base):
    """Bytes of an unfinished upload, from `start` on. `key` is where the file store has them."""

    __tablename__ = "agent_upload_pieces"

    upload_id: Mapped[int] = mapped_column(ForeignKey("agent_uploads.id", ondelete="CASCADE"), primary_key=True)
    start: Mapped[int] = mapped_column(BigId, primary_key=True)
    bytes: Mapped[int] = mapped_column(BigId)
    key: Mapped[str] = mapped_column(String(128))


class SessionUpload(Base):
    """A file that is attached to a message of a session. Whoever may view the session may view the file."""

    __tablename__ = "agent_session_uploads"

    session_id: Mapped[int] = mapped_column(ForeignKey("agent_sessions.id", ondelete="CASCADE"), primary_key=True)
    upload_id: Mapped[int] = mapped_column(
        ForeignKey("agent_uploads.id", ondelete="CASCADE"), primary_key=True, index=True
    )


class UploadText(Base):
    """What was read of a file. `details` say how, and what was left out."""

    __tablename__ = "agent_upload_texts"

    upload_id: Mapped[int] = mapped_column(ForeignKey("agent_uploads.id", ondelete="CASCADE"), primary_key=True)
    text: Mapped[str] = mapped_column(Text)
    details: Mapped[dict[str, Any]] = mapped_column(JSON)


UPLOAD_THINGS = Things(
    UPLOAD, Upload.__table__.c.public_id, Upload.__table__.c.owner, Upload.__table__.c.name, UPLOADS_MAX
)
