"""Request and response models of the rag service, except those of the knowledge graph."""

from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from aistack.access.levels import Level

QUESTION_CHARACTERS_MAX = 8_000

CollectionName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")]  # or an id
CollectionNames = Literal["*"] | Annotated[list[CollectionName], Field(min_length=1, max_length=100)]
COLLECTIONS_DESCRIPTION = "instead of collection: several ids or names, or * for all that the caller may search"
Mode = Literal["auto", "lexical", "semantic", "hybrid", "graph"]


class NewCollection(BaseModel):
    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"name": "contracts"}]})

    name: CollectionName


class CollectionView(BaseModel):
    """`id` names it wherever a collection is named, and so does `name` if the caller has or sees only one of that name.

    `yours` is what the caller may do with it.
    """

    id: str
    name: str
    owner: str
    yours: Level
    documents: int
    created_at: datetime


class NewText(BaseModel):
    """A document as text. It replaces a document with the same name, which is the title if it is not set."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"title": "Opening hours", "text": "We open at nine.", "metadata": {"lang": "en"}}]
        },
    )

    name: str = Field(default="", max_length=500, description="a path; the title if it is empty")
    title: str = Field(min_length=1, max_length=500)
    text: str = Field(min_length=1, max_length=10_000_000)
    metadata: dict[str, str] = Field(default_factory=dict, max_length=32)


class ParsedText(BaseModel):
    """The text of a file. `page_starts` are pairs of a page and the character that it starts at."""

    text: str
    title: str
    media_type: str
    pages: int | None
    page_starts: list[tuple[int, int]]


class NewUrl(BaseModel):
    """A document on the web, which the service fetches. It replaces a document with the same URL."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"url": "https://example.org/rules.html"}]}
    )

    url: str = Field(min_length=8, max_length=500)
    title: str = Field(default="", max_length=500)
    encoding: str = Field(default="", max_length=40, description="of the text; found in the content unless given")
    metadata: dict[str, str] = Field(default_factory=dict, max_length=32)


class NewSource(BaseModel):
    """A folder on the service's machine, or a URL, to check every `every_seconds`."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"folder": "/srv/handbook"}]})

    folder: str = Field(default="", max_length=1000)
    url: str = Field(default="", max_length=500)
    every_seconds: int = Field(default=300, ge=5, le=30 * 24 * 3600)

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


class DocumentView(BaseModel):
    id: str
    name: str
    title: str
    media_type: str
    bytes: int
    pages: int | None
    status: Literal["pending", "ready", "failed"]
    error: str
    version: int
    metadata: dict[str, str]
    created_at: datetime
    updated_at: datetime


class ChunkView(BaseModel):
    start: int
    end: int
    page: int | None
    heading: list[str]
    text: str


class DocumentDetail(DocumentView):
    text: str
    chunks: list[ChunkView]


class DocumentList(BaseModel):
    total: int
    documents: list[DocumentView]


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


class SearchRequest(BaseModel):
    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"query": "how long do leases live", "top_k": 5}]}
    )

    query: str = Field(min_length=1, max_length=QUESTION_CHARACTERS_MAX)
    collection: CollectionName = "default"
    collections: CollectionNames | None = Field(default=None, description=COLLECTIONS_DESCRIPTION)
    top_k: int = Field(default=10, ge=1, le=1000)
    mode: Mode = Field(default="auto", description="auto: hybrid if an embedder is set, otherwise lexical")
    filter: dict[str, Any] = Field(
        default_factory=dict, description="conditions on documents: a value, a list of values, or gte, gt, lte, lt, ne"
    )
    diversity: float = Field(default=0.0, ge=0.0, le=1.0, description="how much the hits should differ from each other")
    stitch: bool = Field(default=False, description="join hits that are adjacent in a document")


class Place(BaseModel):
    """A span of a document: `start` and `end` are character offsets into its text."""

    collection: str = Field(default="", description="id of the document's collection")
    document: str
    name: str
    title: str
    page: int | None
    heading: list[str]
    start: int
    end: int
    text: str


class Hit(Place):
    """A chunk with its score. `scores` holds the scores of the rankings that contain it."""

    chunk: str = Field(description="id of the chunk; it changes when the text of the chunk changes")
    row: int = Field(default=0, exclude=True)  # the chunk's number, which counts for all collections and is not shown
    score: float
    scores: dict[str, float]


class SearchAnswer(BaseModel):
    """`mode` is the mode that was used."""

    mode: Mode
    hits: list[Hit]


class Turn(BaseModel):
    """A message of the conversation before the question."""

    model_config = ConfigDict(extra="forbid")

    role: Literal["user", "assistant"]
    content: str = Field(max_length=100_000)


class AnswerRequest(BaseModel):
    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"question": "How do I put my own service behind the gateway?"}]},
    )

    question: str = Field(min_length=1, max_length=QUESTION_CHARACTERS_MAX)
    collection: CollectionName = "default"
    collections: CollectionNames | None = Field(default=None, description=COLLECTIONS_DESCRIPTION)
    history: list[Turn] = Field(default_factory=list[Turn], max_length=100, description="the conversation so far")
    mode: Mode = "auto"
    filter: dict[str, Any] = Field(default_factory=dict)
    stream: bool = False


class Citation(Place):
    """The source of a sentence. The answer refers to it by `number`."""

    number: int


class Sentence(BaseModel):
    """A sentence of an answer with the numbers of its citations."""

    text: str
    citations: list[int]


class Answer(BaseModel):
    """`generated`: written by a model, with checked citations. `extractive`: sentences from the documents. `none`: the
    documents do not answer the question.
    """

    mode: Literal["generated", "extractive", "none"]
    answer: str
    sentences: list[Sentence]
    citations: list[Citation]
    question: str = Field(default="", description="the rewritten question, if it was a follow-up")
    note: str = Field(default="", description="why the model's answer is missing or incomplete although a model is set")


class ExperienceRequest(BaseModel):
    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"query": "why is the gateway slow", "execution_result": "breaker open"}]},
    )

    query: str = Field(min_length=1, max_length=QUESTION_CHARACTERS_MAX)
    execution_result: str = Field(min_length=1, max_length=100_000)
    collection: CollectionName = "default"
    top_k: int = Field(default=10, ge=1, le=100)


class ExperienceAnswer(BaseModel):
    """`query` is the query with the terms that were added from the result."""

    query: str
    hits: list[Hit]
