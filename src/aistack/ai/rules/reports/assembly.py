"""Decides which rows a draft is about, so that each measure counts its rows once, and builds the report."""

from collections.abc import Iterator, Sequence

from aistack.ai.rules.meaning.logical_form import (
    Condition,
    Group,
    RowSet,
    TimeBucket,
)
from aistack.ai.rules.meaning.report import Having, Measure, Ratio, Report, ReportOutput
from aistack.ai.rules.reports.parts import NEVER, TABLES_MAX, UNNAMED_COST, DoesNotFit
from aistack.ai.rules.reports.reading import Draft, GroupPart, MeasurePart, Noun
from aistack.ai.rules.reports.restrictions import RestrictionResolver
from aistack.ai.schema.profiles import Column


class Assembler(RestrictionResolver):
    """Reports over one schema."""

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
        grouped: list[GroupPart] = list(draft.groups)
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
            RowSet(base, frozenset(conditions)), outputs, tuple(groups), tuple(having), rank, draft.descending,
            draft.limit, draft.shape if outputs else "", draft.distinct and not outputs, per,
        ), cost  # fmt: skip

    def _compared(
        self, draft: Draft, base: str, measure: Measure, groups: Sequence[Group], conditions: Sequence[Condition]
    ) -> Report:
        """Revenue in 2023 and 2024: the same measure over each period."""
        periods = [self._period(one, base, draft) for one in draft.spans]
        if any(one not in conditions for one in periods) or draft.rank is not None or draft.shape:
            raise DoesNotFit
        kept = frozenset(one for one in conditions if one not in periods)
        outputs = tuple(
            Measure(measure.function, measure.table, measure.column, measure.factor, measure.where | {one})
            for one in periods
        )
        return Report(RowSet(base, kept), outputs, tuple(groups))

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
