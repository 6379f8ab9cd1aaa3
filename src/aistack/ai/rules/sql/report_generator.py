"""SQL for reports: one SELECT, or one over the distinct rows of a measure's table where joins would repeat them."""

from collections.abc import Sequence

from aistack.ai.rules.meaning.logical_form import Group, RowSet, TimeBucket
from aistack.ai.rules.meaning.report import Measure, Ratio, Report, ReportOutput
from aistack.ai.rules.sql.conditions import ConditionGenerator
from aistack.ai.rules.sql.expressions import FUNCTION_NAMES
from aistack.ai.rules.sql.select_scope import SelectScope
from aistack.ai.schema.profiles import Column
from aistack.ai.schema.schema_graph import Path

MEASURE_NAMES = FUNCTION_NAMES | {"count": "different"}


class SpreadScope(SelectScope):
    """A scope that also joins tables with several rows for each of its own; `repeats`: they repeat its rows."""

    repeats = False

    def column(self, column: Column) -> str:
        if column.table == self.table:
            return super().column(column)
        path = self._sql.graph.only_path(self.table, column.table)
        assert path, f"{column} is not related to {self.table}"
        return self._sql.column_of(self.follow(path), column)

    def optional(self, path: Path) -> str:
        """The alias of the table at the end of a path; rows that it has no match for stay."""
        return self._joined_alias(path)


class ReportGenerator(ConditionGenerator):
    """Generates one statement; make a new one for each."""

    def statement(self, report: Report) -> str:
        """One SELECT in the engine's dialect."""
        text = self._plain(report) if not report.outputs else self._grouped(report)
        return self.transpiled(text)

    def _plain(self, report: Report) -> str:
        """Columns of rows."""
        scope = SpreadScope(self, report.rows.table)
        columns = [self.group(one, scope) for one in report.groups]
        named = [self.named_output(one, scope) for one in report.groups]
        order: list[str] = []
        conditions = self.conditions(report.rows, scope)
        if report.rank is not None:
            by = self._value(report.rank, scope)
            order = [f"{by} {'DESC' if report.descending else 'ASC'}"]
            if by not in columns and (report.limit != 1 or report.distinct):
                named.append(self._named_value(report.rank, scope))
            if report.limit is not None:
                conditions.append(f"{by} IS NOT NULL")
        where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
        text = f"SELECT {'DISTINCT ' if report.distinct else ''}{', '.join(named)} FROM {scope.source()}{where}"
        text += f" ORDER BY {', '.join(order)}" if order else ""
        return text + (f" LIMIT {report.limit}" if report.limit is not None else "")

    def _grouped(self, report: Report) -> str:
        """Measures of groups."""
        names = self._names(report)
        if any(isinstance(one, Ratio) and one.apart for one in report.outputs):
            made = [
                f"{self._value(one, SpreadScope(self, report.rows.table))} AS {self.quoted(names[one])}"
                for one in report.outputs
            ]
            return f"SELECT {', '.join(made)}"
        groups, keys, values, source = self._sources(report)
        listed = [f"{text} AS {self.quoted(names[one])}" for one, text in zip(report.groups, groups, strict=True)]
        listed += [f"{values[one]} AS {self.quoted(names[one])}" for one in report.outputs]
        text = f"SELECT {', '.join(listed)} FROM {source}"
        if not report.groups:
            return text
        times = [one for one in report.groups if isinstance(one, TimeBucket)]
        rank = report.rank if report.rank is not None else (times or report.outputs)[0]
        having = [f"{values[one.measure]} {one.operator} {self.literal(one.value)}" for one in report.having]
        if report.limit is not None and not report.shape and isinstance(rank, Measure | Ratio):
            having.append(f"{values[rank]} IS NOT NULL")
        text += f" GROUP BY {', '.join(dict.fromkeys([*groups, *keys]))}"
        text += f" HAVING {' AND '.join(having)}" if having else ""
        if report.shape or report.per:
            return self._over(report, text, names)
        if report.limit == 1 and rank in report.outputs:
            return self._ties(report, text, names[rank])
        by = values[rank] if isinstance(rank, Measure | Ratio) else groups[report.groups.index(rank)]
        direction = "DESC" if report.descending and (report.rank is not None or not times) else "ASC"
        text += f" ORDER BY {', '.join([f'{by} {direction}', *(one for one in groups if one != by)])}"
        return text + (f" LIMIT {report.limit}" if report.limit is not None else "")

    def _sources(self, report: Report) -> tuple[list[str], list[str], dict[ReportOutput, str], str]:
        """Groups, keys and values with what they are selected from.

        Where joins repeat rows whose values are added up, that is a subquery with each row once for each group.
        """
        scope = SpreadScope(self, report.rows.table)
        scope.repeats = self._repeats(report)
        conditions = self.conditions(report.rows, scope)
        groups = [self.group(one, scope) for one in report.groups]
        keys = [scope.column(one) for one in self.label_keys(report)]
        measures = self._measures_of(report)
        added = [one for one in measures if isinstance(one, Measure) and one.function in ("sum", "avg")]
        where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
        if not (scope.repeats and added):
            values = {one: self._value(one, scope) for one in measures}
            return groups, keys, values, f"{scope.source()}{where}"
        own = [scope.column(Column(scope.table, name)) for name in self.graph.unique_key(scope.table)]
        inner = {f"group_{at}": text for at, text in enumerate(groups)} | {
            f"key_{at}": text for at, text in enumerate(keys)
        }
        inner |= {f"id_{at}": text for at, text in enumerate(own)}
        alias = self.alias("measured")
        values: dict[ReportOutput, str] = {}
        for at, one in enumerate(measures):
            assert isinstance(one, Measure)
            inner[f"value_{at}"] = self._added(one, scope) if one.column is not None else "1"
            values[one] = f"{one.function.upper()}({alias}.value_{at})"
        columns = ", ".join(f"{text} AS {name}" for name, text in inner.items())
        source = f"(SELECT DISTINCT {columns} FROM {scope.source()}{where}) AS {alias}"
        outer = [f"{alias}.{name}" for name in inner]
        return outer[: len(groups)], outer[len(groups) : len(groups) + len(keys)], values, source

    def _repeats(self, report: Report) -> bool:
        """Whether the joins give several rows for one of the base."""
        tables = {one.column.table if isinstance(one, TimeBucket) else one.table for one in report.groups}
        for one in self._measures_of(report):
            tables |= {one.top.table, one.bottom.table} if isinstance(one, Ratio) else {one.table}
        return any(self.graph.path_to_one(report.rows.table, table) is None for table in tables)

    def _ties(self, report: Report, text: str, rank: str) -> str:
        """All groups that share the first place."""
        every, name = "MAX" if report.descending else "MIN", self.quoted(rank)
        return f"WITH ranked AS ({text}) SELECT * FROM ranked WHERE {name} = (SELECT {every}({name}) FROM ranked)"

    def _over(self, report: Report, text: str, names: dict[object, str]) -> str:
        """Window functions over the groups: shares, changes, sums so far, the first few of each."""
        groups = [self.quoted(names[one]) for one in report.groups]
        first = self.quoted(names[report.outputs[0]])
        direction = "DESC" if report.descending else "ASC"
        if report.per:
            per = ", ".join(self.quoted(names[one]) for one in report.per)
            place = f"RANK() OVER (PARTITION BY {per} ORDER BY {first} {direction})"
            inner = f"SELECT grouped.*, {place} AS place FROM ({text}) AS grouped"
            shown = ", ".join([*groups, *(self.quoted(names[one]) for one in report.outputs)])
            return f"SELECT {shown} FROM ({inner}) AS ranked WHERE place <= {report.limit or 1} ORDER BY {per}, place"
        times = [self.quoted(names[one]) for one in report.groups if isinstance(one, TimeBucket)]
        order = times[0] if times else groups[0]
        others = ", ".join(one for one in groups if one != order)
        within = f"PARTITION BY {others} ORDER BY {order}" if others and times else f"ORDER BY {order}"
        match report.shape:
            case "fraction":
                made = f"1.0 * {first} / NULLIF(SUM({first}) OVER (), 0) AS ratio"
                order = f"{first} {direction}"
            case "share":
                made = f"100.0 * {first} / NULLIF(SUM({first}) OVER (), 0) AS share"
                order = f"{first} {direction}"
            case "running":
                made = f"SUM({first}) OVER ({within}) AS running_total"
            case _:
                before = f"LAG({first}) OVER ({within})"
                made = f"100.0 * ({first} - {before}) / NULLIF({before}, 0) AS change"
        text = f"SELECT {', '.join(groups)}, {first}, {made} FROM ({text}) AS grouped ORDER BY {order}"
        return text + (f" LIMIT {report.limit}" if report.limit is not None else "")

    def _measures_of(self, report: Report) -> Sequence[ReportOutput]:
        found: dict[ReportOutput, None] = dict.fromkeys(report.outputs)
        found |= dict.fromkeys(one.measure for one in report.having)
        if isinstance(report.rank, Measure | Ratio):
            found[report.rank] = None
        return list(found)

    def label_keys(self, report: Report) -> Sequence[Column]:
        """The keys of labels that are grouped by, so that two people with the same name are two groups."""
        found: dict[Column, None] = {}
        for one in report.groups:
            if isinstance(one, TimeBucket) or one.name not in self.graph.tables[one.table].label:
                continue
            if one.table != report.rows.table and not self.graph.is_attribute(one.table):
                found |= dict.fromkeys(Column(one.table, name) for name in self.graph.unique_key(one.table))
        return [one for one in found if one not in report.groups]

    def _value(self, one: ReportOutput | Group, scope: "SpreadScope") -> str:
        if isinstance(one, Ratio) and one.apart:
            scopes = [SpreadScope(self, each.table) for each in (one.top, one.bottom)]
            top, below = (
                f"(SELECT {self._value(each, inner)} FROM {inner.source()})"
                for each, inner in zip((one.top, one.bottom), scopes, strict=True)
            )
            return f"{'100.0' if one.percent else '1.0'} * {top} / NULLIF({below}, 0)"
        if isinstance(one, Ratio):
            bottom = self._value(one.bottom, scope)
            return f"{'100.0' if one.percent else '1.0'} * {self._value(one.top, scope)} / NULLIF({bottom}, 0)"
        if not isinstance(one, Measure):
            return self.group(one, scope)
        if one.column is not None:
            text = self._added(one, scope)
            return f"COUNT(DISTINCT {text})" if one.function == "count" else f"{one.function.upper()}({text})"
        repeated = one.table != scope.table or scope.repeats
        key = self.graph.unique_key(one.table)
        text = self._own_key(Column(one.table, key[0]), scope) if repeated and len(key) == 1 else ""
        counted = self._kept(one, text or "1", scope) if one.where else text or "*"
        return f"COUNT({'DISTINCT ' if text else ''}{counted})"

    def _added(self, one: Measure, scope: SelectScope) -> str:
        """The value that each row adds."""
        assert one.column is not None
        text = scope.column(one.column)
        text += f" * {scope.column(one.factor)}" if one.factor is not None else ""
        return self._kept(one, text, scope) if one.where else text

    def _kept(self, one: Measure, text: str, scope: SelectScope) -> str:
        """The value where the measure's own conditions hold."""
        where = [self.condition(each, scope) for each in RowSet(scope.table, one.where).ordered_conditions]
        return f"CASE WHEN {' AND '.join(where)} THEN {text} END"

    def _own_key(self, key: Column, scope: "SpreadScope") -> str:
        """A key to count; a row of the base without one still counts for the other measures."""
        path = self.graph.only_path(scope.table, key.table)
        return self.column_of(scope.optional(path), key) if path else scope.column(key)

    def _named_value(self, one: ReportOutput | Group, scope: "SpreadScope") -> str:
        return f"{self._value(one, scope)} AS {self.quoted(self._name(one, scope.table))}"

    def _names(self, report: Report) -> dict[object, str]:
        """A different name for each column of the result."""
        found: dict[object, str] = {}
        for one in (*report.groups, *self._measures_of(report)):
            name, number = self._name(one, report.rows.table), 2
            base = name
            while name in found.values():
                name, number = f"{base}_{number}", number + 1
            found[one] = name
        return found

    def _name(self, one: ReportOutput | Group, rows: str) -> str:
        match one:
            case Ratio():
                return "percent" if one.percent else "ratio"
            case Measure(column=None):
                return (
                    "count" if one.table == rows else f"{self.output_name(Column(one.table, ''), '')}_count".strip("_")
                )
            case Measure():
                assert one.column is not None
                return f"{MEASURE_NAMES[one.function]}_{one.column.name}"
            case _:
                return self.output_name(one, rows)
