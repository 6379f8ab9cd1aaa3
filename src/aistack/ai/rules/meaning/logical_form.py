"""What phrases mean: sets of rows, values of them, and questions about them. All are values that can be compared."""

from dataclasses import dataclass, replace
from typing import Literal

from aistack.ai.schema.profiles import Column
from aistack.ai.schema.schema_graph import Metric, Path

Operator = Literal["=", "<>", ">", ">=", "<", "<=", "like", "between"]
Function = Literal["count", "sum", "avg", "min", "max"]
Scalar = str | int | float
Unit = Literal["day", "week", "month", "quarter", "year"]


@dataclass(frozen=True, slots=True)
class Is:
    """A column against one value, or the two ends of a half-open range."""

    column: Column
    operator: Operator
    values: tuple[Scalar, ...]
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Linked:
    """There is a row among `rows` at the end of the way, or there is none."""

    path: Path
    rows: "Rows"
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Beyond:
    """A column against the same, or another, column of other rows: longer than the Thames."""

    column: Column
    operator: Operator
    other: "Values"


@dataclass(frozen=True, slots=True)
class Tally:
    """For a row: a function over the rows that belong to it along `path`. `column` is None where rows are counted."""

    function: Function
    column: Column | None
    path: Path
    rows: "Rows"


@dataclass(frozen=True, slots=True)
class Tallied:
    tally: Tally
    operator: Operator
    value: Scalar


@dataclass(frozen=True, slots=True)
class Meets:
    """A condition in SQL that the semantic layer defines, over columns of one table."""

    table: str
    where: str
    negated: bool = False


Condition = Is | Linked | Beyond | Tallied | Meets


@dataclass(frozen=True, slots=True)
class Best:
    """The first `count` rows by a measure, all that share the first place when `count` is 1."""

    by: "Column | Tally"
    descending: bool
    count: int = 1


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of a table that meet all conditions, and of those the best."""

    table: str
    conditions: frozenset[Condition] = frozenset()
    best: Best | None = None

    def restricted(self, condition: Condition) -> "Rows":
        """Conditions come before the choice of the best."""
        return replace(self, conditions=self.conditions | {condition})

    @property
    def is_bare(self) -> bool:
        return not self.conditions and self.best is None


@dataclass(frozen=True, slots=True)
class Aggregate:
    """`of` is None where rows are counted. Over a column of another table, one that each row has at most one of."""

    function: Function
    of: Column | None = None


@dataclass(frozen=True, slots=True)
class Bucket:
    """Times by their month, year, ..."""

    column: Column
    unit: Unit


Shown = Column | Aggregate | Metric
Group = Column | Bucket


@dataclass(frozen=True, slots=True)
class Values:
    """Columns of rows, or a function over one."""

    rows: Rows
    columns: tuple[Column, ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """A whole question. With no `shown` the rows are shown by their labels."""

    rows: Rows
    shown: tuple[Shown, ...] = ()
    group: tuple[Group, ...] = ()
    order: Shown | Group | None = None
    descending: bool = True
    limit: int | None = None
