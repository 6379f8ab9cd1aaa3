"""What is read from a question, before it is decided which rows it is about."""

from dataclasses import dataclass, field
from typing import Literal

from aistack.ai.dialects.time_buckets import TimeUnit
from aistack.ai.rules.meaning.logical_form import ColumnCondition, Function, Operator
from aistack.ai.rules.meaning.report import Shape
from aistack.ai.rules.reports.words.measures import Amount
from aistack.ai.schema.profiles import Column, Scalar
from aistack.ai.text.dates import DateSpan


@dataclass(slots=True)
class Noun:
    """Tables or columns that a noun can mean; `tables` of a column are those that were named with it."""

    tables: tuple[str, ...] = ()
    columns: tuple[Column, ...] = ()
    stored: tuple[Column, ...] = ()
    amounts: tuple[Amount, ...] = ()
    text: str = field(default="", compare=False)


@dataclass(slots=True)
class Filter:
    """A condition with the columns that it may be on; `anchor` is the table that was named before it."""

    options: tuple[ColumnCondition, ...]
    anchor: str = ""
    both: bool = False


@dataclass(slots=True)
class MeasurePart:
    """A function over a noun; `where` are filters that hold for this measure alone."""

    function: Function
    noun: Noun
    distinct: bool = False
    where: list[Filter] = field(default_factory=list[Filter])
    related: list["Mention"] = field(default_factory=list["Mention"])


@dataclass(slots=True)
class Mention:
    """A table that rows are related to; `operator` and `value` if the related rows are counted."""

    table: str
    negated: bool = False
    operator: Operator | None = None
    value: Scalar = 0


@dataclass(slots=True)
class Span:
    """A period, of the column that a verb named if there is one."""

    span: DateSpan
    columns: tuple[Column, ...] = ()


GroupPart = Noun | TimeUnit


@dataclass(slots=True)
class Draft:
    """The parts of one question; `left_out` are words without a meaning, `doubts` why the reading is a guess."""

    measures: list[MeasurePart] = field(default_factory=list[MeasurePart])
    groups: list[GroupPart] = field(default_factory=list[GroupPart])
    per: bool = False  # the limit holds within each group
    filters: list[Filter] = field(default_factory=list[Filter])
    spans: list[Span] = field(default_factory=list[Span])
    mentions: list[Mention] = field(default_factory=list[Mention])
    columns: list[Noun] = field(default_factory=list[Noun])
    having: list[tuple[MeasurePart, Operator, Scalar]] = field(
        default_factory=list[tuple[MeasurePart, Operator, Scalar]]
    )
    head: str = ""
    rank: MeasurePart | Noun | TimeUnit | None = None
    descending: bool = True
    limit: int | None = None
    shape: Shape = ""
    ratio: Literal["", "of", "percent"] = ""
    distinct: bool = False
    left_out: list[str] = field(default_factory=list[str])
    doubts: list[str] = field(default_factory=list[str])
    links: list[str] = field(default_factory=list[str])  # verbs, which mean something only between two nouns

    @property
    def substance(self) -> int:
        """How many parts say more than which rows are meant."""
        return sum(map(len, (self.measures, self.groups, self.filters, self.spans, self.having)))
