"""Response models of uploads."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel

UploadState = Literal["open", "finishing", "ready", "refused"]


class UploadView(BaseModel):
    """An uploaded file. `received` of its `bytes` have arrived; `error` says why it was refused.

    `kind` and `media_type` are found in its content: image, audio, video, document, table, text or other.
    """

    id: str
    name: str
    bytes: int
    received: int
    state: UploadState
    kind: str
    media_type: str
    sha256: str
    has_content: bool
    details: dict[str, Any]
    error: str
    owner: str
    created_at: datetime
    expires_at: datetime | None


class UploadedFiles(BaseModel):
    files: list[UploadView]


class UploadList(BaseModel):
    """`before` in the next request continues the list. `used_bytes` count for the caller's quota."""

    files: list[UploadView]
    before: int | None
    used_bytes: int
    quota_bytes: int
