"""Resolves the parts of a draft over one base: which column or table each of them means, and what that costs."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace

from aistack.ai.rules.meaning.logical_form import (
    ColumnCondition,
    Condition,
    Group,
    RelationCondition,
    RowSet,
    TimeBucket,
)
from aistack.ai.rules.meaning.query_composer import QueryComposer
from aistack.ai.rules.meaning.report import Measure
from aistack.ai.rules.reports.reading import Draft, Filter, GroupPart, MeasurePart
from aistack.ai.rules.reports.words.measures import counter_of
from aistack.ai.schema.profiles import Column
from aistack.ai.schema.schema_graph import SchemaGraph

NEVER = float("inf")
SPREAD_COST = 2.5  # of a table with several rows for each of the base
UNNAMED_COST = 0.6  # of a base that the question does not name
UNNAMED_FILTER_COST = 6.0  # of a value in a table that the question does not name and the base does not refer to
TABLES_MAX = 60


class DoesNotFit(Exception):
    """A part of the draft has no place over this base."""


class PartResolver:
    """Parts over the tables of one schema."""

    def __init__(self, graph: SchemaGraph) -> None:
        self.graph = graph
        self._composer = QueryComposer(graph)

    def reach(self, base: str, table: str) -> float:
        """What it costs to use a table's columns for rows of the base."""
        if base == table:
            return 0.0
        path = self.graph.path_to_one(base, table)
        if path is not None:
            return float(len(path))
        path = self.graph.only_path(base, table)
        return SPREAD_COST + len(path) if path else NEVER

    def nearest(self, base: str, columns: Iterable[Column], anchors: Sequence[str] = ()) -> tuple[Column, float]:
        """The column that is the fewest joins away; one of a table that was named counts as nearer."""
        costs = [(self.reach(base, one.table) - (0.7 if one.table in anchors else 0.0), one) for one in columns]
        costs = [one for one in costs if one[0] < NEVER]
        if not costs:
            raise DoesNotFit
        cost, column = min(costs, key=lambda one: one[0])
        return column, max(cost, 0.0)

    def measure(self, part: MeasurePart, base: str) -> tuple[Measure, float]:
        where = frozenset(self._filter(one, base)[0] for one in part.where)
        tables = set(part.noun.tables) | {
            table for one in where if isinstance(one, RelationCondition) for table in tables_of(one)
        }
        for one in part.related:
            if one.table not in tables and one.table != base:
                path = self.graph.only_path(base, one.table)
                if not path:
                    raise DoesNotFit
                where |= {RelationCondition(path, RowSet(one.table), one.negated)}
        noun = part.noun
        if part.function == "count":
            options: list[tuple[Measure, float]] = []
            for table in noun.tables:
                counter = counter_of(self.graph.tables[table])
                cost = self.reach(base, table)
                if counter is not None and table == base:
                    options.append((Measure("sum", table, counter, where=where), cost))
                elif table == base or len(self.graph.unique_key(table)) == 1:
                    options.append((Measure("count", table, where=where), cost))
            if not noun.tables:
                for column in noun.columns:
                    options.append((Measure("count", base, column, where=where), self.reach(base, column.table)))
                if not noun.columns:
                    options += [
                        (Measure("sum", one.table, one, where=where), self.reach(base, one.table))
                        for one in noun.stored
                    ]
        else:
            options = list(self._aggregates(part, base, where))
        options = [one for one in options if one[1] < NEVER]
        if not options:
            raise DoesNotFit
        return min(options, key=lambda one: one[1])

    def _aggregates(self, part: MeasurePart, base: str, where: frozenset[Condition]) -> Iterator[tuple[Measure, float]]:
        noun = part.noun
        for column in noun.columns or (noun.stored if not noun.tables else ()):
            if self._composer.is_measurable(column) and not (
                self.graph.profile(column).is_key and part.function in ("sum", "avg")
            ):
                cost = self.reach(base, column.table)
                yield (
                    Measure(part.function, column.table, column, where=where),
                    cost * (1.5 if part.function in ("sum", "avg") else 1),
                )
        if not noun.columns or noun.amounts:
            for amount in noun.amounts:
                if amount.column.table == base:
                    yield Measure(part.function, base, amount.column, amount.factor, where), 0.4 * amount.rank
        if not noun.columns and not noun.amounts:
            for table in noun.tables:
                counter = counter_of(self.graph.tables[table])
                totals = self._composer.amounts(RowSet(table)) if part.function != "sum" else []
                if part.function == "sum" and table == base:
                    yield (
                        Measure("sum", table, counter, where=where)
                        if counter
                        else Measure("count", table, where=where),
                        0.0,
                    )
                elif len(totals) == 1:
                    yield Measure(part.function, table, totals[0], where=where), self.reach(base, table)

    def group(self, part: GroupPart, base: str, draft: Draft) -> tuple[list[Group], float]:
        if isinstance(part, str):
            column, cost = self._time(base, draft)
            profile = self.graph.profile(column)
            if profile.kind == "number":
                named = [
                    one.column for one in self.graph.tables[column.table].columns.values() if one.bare.lower() == part
                ]
                return ([named[0]], cost) if named else (_unfit(), 0.0)
            return [TimeBucket(column, part)], cost
        options: list[tuple[list[Group], float]] = []
        for table in part.tables:
            label: list[Group] = [Column(table, name) for name in self.graph.tables[table].label]
            options.append((label, self.reach(base, table)))
        anchors = [one.table for one in draft.mentions]
        if part.columns:
            try:
                column, cost = self.nearest(base, part.columns, anchors)
            except DoesNotFit:
                pass
            else:
                options.append(([column], cost + (0.2 if part.tables else 0.0)))
        options = [one for one in options if one[1] < NEVER]
        if not options:
            raise DoesNotFit
        return min(options, key=lambda one: one[1])

    def _time(self, base: str, draft: Draft) -> tuple[Column, float]:
        own = self.graph.tables[base].time
        if own is not None:
            return own, 0.0
        others = [join.right for join in self.graph.joins_of(base) if join.to_one]
        found = [time for one in others if (time := self.graph.tables[one].time) is not None]
        if len(found) != 1:
            raise DoesNotFit
        return found[0], 1.0

    def _filter(self, one: Filter, base: str, named: Collection[str] = ()) -> tuple[Condition, float]:
        """A condition on the base, or on rows that it is related to, through the table that was named before it."""
        anchors = [one.anchor] if one.anchor else []
        column, cost = self.nearest(base, [option.column for option in one.options], anchors)
        option = next(each for each in one.options if each.column == column)
        tables = {each.column.table for each in one.options}
        if len(tables) > 1 and column.table not in (base, one.anchor):
            cost += UNNAMED_COST
        is_name = len(tables) == 1 and column.name in self.graph.tables[column.table].label
        if (
            not is_name
            and column.table not in (base, one.anchor, *named)
            and self.graph.path_to_one(base, column.table) is None
        ):
            cost += UNNAMED_FILTER_COST
        return self._related(option, base, one.anchor), min(cost / 2, 1.0) if is_name else cost / 2

    def _related(self, condition: ColumnCondition, base: str, anchor: str) -> Condition:
        table = condition.column.table
        if table == base:
            return condition
        path = self.graph.only_path(base, table)
        assert path is not None
        negated, positive = condition.negated, replace(condition, negated=False)
        if anchor not in ("", base, table):
            first, second = self.graph.only_path(base, anchor), self.graph.only_path(anchor, table)
            if first and second and len(second) <= len(path):
                inner = RowSet(anchor, frozenset({RelationCondition(second, RowSet(table, frozenset({positive})))}))
                return RelationCondition(first, inner, negated)
        return RelationCondition(path, RowSet(table, frozenset({positive})), negated)


def _unfit() -> list[Group]:
    raise DoesNotFit


def tables_of(one: RelationCondition) -> set[str]:
    found = {one.rows.table}
    for each in one.rows.conditions:
        if isinstance(each, RelationCondition):
            found |= tables_of(each)
    return found
