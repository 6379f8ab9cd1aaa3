"""Composes phrases whose column names may mean columns of several tables; the grammars of both languages use it."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from aistack.ai.rules.meaning.adjectives import Adjective, ExtremeColumn
from aistack.ai.rules.meaning.logical_form import (
    Aggregate,
    ColumnCondition,
    DefinedCondition,
    Function,
    Operator,
    Projection,
    Query,
    RowSet,
)
from aistack.ai.rules.meaning.query_composer import QueryComposer
from aistack.ai.rules.meaning.row_composer import Meanings
from aistack.ai.schema.profiles import Column
from aistack.ai.schema.schema_graph import Relation

NESTED, NESTED_SUPERLATIVE = 0.3, 0.1  # costs of a modifier for a noun that has others
ASSUMED = 0.5  # cost of rows that the question does not name

Columns = tuple[Column, ...]  # every column that a name can mean


class PhraseComposer(QueryComposer):
    def prefer_nearest(self, head: RowSet, found: Meanings) -> Meanings:
        """Attaches a modifier to a noun; nouns that have modifiers cost more, so the nearest one gets it."""
        for meaning, cost in found:
            yield meaning, cost + NESTED * len(head.conditions) + (NESTED_SUPERLATIVE if head.superlative else 0)

    def over_columns(self, columns: Columns, one: Callable[[Column], Meanings]) -> Meanings:
        """The meanings with each of the columns."""
        for column in columns:
            yield from one(column)

    def penalize(self, found: Meanings, by: float) -> Meanings:
        for meaning, cost in found:
            yield meaning, cost + by

    def row_query(self, found: Meanings, by: float = -0.5) -> Meanings:
        """Rows as a whole question; cheaper, for the noun that has the question word."""
        for rows, cost in found:
            assert isinstance(rows, RowSet)
            yield Query(rows), cost + by

    # Projections

    def column_values(self, rows: RowSet, columns: Columns) -> Meanings:
        return self.over_columns(columns, lambda column: self.projection(rows, (column,)))

    def compound_noun(self, rows: RowSet, columns: Columns) -> Meanings:
        """Texas population: a name or a plain noun before a column."""
        if rows.superlative is None and len(rows.conditions) <= 1:
            yield from self.penalize(self.column_values(rows, columns), ASSUMED)

    def column_list_values(self, rows: RowSet, lists: Sequence[Columns]) -> Meanings:
        """Several columns at once, of the rows themselves if they have them."""
        chosen: list[Column] = []
        for columns in lists:
            fitting = [column for column in columns if column.table == rows.table]
            fitting = fitting or [one for one in columns if self.graph.path_to_one(rows.table, one.table)]
            if not fitting:
                return
            chosen.append(fitting[0])
        yield from self.projection(rows, tuple(chosen))

    def select_columns(self, lists: Sequence[Columns]) -> Meanings:
        """Several columns of all rows of a table."""
        for name in sorted({column.table for columns in lists for column in columns}):
            for values, cost in self.column_list_values(RowSet(name), lists):
                assert isinstance(values, Projection)
                if all(column.table == name for column in values.columns):
                    yield Query(values.rows, values.columns), cost + ASSUMED

    def stored_count(self, columns: Columns, rows: RowSet) -> Meanings:
        """How many people live in Kiel, if a column holds the count."""
        kept = tuple(column for column in columns if self.is_measurable(column))
        return self.over_columns(kept, lambda column: self.projection(rows, (column,)))

    def countable_columns(self, columns: Columns) -> Meanings:
        """The number of inhabitants, if that is a column."""
        kept = tuple(column for column in columns if self.graph.profile(column).kind == "number")
        if kept:
            yield kept, 0.0

    def column_of_value(self, columns: Columns, value: ColumnCondition) -> Meanings:
        """The population of Kiel, if only its value is named."""
        for column in columns:
            for rows, cost in self.filtered(RowSet(column.table), value):
                assert isinstance(rows, RowSet)
                for found, more in self.projection(rows, (column,)):
                    yield found, cost + more + ASSUMED

    def trailing_modifier(self, values: Projection, other: RowSet) -> Meanings:
        """The population of Springfield in Illinois."""
        for rows, cost in self.related(values.rows, other):
            assert isinstance(rows, RowSet)
            yield replace(values, rows=rows), cost + 0.2

    # Conditions

    def with_column_value(self, rows: RowSet, columns: Columns, value: ColumnCondition) -> Meanings:
        if value.column in columns:
            yield from self.filtered(rows, value)

    def with_column_text(self, rows: RowSet, columns: Columns, text: str) -> Meanings:
        for column in columns:
            if self.graph.profile(column).kind == "text":
                yield from self.filtered(rows, ColumnCondition(column, "=", (text,)))

    def with_name_text(self, rows: RowSet, text: str) -> Meanings:
        for name in self.graph.tables[rows.table].label[:1]:
            yield rows.with_condition(ColumnCondition(Column(rows.table, name), "=", (text,))), 0.0

    def compare_columns(self, rows: RowSet, columns: Columns, operator: Operator, value: float) -> Meanings:
        return self.over_columns(columns, lambda column: self.compare(rows, column, operator, value))

    def between(self, rows: RowSet, columns: Columns, low: float, high: float) -> Meanings:
        for column in columns:
            for first, cost in self.compare(rows, column, ">=", low):
                assert isinstance(first, RowSet)
                for second, more in self.compare(first, column, "<=", high):
                    yield second, cost + more

    def with_quality(self, rows: RowSet, condition: DefinedCondition) -> Meanings:
        """Major cities, where it is defined what makes one major."""
        if condition.table == rows.table:
            yield rows.with_condition(condition), 0.0

    def negated(self, rows: RowSet, value: ColumnCondition | DefinedCondition) -> Meanings:
        """Orders that are not paid."""
        inverted = replace(value, negated=not value.negated)
        if isinstance(inverted, ColumnCondition):
            yield from self.filtered(rows, inverted)
        else:
            yield from self.with_quality(rows, inverted)

    def related_through(self, head: RowSet, middle: RowSet, other: RowSet) -> Meanings:
        """Customers whose orders have an atlas: related through a third table."""
        if middle.is_unrestricted and len({head.table, middle.table, other.table}) == 3:
            for joined, cost in self.related(middle, other):
                assert isinstance(joined, RowSet)
                for found, more in self.related(head, joined):
                    yield found, cost + more + ASSUMED

    def related_to_all(self, rows: RowSet, others: Sequence[RowSet], via: Relation | None) -> Meanings:
        """Next to both Ohio and Utah."""
        found: list[tuple[object, float]] = [(rows, 0.0)]
        for other in others:
            found = [
                (meaning, cost + more)
                for one, cost in found
                if isinstance(one, RowSet)
                for meaning, more in self.related(one, other, via)
            ]
        yield from found

    # Superlatives

    def superlative_by_columns(
        self, rows: RowSet, columns: Columns, adjective: Adjective, count: float = 1
    ) -> Meanings:
        return self.over_columns(columns, lambda column: self.superlative_by(rows, adjective, column, int(count)))

    def top_columns(self, columns: Columns, query: Query, adjective: Adjective, count: float) -> Meanings:
        """The city with the most customers, if the city is a column."""
        for column in columns:
            for grouped, cost in self.group_by(query, (column,)):
                assert isinstance(grouped, Query)
                for found, more in self.rank_groups(grouped, descending=adjective.sign > 0, limit=int(count)):
                    yield found, cost + more + 0.2

    def extreme_of_value(
        self, extreme: ExtremeColumn, value: ColumnCondition, column: Column | None = None
    ) -> Meanings:
        """The highest point of Texas, if only its value is named; or with `column` how high it is."""
        for rows, cost in self.filtered(RowSet(extreme.by.table), value):
            assert isinstance(rows, RowSet)
            for found, more in self.extreme_values(rows, extreme, column):
                yield found, cost + more + (0.0 if column else ASSUMED)

    def extreme_measure(self, rows: RowSet, extreme: ExtremeColumn, columns: Columns) -> Meanings:
        """The elevation of the highest point."""
        if extreme.by in columns:
            yield from self.extreme_values(rows, extreme, extreme.by)

    def extreme_measure_of(self, value: ColumnCondition, extreme: ExtremeColumn, columns: Columns) -> Meanings:
        if extreme.by in columns:
            yield from self.extreme_of_value(extreme, value, extreme.by)

    def extreme_of_named(self, value: ColumnCondition) -> Meanings:
        """How high Guadalupe Peak is, which is a value of an extreme column."""
        by = self.graph.profile(value.column).extreme_of
        if by is not None:
            yield from self.projection(RowSet(by.table, frozenset({value})), (by,))

    def extreme_among(self, rows: RowSet, value: ColumnCondition, extreme: ExtremeColumn) -> Meanings:
        """Which state has the highest point of the country."""
        for filtered, cost in self.filtered(rows, value):
            assert isinstance(filtered, RowSet)
            yield from self.penalize(self.row_query(self.superlative_by_extreme(filtered, extreme)), cost)

    # Aggregates

    def aggregate_all(self, function: Function, columns: Columns) -> Meanings:
        """A function over a column of all rows."""
        for column in columns:
            yield from self.penalize(self.aggregate(function, Projection(RowSet(column.table), (column,))), ASSUMED)

    def aggregate_each(self, function: Function, found: Meanings) -> Meanings:
        for values, cost in found:
            assert isinstance(values, Projection)
            yield from self.penalize(self.aggregate(function, values), cost)

    def count_query(self, rows: RowSet) -> Query:
        return Query(rows, (Aggregate("count"),))

    def count_each(self, found: Meanings) -> Meanings:
        for rows, cost in found:
            assert isinstance(rows, RowSet)
            yield self.count_query(rows), cost

    def count_related_to_value(self, value: ColumnCondition, other: RowSet, rows: RowSet, via: Relation) -> Meanings:
        for filtered, cost in self.filtered(other, value):
            assert isinstance(filtered, RowSet)
            yield from self.penalize(self.count_each(self.related(rows, filtered, via)), cost)

    def group_by_columns(self, query: Query, columns: Columns) -> Meanings:
        return self.over_columns(columns, lambda column: self.group_by(query, (column,)))

    def merge_all(self, *queries: Meanings) -> Meanings:
        """Several aggregates of the same rows as one query."""
        combined, *others = (list(one) for one in queries)
        for other in others:
            combined = [
                (merged, cost + more + extra)
                for a, cost in combined
                for b, more in other
                if isinstance(a, Query) and isinstance(b, Query)
                for merged, extra in self.merge_outputs(a, b)
            ]
        yield from combined
