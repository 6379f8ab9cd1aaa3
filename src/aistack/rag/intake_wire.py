"""What travels about intake: watched sources, jobs, and the state of the indexes."""

from datetime import datetime
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator


class NewSource(BaseModel):
    """A folder on the service's machine, or a URL, to check every `every_seconds`."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"folder": "/srv/handbook"}]})

    folder: str = Field(default="", max_length=1000)
    url: str = Field(default="", max_length=500)
    every_seconds: int = Field(default=300, ge=5, le=30 * 24 * 3600)
    encoding: str = Field(default="", max_length=40, description="of its text files; found in the content unless given")

    @model_validator(mode="after")
    def check_kind(self) -> Self:
        if bool(self.folder) == bool(self.url):
            raise ValueError("set either folder or url")
        return self


class SourceView(BaseModel):
    """`owner` added it. It is checked with the rights that the owner has at the time."""

    id: str
    owner: str
    kind: Literal["folder", "url"]
    place: str
    every_seconds: int
    encoding: str = ""
    looked_at: datetime | None
    error: str


class JobItemView(BaseModel):
    name: str
    state: Literal["queued", "running", "done", "failed", "duplicate"]
    document: str | None
    error: str


class JobView(BaseModel):
    """A job is `done` when no file is queued or running. `failed` counts the files that could not be ingested."""

    id: str
    collection: str
    state: Literal["running", "done"]
    total: int
    done: int
    failed: int
    duplicate: int
    created_at: datetime
    items: list[JobItemView] = Field(description="at most 1000, failed ones first")


class EmbedderView(BaseModel):
    """Names of embedders: `serving` answers searches, and `coming` replaces it once all its vectors are made.

    `behind` is true while vectors are missing.
    """

    serving: str | None
    coming: str | None
    behind: bool


class LexicalView(BaseModel):
    """The state of the lexical index. While it is rebuilt, the previous one answers searches."""

    rebuilding: bool
    collections: int = Field(description="number of collections whose index is being rebuilt or will be")
    chunks: int = Field(description="number of chunks of the collection that is being rebuilt")
    chunks_done: int


class StatusView(BaseModel):
    """The state of ingest, embedder and lexical index."""

    waiting: int = Field(description="number of files that wait for ingest or are being ingested")
    embedder: EmbedderView
    lexical: LexicalView
