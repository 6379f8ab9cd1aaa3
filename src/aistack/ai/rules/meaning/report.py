"""Reports: measures by groups, as people ask for them in business; as independent of SQL as `Query`."""

from dataclasses import dataclass
from typing import Literal

from aistack.ai.rules.meaning.logical_form import Condition, Function, Group, Operator, RowSet
from aistack.ai.schema.profiles import Column, Scalar

Shape = Literal["", "share", "fraction", "change", "running"]


@dataclass(frozen=True, slots=True)
class Measure:
    """A function over the rows of `table`, which are counted once each; `column` is None if rows are counted.

    With `factor` it is over the product of both columns: price x quantity. `where` keeps only some of the rows.
    """

    function: Function
    table: str
    column: Column | None = None
    factor: Column | None = None
    where: frozenset[Condition] = frozenset()


@dataclass(frozen=True, slots=True)
class Ratio:
    """One measure divided by another; `apart`: of tables that are not joined. `percent`: times 100."""

    top: Measure
    bottom: Measure
    apart: bool = False
    percent: bool = False


@dataclass(frozen=True, slots=True)
class Having:
    """Groups whose measure compares with a value."""

    measure: Measure
    operator: Operator
    value: Scalar


ReportOutput = Measure | Ratio


@dataclass(frozen=True, slots=True)
class Report:
    """Outputs over `rows`, for each combination of `groups`; without outputs the groups are columns to show.

    `rank` is the output or group that rows are ordered by. `shape` turns the first output into its share of the total,
    its change from the period before, or its sum so far. `distinct`: equal rows are shown once.
    """

    rows: RowSet
    outputs: tuple[ReportOutput, ...] = ()
    groups: tuple[Group, ...] = ()
    having: tuple[Having, ...] = ()
    rank: ReportOutput | Group | None = None
    descending: bool = True
    limit: int | None = None
    shape: Shape = ""
    distinct: bool = False
    per: tuple[Group, ...] = ()  # the limit holds within each of these groups
