"""Request and response models of watches."""

from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from aistack.trend.wire import Category, State

TERMS_MAX = 200  # of one list
GROUPS_MAX = 50
TERM_CHARACTERS_MAX = 200

Term = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=TERM_CHARACTERS_MAX)]
Terms = Annotated[list[Term], Field(max_length=TERMS_MAX)]
Line = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=120, pattern=r"^[^\x00-\x1f\x7f]*$"),
]


class Group(BaseModel):
    """A document matches if it has all of `all_of`, at least one of `any_of`, and none of `none_of`.

    A term is a word or phrase, matched as whole words; `word*` also matches longer words; `/pattern/` is a regular
    expression. Case and width do not matter.
    """

    model_config = ConfigDict(extra="forbid")

    name: Line = "Stories"
    all_of: Terms = []
    any_of: Terms = []
    none_of: Terms = []

    @model_validator(mode="after")
    def wants_something(self) -> Self:
        if not self.all_of and not self.any_of:
            raise ValueError("a group needs all_of or any_of; a watch without groups matches everything that is hot")
        return self


class WatchQuery(BaseModel):
    """What to watch for: any of the groups, and none of `none_of`. Without groups it is everything hot.

    `surprise_min` is how surprising a story's growth must be, as -log10 of its probability: 1.3 is 5 %, 3 is 0.1 %.
    It is 0 with groups, and 1.3 without, unless you state it.
    """

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"groups": [{"name": "Chips", "any_of": ["chip*", "芯片"], "none_of": ["potato"]}]}]
        },
    )

    groups: list[Group] = Field([], max_length=GROUPS_MAX)
    none_of: Terms = []
    languages: list[Annotated[str, Field(pattern=r"^[a-z]{2,3}$")]] = Field([], max_length=20)
    sources: list[Annotated[str, Field(min_length=1, max_length=512)]] = Field([], max_length=200)
    categories: list[Category] = Field([], max_length=50)
    surprise_min: float | None = Field(None, ge=0, le=100)
    documents_min: int = Field(1, ge=1, le=1_000)

    @property
    def least_surprise(self) -> float:
        return self.surprise_min if self.surprise_min is not None else (0.0 if self.groups else 1.3)


class NewWatch(BaseModel):
    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"name": "chips", "query": {"groups": [{"any_of": ["chip*", "芯片"]}]}}]},
    )

    name: Line
    query: WatchQuery


class WatchView(BaseModel):
    id: str
    name: str
    owner: str
    query: WatchQuery
    created_at: datetime
    changed_at: datetime


class Evidence(BaseModel):
    id: str
    title: str
    url: str
    source: str
    at: datetime


class StoryView(BaseModel):
    """A story that a watch matches: its topic, the group that matches, and the newest documents that do."""

    topic: str
    name: str
    group: str
    state: State
    surprise: float
    documents: int
    sources: int
    first_at: datetime
    last_at: datetime
    evidence: list[Evidence]


class Preview(BaseModel):
    """What a watch would have matched. `looked_at` of the documents were looked at, newest first."""

    window: Literal["7d"] = "7d"
    documents: int
    looked_at: int
    matched: int
    stories: list[StoryView]
