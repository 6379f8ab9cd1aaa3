"""A statement that may answer the question."""

from dataclasses import dataclass
from typing import Literal

from aistack.query.wire import QueryAnswer

Source = Literal["model", "precise", "rules"]


@dataclass(frozen=True, slots=True)
class Headline:
    """What the rows of a result have the most or the least of; `has_value` if its last column says how much."""

    phrase: str
    has_value: bool


@dataclass(slots=True)
class Candidate:
    """`result` is None before the statement has run; `error` is why it cannot; `explanation` is what it shows.

    `chosen`: a person picked this statement, so its joins are not questioned.
    """

    source: Source
    sql: str
    result: QueryAnswer | None = None
    error: str = ""
    explanation: str = ""
    headline: Headline | None = None
    chosen: bool = False
