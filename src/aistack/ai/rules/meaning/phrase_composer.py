"""What the grammars of both languages share: phrases with columns that may be of several tables, values, extremes."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from aistack.ai.rules.meaning.logical_form import Aggregate, Asked, Function, Is, Meets, Operator, Rows, Values
from aistack.ai.rules.meaning.query_composer import Measuring
from aistack.ai.rules.meaning.row_composer import Adjective, Extreme, Found
from aistack.ai.schema.profiles import Column
from aistack.ai.schema.schema_graph import Relation

NESTED, NESTED_BEST = 0.3, 0.1  # what an attachment to a noun that has others already costs
ASSUMED = 0.5

Columns = tuple[Column, ...]  # those that a name can mean, in whichever tables


class Phrases(Measuring):
    def near(self, head: Rows, found: Found) -> Found:
        """What tells of a noun belongs rather to the nearest."""
        for meaning, cost in found:
            yield meaning, cost + NESTED * len(head.conditions) + (NESTED_BEST if head.best else 0)

    def over(self, columns: Columns, one: Callable[[Column], Found]) -> Found:
        for column in columns:
            yield from one(column)

    def dearer(self, found: Found, by: float) -> Found:
        for meaning, cost in found:
            yield meaning, cost + by

    def asked(self, found: Found, by: float = -0.5) -> Found:
        """Rows as a whole question; those that a question word points at before others."""
        for rows, cost in found:
            assert isinstance(rows, Rows)
            yield Asked(rows), cost + by

    # Columns of rows

    def one_column(self, rows: Rows, columns: Columns) -> Found:
        return self.over(columns, lambda column: self.values(rows, (column,)))

    def compound(self, rows: Rows, columns: Columns) -> Found:
        """Texas population: a name or a plain noun before a column, nothing longer."""
        if rows.best is None and len(rows.conditions) <= 1:
            yield from self.dearer(self.one_column(rows, columns), ASSUMED)

    def several(self, rows: Rows, lists: Sequence[Columns]) -> Found:
        """Several columns at once, of the rows themselves rather than of what they belong to."""
        chosen: list[Column] = []
        for columns in lists:
            fitting = [column for column in columns if column.table == rows.table]
            fitting = fitting or [one for one in columns if self.knowledge.path_to_one(rows.table, one.table)]
            if not fitting:
                return
            chosen.append(fitting[0])
        yield from self.values(rows, tuple(chosen))

    def whole_columns(self, lists: Sequence[Columns]) -> Found:
        """Columns of all rows of their table."""
        for name in sorted({column.table for columns in lists for column in columns}):
            for values, cost in self.several(Rows(name), lists):
                assert isinstance(values, Values)
                if all(column.table == name for column in values.columns):
                    yield Asked(values.rows, values.columns), cost + ASSUMED

    def holding(self, columns: Columns, rows: Rows) -> Found:
        """How many people live in Kiel: a column that holds the count already."""
        return self.over(tuple(one for one in columns if self.measurable(one)), lambda one: self.values(rows, (one,)))

    def counting(self, columns: Columns) -> Found:
        """The number of inhabitants, where that is a column."""
        kept = tuple(column for column in columns if self.knowledge.facts(column).kind == "number")
        if kept:
            yield kept, 0.0

    def of_value(self, columns: Columns, value: Is) -> Found:
        """The population of what a value tells apart."""
        for column in columns:
            for rows, cost in self.filtered(Rows(column.table), value):
                assert isinstance(rows, Rows)
                for found, more in self.values(rows, (column,)):
                    yield found, cost + more + ASSUMED

    def trailing(self, values: Values, other: Rows) -> Found:
        """The population of Springfield in Illinois."""
        for rows, cost in self.relate(values.rows, other):
            assert isinstance(rows, Rows)
            yield replace(values, rows=rows), cost + 0.2

    # Conditions

    def having_value(self, rows: Rows, columns: Columns, value: Is) -> Found:
        if value.column in columns:
            yield from self.filtered(rows, value)

    def having_text(self, rows: Rows, columns: Columns, text: str) -> Found:
        for column in columns:
            if self.knowledge.facts(column).kind == "text":
                yield from self.filtered(rows, Is(column, "=", (text,)))

    def named_text(self, rows: Rows, text: str) -> Found:
        for name in self.knowledge.tables[rows.table].label[:1]:
            yield rows.restricted(Is(Column(rows.table, name), "=", (text,))), 0.0

    def comparing(self, rows: Rows, columns: Columns, operator: Operator, value: float) -> Found:
        return self.over(columns, lambda column: self.compared(rows, column, operator, value))

    def between(self, rows: Rows, columns: Columns, low: float, high: float) -> Found:
        for column in columns:
            for first, cost in self.compared(rows, column, ">=", low):
                assert isinstance(first, Rows)
                for second, more in self.compared(first, column, "<=", high):
                    yield second, cost + more

    def quality(self, rows: Rows, condition: Meets) -> Found:
        """Major cities, where it is defined what makes one major."""
        if condition.table == rows.table:
            yield rows.restricted(condition), 0.0

    def differing(self, rows: Rows, value: Is | Meets) -> Found:
        """Orders that are not paid."""
        turned = replace(value, negated=not value.negated)
        if isinstance(turned, Is):
            yield from self.filtered(rows, turned)
        else:
            yield from self.quality(rows, turned)

    def through(self, head: Rows, middle: Rows, other: Rows) -> Found:
        """Customers who ordered an atlas: by what is named between them."""
        if middle.is_bare and len({head.table, middle.table, other.table}) == 3:
            for joined, cost in self.relate(middle, other):
                assert isinstance(joined, Rows)
                for found, more in self.relate(head, joined):
                    yield found, cost + more + ASSUMED

    def all_of(self, rows: Rows, others: Sequence[Rows], via: Relation | None) -> Found:
        """Next to both of two."""
        found: list[tuple[object, float]] = [(rows, 0.0)]
        for other in others:
            found = [
                (meaning, cost + more)
                for one, cost in found
                if isinstance(one, Rows)
                for meaning, more in self.relate(one, other, via)
            ]
        yield from found

    # The best

    def best_with(self, rows: Rows, columns: Columns, adjective: Adjective, count: float = 1) -> Found:
        return self.over(columns, lambda column: self.best_by(rows, adjective, column, int(count)))

    def best_columns(self, columns: Columns, measured: Asked, adjective: Adjective, count: float) -> Found:
        """The city with the most customers, where cities are a column."""
        for column in columns:
            for grouped, cost in self.grouped(measured, (column,)):
                assert isinstance(grouped, Asked)
                for found, more in self.ranked(grouped, descending=adjective.sign > 0, limit=int(count)):
                    yield found, cost + more + 0.2

    def extreme_of_value(self, extreme: Extreme, value: Is, column: Column | None = None) -> Found:
        """The highest point of what a value tells apart; or, with `column`, how high it is."""
        for rows, cost in self.filtered(Rows(extreme.by.table), value):
            assert isinstance(rows, Rows)
            for found, more in self.extreme_values(rows, extreme, column):
                yield found, cost + more + (0.0 if column else ASSUMED)

    def extreme_measure(self, rows: Rows, extreme: Extreme, columns: Columns) -> Found:
        """The elevation of the highest point."""
        if extreme.by in columns:
            yield from self.extreme_values(rows, extreme, extreme.by)

    def extreme_measure_of(self, value: Is, extreme: Extreme, columns: Columns) -> Found:
        if extreme.by in columns:
            yield from self.extreme_of_value(extreme, value, extreme.by)

    def extreme_of_named(self, value: Is) -> Found:
        """How high is Guadalupe Peak, which stands where the highest points do."""
        by = self.knowledge.facts(value.column).extreme_of
        if by is not None:
            yield from self.values(Rows(by.table, frozenset({value})), (by,))

    def extreme_among(self, rows: Rows, value: Is, extreme: Extreme) -> Found:
        """Which state has the highest point of the country."""
        for filtered, cost in self.filtered(rows, value):
            assert isinstance(filtered, Rows)
            yield from self.dearer(self.asked(self.best_extreme(filtered, extreme)), cost)

    # Measures

    def whole(self, function: Function, columns: Columns) -> Found:
        """A function over a column of all rows."""
        for column in columns:
            yield from self.dearer(self.aggregated(function, Values(Rows(column.table), (column,))), ASSUMED)

    def aggregates(self, function: Function, found: Found) -> Found:
        for values, cost in found:
            assert isinstance(values, Values)
            yield from self.dearer(self.aggregated(function, values), cost)

    def counts(self, rows: Rows) -> Asked:
        return Asked(rows, (Aggregate("count"),))

    def counted_all(self, found: Found) -> Found:
        for rows, cost in found:
            assert isinstance(rows, Rows)
            yield self.counts(rows), cost

    def value_related(self, value: Is, other: Rows, rows: Rows, via: Relation) -> Found:
        for filtered, cost in self.filtered(other, value):
            assert isinstance(filtered, Rows)
            yield from self.dearer(self.counted_all(self.relate(rows, filtered, via)), cost)

    def groups(self, measured: Asked, columns: Columns) -> Found:
        return self.over(columns, lambda column: self.grouped(measured, (column,)))

    def both(self, *measures: Found) -> Found:
        """Several measures of the same rows at once."""
        first, *others = (list(one) for one in measures)
        combined = first
        for other in others:
            combined = [
                (joined, cost + more + extra)
                for a, cost in combined
                for b, more in other
                if isinstance(a, Asked) and isinstance(b, Asked)
                for joined, extra in self.joined(a, b)
            ]
        yield from combined
