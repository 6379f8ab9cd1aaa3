"""Resolves conditions over one base, and checks that no measure counts rows twice."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

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
from aistack.ai.rules.meaning.report import Having, Measure
from aistack.ai.rules.reports.parts import NEVER, DoesNotFit, PartResolver, tables_of
from aistack.ai.rules.reports.reading import Draft, Span
from aistack.ai.text.dates import DateSpan


class RestrictionResolver(PartResolver):
    """Conditions over the tables of one schema."""

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
                tables |= tables_of(condition)
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
        """Beside another measure, a count is of all rows of a table, unless different ones are asked for."""
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

    def _period(self, one: Span, base: str, draft: Draft) -> Condition:
        times = [each for each in one.columns if self.reach(base, each.table) < NEVER]
        column = times[0] if times else self._time(base, draft)[0]
        return self._related(self._composer.span_condition(column, one.span), base, "")


def _is_years(span: DateSpan) -> bool:
    return span.start.endswith("-01-01") and span.end.endswith(("-01-01", "12-31"))


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
