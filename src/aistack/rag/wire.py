"""Request and response models of the rag service, except those of intake and the knowledge graph."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

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


class NewUrl(BaseModel):
    """A document on the web, which the service fetches. It replaces a document with the same URL."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"url": "https://example.org/rules.html"}]}
    )

    url: str = Field(min_length=8, max_length=500)
    title: str = Field(default="", max_length=500)
    encoding: str = Field(default="", max_length=40, description="of the text; found in the content unless given")
    metadata: dict[str, str] = Field(default_factory=dict, max_length=32)


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
