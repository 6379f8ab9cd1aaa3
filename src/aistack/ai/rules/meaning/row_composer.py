"""How phrases combine into larger ones, as far as the schema lets them. What does not fit combines into nothing."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from aistack.ai.rules.meaning.logical_form import (
    Best,
    Beyond,
    Function,
    Is,
    Linked,
    Operator,
    Rows,
    Scalar,
    Tallied,
    Tally,
    Values,
)
from aistack.ai.schema.profiles import Column
from aistack.ai.schema.schema_graph import Knowledge, Path, Relation
from aistack.ai.text.dates import FIRST, LAST, Span

Found = Iterator[tuple[object, float]]
FAR = 0.5  # each step on the way between two tables
REFERS = 0.3  # a name taken for where something belongs, when it could be its own
VAGUE = 0.6  # to have some, of whatever kind
BESIDE = 0.7  # two names without a word between
ODD = 1.0  # the largest of what a name singles out already


@dataclass(frozen=True, slots=True)
class Adjective:
    """A superlative or comparative: `sign` is +1 for much, -1 for little; `columns` are those that it can speak of."""

    columns: tuple[tuple[Column, int], ...]
    sign: int = 1
    generic: bool = False


@dataclass(frozen=True, slots=True)
class Extreme:
    """A column whose name says already that it is the highest or the lowest."""

    column: Column
    by: Column
    descending: bool


class Combining:
    def __init__(self, knowledge: Knowledge) -> None:
        self.knowledge = knowledge

    # Sets of rows

    def relate(self, head: Rows, other: Rows, via: Relation | None = None, *, negated: bool = False) -> Found:
        """Rows of `head` that belong to some of `other`."""
        if via is None and head.table == other.table:
            return
        for path, cost in self.ways(head.table, other.table, via):
            yield self.link(head, path, other, negated=negated), cost + (VAGUE if other.is_bare else 0.0)

    def ways(self, start: str, end: str, via: Relation | None = None) -> Iterator[tuple[Path, float]]:
        """Ways between two tables; when verbs name one, that one in whichever direction fits."""
        if via is None:
            found = self.knowledge.paths(start, end)
            for path in found:
                yield path, FAR * (len(path) - 1)
            return
        if via.path[0].left == start and via.path[-1].right == end:
            yield via.path, 0.0
        elif via.path[0].left == end and via.path[-1].right == start:
            yield self.knowledge.turned(via.path), 0.0

    def link(self, head: Rows, path: Path, other: Rows, *, negated: bool = False) -> Rows:
        """With a condition on the referring column itself where the other rows are named by what it holds."""
        if not negated and len(path) == 1 and other.best is None and len(other.conditions) == 1:
            (only,) = other.conditions
            join = path[0]
            if isinstance(only, Is) and join.right_columns == (only.column.name,):
                return head.restricted(replace(only, column=Column(head.table, join.left_columns[0])))
        return head.restricted(Linked(path, other, negated))

    def appose(self, one: Rows, other: Rows) -> Found:
        """Two words for the same: the river Thames, Kiel the city."""
        if one.table == other.table and one.is_bare != other.is_bare:
            bare, full = (one, other) if one.is_bare else (other, one)
            if full.best is None and all(isinstance(condition, Is) for condition in full.conditions):
                yield replace(full, table=bare.table), 0.3 if one.is_bare else 0.0

    def beside(self, one: Rows, other: Rows) -> Found:
        """A name and then the name of where it is: Springfield Missouri."""
        if self.is_named(one) and self.is_named(other) and one.table != other.table:
            for path in self.knowledge.paths(one.table, other.table):
                if all(join.to_one for join in path):
                    yield self.link(one, path, other), BESIDE

    def is_named(self, rows: Rows) -> bool:
        label = self.knowledge.tables[rows.table].label
        return any(isinstance(one, Is) and one.column.name in label for one in rows.conditions)

    def named(self, value: Is) -> Found:
        """The rows that a value names, where it stands in the column that names rows."""
        if value.column.name in self.knowledge.tables[value.column.table].label:
            yield Rows(value.column.table, frozenset({value})), 0.0

    def filtered(self, rows: Rows, condition: Is) -> Found:
        """A value that only tells rows apart: paid orders; also one of a table that rows belong to."""
        table = condition.column.table
        if self.contradicts(rows, condition):
            return
        if table == rows.table:
            yield rows.restricted(condition), self.oddness(rows)
            return
        path = self.knowledge.path_to_one(rows.table, table)
        if path:
            yield self.link(rows, path, Rows(table, frozenset({condition}))), 1.0

    def contradicts(self, rows: Rows, condition: Is) -> bool:
        """Whether a column would have to hold two values at once."""
        if condition.operator != "=" or condition.negated:
            return False
        others = [one for one in rows.conditions if isinstance(one, Is) and one.column == condition.column]
        return any(one.operator == "=" and not one.negated for one in others)

    def told(self, rows: Rows, value: Is) -> Found:
        """As `filtered`, for values that do not name the rows themselves: rivers in Colorado are not called so."""
        if value.column.table != rows.table or value.column.name not in self.knowledge.tables[rows.table].label:
            for found, cost in self.filtered(rows, value):
                yield found, cost + (REFERS if self.refers(value.column) else 0.0)

    def refers(self, column: Column) -> bool:
        """Whether it names rows of another table, which have a word of their own then."""
        return any(
            join.left_columns == (column.name,) and join.to_one
            for join in self.knowledge.joins_of(column.table)
            if join not in self.knowledge.particular
        )

    def within(self, rows: Rows, span: Span) -> Found:
        column = self.knowledge.tables[rows.table].time
        if column is not None:
            yield rows.restricted(self.during(column, span)), 0.0

    def during(self, column: Column, span: Span) -> Is:
        facts = self.knowledge.facts(column)
        if facts.kind == "number":  # a column that holds the year alone
            return Is(column, "between", (int(span.start[:4]), int(span.end[:4]) + (span.end[5:] != "01-01")))
        if span.end == LAST.isoformat():
            return Is(column, ">=", (span.start,))
        if span.start == FIRST.isoformat():
            return Is(column, "<", (span.end,))
        return Is(column, "between", (span.start, span.end))

    # The best of rows

    def adjectives(self, rows: Rows, adjective: Adjective) -> Iterator[tuple[Column, int, float]]:
        """Columns of the rows that an adjective can speak of, with +1 or -1 and a cost."""
        own = [(column, sign) for column, sign in adjective.columns if column.table == rows.table]
        for column, sign in own:
            yield column, sign, 0.0
        if not own and adjective.generic:
            facts = self.knowledge.tables[rows.table].columns.values()
            measures = [
                one.column for one in facts if one.kind == "number" and not one.is_key and one.extreme_of is None
            ]
            for measure in measures:  # of several none is meant more than the others: they are asked back about
                yield measure, adjective.sign, 1.5
        elif not own:
            for column, sign in adjective.columns:
                path = self.knowledge.path_to_one(rows.table, column.table)
                if path and self.knowledge.facts(column).extreme_of is None:
                    yield column, sign, 1.0

    def best(self, adjective: Adjective, rows: Rows, count: int = 1) -> Found:
        if rows.best is not None:
            return
        for column, sign, cost in self.adjectives(rows, adjective):
            yield replace(rows, best=Best(column, sign > 0, count)), cost + self.oddness(rows)

    def oddness(self, rows: Rows) -> float:
        return ODD if self.is_named(rows) else 0.0

    def best_by(self, rows: Rows, adjective: Adjective, by: Column, count: int = 1) -> Found:
        """The state with the largest area."""
        if (
            rows.best is None
            and self.measurable(by)
            and (path := self.knowledge.path_to_one(rows.table, by.table)) is not None
        ):
            yield replace(rows, best=Best(by, adjective.sign > 0, count)), FAR * len(path) + self.oddness(rows)

    def best_extreme(self, rows: Rows, extreme: Extreme) -> Found:
        """The state with the highest point."""
        if rows.best is None and self.knowledge.path_to_one(rows.table, extreme.by.table) is not None:
            yield replace(rows, best=Best(extreme.by, extreme.descending)), 0.0

    def best_of_many(self, rows: Rows, adjective: Adjective, other: Rows, via: Relation | None = None) -> Found:
        """The state with the most rivers."""
        if rows.best is not None:
            return
        for tally, cost in self.tallies(rows, "count", None, other, via):
            yield replace(rows, best=Best(tally, adjective.sign > 0)), cost

    def tallies(
        self, rows: Rows, function: Function, column: Column | None, other: Rows, via: Relation | None = None
    ) -> Iterator[tuple[Tally, float]]:
        if other.best is not None or (via is None and rows.table == other.table):
            return
        repeated = self.knowledge.tables[rows.table].rows_repeat
        for path, cost in self.ways(rows.table, other.table, via):
            if not path[0].to_one or repeated:
                yield Tally(function, column, path, other), cost

    def tallied(self, rows: Rows, operator: Operator, value: Scalar, other: Rows, via: Relation | None = None) -> Found:
        """Customers with more than three orders."""
        for tally, cost in self.tallies(rows, "count", None, other, via):
            yield rows.restricted(Tallied(tally, operator, value)), cost

    def measured(self, rows: Rows, function: Function, column: Column, operator: Operator, value: Scalar) -> Found:
        """Customers whose orders total more than 500."""
        for tally, cost in self.tallies(rows, function, column, Rows(column.table)):
            yield rows.restricted(Tallied(tally, operator, value)), cost

    # Columns against values

    def compared(self, rows: Rows, column: Column, operator: Operator, value: Scalar) -> Found:
        if self.knowledge.facts(column).kind in ("number", "other") and isinstance(value, (int, float)):
            yield from self.filtered(rows, Is(column, operator, (value,)))

    def beyond(self, rows: Rows, adjective: Adjective, other: Rows, other_column: Column | None = None) -> Found:
        """Rivers longer than the Thames."""
        for column, sign, cost in self.adjectives(rows, adjective):
            against = other_column or column
            if self.knowledge.path_to_one(other.table, against.table) is not None and column.table == rows.table:
                operator: Operator = ">" if sign > 0 else "<"
                yield rows.restricted(Beyond(column, operator, Values(other, (against,)))), cost

    def beyond_number(self, rows: Rows, adjective: Adjective, value: Scalar) -> Found:
        """Rivers longer than 500."""
        for column, sign, cost in self.adjectives(rows, adjective):
            if self.knowledge.facts(column).kind == "number":
                for found, more in self.filtered(rows, Is(column, ">" if sign > 0 else "<", (value,))):
                    yield found, cost + more

    def measurable(self, column: Column) -> bool:
        return self.knowledge.facts(column).kind in ("number", "time")
