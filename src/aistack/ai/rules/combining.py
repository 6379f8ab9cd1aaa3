"""How phrases combine into larger ones, as far as the schema lets them. What does not fit combines into nothing."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from aistack.ai.identifiers import parts_of
from aistack.ai.knowledge import Column, Join, Knowledge, Path, Relation
from aistack.ai.rules.meaning import (
    Aggregate,
    Asked,
    Best,
    Beyond,
    Bucket,
    Function,
    Group,
    Is,
    Linked,
    Metric,
    Operator,
    Rows,
    Scalar,
    Shown,
    Tallied,
    Tally,
    Unit,
    Values,
)

Found = Iterator[tuple[object, float]]
FAR = 0.5  # each step on the way between two tables
VAGUE = 0.6  # to have some, of whatever kind
ADDITIVE = frozenset(
    "total amount sum sales revenue profit quantity cost expense count budget income fee tax hours"
    " 总额 金额 合计 数量 销售额 收入 利润 成本 费用".split()
)
ODD = 1.0  # the largest of what a name singles out already
FLIPPED: dict[Operator, Operator] = {">": "<", "<": ">", ">=": "<=", "<=": ">="}


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


@dataclass(frozen=True, slots=True)
class Span:
    """Times from `start` up to, not including, `end`, ISO."""

    start: str
    end: str


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
                    yield self.link(one, path, other), 1.0

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
            yield from self.filtered(rows, value)

    def within(self, rows: Rows, span: Span) -> Found:
        column = self.knowledge.tables[rows.table].time
        if column is not None:
            yield rows.restricted(self.during(column, span)), 0.0

    def during(self, column: Column, span: Span) -> Is:
        facts = self.knowledge.facts(column)
        if facts.kind == "number":  # a column that holds the year alone
            return Is(column, "between", (int(span.start[:4]), int(span.end[:4]) + (span.end[5:] != "01-01")))
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
            if len(measures) == 1:
                yield measures[0], adjective.sign, 1.5
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
        """Where something is: the rows that it belongs to, by their labels."""
        if not self.is_named(rows):
            return
        found = [
            join
            for join in self.knowledge.joins_of(rows.table)
            if join.to_one and join not in self.knowledge.particular
        ]
        for join in found:
            path: tuple[Join, ...] = (join,)
            label = self.knowledge.tables[join.right].label
            if len(found) == 1:
                yield Asked(self.link(Rows(join.right), self.knowledge.turned(path), rows), ()), 0.0
            elif label:
                yield Asked(self.link(Rows(join.right), self.knowledge.turned(path), rows), ()), 1.0

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
        if rows is None or rows.table == metric.table:
            yield Asked(rows or whole, (metric,)), 0.0
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
        if asked.rows.table == rows.table and asked.rows.is_bare:
            yield replace(asked, rows=rows), 0.0
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
        if asked.order is None and not self.has_aggregates(asked) and asked.rows.best is None:
            if self.knowledge.path_to_one(asked.rows.table, column.table) is not None:
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
