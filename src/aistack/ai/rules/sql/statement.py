"""From the meaning of a question to SQL for one engine."""

import re
from collections.abc import Sequence
from typing import cast

from aistack.ai.dialects.dialect import Spelling
from aistack.ai.dialects.time_buckets import bucketed
from aistack.ai.rules.meaning.logical_form import (
    Aggregate,
    Asked,
    Best,
    Beyond,
    Bucket,
    Condition,
    Group,
    Is,
    Linked,
    Meets,
    Rows,
    Shown,
    Tallied,
    Tally,
)
from aistack.ai.schema.identifiers import parts_of
from aistack.ai.schema.profiles import Column, singular
from aistack.ai.schema.schema_graph import Join, Metric

NAMES = {"count": "count", "sum": "total", "avg": "average", "min": "lowest", "max": "highest"}


class Scope:
    """One SELECT being written: its table's alias, and what is joined to it, each row's one."""

    def __init__(self, writer: "Writer", table: str) -> None:
        self.writer, self.table = writer, table
        self.alias = writer.alias(table)
        self.joined: dict[tuple[Join, ...], str] = {}

    def column(self, column: Column) -> str:
        if column.table == self.table:
            return self.writer.cell(self.alias, column)
        path = self.writer.knowledge.path_to_one(self.table, column.table)
        assert path, f"{column} is not one for each row of {self.table}"
        return self.writer.cell(self.alias_at(path), column)

    def alias_at(self, path: tuple[Join, ...]) -> str:
        for end in range(1, len(path) + 1):
            if path[:end] not in self.joined:
                self.joined[path[:end]] = self.writer.alias(path[end - 1].right)
        return self.joined[path]

    def source(self) -> str:
        """The FROM clause; to be written after all columns are."""
        text = self.writer.table(self.table, self.alias)
        for path, alias in self.joined.items():
            join = path[-1]
            before = self.joined[path[:-1]] if len(path) > 1 else self.alias
            text += f" LEFT JOIN {self.writer.table(join.right, alias)} ON {self.writer.matches(join, before, alias)}"
        return text


class Writer(Spelling):
    """Writes one statement."""

    def statement(self, asked: Asked) -> str:
        return self.respelled(self._statement(asked))

    def _statement(self, asked: Asked) -> str:
        scope = Scope(self, asked.rows.table)
        facts = self.knowledge.tables[asked.rows.table]
        shown: Sequence[Shown] = asked.shown or [Column(facts.name, name) for name in facts.label]
        has_aggregates = all(isinstance(one, (Aggregate, Metric)) for one in shown)
        best = asked.rows.best
        conditions = self.conditions(asked.rows, scope, top=not has_aggregates)
        groups = [self.group(one, scope) for one in asked.group]
        columns = [self.shown(one, scope, facts.name) for one in shown]
        order: list[str] = []
        limit = asked.limit
        if best is not None and best.count > 1 and not has_aggregates:
            by = self.measure(best, scope)
            shown = [*shown, best.by] if isinstance(best.by, Column) and by not in columns else shown
            conditions.append(f"{by} IS NOT NULL")
            order, limit = [f"{by} {'DESC' if best.descending else 'ASC'}"], best.count
        elif asked.order is not None:
            is_group = isinstance(asked.order, (Bucket, Column)) and asked.order in asked.group
            by = self.group(cast(Group, asked.order), scope) if is_group else self.shown(asked.order, scope, facts.name)
            order = [f"{by} {'DESC' if asked.descending else 'ASC'}", *(one for one in groups if one != by)]
            if facts.rows_repeat and isinstance(asked.order, Column) and not groups and by not in columns:
                shown = [*shown, asked.order]  # DISTINCT sorts by what it shows
        elif asked.group:
            order = [f"{columns[0]} DESC", *groups]
        if facts.rows_repeat and has_aggregates and not groups and any(not _counts(one) for one in shown):
            return self._over_distinct(shown, scope, conditions)
        distinct = "DISTINCT " if facts.rows_repeat and not has_aggregates else ""
        keys = dict.fromkeys(key for one in asked.group for key in self._keys(one, scope) if key not in groups)
        named = [self.named(one, scope, facts.name) for one in (*asked.group, *shown)]
        text = f"SELECT {distinct}{', '.join(named)} FROM {scope.source()}"
        text += f" WHERE {' AND '.join(conditions)}" if conditions else ""
        text += f" GROUP BY {', '.join([*groups, *keys])}" if groups else ""
        if groups and limit is not None:
            text += f" HAVING {self._first_groups(asked, columns[0])}"
            limit = None if limit == 1 else limit
        text += f" ORDER BY {', '.join(order)}" if order else ""
        return text + (f" LIMIT {limit}" if limit is not None else "")

    def _first_groups(self, asked: Asked, measure: str) -> str:
        """Of the best group all that share its place; else those that can be compared."""
        if asked.limit != 1:
            return f"{measure} IS NOT NULL"
        scope = Scope(self, asked.rows.table)
        conditions = self.conditions(asked.rows, scope)
        groups = [self.group(one, scope) for one in asked.group]
        keys = dict.fromkeys(key for one in asked.group for key in (*groups, *self._keys(one, scope)))
        each = f"SELECT {self.shown(asked.shown[0], scope, asked.rows.table)} AS c FROM {scope.source()}"
        each += f" WHERE {' AND '.join(conditions)}" if conditions else ""
        each += f" GROUP BY {', '.join(keys)}"
        every = "MAX" if asked.descending else "MIN"
        return f"{measure} = (SELECT {every}(c) FROM ({each}) AS {self.alias('measures')})"

    def shown(self, one: Shown | Group, scope: Scope, table: str) -> str:
        if isinstance(one, Column):
            return scope.column(one)
        if isinstance(one, Bucket):
            return self.group(one, scope)
        if isinstance(one, Metric):
            return self.fragment(one.expression, one.table, scope.alias)
        if one.of is None:
            facts = self.knowledge.tables[table]
            repeated = facts.rows_repeat and len(facts.key) == 1
            return f"COUNT(DISTINCT {self.cell(scope.alias, Column(table, facts.key[0]))})" if repeated else "COUNT(*)"
        return f"{one.function.upper()}({scope.column(one.of)})"

    def named(self, one: Shown | Group, scope: Scope, table: str) -> str:
        """Under a name that people can read: `average_price`, `month`, `category`."""
        text = self.shown(one, scope, table)
        match one:
            case Bucket():
                name: str = one.unit
            case Metric():
                name = re.sub(r"\W+", "_", one.name)
            case Aggregate():
                of = one.of.name if one.of is not None else ""
                name = "_".join([NAMES[one.function], *([] if of.lower() == NAMES[one.function] else parts_of(of))])
            case Column():
                is_label = one.name in self.knowledge.tables[one.table].label[:1] and one.table != table
                name = "_".join(singular(parts_of(one.table.rpartition(".")[2]))) if is_label else one.name
        is_its_own = isinstance(one, Column) and name == one.name
        return text if is_its_own else f"{text} AS {self.quoted(name)}"

    def group(self, one: Group, scope: Scope) -> str:
        if isinstance(one, Bucket):
            return bucketed(scope.column(one.column), one.unit, self.engine)
        return scope.column(one)

    def conditions(self, rows: Rows, scope: Scope, *, top: bool = False) -> list[str]:
        """Those of the rows, and that of being the best. At the `top` several best are left to ORDER BY and LIMIT."""
        texts = [self.condition(one, scope) for one in sorted(rows.conditions, key=str)]
        if isinstance(rows.best, Best) and not (top and rows.best.count > 1):
            texts.append(self.is_best(rows, rows.best, scope))
        return texts

    def condition(self, one: Condition, scope: Scope) -> str:
        match one:
            case Is():
                return self._is(one, scope)
            case Meets():
                text = f"({self.fragment(one.where, one.table, scope.alias)})"
                return f"NOT {text}" if one.negated else text
            case Linked():
                return self._linked(one, scope)
            case Beyond():
                every = "MAX" if one.operator == ">" else "MIN"
                inner = Scope(self, one.other.rows.table)
                column = f"{every}({inner.column(one.other.columns[0])})"
                return f"{scope.column(one.column)} {one.operator} ({self._select(column, one.other.rows, inner)})"
            case Tallied():
                return self._tallied(one, scope)

    def is_best(self, rows: Rows, best: Best, scope: Scope) -> str:
        """Equal to the highest or lowest of the same rows; for several, among the first by their keys."""
        plain = Rows(rows.table, rows.conditions)
        if best.count > 1:
            key = self.knowledge.tables[rows.table].key
            inner = Scope(self, rows.table)
            keys = ", ".join(self.cell(inner.alias, Column(rows.table, name)) for name in key)
            by = self.measure(best, inner)
            where = " AND ".join([*self.conditions(plain, inner), f"{by} IS NOT NULL"])
            direction = "DESC" if best.descending else "ASC"
            chosen = f"SELECT {keys} FROM {inner.source()} WHERE {where} ORDER BY {by} {direction} LIMIT {best.count}"
            left = ", ".join(self.cell(scope.alias, Column(rows.table, name)) for name in key)
            return f"{f'({left})' if len(key) > 1 else left} IN (SELECT * FROM ({chosen}) AS {self.alias('best')})"
        every = "MAX" if best.descending else "MIN"
        if isinstance(best.by, Tally):
            if best.descending:
                return self._most(plain, best.by, scope)
            inner = Scope(self, rows.table)
            counts, measure = self.alias("counts"), self.measure(best, inner)
            each = self._select(f"{measure} AS c", plain, inner)
            return f"{self.measure(best, scope)} = (SELECT {every}(c) FROM ({each}) AS {counts})"
        inner = Scope(self, rows.table)
        column = f"{every}({inner.column(best.by)})"
        return f"{scope.column(best.by)} = ({self._select(column, plain, inner)})"

    def measure(self, best: Best, scope: Scope) -> str:
        if isinstance(best.by, Column):
            return scope.column(best.by)
        left, inner, selected, conditions = self._belonging(best.by, scope)
        matched = [f"{a} = {b}" for a, b in zip(left[0], left[1], strict=True)]
        return f"(SELECT {selected} FROM {inner.source()} WHERE {' AND '.join([*matched, *conditions])})"

    def _belonging(self, tally: Tally, scope: Scope) -> tuple[tuple[list[str], list[str]], Scope, str, list[str]]:
        """Keys outside and inside, the scope of the rows that are tallied, the function over them, their conditions."""
        facts = self.knowledge.tables[scope.table]
        first = tally.path[0]
        if facts.rows_repeat and first.to_one:
            inner = Scope(self, scope.table)
            keys = [Column(scope.table, name) for name in facts.key]
            outside = [self.cell(scope.alias, key) for key in keys]
            inside = [self.cell(inner.alias, key) for key in keys]
            counted = self.cell(inner.alias, Column(scope.table, first.left_columns[0]))
            rest = [] if tally.rows.is_bare else [self.condition(Linked(tally.path, tally.rows), inner)]
            return (outside, inside), inner, f"COUNT(DISTINCT {counted})", rest
        inner = Scope(self, first.right)
        outside = [self.cell(scope.alias, Column(first.left, name)) for name in first.left_columns]
        inside = [self.cell(inner.alias, Column(first.right, name)) for name in first.right_columns]
        if len(tally.path) > 1:
            rest = [] if tally.rows.is_bare else [self.condition(Linked(tally.path[1:], tally.rows), inner)]
        else:
            rest = self.conditions(tally.rows, inner)
        aggregate = Aggregate(tally.function, tally.column)
        return (outside, inside), inner, self.shown(aggregate, inner, first.right), rest

    def _most(self, rows: Rows, tally: Tally, scope: Scope) -> str:
        """Among those whose tally is the highest: grouped once, instead of one count a row."""
        (outside, inside), inner, selected, where = self._belonging(tally, scope)
        (_, again), other, compared, same = self._belonging(tally, scope)
        if not rows.is_bare:
            where = [*where, self._among(inside, rows)]
            same = [*same, self._among(again, rows)]
        keys, others = ", ".join(inside), ", ".join(again)
        condition = f" WHERE {' AND '.join(where)}" if where else ""
        restriction = f" WHERE {' AND '.join(same)}" if same else ""
        highest = f"SELECT {compared} AS c FROM {other.source()}{restriction} GROUP BY {others}"
        grouped = f"SELECT {keys} FROM {inner.source()}{condition} GROUP BY {keys}"
        left = ", ".join(outside)
        left = f"({left})" if len(outside) > 1 else left
        return f"{left} IN ({grouped} HAVING {selected} = (SELECT MAX(c) FROM ({highest}) AS {self.alias('counts')}))"

    def _among(self, columns: Sequence[str], rows: Rows) -> str:
        inner = Scope(self, rows.table)
        keys = ", ".join(
            self.cell(inner.alias, Column(rows.table, name)) for name in self._identity(rows.table, columns)
        )
        left = ", ".join(columns)
        return f"{f'({left})' if len(columns) > 1 else left} IN ({self._select(keys, rows, inner)})"

    def _identity(self, table: str, columns: Sequence[str]) -> tuple[str, ...]:
        key = self.knowledge.tables[table].key
        return key if len(key) == len(columns) else self.knowledge.tables[table].label

    def _tallied(self, one: Tallied, scope: Scope) -> str:
        left = self.measure(Best(one.tally, descending=True), scope)
        return f"{left} {one.operator} {self.literal(one.value)}"

    def _linked(self, one: Linked, scope: Scope) -> str:
        facts = self.knowledge.tables[scope.table]
        if one.negated and facts.rows_repeat:
            inner = Scope(self, scope.table)
            keys = [Column(scope.table, name) for name in facts.key]
            left, right = (", ".join(self.cell(alias, key) for key in keys) for alias in (scope.alias, inner.alias))
            chosen = self._select(right, Rows(scope.table, frozenset({Linked(one.path, one.rows)})), inner)
            return f"{f'({left})' if len(keys) > 1 else left} NOT IN ({chosen})"
        join = one.path[0]
        inner = Scope(self, join.right)
        if len(one.path) > 1:
            rest = Rows(join.right, frozenset({Linked(one.path[1:], one.rows)}))
            if one.rows.is_bare and one.path[1].to_one and len(one.path) == 2:
                rest = Rows(join.right)
        else:
            rest = one.rows
        if one.negated or len(join.left_columns) != 1 or len(join.right_columns) != 1:
            where = [self.matches(join, scope.alias, inner.alias), *self.conditions(rest, inner)]
            word = "NOT EXISTS" if one.negated else "EXISTS"
            return f"{word} (SELECT 1 FROM {inner.source()} WHERE {' AND '.join(where)})"
        (referring,), (referred,) = join.left_columns, join.right_columns
        left = self.cell(scope.alias, Column(join.left, referring))
        right = self.cell(inner.alias, Column(join.right, referred))
        return f"{left} IN ({self._select(right, rest, inner)})"

    def _select(self, columns: str, rows: Rows, scope: Scope) -> str:
        conditions = self.conditions(rows, scope)
        return f"SELECT {columns} FROM {scope.source()}" + (f" WHERE {' AND '.join(conditions)}" if conditions else "")

    def _over_distinct(self, shown: Sequence[Shown], scope: Scope, conditions: Sequence[str]) -> str:
        """Aggregates where a thing has several rows: each is taken once."""
        facts = self.knowledge.tables[scope.table]
        keys = [Column(scope.table, name) for name in facts.key]
        wanted = dict.fromkeys([*keys, *(one.of for one in shown if isinstance(one, Aggregate) and one.of)])
        inner = ", ".join(self.cell(scope.alias, column) for column in wanted)
        where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
        alias = self.alias("each")
        outer = [
            f"{one.function.upper()}({self.cell(alias, one.of) if one.of else '*'})"
            for one in shown
            if isinstance(one, Aggregate)
        ]
        return f"SELECT {', '.join(outer)} FROM (SELECT DISTINCT {inner} FROM {scope.source()}{where}) AS {alias}"

    def _keys(self, group: Group, scope: Scope) -> list[str]:
        """People with the same name are not one group."""
        if isinstance(group, Bucket):
            return []
        facts = self.knowledge.tables[group.table]
        if group.name not in facts.label or group.table == scope.table:
            return []
        return [scope.column(Column(group.table, name)) for name in facts.key]

    def _is(self, one: Is, scope: Scope) -> str:
        left = scope.column(one.column)
        if one.operator == "between":
            text = f"{left} >= {self.literal(one.values[0])} AND {left} < {self.literal(one.values[1])}"
            return f"NOT ({text})" if one.negated else text
        (value,) = one.values
        operator = "<>" if one.negated and one.operator == "=" else one.operator
        return f"{left} {operator} {self.literal(value)}"


def _counts(one: Shown) -> bool:
    return isinstance(one, Aggregate) and one.of is None
