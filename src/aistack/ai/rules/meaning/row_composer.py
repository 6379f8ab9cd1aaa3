"""Composes the meanings of phrases into row sets, as far as the schema allows it.

Each method yields the possible meanings with their costs, and nothing if its parts do not fit together.
"""

from collections.abc import Iterator
from dataclasses import replace

from aistack.ai.rules.meaning.adjectives import Adjective, ExtremeColumn
from aistack.ai.rules.meaning.logical_form import (
    AggregateCondition,
    ColumnCondition,
    ComparisonCondition,
    Function,
    Operator,
    Projection,
    RelatedAggregate,
    RelationCondition,
    RowSet,
    Superlative,
)
from aistack.ai.schema.profiles import Column, Scalar
from aistack.ai.schema.schema_graph import Path, Relation, SchemaGraph
from aistack.ai.text.dates import FIRST, LAST, DateSpan

Meanings = Iterator[tuple[object, float]]  # each with its cost
JOIN_COST = 0.5  # of each further join between two tables
REFERENCE_COST = 0.3  # of a value in a column that refers to another table
EXISTENCE_COST = 0.6  # of being related to any row at all
ADJACENCY_COST = 0.7  # of two names with no word between them
REDUNDANCY_COST = 1.0  # of a superlative over rows that a name identifies already


class RowComposer:
    def __init__(self, graph: SchemaGraph) -> None:
        self.graph = graph

    # Sets of rows

    def related(self, head: RowSet, other: RowSet, via: Relation | None = None, *, negated: bool = False) -> Meanings:
        """Rows of `head` that are related to one of `other`; `via` names the relation."""
        if via is None and head.table == other.table:
            return
        for path, cost in self.join_paths(head.table, other.table, via):
            yield (
                self.with_relation(head, path, other, negated=negated),
                cost + (EXISTENCE_COST if other.is_unrestricted else 0.0),
            )

    def join_paths(self, start: str, end: str, via: Relation | None = None) -> Iterator[tuple[Path, float]]:
        """Join paths between two tables with their costs: that of `via`, in either direction, or else the shortest."""
        if via is None:
            found = self.graph.paths(start, end)
            for path in found:
                yield path, JOIN_COST * (len(path) - 1)
            return
        if via.path[0].left == start and via.path[-1].right == end:
            yield via.path, 0.0
        elif via.path[0].left == end and via.path[-1].right == start:
            yield self.graph.reversed_path(via.path), 0.0

    def with_relation(self, head: RowSet, path: Path, other: RowSet, *, negated: bool = False) -> RowSet:
        """`head` with a semi-join, or with a plain condition if a foreign key of `head` holds the other rows' value."""
        if not negated and len(path) == 1 and other.superlative is None and len(other.conditions) == 1:
            (only,) = other.conditions
            join = path[0]
            if isinstance(only, ColumnCondition) and join.right_columns == (only.column.name,):
                return head.with_condition(replace(only, column=Column(head.table, join.left_columns[0])))
        return head.with_condition(RelationCondition(path, other, negated))

    def apposition(self, one: RowSet, other: RowSet) -> Meanings:
        """Two nouns for the same rows: the river Thames, Kiel the city."""
        if one.table == other.table and one.is_unrestricted != other.is_unrestricted:
            unrestricted, full = (one, other) if one.is_unrestricted else (other, one)
            if full.superlative is None and all(
                isinstance(condition, ColumnCondition) for condition in full.conditions
            ):
                yield replace(full, table=unrestricted.table), 0.3 if one.is_unrestricted else 0.0

    def adjacent_names(self, one: RowSet, other: RowSet) -> Meanings:
        """A name followed by the name of its location: Springfield Missouri."""
        if self.is_named(one) and self.is_named(other) and one.table != other.table:
            for path in self.graph.paths(one.table, other.table):
                if all(join.to_one for join in path):
                    yield self.with_relation(one, path, other), ADJACENCY_COST

    def is_named(self, rows: RowSet) -> bool:
        """Whether a condition is on the label of the rows."""
        label = self.graph.tables[rows.table].label
        return any(isinstance(one, ColumnCondition) and one.column.name in label for one in rows.conditions)

    def rows_named(self, value: ColumnCondition) -> Meanings:
        """The rows that a value of a label column names."""
        if value.column.name in self.graph.tables[value.column.table].label:
            yield RowSet(value.column.table, frozenset({value})), 0.0

    def filtered(self, rows: RowSet, condition: ColumnCondition) -> Meanings:
        """Rows with a value, of their own or of the one row of another table that each refers to: paid orders."""
        table = condition.column.table
        if self.contradicts(rows, condition):
            return
        if table == rows.table:
            yield rows.with_condition(condition), self.redundancy_cost(rows)
            return
        path = self.graph.path_to_one(rows.table, table)
        if path:
            positive = replace(condition, negated=False)  # rows that refer to nothing do not have the value either
            other = RowSet(table, frozenset({positive}))
            yield self.with_relation(rows, path, other, negated=condition.negated), 1.0

    def contradicts(self, rows: RowSet, condition: ColumnCondition) -> bool:
        """Whether a column would need two values at once."""
        if condition.operator != "=" or condition.negated:
            return False
        others = [one for one in rows.conditions if isinstance(one, ColumnCondition) and one.column == condition.column]
        return any(one.operator == "=" and not one.negated for one in others)

    def described_by(self, rows: RowSet, value: ColumnCondition) -> Meanings:
        """Like `filtered`, but not by the label of the rows: rivers in Colorado are not named Colorado."""
        if value.column.table != rows.table or value.column.name not in self.graph.tables[rows.table].label:
            for found, cost in self.filtered(rows, value):
                yield found, cost + (REFERENCE_COST if self.is_reference(value.column) else 0.0)

    def is_reference(self, column: Column) -> bool:
        """Whether the column refers to another table."""
        return any(
            join.left_columns == (column.name,) and join.to_one
            for join in self.graph.joins_of(column.table)
            if join not in self.graph.explicit_only
        )

    def within_span(self, rows: RowSet, span: DateSpan) -> Meanings:
        """Orders in 2024."""
        column = self.graph.tables[rows.table].time
        if column is not None:
            yield rows.with_condition(self.span_condition(column, span)), 0.0

    def span_condition(self, column: Column, span: DateSpan) -> ColumnCondition:
        profile = self.graph.profile(column)
        if profile.kind == "number":  # a column that holds the year alone
            return ColumnCondition(
                column, "between", (int(span.start[:4]), int(span.end[:4]) + (span.end[5:] != "01-01"))
            )
        if span.end == LAST.isoformat():
            return ColumnCondition(column, ">=", (span.start,))
        if span.start == FIRST.isoformat():
            return ColumnCondition(column, "<", (span.end,))
        return ColumnCondition(column, "between", (span.start, span.end))

    # Superlatives

    def adjective_columns(self, rows: RowSet, adjective: Adjective) -> Iterator[tuple[Column, int, float]]:
        """Columns that an adjective can refer to, each with +1 for high values or -1 for low ones, and a cost."""
        own = [(column, sign) for column, sign in adjective.columns if column.table == rows.table]
        for column, sign in own:
            yield column, sign, 0.0
        if not own and adjective.generic:
            columns = self.graph.tables[rows.table].columns.values()
            measures = [
                one.column for one in columns if one.kind == "number" and not one.is_key and one.extreme_of is None
            ]
            for measure in measures:  # several are equally likely, so the user is asked
                yield measure, adjective.sign, 1.5
        elif not own:
            for column, sign in adjective.columns:
                path = self.graph.path_to_one(rows.table, column.table)
                if path and self.graph.profile(column).extreme_of is None:
                    yield column, sign, 1.0

    def superlative(self, adjective: Adjective, rows: RowSet, count: int = 1) -> Meanings:
        """The oldest customer, the three longest rivers."""
        if rows.superlative is not None:
            return
        for column, sign, cost in self.adjective_columns(rows, adjective):
            yield replace(rows, superlative=Superlative(column, sign > 0, count)), cost + self.redundancy_cost(rows)

    def redundancy_cost(self, rows: RowSet) -> float:
        return REDUNDANCY_COST if self.is_named(rows) else 0.0

    def superlative_by(self, rows: RowSet, adjective: Adjective, by: Column, count: int = 1) -> Meanings:
        """The state with the largest area."""
        if (
            rows.superlative is None
            and self.is_measurable(by)
            and (path := self.graph.path_to_one(rows.table, by.table)) is not None
        ):
            yield (
                replace(rows, superlative=Superlative(by, adjective.sign > 0, count)),
                JOIN_COST * len(path) + self.redundancy_cost(rows),
            )

    def superlative_by_extreme(self, rows: RowSet, extreme: ExtremeColumn) -> Meanings:
        """The state with the highest point."""
        if rows.superlative is None and self.graph.path_to_one(rows.table, extreme.by.table) is not None:
            yield replace(rows, superlative=Superlative(extreme.by, extreme.descending)), 0.0

    def superlative_by_count(
        self, rows: RowSet, adjective: Adjective, other: RowSet, via: Relation | None = None
    ) -> Meanings:
        """The state with the most rivers."""
        if rows.superlative is not None:
            return
        for related, cost in self.related_aggregates(rows, "count", None, other, via):
            yield replace(rows, superlative=Superlative(related, adjective.sign > 0)), cost

    def related_aggregates(
        self, rows: RowSet, function: Function, column: Column | None, other: RowSet, via: Relation | None = None
    ) -> Iterator[tuple[RelatedAggregate, float]]:
        """Aggregates over the rows of `other` that are related to each row."""
        if other.superlative is not None or (via is None and rows.table == other.table):
            return
        repeated = self.graph.tables[rows.table].rows_repeat
        for path, cost in self.join_paths(rows.table, other.table, via):
            back = self.graph.reversed_path(path[1:])
            key = self.graph.unique_key(path[-1].right) or self.graph.tables[path[-1].right].key
            is_countable = all(join.to_one for join in back) or (len(key) == 1 and function == "count")
            if is_countable and (not path[0].to_one or repeated):
                yield RelatedAggregate(function, column, path, other), cost

    def with_related_count(
        self, rows: RowSet, operator: Operator, value: Scalar, other: RowSet, via: Relation | None = None
    ) -> Meanings:
        """Customers with more than three orders."""
        for related, cost in self.related_aggregates(rows, "count", None, other, via):
            yield rows.with_condition(AggregateCondition(related, operator, value)), cost

    # Comparisons

    def compare(self, rows: RowSet, column: Column, operator: Operator, value: Scalar) -> Meanings:
        """Products with a price above 20."""
        if self.graph.profile(column).kind in ("number", "other") and isinstance(value, (int, float)):
            yield from self.filtered(rows, ColumnCondition(column, operator, (value,)))

    def compare_to_rows(self, rows: RowSet, adjective: Adjective, other: RowSet) -> Meanings:
        """Rivers longer than the Thames."""
        for column, sign, cost in self.adjective_columns(rows, adjective):
            if self.graph.path_to_one(other.table, column.table) is not None and column.table == rows.table:
                operator: Operator = ">" if sign > 0 else "<"
                yield rows.with_condition(ComparisonCondition(column, operator, Projection(other, (column,)))), cost

    def compare_to_number(self, rows: RowSet, adjective: Adjective, value: Scalar) -> Meanings:
        """Rivers longer than 500."""
        for column, sign, cost in self.adjective_columns(rows, adjective):
            if self.graph.profile(column).kind == "number":
                for found, more in self.filtered(rows, ColumnCondition(column, ">" if sign > 0 else "<", (value,))):
                    yield found, cost + more

    def is_measurable(self, column: Column) -> bool:
        """Whether its values have an order that superlatives can use."""
        return self.graph.profile(column).kind in ("number", "time")
