"""Fan-out: measures that a join adds up more than once, such as the total of orders over the rows of their items."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from aistack.ai.schema.schema_graph import SchemaGraph
from aistack.ai.statements.relations import Cell, JoinedRelations, Relation
from aistack.databases.identifiers import bare


@dataclass(frozen=True, slots=True)
class FanOut:
    """`measure` is multiplied because `by` may have several rows for one row of `table`."""

    measure: str
    table: str
    by: str

    def message(self, *, chinese: bool = False) -> str:
        """What is wrong, and what would be right."""
        if chinese:
            return f"{self.measure} 会重复计算：{self.table} 的一行在 {self.by} 中可能对应多行。应先汇总再连接。"
        return (
            f"{self.measure} counts rows more than once: {self.by} may have several rows for one row of {self.table}. "
            f"Aggregate before the join, or select the rows of {self.by} with EXISTS instead of a join."
        )


def fan_outs(sql: str, dialect: str, graph: SchemaGraph) -> list[FanOut]:
    """The measures of a statement that its joins multiply; none if it cannot be parsed."""
    import sqlglot
    from sqlglot import exp
    from sqlglot.errors import SqlglotError
    from sqlglot.optimizer.scope import traverse_scope

    try:
        tree: Any = sqlglot.parse_one(sql, read=dialect)
        scopes: Any = traverse_scope(tree)
    except (SqlglotError, RecursionError):
        return []
    found: list[FanOut] = []
    derived: dict[int, Relation] = {}
    for scope in scopes:
        if not isinstance(scope.expression, exp.Select):
            derived[id(scope)] = _combined(scope, derived)
            continue
        relations = {
            alias.lower(): derived.get(id(source), Relation(alias.lower()))
            if not isinstance(source, exp.Table)
            else _table(source, graph)
            for alias, (_, source) in scope.selected_sources.items()
        }
        reader = _SelectReader(scope.expression, relations)
        found += reader.fan_outs()
        derived[id(scope)] = reader.result()
    return list(dict.fromkeys(found))


def _table(source: Any, graph: SchemaGraph) -> Relation:
    name = f"{source.db}.{source.name}".strip(".").lower()
    for profile in graph.tables.values():
        if name in (profile.name.lower(), bare(profile.name)):
            keys = tuple(frozenset(column.lower() for column in key) for key in profile.uniques)
            return Relation(profile.name, frozenset(one.lower() for one in profile.columns), keys)
    return Relation(source.name)


def _combined(scope: Any, derived: dict[int, Relation]) -> Relation:
    """A UNION has the columns of its first part; LATERAL has the rows of its subquery."""
    united = scope.set_operation_scopes or ()
    inner = united or (*scope.derived_table_scopes, *scope.subquery_scopes)
    parts = [derived[id(one)] for one in inner if id(one) in derived]
    if not parts:
        return Relation("")
    return replace(parts[0], keys=()) if united else parts[0]


class _SelectReader:
    def __init__(self, select: Any, relations: dict[str, Relation]) -> None:
        from sqlglot import exp

        self.select, self.relations = select, relations
        self.joined = JoinedRelations(select, relations)
        self.outputs = list(self._outputs())
        named = {name: value for name, value in self.outputs if not isinstance(value, tuple)}
        group = select.args.get("group")
        self.groups: list[Any] = []
        for one in group.expressions if group is not None else ():
            is_position = isinstance(one, exp.Literal) and one.is_int and 0 < int(one.name) <= len(select.expressions)
            one = select.expressions[int(one.name) - 1].unalias() if is_position else one
            is_alias = isinstance(one, exp.Column) and not one.table and self.joined.cell(one) is None
            self.groups.append(named.get(one.name.lower(), one) if is_alias else one)

    def _outputs(self) -> Iterator[tuple[str, Any]]:
        """Names of the result with their expressions, or with a column for those of a star."""
        from sqlglot import exp

        for one in self.select.expressions:
            is_star = isinstance(one, exp.Star) or (isinstance(one, exp.Column) and isinstance(one.this, exp.Star))
            if is_star:
                table = one.table.lower() if isinstance(one, exp.Column) else ""
                for alias, relation in self.relations.items():
                    if table in ("", alias):
                        yield from ((name, (alias, name)) for name in sorted(relation.columns))
            else:
                yield one.alias_or_name.lower(), one.unalias()

    def fan_outs(self) -> Iterator[FanOut]:
        """The measures that are multiplied."""
        from sqlglot import exp

        grouped = self.joined.determined(cell for one in self.groups for cell in self._cells(one))
        kinds = (exp.Sum, exp.Avg, exp.Count, exp.Stddev, exp.StddevSamp, exp.Variance, exp.Median)
        for measure in self.select.find_all(*kinds):
            nested = any(one is not measure for one in measure.find_all(exp.AggFunc))
            if measure.parent_select is not self.select or nested or isinstance(measure.this, exp.Distinct):
                continue
            cells = self.joined.cells(measure)
            aliases = list(dict.fromkeys(alias for alias, _ in cells))
            if not aliases:
                tables = [one.name for one in self.relations.values()]
                if len(set(tables)) < len(tables):
                    continue  # a join of a table with itself counts pairs
                aliases = list(self.relations)
            elif isinstance(measure, exp.Avg) and all(one in grouped for one in aliases):
                continue  # one value in each group
            multiplied = {one: self.joined.multiplied_by(one) for one in aliases}
            if any(not multiplied[one] for one in aliases) and not self._is_repeated(cells, multiplied):
                continue
            first = next((one for one in aliases if multiplied[one]), aliases[0] if aliases else "")
            if first:
                by = multiplied[first][0] if multiplied[first] else first
                yield FanOut(measure.sql(), self.relations[first].name or first, self.relations[by].name or by)

    def _is_repeated(self, cells: list[Cell], multiplied: dict[str, list[str]]) -> bool:
        """Whether all columns that the joins of this SELECT leave alone were multiplied in a subquery."""
        plain = [cell for cell in cells if not multiplied[cell[0]]]
        return bool(plain) and all(name in self.relations[alias].repeated for alias, name in plain)

    def result(self) -> Relation:
        """The rows of the SELECT as a relation."""
        from sqlglot import exp

        names = frozenset(name for name, _ in self.outputs)
        limit = self.select.args.get("limit")
        is_one = limit is not None and isinstance(limit.expression, exp.Literal) and limit.expression.name == "1"
        if is_one or (not self.groups and any(self._aggregates(value) for _, value in self.outputs)):
            return Relation("", names, (frozenset(),))
        places: dict[Cell, str] = {}
        for name, value in self.outputs:
            cells = self._cells(value) if isinstance(value, (tuple, exp.Column)) else []
            places |= dict.fromkeys(cells, name)
        if self.groups:
            return Relation("", names, tuple(self._group_keys(places)), frozenset(self._finer_groups()))
        keys = [
            frozenset(places[alias, name] for name in key)
            for alias, relation in self.relations.items()
            if not self.joined.multiplied_by(alias)
            for key in relation.keys
            if all((alias, name) in places for name in key)
        ]
        if self.select.args.get("distinct") is not None:
            return Relation("", names, (*keys, names))
        return Relation("", names, tuple(keys), frozenset(self._repeated_outputs()))

    def _group_keys(self, places: dict[Cell, str]) -> Iterator[frozenset[str]]:
        texts = {value.sql(): name for name, value in self.outputs if not isinstance(value, tuple)}
        named = [texts.get(one.sql()) for one in self.groups if not isinstance(one, tuple)]
        if all(named):
            yield frozenset(name for name in named if name)
        cells = {cell for one in self.groups for cell in self._cells(one)}
        for alias, relation in self.relations.items():
            within = {alias, *(set(self.relations) - set(self.joined.multiplied_by(alias)))}
            for key in relation.keys:
                is_key = key and all((alias, name) in cells and (alias, name) in places for name in key)
                if is_key and all(other in within for other, _ in cells):
                    yield frozenset(places[alias, name] for name in key)

    def _finer_groups(self) -> Iterator[str]:
        """Grouped columns whose table may have several groups for one of its rows."""
        grouped = {alias for one in self.groups for alias, _ in self._cells(one)}
        for name, value in self.outputs:
            own = {alias for alias, _ in self._cells(value)}
            is_plain = own and not self._aggregates(value)
            if is_plain and not any(grouped.isdisjoint(self.joined.multiplied_by(alias)) for alias in own):
                yield name

    def _repeated_outputs(self) -> Iterator[str]:
        for name, value in self.outputs:
            cells = self._cells(value)
            plain = [one for one in cells if not self.joined.multiplied_by(one[0])]
            if cells and all(column in self.relations[alias].repeated for alias, column in plain):
                yield name

    def _cells(self, value: Any) -> list[Cell]:
        return [value] if isinstance(value, tuple) else self.joined.cells(value)

    def _aggregates(self, value: Any) -> bool:
        from sqlglot import exp

        if isinstance(value, tuple):
            return False
        found = (one for one in value.find_all(exp.AggFunc) if one.parent_select is self.select)
        return any(not isinstance(one.parent, exp.Window) for one in found)
