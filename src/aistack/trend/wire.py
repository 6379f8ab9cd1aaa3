"""Request and response models of the trend service."""

import re
from datetime import datetime, timedelta
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, field_validator, model_validator

from aistack.access.levels import Level
from aistack.trend.points_wire import StatementView
from aistack.trend.series_wire import NewQuery

CATEGORIES = ("policy", "industry", "technology", "news", "economy", "hot")
WINDOW = re.compile(r"(\d{1,4})([hdw])")
WINDOW_SECONDS_MAX = 366 * 86_400
SECONDS = {"h": 3_600, "d": 86_400, "w": 604_800}
PUSHED_MAX = 5_000

CollectionName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")]  # or an id
Category = Annotated[str, Field(max_length=64, pattern=r"^[^\x00-\x1f\x7f]*$")]
SourceKind = Literal["feed", "page", "sitemap", "query", "collection"]
State = Literal["emerging", "rising", "peaking", "fading", "steady"]


class NewCollection(BaseModel):
    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"name": "energy"}]})

    name: CollectionName


class CollectionView(BaseModel):
    """`yours` is what the caller may do with it."""

    id: str
    name: str
    owner: str
    yours: Level
    created_at: datetime


class NewSource(BaseModel):
    """Something to read on a schedule: a `url`, or for the kind `query` a statement for a connected database.

    For the kind `collection` it is a collection of the rag service, by its id or name in `documents_of`.
    `selector` is a CSS selector, for a page, that marks an element for each item. Without `every_seconds` the source is
    read as often as it changes. `zone` is that of dates without one.
    """

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"url": "https://example.org/feed.xml", "category": "technology"}]},
    )

    kind: SourceKind = "feed"
    url: str = Field("", max_length=500)
    query: NewQuery | None = None
    documents_of: CollectionName | None = None
    selector: str = Field("", max_length=250)
    category: Category = ""
    zone: str = Field("", max_length=64)
    every_seconds: int | None = Field(None, ge=60, le=30 * 86_400)

    @model_validator(mode="after")
    def has_a_place(self) -> "NewSource":
        needed = {"query": "query", "collection": "documents_of"}.get(self.kind, "url")
        given = [name for name in ("query", "documents_of", "url") if getattr(self, name)]
        if given != [needed]:
            raise ValueError(f"a source of the kind {self.kind} needs {needed}, and none of the others")
        return self

    @field_validator("zone")
    @classmethod
    def is_a_zone(cls, zone: str) -> str:
        return zone_of(zone)


class SourceView(BaseModel):
    """`error` is why the last read failed, `notes` what was odd in it. Without `due_at` it is not read any more."""

    id: str
    owner: str
    kind: SourceKind
    url: str
    selector: str
    title: str
    category: str
    every_seconds: int | None
    documents: int
    error: str
    notes: list[str]
    read_at: datetime | None
    changed_at: datetime | None
    due_at: datetime | None
    created_at: datetime


class PushedDocument(BaseModel):
    """A document with its time. `id` is your own name for it: the same name again replaces it."""

    model_config = ConfigDict(extra="forbid")

    title: str = Field(max_length=500)
    text: str = Field("", max_length=200_000)
    id: str = Field("", max_length=500)
    url: str = Field("", max_length=2_000)
    source: str = Field("", max_length=500)
    author: str = Field("", max_length=200)
    language: str = Field("", max_length=16)
    published_at: AwareDatetime | None = None


class NewDocuments(BaseModel):
    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"documents": [{"title": "Grid operator warns of shortages", "source": "wire"}]}]
        },
    )

    documents: list[PushedDocument] = Field(min_length=1, max_length=PUSHED_MAX)
    category: Category = ""


class Added(BaseModel):
    """How many documents were given, and how many of them are new."""

    given: int
    added: int


class DocumentView(BaseModel):
    """`at` orders it in time. `is_date_guess`: what the source states left something open, or cannot be true."""

    id: str
    title: str
    url: str
    text: str
    author: str
    source: str
    category: str
    language: str
    at: datetime
    published_at: datetime | None
    is_date_guess: bool
    arrived_at: datetime
    is_copy: bool
    topic: str | None


class TopicView(BaseModel):
    """`volume` counts its documents in each bucket of the window; `surprise` is -log10 of their probability."""

    id: str
    name: str
    key_terms: list[str]
    state: State
    count: int
    expected: float
    surprise: float
    sources: int
    is_one_source: bool
    documents: int
    first_at: datetime
    last_at: datetime
    volume: list[int]


class Resembling(BaseModel):
    """A document that resembles another one: `similarity` is a cosine, `days` lie between them."""

    document: DocumentView
    similarity: float
    days: float
    words: list[str]


class Why(BaseModel):
    """Why a document is in its topic, or alone. `similarity` is that with the topic's other documents, if any.

    From `similarity_min` on, a document joins a topic, less the longer ago the topic's last document was.
    """

    document: DocumentView
    topic: str | None
    topic_name: str
    similarity: float | None
    similarity_min: float
    statements: list[StatementView]
    nearest: list[Resembling]
    method: str


class TopicsState(BaseModel):
    """Whether topics cover all documents of the collection. Those that came since are in topics after `retry_at`.

    `error` is why topics could not be found, `failures` how many times in a row. `documents` are those among which they
    were found last.
    """

    is_current: bool
    settled_at: datetime | None
    retry_at: datetime | None
    documents: int
    failures: int
    error: str


class HotTopics(BaseModel):
    """`alone` counts the documents of the window that are in no listed topic. `method` says how it was computed."""

    window: str
    bucket_seconds: int
    since: datetime
    documents: int
    alone: int
    topics: list[TopicView]
    state: TopicsState
    method: str


class SourceShare(BaseModel):
    """A source of a topic: when it was first to have it, and how many documents it has."""

    source: str
    first_at: datetime
    documents: int


class TopicDetail(BaseModel):
    topic: TopicView
    spread: list[SourceShare]
    newest: list[DocumentView]


class TermSeries(BaseModel):
    """Documents with a term in each bucket, and the topics that it stands in most often."""

    term: str
    written: str
    window: str
    bucket_seconds: int
    since: datetime
    volume: list[int]
    count: int
    expected: float
    surprise: float
    state: State
    sources: int
    together: list[str]


class CrawlStarted(BaseModel):
    """How many sources are due now. Those that were read a short time ago are not."""

    due: int


class CrawlStatus(BaseModel):
    sources: int
    due: int
    failing: int
    stopped: int
    last_read_at: datetime | None
    documents: int
    topics: TopicsState


def zone_of(zone: str) -> str:
    """The zone's name; empty for none. Raises ValueError."""
    try:
        return ZoneInfo(zone).key if zone else ""
    except (KeyError, ValueError, OSError):
        raise ValueError(f"{zone} is not a time zone; use a name like Asia/Shanghai") from None


def window_of(text: str) -> timedelta:
    """`24h`, `7d`, `4w`. Raises ValueError."""
    found = WINDOW.fullmatch(text)
    seconds = int(found[1]) * SECONDS[found[2]] if found else 0
    if not 0 < seconds <= WINDOW_SECONDS_MAX:
        raise ValueError(f"window must be hours, days or weeks up to a year, such as 24h, 7d or 4w, not {text!r}")
    return timedelta(seconds=seconds)
