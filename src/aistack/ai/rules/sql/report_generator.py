"""SQL for reports: one SELECT, or one over the distinct rows of a measure's table where joins would repeat them."""

from collections.abc import Sequence

from aistack.ai.rules.meaning.logical_form import Group, RowSet, TimeBucket
from aistack.ai.rules.meaning.report import Having, Measure, Ratio, Report, ReportOutput
from aistack.ai.rules.sql.conditions import ConditionGenerator
from aistack.ai.rules.sql.select_scope import SelectScope
from aistack.ai.schema.profiles import Column
from aistack.ai.schema.schema_graph import Path, SchemaGraph


class SpreadScope(SelectScope):
    """A scope that also joins tables with several rows for each of its own."""

    def column(self, column: Column) -> str:
        if column.table == self.table:
            return super().column(column)
        path = spread_path(self._sql.graph, self.table, column.table)
        assert path, f"{column} is not related to {self.table}"
        return self._sql.column_of(self.follow(path), column)

    def optional(self, path: Path) -> str:
        """The alias of the table at the end of a path; rows that it has no match for stay."""
        return self._joined_alias(path)


def spread_path(graph: SchemaGraph, start: str, end: str) -> Path | None:
    """The join path to one row, or else the only shortest one; empty for the table itself."""
    found = graph.path_to_one(start, end)
    if found is None:
        paths = graph.paths(start, end)
        found = paths[0] if len(paths) == 1 else None
    return found


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
            if by not in columns:
                named.append(self._named_value(report.rank, scope))
            if report.limit is not None:
                conditions.append(f"{by} IS NOT NULL")
        where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
        text = f"SELECT {'DISTINCT ' if report.distinct else ''}{', '.join(named)} FROM {scope.source()}{where}"
        text += f" ORDER BY {', '.join(order)}" if order else ""
        return text + (f" LIMIT {report.limit}" if report.limit is not None else "")

    def _grouped(self, report: Report) -> str:
        """Measures of groups."""
        scope = SpreadScope(self, report.rows.table)
        conditions = self.conditions(report.rows, scope)
        groups = [self.group(one, scope) for one in report.groups]
        keys = [scope.column(one) for one in self.label_keys(report)]
        values = {one: self._value(one, scope) for one in self._measures_of(report)}
        names = self._names(report)
        where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
        if any(isinstance(one, Ratio) and one.apart for one in report.outputs):
            return f"SELECT {', '.join(f'{values[one]} AS {self.quoted(names[one])}' for one in report.outputs)}"
        if not report.groups:
            return f"SELECT {', '.join(f'{values[one]} AS {self.quoted(names[one])}' for one in report.outputs)} FROM {scope.source()}{where}"
        outputs = list(report.outputs)
        listed = [f"{text} AS {self.quoted(names[one])}" for one, text in zip(report.groups, groups, strict=True)]
        listed += [f"{values[one]} AS {self.quoted(names[one])}" for one in outputs]
        having = [f"{values[one.measure]} {one.operator} {self.literal(one.value)}" for one in report.having]
        if report.limit is not None and not report.shape:
            having.append(f"{values[report.rank] if report.rank in values else values[outputs[0]]} IS NOT NULL")  # type: ignore[index]
        text = f"SELECT {', '.join(listed)} FROM {scope.source()}{where} GROUP BY {', '.join(dict.fromkeys([*groups, *keys]))}"
        text += f" HAVING {' AND '.join(having)}" if having else ""
        if report.shape or report.per:
            return self._over(report, text, names)
        rank = report.rank if report.rank is not None else outputs[0]
        by = values[rank] if rank in values else groups[report.groups.index(rank)]  # type: ignore[index,arg-type]
        if report.limit == 1 and rank in values:
            return self._ties(report, text, names[rank])
        direction = "DESC" if report.descending else "ASC"
        text += f" ORDER BY {', '.join([f'{by} {direction}', *(one for one in groups if one != by)])}"
        return text + (f" LIMIT {report.limit}" if report.limit is not None else "")

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
            if one.table != report.rows.table and not is_attribute(self.graph, one.table):
                found |= dict.fromkeys(Column(one.table, name) for name in self.graph.unique_key(one.table))
        return [one for one in found if one not in report.groups]

    def _value(self, one: ReportOutput | Group, scope: SelectScope) -> str:
        if isinstance(one, Ratio) and one.apart:
            scopes = [SpreadScope(self, each.table) for each in (one.top, one.bottom)]
            top, below = (
                f"(SELECT {self._value(each, inner)} FROM {inner.source()})"
                for each, inner in zip((one.top, one.bottom), scopes, strict=True)
            )
            return f"1.0 * {top} / NULLIF({below}, 0)"
        if isinstance(one, Ratio):
            bottom = self._value(one.bottom, scope)
            return f"1.0 * {self._value(one.top, scope)} / NULLIF({bottom}, 0)"
        if not isinstance(one, Measure):
            return self.group(one, scope)
        where = [self.condition(each, scope) for each in RowSet(one.table, one.where).ordered_conditions]
        if one.column is None:
            repeated = one.table != scope.table or bool(getattr(scope, "_required", ()))
            key = self.graph.unique_key(one.table)
            text = self._own_key(Column(one.table, key[0]), scope) if repeated and len(key) == 1 else ""
            if where:
                text = f"CASE WHEN {' AND '.join(where)} THEN {text or 1} END"
            return f"COUNT({'DISTINCT ' if repeated and len(key) == 1 else ''}{text or '*'})"
        text = scope.column(one.column)
        text += f" * {scope.column(one.factor)}" if one.factor is not None else ""
        if where:
            text = f"CASE WHEN {' AND '.join(where)} THEN {text} END"
        return f"{one.function.upper()}({text})"

    def _own_key(self, key: Column, scope: SelectScope) -> str:
        """A key to count; a row of the base without one still counts for the other measures."""
        path = spread_path(self.graph, scope.table, key.table)
        return self.column_of(scope.optional(path), key) if path and isinstance(scope, SpreadScope) else scope.column(key)

    def _named_value(self, one: ReportOutput | Group, scope: SelectScope) -> str:
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
                return "ratio"
            case Measure(column=None):
                return "count" if one.table == rows else f"{self.output_name(Column(one.table, ''), '')}_count".strip("_")
            case Measure():
                assert one.column is not None
                return f"{ {'sum': 'total', 'avg': 'average', 'min': 'lowest', 'max': 'highest'}[one.function] }_{one.column.name}"
            case _:
                return self.output_name(one, rows)


def is_attribute(graph: SchemaGraph, table: str) -> bool:
    """Whether the table only holds several values of one attribute of another: the categories of a business."""
    profile = graph.tables[table]
    own = [one for one in profile.columns.values() if not one.is_key and one.column.name not in profile.label]
    referring = [join for join in graph.joins_of(table) if join.to_one]
    referred = [join for join in graph.joins if join.right == table and join.to_one]
    return not own and len(referring) == 1 and not referred


__all__ = ["Having", "ReportGenerator", "is_attribute", "spread_path"]
