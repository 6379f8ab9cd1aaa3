"""Composes projections, aggregates, groups and whole queries."""

from dataclasses import replace

from aistack.ai.dialects.time_buckets import TimeUnit
from aistack.ai.rules.meaning.adjectives import Adjective, ExtremeColumn
from aistack.ai.rules.meaning.logical_form import (
    GRAIN_FUNCTIONS,
    Aggregate,
    ColumnCondition,
    DefinedCondition,
    Function,
    Group,
    Output,
    Projection,
    Query,
    RelationCondition,
    RowSet,
    Superlative,
    TimeBucket,
)
from aistack.ai.rules.meaning.row_composer import JOIN_COST, Meanings, RowComposer
from aistack.ai.schema.identifiers import identifier_words
from aistack.ai.schema.profiles import Column
from aistack.ai.schema.schema_graph import Metric
from aistack.ai.text.dates import DateSpan

ADDITIVE = frozenset(
    (
        "total", "amount", "sum", "sales", "revenue", "profit", "quantity", "cost", "expense", "count", "budget",
        "income", "fee", "tax", "hours", "总额", "金额", "合计", "数量", "销售额", "收入", "利润", "成本", "费用",
    )
)  # fmt: skip

OTHER_GRAIN_COST = 1.5  # of an aggregate over a table that the rows refer to
ASKED_RELATED = 1.0  # cost of a question word for rows that others are related to
COUNT_OF_MONEY = 1.0  # cost of counting rows that stand for money
MONEY_ROWS = frozenset(
    (
        "payment", "sale", "expense", "refund", "donation", "payout", "deposit", "withdrawal", "fee", "cost",
        "付款", "支付", "收款", "费用", "支出", "退款", "销售", "捐款", "存款",
    )
)  # fmt: skip

PLACES = frozenset(("city", "country", "state", "region", "province", "address", "location", "place"))


class QueryComposer(RowComposer):
    # Projections

    def asked_for(self, rows: RowSet) -> Meanings:
        """The noun after a question word. In "which customer's orders" the question is about the customer."""
        related = any(isinstance(one, RelationCondition) and one.rows.is_unrestricted for one in rows.conditions)
        yield rows, ASKED_RELATED if related else 0.0

    def projection(self, rows: RowSet, columns: tuple[Column, ...]) -> Meanings:
        """Columns of the rows themselves, or of the one row of another table that each refers to."""
        cost = 0.0
        for column in columns:
            path = self.graph.path_to_one(rows.table, column.table)
            if path is None:
                return
            cost += JOIN_COST * len(path)
        yield Projection(rows, columns), cost

    def extreme_values(self, rows: RowSet, extreme: ExtremeColumn, column: Column | None = None) -> Meanings:
        """The highest point of the country: the extreme column, or another one, of the row that has the extreme."""
        chosen = column or extreme.column
        if self.graph.path_to_one(rows.table, extreme.by.table) is None or (rows.superlative is not None and column):
            return
        if rows.superlative is None and not self.is_named(rows):
            rows = replace(rows, superlative=Superlative(extreme.by, extreme.descending))
        yield from self.projection(rows, (chosen,))

    def adjective_values(self, rows: RowSet, adjective: Adjective) -> Meanings:
        """How long or how large the rows are."""
        for column, _, cost in self.adjective_columns(rows, adjective):
            for values, more in self.projection(rows, (column,)):
                yield values, cost + more

    def referenced_rows(self, values: Projection) -> Meanings:
        """The rows that a foreign key refers to: the capital of a state is a city."""
        column = values.columns[0]
        if len(values.columns) > 1 or values.rows.table != column.table:
            return
        for join in self.graph.joins_of(column.table):
            if column.name in join.left_columns and join.to_one:
                (back,) = self.graph.reversed_path((join,))
                yield RowSet(join.right, frozenset({RelationCondition((back,), values.rows)})), 0.5

    def rows_referenced_by(self, column: Column) -> Meanings:
        """All rows that a foreign key refers to: capitals."""
        for rows, cost in self.referenced_rows(Projection(RowSet(column.table), (column,))):
            yield rows, cost + 0.7

    def location(self, rows: RowSet) -> Meanings:
        """Where named rows are: the rows they refer to, or else their own columns for a place."""
        if not self.is_named(rows):
            return
        found = [
            join
            for join in self.graph.joins_of(rows.table)
            if join.to_one and join not in self.graph.explicit_only and not self.graph.reversed_path((join,))[0].to_one
        ]
        for join in found:
            place = self.with_relation(RowSet(join.right), self.graph.reversed_path((join,)), rows)
            yield Query(place), 0.0 if len(found) == 1 else 1.0
        columns = [Column(rows.table, name) for name in self.graph.tables[rows.table].columns]
        places = tuple(
            one for one in columns if PLACES & set(identifier_words(one.name)) and not self.is_filtered_by(rows, one)
        )
        if places and not found:
            yield Query(rows, places), 0.0

    def is_filtered_by(self, rows: RowSet, column: Column) -> bool:
        """Whether a condition is on that column."""
        return any(isinstance(one, ColumnCondition) and one.column == column for one in rows.conditions)

    # Queries

    def select(self, values: Projection) -> Meanings:
        yield Query(values.rows, tuple(values.columns)), 0.0

    def count(self, rows: RowSet) -> Meanings:
        yield Query(rows, (Aggregate("count"),)), 0.0

    def aggregate(self, function: Function, values: Projection) -> Meanings:
        """A function over each column, of the rows that a superlative has selected."""
        if not all(self.is_measurable(column) for column in values.columns):
            return
        query = Query(values.rows, tuple(Aggregate(function, column) for column in values.columns))
        grains = {self.grain(query.rows, one) for one in query.outputs}
        if len(grains) == 1:
            (grain,) = grains
            yield query, 0.0 if grain == values.rows.table else OTHER_GRAIN_COST

    def grain(self, rows: RowSet, output: Output) -> str:
        """The table whose rows an output adds up: that of its column if it would repeat in a join, else the rows'."""
        if not isinstance(output, Aggregate) or output.column is None or output.function not in GRAIN_FUNCTIONS:
            return rows.table
        return output.column.table if self.graph.repeats(rows.table, output.column.table) else rows.table

    def is_additive(self, column: Column) -> bool:
        """Whether sums of it are meaningful: sums of amounts are, sums of prices and ages are not."""
        profile = self.graph.profile(column)
        words = {*identifier_words(column.name), *(word for name in profile.names for word in name.split())}
        return profile.kind == "number" and not profile.is_key and bool(words & ADDITIVE)

    def implicit_sum(self, values: Projection) -> Meanings:
        """Sales by city: a column of amounts stands for its sum."""
        if len(values.columns) == 1 and self.is_additive(values.columns[0]):
            yield Query(values.rows, (Aggregate("sum", values.columns[0]),)), 0.6

    def total_of_rows(self, function: Function, rows: RowSet) -> Meanings:
        """The total of orders, if they have one column of amounts."""
        amounts = self.amounts(rows)
        if len(amounts) == 1:
            yield from self.aggregate(function, Projection(rows, (amounts[0],)))

    def amounts(self, rows: RowSet) -> list[Column]:
        """The columns of amounts of the rows."""
        profiles = self.graph.tables[rows.table].columns.values()
        return [one.column for one in profiles if self.is_additive(one.column)]

    def total_or_count(self, rows: RowSet) -> Meanings:
        """Total orders: their number, or the sum of their amounts; total payments: the sum."""
        amounts = self.amounts(rows)
        names = (word for name in self.graph.tables[rows.table].names for word in name.split())
        is_money = not MONEY_ROWS.isdisjoint(names)
        yield Query(rows, (Aggregate("count"),)), COUNT_OF_MONEY if is_money and amounts else 0.0
        for column in amounts if is_money or len(amounts) == 1 else ():
            yield from self.aggregate("sum", Projection(rows, (column,)))

    def dated_within(self, rows: RowSet, column: Column, span: DateSpan) -> Meanings:
        """Employees hired in 2019: by the column that the verb refers to."""
        if column.table == rows.table:
            yield rows.with_condition(self.span_condition(column, span)), 0.0

    def metric_query(self, metric: Metric, rows: RowSet | None = None) -> Meanings:
        """A metric, over all rows or those related to `rows`."""
        base = RowSet(metric.table)
        if metric.where:
            base = base.with_condition(DefinedCondition(metric.table, metric.where))
        if rows is None or rows.table == metric.table:
            merged = base if rows is None else replace(rows, conditions=rows.conditions | base.conditions)
            yield Query(merged, (metric,)), 0.0
            return
        path = self.graph.path_to_one(metric.table, rows.table)
        if path:
            yield Query(self.with_relation(base, path, rows), (metric,)), 0.0

    def time_column(self, query: Query) -> Column | None:
        """The column that dates a query: that of its metric, or else of its table."""
        own = next((one.time for one in query.outputs if isinstance(one, Metric) and one.time), "")
        return self.graph.column(own) if own else self.graph.tables[query.rows.table].time

    def restrict_to_span(self, query: Query, span: DateSpan) -> Meanings:
        """An aggregate within a date span."""
        column = self.time_column(query)
        if column is not None and self.has_aggregates(query) and query.rows.superlative is None:
            condition = self.span_condition(column, span)
            for rows, cost in self.filtered(query.rows, condition):
                assert isinstance(rows, RowSet)
                yield replace(query, rows=rows), cost

    def restrict_to_rows(self, query: Query, rows: RowSet) -> Meanings:
        """The average price of the products in Garden, where the aggregate was composed first."""
        if not self.has_aggregates(query) or query.groups or query.rows.superlative is not None:
            return
        path = self.graph.path_to_one(query.rows.table, rows.table)
        if query.rows.table == rows.table:
            if rows.superlative is None and not self.is_named(rows):
                merged = replace(rows, conditions=rows.conditions | query.rows.conditions)
                yield replace(query, rows=merged), 0.0
        elif path and not rows.is_unrestricted:
            yield replace(query, rows=self.with_relation(query.rows, path, rows)), JOIN_COST * (len(path) - 1)

    def restrict_by_value(self, query: Query, condition: ColumnCondition) -> Meanings:
        if self.has_aggregates(query) and query.rows.superlative is None:
            for rows, cost in self.described_by(query.rows, condition):
                assert isinstance(rows, RowSet)
                yield replace(query, rows=rows), cost

    def has_aggregates(self, query: Query) -> bool:
        return bool(query.outputs) and all(isinstance(one, (Aggregate, Metric)) for one in query.outputs)

    def group_by(self, query: Query, groups: tuple[Group, ...]) -> Meanings:
        """Aggregates by group."""
        if not self.has_aggregates(query) or query.groups or query.rows.superlative is not None:
            return
        cost = 0.0
        for group in groups:
            column = group.column if isinstance(group, TimeBucket) else group
            path = self.graph.path_to_one(query.rows.table, column.table)
            if path is None:
                return
            cost += JOIN_COST * len(path)
        yield replace(query, groups=groups), cost

    def group_by_rows(self, query: Query, rows: RowSet) -> Meanings:
        """The number of orders of each customer, or of each customer from Kiel."""
        label = tuple(Column(rows.table, name) for name in self.graph.tables[rows.table].label)
        if rows.table == query.rows.table and rows.is_unrestricted:  # the average population of a state has no group
            return
        for found, cost in self.group_by(query, label):
            assert isinstance(found, Query)
            if rows.is_unrestricted:
                yield found, cost
            else:
                path = self.graph.path_to_one(found.rows.table, rows.table)
                if path:
                    yield replace(found, rows=self.with_relation(found.rows, path, rows)), cost

    def group_by_time(self, query: Query, unit: TimeUnit) -> Meanings:
        column = self.time_column(query)
        if column is not None and self.graph.profile(column).kind == "time":
            for found, cost in self.group_by(query, (TimeBucket(column, unit),)):
                assert isinstance(found, Query)
                yield replace(found, order=found.groups[0], descending=False), cost

    def rank_groups(self, query: Query, *, descending: bool, limit: int | None) -> Meanings:
        """Groups ordered by their first aggregate."""
        if query.groups and query.order is None:
            yield replace(query, order=query.outputs[0], descending=descending, limit=limit), 0.0

    def top_groups(self, rows: RowSet, query: Query, *, descending: bool, limit: int) -> Meanings:
        """The five customers with the highest sales."""
        if not rows.is_unrestricted and rows.superlative is not None:
            return
        for grouped, cost in self.group_by_rows(query, rows):
            assert isinstance(grouped, Query)
            for found, more in self.rank_groups(grouped, descending=descending, limit=limit):
                yield found, cost + more

    def list_with_aggregate(self, rows: RowSet, query: Query) -> Meanings:
        """Customers and their number of orders."""
        if rows.superlative is None and query.rows.is_unrestricted:
            yield from self.group_by_rows(query, rows)

    def order_by(self, query: Query, column: Column, *, descending: bool) -> Meanings:
        is_open = query.order is None and not self.has_aggregates(query) and query.rows.superlative is None
        if is_open and self.graph.path_to_one(query.rows.table, column.table) is not None:
            yield replace(query, order=column, descending=descending), 0.0

    def with_limit(self, query: Query, limit: int) -> Meanings:
        if query.limit is None:
            yield replace(query, limit=limit), 0.0

    def merge_outputs(self, one: Query, other: Query) -> Meanings:
        """Two aggregates of the same rows as one query."""
        grains = {self.grain(one.rows, output) for output in (*one.outputs, *other.outputs)}
        is_plain = not any((one.groups, other.groups, one.order, other.order))
        if one.rows == other.rows and len(grains) == 1 and is_plain:
            outputs: tuple[Output, ...] = (
                *one.outputs,
                *(extra for extra in other.outputs if extra not in one.outputs),
            )
            if len(outputs) == len(one.outputs) + len(other.outputs):
                yield replace(one, outputs=outputs), 0.0
