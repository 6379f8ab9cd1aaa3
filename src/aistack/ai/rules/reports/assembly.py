"""Decides which rows a draft is about, so that each measure counts its rows once, and builds the report."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from aistack.ai.rules.meaning.logical_form import (
    AggregateCondition,
    ColumnCondition,
    Condition,
    Group,
    RelatedAggregate,
    RelationCondition,
    RowSet,
    TimeBucket,
)
from aistack.ai.rules.meaning.query_composer import QueryComposer
from aistack.ai.rules.meaning.report import Having, Measure, Ratio, Report, ReportOutput
from aistack.ai.rules.reports.measures import counter_of
from aistack.ai.rules.reports.reading import Draft, Filter, GroupPart, MeasurePart, Noun, Span
from aistack.ai.schema.profiles import Column
from aistack.ai.schema.schema_graph import SchemaGraph
from aistack.ai.text.dates import DateSpan

NEVER = float("inf")
SPREAD_COST = 2.5  # of a table with several rows for each of the base
UNNAMED_COST = 0.6  # of a base that the question does not name
UNNAMED_FILTER_COST = 6.0  # of a value in a table that the question does not name and the base does not refer to
TABLES_MAX = 60


class DoesNotFit(Exception):
    """A part of the draft has no place over this base."""


@dataclass(slots=True)
class Fit:
    """The cost of a base so far, and why its reading would be a guess."""

    cost: float = 0.0
    doubts: list[str] | None = None


class Assembler:
    def __init__(self, graph: SchemaGraph) -> None:
        self.graph = graph
        self._composer = QueryComposer(graph)

    def reports(self, draft: Draft) -> list[tuple[Report, float]]:
        """The reports that a draft can mean, the most likely first."""
        found: dict[Report, float] = {}
        for base in self._bases(draft):
            try:
                report, cost = self._over(draft, base)
            except DoesNotFit:
                continue
            found[report] = min(cost, found.get(report, NEVER))
        return sorted(found.items(), key=lambda one: one[1])

    def _bases(self, draft: Draft) -> Iterator[str]:
        named = dict.fromkeys(self._named(draft))
        near = [join.right for table in named for join in self.graph.joins_of(table)]
        yield from dict.fromkeys([*named, *near][:TABLES_MAX])

    def _named(self, draft: Draft) -> Iterator[str]:
        """The tables that the draft names or has columns of."""
        if draft.head:
            yield draft.head
        for one in draft.mentions:
            yield one.table
        nouns = [
            *(one.noun for one in draft.measures),
            *(one for one in draft.groups if isinstance(one, Noun)),
            *draft.columns,
        ]
        nouns += [draft.rank] if isinstance(draft.rank, Noun) else []
        for noun in nouns:
            yield from noun.tables
            yield from (one.table for one in (*noun.columns, *noun.stored))
            yield from (one.column.table for one in noun.amounts)
        for one in draft.filters:
            yield from (option.column.table for option in one.options)

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

    # Parts

    def measure(self, part: MeasurePart, base: str) -> tuple[Measure, float]:
        where = frozenset(self._filter(one, base)[0] for one in part.where)
        tables = set(part.noun.tables) | {
            table for one in where if isinstance(one, RelationCondition) for table in _tables_of(one)
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

    # Whole reports

    def _over(self, draft: Draft, base: str) -> tuple[Report, float]:
        cost = 0.0
        measures: dict[int, Measure] = {}
        parts = [*draft.measures, *(one[0] for one in draft.having)]
        if isinstance(draft.rank, MeasurePart):
            parts.append(draft.rank)
        for part in parts:
            made, more = self.measure(part, base)
            measures[id(part)] = made
            cost += more
        grouped = list(draft.groups)
        if draft.head and (measures or draft.having) and not grouped:
            grouped = [Noun(tables=(draft.head,))]
        elif (
            draft.head
            and measures
            and all(not (isinstance(one, Noun) and draft.head in one.tables) for one in grouped)
            and draft.rank is not None
        ):
            grouped = [Noun(tables=(draft.head,)), *grouped]
        groups: list[Group] = []
        for part in grouped:
            made_groups, more = self.group(part, base, draft)
            groups += [one for one in made_groups if one not in groups]
            cost += more
        columns, more = self._columns(draft, base, groups, grouped, bool(measures))
        groups += columns
        cost += more
        if not measures and not groups:
            groups = [Column(base, name) for name in self.graph.tables[base].label]
        if not measures and draft.head and draft.head != base:
            raise DoesNotFit
        if any(one.negated and one.table == base for one in draft.mentions):
            raise DoesNotFit
        conditions, more = self._conditions(draft, base, groups, measures.values())
        cost += more
        named = {one.table for one in draft.mentions} | {draft.head} | {one.table for one in measures.values()}
        named |= {table for one in draft.groups if isinstance(one, Noun) for table in one.tables}
        cost += 0.0 if base in named else UNNAMED_COST
        having = [Having(measures[id(part)], operator, value) for part, operator, value in draft.having]
        conditions, having, more = self._counted(draft, base, conditions, having)
        cost += more
        if len(draft.spans) == 2 and len(measures) == 1 and not draft.ratio:
            return self._compared(draft, base, next(iter(measures.values())), groups, conditions), cost
        self._check_counts(base, draft, measures, conditions)
        outputs: tuple[ReportOutput, ...] = tuple(dict.fromkeys(measures[id(one)] for one in draft.measures))
        if draft.ratio:
            if len(draft.measures) != 2:
                raise DoesNotFit
            top, bottom = measures[id(draft.measures[0])], measures[id(draft.measures[1])]
            apart = top.table != bottom.table and not groups and not conditions
            if apart and base != top.table:
                raise DoesNotFit
            cost = 0.0 if apart else cost
            outputs = (Ratio(top, bottom, apart, draft.ratio == "percent"),)
        if having and not outputs:
            outputs = tuple(dict.fromkeys(one.measure for one in having))
        rank = self._rank(draft, base, measures, outputs)
        if outputs and isinstance(rank, Column | TimeBucket) and rank not in groups:
            raise DoesNotFit
        entity = (
            {Column(draft.head, name) for name in self.graph.tables[draft.head].label} if draft.head else set[Column]()
        )
        per = tuple(one for one in groups if one not in entity) if draft.per and outputs and entity else ()
        self._check_grain(base, groups, list(measures.values()))
        return Report(
            RowSet(base, frozenset(conditions)), outputs, tuple(groups), tuple(having), rank, draft.descending, draft.limit,
            draft.shape if outputs else "", draft.distinct and not outputs, per,
        ), cost  # fmt: skip

    def _compared(
        self, draft: Draft, base: str, measure: Measure, groups: Sequence[Group], conditions: Sequence[Condition]
    ) -> Report:
        """Revenue in 2023 and 2024: the same measure over each period."""
        spans = conditions[-2:] if len(conditions) >= 2 else []
        periods = [self._period(one, base, draft) for one in draft.spans]
        if len(spans) < 2 or any(one not in conditions for one in periods) or draft.rank is not None or draft.shape:
            raise DoesNotFit
        kept = frozenset(one for one in conditions if one not in periods)
        outputs = tuple(
            Measure(measure.function, measure.table, measure.column, measure.factor, measure.where | {one})
            for one in periods
        )
        return Report(RowSet(base, kept), outputs, tuple(groups))

    def _period(self, one: Span, base: str, draft: Draft) -> Condition:
        times = [each for each in one.columns if self.reach(base, each.table) < NEVER]
        column = times[0] if times else self._time(base, draft)[0]
        return self._related(self._composer.span_condition(column, one.span), base, "")

    def _rank(
        self, draft: Draft, base: str, measures: dict[int, Measure], outputs: Sequence[ReportOutput]
    ) -> ReportOutput | Group | None:
        if isinstance(draft.rank, MeasurePart):
            return measures[id(draft.rank)]
        if isinstance(draft.rank, str):
            return self.group(draft.rank, base, draft)[0][0]
        if draft.rank is None:
            return outputs[0] if outputs and draft.limit is not None else None
        if draft.rank.tables and not draft.rank.columns:
            if draft.rank.tables[0] == base or not outputs:
                return Column(draft.rank.tables[0], self.graph.tables[draft.rank.tables[0]].label[0])
            raise DoesNotFit
        return self.nearest(base, draft.rank.columns)[0]

    def _columns(
        self, draft: Draft, base: str, groups: Sequence[Group], grouped: Sequence[GroupPart], has_measures: bool
    ) -> tuple[list[Group], float]:
        found: list[Group] = []
        cost = 0.0
        entities = [table for one in grouped if isinstance(one, Noun) for table in one.tables]
        for noun in draft.columns:
            anchors = [*noun.tables, *entities, *([draft.head] if draft.head else [])]
            if any(one in noun.columns for one in groups):
                continue
            if any(
                isinstance(one, Column)
                and set(noun.text.lower().split()) & {"name", "names"}
                and one.name in self.graph.tables[one.table].label
                for one in groups
            ):
                continue
            column, more = self.nearest(base, noun.columns, anchors)
            if has_measures and column.table not in entities and self.graph.path_to_one(base, column.table) is None:
                raise DoesNotFit
            found += [column] if column not in found else []
            cost += more
        return found, cost

    def _conditions(
        self, draft: Draft, base: str, groups: Sequence[Group], measures: Iterable[Measure]
    ) -> tuple[list[Condition], float]:
        cost = 0.0
        found: list[Condition] = []
        named = {
            draft.head,
            *(one.table for one in draft.mentions),
            *(table for part in draft.measures for table in part.noun.tables),
        }
        tables = {base} | {one.column.table if isinstance(one, TimeBucket) else one.table for one in groups}
        tables |= {one.table for one in measures}
        for one in draft.filters:
            condition, more = self._filter(one, base, named)
            found.append(condition)
            cost += more
            if isinstance(condition, RelationCondition):
                tables |= _tables_of(condition)
        for one in draft.spans:
            times = [each for each in one.columns if self.reach(base, each.table) < NEVER]
            column, more = (times[0], self.reach(base, times[0].table)) if times else self._time(base, draft)
            if self.graph.profile(column).kind == "number" and not _is_years(one.span):
                raise DoesNotFit
            found.append(self._related(self._composer.span_condition(column, one.span), base, ""))
            cost += more
            tables.add(column.table)
        for one in draft.mentions:
            if one.operator is not None:
                continue
            path = self.graph.only_path(base, one.table)
            if one.negated:
                if not path:
                    raise DoesNotFit
                found.append(RelationCondition(path, RowSet(one.table), negated=True))
            elif one.table not in tables:
                if not path:
                    raise DoesNotFit
                if not all(join.to_one for join in path) or self._may_be_missing(base, path[0].left_columns):
                    found.append(RelationCondition(path, RowSet(one.table)))
                cost += 0.3 * len(path)
        return _merged(found), cost

    def _may_be_missing(self, table: str, columns: Sequence[str]) -> bool:
        return any(self.graph.tables[table].columns[name].nullable for name in columns)

    def _counted(
        self, draft: Draft, base: str, conditions: list[Condition], having: list[Having]
    ) -> tuple[list[Condition], list[Having], float]:
        """Customers with more than three orders: a condition on each, or on the groups if the orders are grouped."""
        cost = 0.0
        for one in draft.mentions:
            if one.operator is None:
                continue
            if one.table == base:
                if not draft.groups and not draft.columns:
                    raise DoesNotFit
                having = [*having, Having(Measure("count", base), one.operator, one.value)]
                continue
            related: list[tuple[RelatedAggregate, float]] = list(
                self._composer.related_aggregates(RowSet(base), "count", None, RowSet(one.table))
            )
            if len(related) != 1:
                raise DoesNotFit
            conditions = [*conditions, AggregateCondition(related[0][0], one.operator, one.value)]
            cost += 0.2
        return conditions, having, cost

    def _check_counts(
        self, base: str, draft: Draft, measures: dict[int, Measure], conditions: Sequence[Condition]
    ) -> None:
        """Beside another measure, rows of a table that the base refers to are all of them, unless different ones are asked for."""
        if len(draft.measures) < 2:
            return
        for part in draft.measures:
            made = measures[id(part)]
            if (
                made.column is None
                and not part.distinct
                and made.table != base
                and self.graph.repeats(base, made.table)
            ):
                raise DoesNotFit

    def _check_grain(self, base: str, groups: Sequence[Group], measures: Sequence[Measure]) -> None:
        """Sums and averages are over the base's own rows, and no group may repeat them."""
        for one in measures:
            if one.column is None or one.function not in ("sum", "avg"):
                continue
            if one.table != base and self.graph.repeats(base, one.table):
                raise DoesNotFit
            tables = {group.column.table if isinstance(group, TimeBucket) else group.table for group in groups}
            tables |= {each.table for each in measures}
            is_spread = any(self.graph.path_to_one(base, table) is None for table in tables)
            if is_spread and (not self.graph.unique_key(base) or any(each.table != base for each in measures)):
                raise DoesNotFit


def _is_years(span: DateSpan) -> bool:
    return span.start.endswith("-01-01") and span.end.endswith(("-01-01", "12-31"))


def _unfit() -> list[Group]:
    raise DoesNotFit


def _tables_of(one: RelationCondition) -> set[str]:
    found = {one.rows.table}
    for each in one.rows.conditions:
        if isinstance(each, RelationCondition):
            found |= _tables_of(each)
    return found


def _merged(conditions: Sequence[Condition]) -> list[Condition]:
    """Conditions on the same related rows as one: in one street of one city."""
    found: list[Condition] = []
    for one in conditions:
        same = next(
            (
                at
                for at, other in enumerate(found)
                if isinstance(one, RelationCondition) and isinstance(other, RelationCondition)
                and one.path == other.path and not one.negated and not other.negated and not _same_columns(one, other)
            ),
            None,
        )  # fmt: skip
        if same is None:
            found.append(one)
        else:
            other = found[same]
            assert isinstance(one, RelationCondition) and isinstance(other, RelationCondition)
            found[same] = replace(
                other, rows=replace(other.rows, conditions=other.rows.conditions | one.rows.conditions)
            )
    return found


def _same_columns(one: RelationCondition, other: RelationCondition) -> bool:
    """Both A and B: each needs a row of its own."""
    columns = {each.column for each in one.rows.conditions if isinstance(each, ColumnCondition)}
    return bool(columns & {each.column for each in other.rows.conditions if isinstance(each, ColumnCondition)})
