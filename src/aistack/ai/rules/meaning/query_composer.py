"""Values of rows and measures over them: how phrases become whole questions."""

from dataclasses import replace

from aistack.ai.rules.meaning.logical_form import (
    Aggregate,
    Asked,
    Best,
    Bucket,
    Function,
    Group,
    Is,
    Linked,
    Meets,
    Rows,
    Shown,
    Unit,
    Values,
)
from aistack.ai.rules.meaning.row_composer import FAR, Adjective, Combining, Extreme, Found
from aistack.ai.schema.identifiers import parts_of
from aistack.ai.schema.profiles import Column
from aistack.ai.schema.schema_graph import Metric
from aistack.ai.text.dates import Span

ADDITIVE = frozenset(
    (
        "total", "amount", "sum", "sales", "revenue", "profit", "quantity", "cost", "expense", "count", "budget",
        "income", "fee", "tax", "hours", "总额", "金额", "合计", "数量", "销售额", "收入", "利润", "成本", "费用",
    )
)  # fmt: skip

PLACES = frozenset(("city", "country", "state", "region", "province", "address", "location", "place"))


class Measuring(Combining):
    # Columns of rows

    def values(self, rows: Rows, columns: tuple[Column, ...]) -> Found:
        """Columns of the rows themselves, or of what each of them belongs to."""
        cost = 0.0
        for column in columns:
            path = self.knowledge.path_to_one(rows.table, column.table)
            if path is None:
                return
            cost += FAR * len(path)
        yield Values(rows, columns), cost

    def extreme_values(self, rows: Rows, extreme: Extreme, column: Column | None = None) -> Found:
        """The highest point in the country: of the row that has it."""
        shown = column or extreme.column
        if self.knowledge.path_to_one(rows.table, extreme.by.table) is None or (rows.best is not None and column):
            return
        if rows.best is None and not self.is_named(rows):
            rows = replace(rows, best=Best(extreme.by, extreme.descending))
        yield from self.values(rows, (shown,))

    def measure(self, rows: Rows, adjective: Adjective) -> Found:
        """How long, how large rows are."""
        for column, _, cost in self.adjectives(rows, adjective):
            for values, more in self.values(rows, (column,)):
                yield values, cost + more

    def referred(self, values: Values) -> Found:
        """The rows that a column refers to: the capital of a state is a city."""
        column = values.columns[0]
        if len(values.columns) > 1 or values.rows.table != column.table:
            return
        for join in self.knowledge.joins_of(column.table):
            if column.name in join.left_columns and join.to_one:
                (back,) = self.knowledge.turned((join,))
                yield Rows(join.right, frozenset({Linked((back,), values.rows)})), 0.5

    def referred_by(self, column: Column) -> Found:
        """All rows that a column refers to: capitals."""
        for rows, cost in self.referred(Values(Rows(column.table), (column,))):
            yield rows, cost + 0.7

    def located(self, rows: Rows) -> Found:
        """Where something is: what it belongs to, or else its own columns that tell of a place."""
        if not self.is_named(rows):
            return
        found = [
            join
            for join in self.knowledge.joins_of(rows.table)
            if join.to_one and join not in self.knowledge.particular and not self.knowledge.turned((join,))[0].to_one
        ]
        for join in found:
            place = self.link(Rows(join.right), self.knowledge.turned((join,)), rows)
            yield Asked(place), 0.0 if len(found) == 1 else 1.0
        columns = [Column(rows.table, name) for name in self.knowledge.tables[rows.table].columns]
        places = tuple(one for one in columns if PLACES & set(parts_of(one.name)) and not self.tells(rows, one))
        if places and not found:
            yield Asked(rows, places), 0.0

    def tells(self, rows: Rows, column: Column) -> bool:
        """Whether the rows are chosen by that very column."""
        return any(isinstance(one, Is) and one.column == column for one in rows.conditions)

    # Whole questions

    def shown(self, values: Values) -> Found:
        yield Asked(values.rows, tuple(values.columns)), 0.0

    def counted(self, rows: Rows) -> Found:
        yield Asked(rows, (Aggregate("count"),)), 0.0

    def aggregated(self, function: Function, values: Values) -> Found:
        """A function over each column. What is best already is taken after that choice."""
        if all(self.measurable(column) for column in values.columns):
            shown = tuple(Aggregate(function, column) for column in values.columns)
            yield Asked(values.rows, shown), 0.0

    def is_additive(self, column: Column) -> bool:
        """Whether a sum over rows means something: amounts do, prices and ages do not."""
        facts = self.knowledge.facts(column)
        words = {*parts_of(column.name), *(word for name in facts.names for word in name.split())}
        return facts.kind == "number" and not facts.is_key and bool(words & ADDITIVE)

    def summed(self, values: Values) -> Found:
        """A column of amounts, taken together where groups are asked for."""
        if len(values.columns) == 1 and self.is_additive(values.columns[0]):
            yield Asked(values.rows, (Aggregate("sum", values.columns[0]),)), 0.6

    def totalled(self, function: Function, rows: Rows) -> Found:
        """The total of orders, where they have one amount."""
        facts = self.knowledge.tables[rows.table].columns.values()
        amounts = [one.column for one in facts if self.is_additive(one.column)]
        if len(amounts) == 1:
            yield from self.aggregated(function, Values(rows, (amounts[0],)))

    def happened(self, rows: Rows, column: Column, span: Span) -> Found:
        """Employees hired in 2019: by the time that the verb names."""
        if column.table == rows.table:
            yield rows.restricted(self.during(column, span)), 0.0

    def metric(self, metric: Metric, rows: Rows | None = None) -> Found:
        """A defined measure, over rows that belong to those that are named."""
        whole = Rows(metric.table)
        if metric.where:
            whole = whole.restricted(Meets(metric.table, metric.where))
        if rows is None or rows.table == metric.table:
            named = whole if rows is None else replace(rows, conditions=rows.conditions | whole.conditions)
            yield Asked(named, (metric,)), 0.0
            return
        path = self.knowledge.path_to_one(metric.table, rows.table)
        if path:
            yield Asked(self.link(whole, path, rows), (metric,)), 0.0

    def asked_within(self, asked: Asked, span: Span) -> Found:
        """A measure over some time. A metric may have a time of its own."""
        own = next((one.time for one in asked.shown if isinstance(one, Metric) and one.time), "")
        column = self.knowledge.column(own) if own else self.knowledge.tables[asked.rows.table].time
        if column is not None and self.has_aggregates(asked) and asked.rows.best is None:
            condition = self.during(column, span)
            for rows, cost in self.filtered(asked.rows, condition):
                assert isinstance(rows, Rows)
                yield replace(asked, rows=rows), cost

    def asked_of(self, asked: Asked, rows: Rows) -> Found:
        """The total amount of the orders from Kiel, when the measure came first."""
        if not self.has_aggregates(asked) or asked.group or asked.rows.best is not None:
            return
        path = self.knowledge.path_to_one(asked.rows.table, rows.table)
        if asked.rows.table == rows.table:
            if rows.best is None and not self.is_named(rows):
                joined = replace(rows, conditions=rows.conditions | asked.rows.conditions)
                yield replace(asked, rows=joined), 0.0
        elif path and not rows.is_bare:
            yield replace(asked, rows=self.link(asked.rows, path, rows)), FAR * (len(path) - 1)

    def asked_where(self, asked: Asked, condition: Is) -> Found:
        if self.has_aggregates(asked) and asked.rows.best is None:
            for rows, cost in self.told(asked.rows, condition):
                assert isinstance(rows, Rows)
                yield replace(asked, rows=rows), cost

    def has_aggregates(self, asked: Asked) -> bool:
        return bool(asked.shown) and all(isinstance(one, (Aggregate, Metric)) for one in asked.shown)

    def grouped(self, asked: Asked, groups: tuple[Group, ...]) -> Found:
        """A measure for each of something."""
        if not self.has_aggregates(asked) or asked.group or asked.rows.best is not None:
            return
        cost = 0.0
        for group in groups:
            column = group.column if isinstance(group, Bucket) else group
            path = self.knowledge.path_to_one(asked.rows.table, column.table)
            if path is None:
                return
            cost += FAR * len(path)
        yield replace(asked, group=groups), cost

    def grouped_by_rows(self, asked: Asked, rows: Rows) -> Found:
        """The number of orders of each customer, also of each customer from Kiel."""
        label = tuple(Column(rows.table, name) for name in self.knowledge.tables[rows.table].label)
        if rows.table == asked.rows.table and rows.is_bare:  # the average population of a state: not a group at all
            return
        for found, cost in self.grouped(asked, label):
            assert isinstance(found, Asked)
            if rows.is_bare:
                yield found, cost
            else:
                path = self.knowledge.path_to_one(found.rows.table, rows.table)
                if path:
                    yield replace(found, rows=self.link(found.rows, path, rows)), cost

    def grouped_by_time(self, asked: Asked, unit: Unit) -> Found:
        own = next((one.time for one in asked.shown if isinstance(one, Metric) and one.time), "")
        column = self.knowledge.column(own) if own else self.knowledge.tables[asked.rows.table].time
        if column is not None and self.knowledge.facts(column).kind == "time":
            for found, cost in self.grouped(asked, (Bucket(column, unit),)):
                assert isinstance(found, Asked)
                yield replace(found, order=found.group[0], descending=False), cost

    def ranked(self, asked: Asked, *, descending: bool, limit: int | None) -> Found:
        """Groups by their measure."""
        if asked.group and asked.order is None:
            yield replace(asked, order=asked.shown[0], descending=descending, limit=limit), 0.0

    def best_groups(self, rows: Rows, asked: Asked, *, descending: bool, limit: int) -> Found:
        """The five customers with the highest sales: the measure for each, and of those the first."""
        if not rows.is_bare and rows.best is not None:
            return
        for grouped, cost in self.grouped_by_rows(asked, rows):
            assert isinstance(grouped, Asked)
            for found, more in self.ranked(grouped, descending=descending, limit=limit):
                yield found, cost + more

    def listed_with(self, rows: Rows, asked: Asked) -> Found:
        """Customers and their number of orders."""
        if rows.best is None and asked.rows.is_bare:
            yield from self.grouped_by_rows(asked, rows)

    def ordered(self, asked: Asked, column: Column, *, descending: bool) -> Found:
        is_open = asked.order is None and not self.has_aggregates(asked) and asked.rows.best is None
        if is_open and self.knowledge.path_to_one(asked.rows.table, column.table) is not None:
            yield replace(asked, order=column, descending=descending), 0.0

    def limited(self, asked: Asked, limit: int) -> Found:
        if asked.limit is None:
            yield replace(asked, limit=limit), 0.0

    def joined(self, one: Asked, other: Asked) -> Found:
        """Two measures of the same rows."""
        if one.rows == other.rows and not one.group and not other.group and not one.order and not other.order:
            shown: tuple[Shown, ...] = (*one.shown, *(extra for extra in other.shown if extra not in one.shown))
            if len(shown) == len(one.shown) + len(other.shown):
                yield replace(one, shown=shown), 0.0
