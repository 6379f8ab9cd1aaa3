"""Logical forms: what phrases and whole questions mean, independent of any language and of any engine's SQL.

All are immutable values that can be compared, so equal meanings of a phrase count once.
"""

from dataclasses import dataclass, replace
from typing import Literal

from aistack.ai.dialects.time_buckets import TimeUnit
from aistack.ai.schema.profiles import Column, Scalar
from aistack.ai.schema.schema_graph import Metric, Path

Operator = Literal["=", "<>", ">", ">=", "<", "<=", "like", "between", "in"]
Function = Literal["count", "sum", "avg", "min", "max"]
GRAIN_FUNCTIONS: tuple[Function, ...] = ("sum", "avg", "count")  # whose results change when rows repeat


@dataclass(frozen=True, slots=True)
class ColumnCondition:
    """A column against one value, or for `between` against the two ends of a half-open range."""

    column: Column
    operator: Operator
    values: tuple[Scalar, ...]
    negated: bool = False


@dataclass(frozen=True, slots=True)
class RelationCondition:
    """A semi-join: there is a row of `rows` at the end of the join path; `negated`: there is none."""

    path: Path
    rows: "RowSet"
    negated: bool = False


@dataclass(frozen=True, slots=True)
class ComparisonCondition:
    """A column against a column of other rows: longer than the Thames."""

    column: Column
    operator: Operator
    other: "Projection"


@dataclass(frozen=True, slots=True)
class RelatedAggregate:
    """For each row an aggregate over the rows related to it by `path`; `column` is None if rows are counted."""

    function: Function
    column: Column | None
    path: Path
    rows: "RowSet"


@dataclass(frozen=True, slots=True)
class AggregateCondition:
    """A related aggregate against a value: customers with more than three orders."""

    aggregate: RelatedAggregate
    operator: Operator
    value: Scalar


@dataclass(frozen=True, slots=True)
class DefinedCondition:
    """A condition in SQL over the columns of one table, which the semantic layer defines."""

    table: str
    where: str
    negated: bool = False


Condition = ColumnCondition | RelationCondition | ComparisonCondition | AggregateCondition | DefinedCondition
CONDITION_ORDER: tuple[type[Condition], ...] = (
    ComparisonCondition, ColumnCondition, RelationCondition, DefinedCondition, AggregateCondition,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Superlative:
    """The first `count` rows by a column or an aggregate; if `count` is 1, all rows that share the first place."""

    by: Column | RelatedAggregate
    descending: bool
    count: int = 1


@dataclass(frozen=True, slots=True)
class RowSet:
    """The rows of a table that meet all conditions, and of those the ones that the superlative selects."""

    table: str
    conditions: frozenset[Condition] = frozenset()
    superlative: Superlative | None = None

    def with_condition(self, condition: Condition) -> "RowSet":
        """The same rows with one more condition, which applies before the superlative."""
        return replace(self, conditions=self.conditions | {condition})

    @property
    def is_unrestricted(self) -> bool:
        """Whether it is all rows of the table."""
        return not self.conditions and self.superlative is None

    @property
    def ordered_conditions(self) -> list[Condition]:
        """The conditions in an order that is the same each time."""
        return sorted(self.conditions, key=lambda one: (CONDITION_ORDER.index(type(one)), str(one)))


@dataclass(frozen=True, slots=True)
class Aggregate:
    """A function over a column, which each row has at most one value of; `column` is None if rows are counted."""

    function: Function
    column: Column | None = None


@dataclass(frozen=True, slots=True)
class TimeBucket:
    """Times truncated to a unit."""

    column: Column
    unit: TimeUnit


Output = Column | Aggregate | Metric
Group = Column | TimeBucket


@dataclass(frozen=True, slots=True)
class Projection:
    """Columns of rows."""

    rows: RowSet
    columns: tuple[Column, ...]


@dataclass(frozen=True, slots=True)
class Query:
    """A whole question. Without `outputs` the rows are shown by their labels."""

    rows: RowSet
    outputs: tuple[Output, ...] = ()
    groups: tuple[Group, ...] = ()
    order: Output | Group | None = None
    descending: bool = True
    limit: int | None = None
