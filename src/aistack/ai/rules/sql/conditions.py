"""SQL for the conditions of row sets, superlatives included."""

from collections.abc import Sequence

from aistack.ai.rules.meaning.logical_form import (
    Aggregate,
    AggregateCondition,
    ColumnCondition,
    ComparisonCondition,
    Condition,
    DefinedCondition,
    RelatedAggregate,
    RelationCondition,
    RowSet,
    Superlative,
)
from aistack.ai.rules.sql.expressions import ExpressionGenerator
from aistack.ai.rules.sql.select_scope import SelectScope
from aistack.ai.schema.profiles import Column
from aistack.ai.schema.schema_graph import Path


class ConditionGenerator(ExpressionGenerator):
    def conditions(self, rows: RowSet, scope: SelectScope, *, top: bool = False) -> list[str]:
        """The conditions of the rows and of their superlative; at the `top` ORDER BY and LIMIT select several rows."""
        texts = [self.condition(one, scope) for one in rows.ordered_conditions]
        if isinstance(rows.superlative, Superlative) and not (top and rows.superlative.count > 1):
            texts.append(self._superlative_condition(rows, rows.superlative, scope))
        return texts

    def condition(self, one: Condition, scope: SelectScope) -> str:
        """One condition, without the superlative."""
        match one:
            case ColumnCondition():
                return self._column_condition(one, scope)
            case DefinedCondition():
                text = self.fragment(one.where, one.table, scope.alias)
                return f"CASE WHEN {text} THEN 0 ELSE 1 END = 1" if one.negated else f"({text})"
            case RelationCondition():
                return self._relation_condition(one, scope)
            case ComparisonCondition():
                every = "MAX" if one.operator == ">" else "MIN"
                inner = SelectScope(self, one.other.rows.table)
                column = f"{every}({inner.column(one.other.columns[0])})"
                return f"{scope.column(one.column)} {one.operator} ({self._select(column, one.other.rows, inner)})"
            case AggregateCondition():
                return self._aggregate_condition(one, scope)

    def superlative_value(self, best: Superlative, scope: SelectScope) -> str:
        """What rows are ranked by: a column, or a correlated subquery."""
        if isinstance(best.by, Column):
            return scope.column(best.by)
        left, inner, selected, conditions = self._correlation(best.by, scope)
        matched = [f"{a} = {b}" for a, b in zip(left[0], left[1], strict=True)]
        return f"(SELECT {selected} FROM {inner.source()} WHERE {' AND '.join([*matched, *conditions])})"

    def _superlative_condition(self, rows: RowSet, best: Superlative, scope: SelectScope) -> str:
        """Equal to the highest or lowest of the same rows; for several rows, a key among the first."""
        plain = RowSet(rows.table, rows.conditions)
        if best.count > 1:
            key = self.graph.tables[rows.table].key
            inner = SelectScope(self, rows.table)
            keys = ", ".join(self.column_of(inner.alias, Column(rows.table, name)) for name in key)
            by = self.superlative_value(best, inner)
            where = " AND ".join([*self.conditions(plain, inner), f"{by} IS NOT NULL"])
            direction = "DESC" if best.descending else "ASC"
            chosen = f"SELECT {keys} FROM {inner.source()} WHERE {where} ORDER BY {by} {direction} LIMIT {best.count}"
            left = ", ".join(self.column_of(scope.alias, Column(rows.table, name)) for name in key)
            return f"{f'({left})' if len(key) > 1 else left} IN (SELECT * FROM ({chosen}) AS {self.alias('best')})"
        every = "MAX" if best.descending else "MIN"
        if isinstance(best.by, RelatedAggregate):
            if best.descending:
                return self._among_highest(plain, best.by, scope)
            inner = SelectScope(self, rows.table)
            counts, measure = self.alias("counts"), self.superlative_value(best, inner)
            each = self._select(f"{measure} AS c", plain, inner)
            return f"{self.superlative_value(best, scope)} = (SELECT {every}(c) FROM ({each}) AS {counts})"
        inner = SelectScope(self, rows.table)
        column = f"{every}({inner.column(best.by)})"
        return f"{scope.column(best.by)} = ({self._select(column, plain, inner)})"

    def _correlation(
        self, related: RelatedAggregate, scope: SelectScope
    ) -> tuple[tuple[list[str], list[str]], SelectScope, str, list[str]]:
        """Outer and inner keys, the scope of the related rows, the aggregate over them, and their conditions."""
        profile = self.graph.tables[scope.table]
        first = related.path[0]
        if profile.rows_repeat and first.to_one:
            inner = SelectScope(self, scope.table)
            keys = [Column(scope.table, name) for name in profile.key]
            outside = [self.column_of(scope.alias, key) for key in keys]
            inside = [self.column_of(inner.alias, key) for key in keys]
            counted = self.column_of(inner.alias, Column(scope.table, first.left_columns[0]))
            rest = self._is_related(related.path, related.rows, inner)
            return (outside, inside), inner, f"COUNT(DISTINCT {counted})", rest
        inner = SelectScope(self, related.path[-1].right)
        back = self.graph.reversed_path(related.path[1:])
        nearest = inner.follow(back) if back else inner.alias
        outside = [self.column_of(scope.alias, Column(first.left, name)) for name in first.left_columns]
        inside = [self.column_of(nearest, Column(first.right, name)) for name in first.right_columns]
        rest = self.conditions(related.rows, inner)
        if all(join.to_one for join in back):
            return (outside, inside), inner, self.output(Aggregate(related.function, related.column), inner), rest
        (key,) = self.graph.unique_key(inner.table) or self.graph.tables[inner.table].key
        return (outside, inside), inner, f"COUNT(DISTINCT {inner.column(Column(inner.table, key))})", rest

    def _is_related(self, path: Path, rows: RowSet, scope: SelectScope) -> list[str]:
        return [] if rows.is_unrestricted else [self.condition(RelationCondition(path, rows), scope)]

    def _among_highest(self, rows: RowSet, related: RelatedAggregate, scope: SelectScope) -> str:
        """Among the rows with the highest aggregate: one GROUP BY instead of a correlated subquery for each row."""
        (outside, inside), inner, selected, where = self._correlation(related, scope)
        (_, again), other, compared, same = self._correlation(related, scope)
        where = [*where, self._in_rows(inside, rows)]  # without what refers to nothing
        same = [*same, self._in_rows(again, rows)]
        keys, others = ", ".join(inside), ", ".join(again)
        condition = f" WHERE {' AND '.join(where)}" if where else ""
        restriction = f" WHERE {' AND '.join(same)}" if same else ""
        highest = f"SELECT {compared} AS c FROM {other.source()}{restriction} GROUP BY {others}"
        grouped = f"SELECT {keys} FROM {inner.source()}{condition} GROUP BY {keys}"
        left = ", ".join(outside)
        left = f"({left})" if len(outside) > 1 else left
        return f"{left} IN ({grouped} HAVING {selected} = (SELECT MAX(c) FROM ({highest}) AS {self.alias('counts')}))"

    def _in_rows(self, columns: Sequence[str], rows: RowSet) -> str:
        """Whether key columns are those of the rows."""
        inner = SelectScope(self, rows.table)
        keys = ", ".join(
            self.column_of(inner.alias, Column(rows.table, name)) for name in self._identity(rows.table, columns)
        )
        left = ", ".join(columns)
        return f"{f'({left})' if len(columns) > 1 else left} IN ({self._select(keys, rows, inner)})"

    def _identity(self, table: str, columns: Sequence[str]) -> tuple[str, ...]:
        key = self.graph.tables[table].key
        return key if len(key) == len(columns) else self.graph.tables[table].label

    def _aggregate_condition(self, one: AggregateCondition, scope: SelectScope) -> str:
        left = self.superlative_value(Superlative(one.aggregate, descending=True), scope)
        return f"{left} {one.operator} {self.literal(one.value)}"

    def _relation_condition(self, one: RelationCondition, scope: SelectScope) -> str:
        profile = self.graph.tables[scope.table]
        if one.negated and profile.rows_repeat:
            inner = SelectScope(self, scope.table)
            keys = [Column(scope.table, name) for name in profile.key]
            left, right = (
                ", ".join(self.column_of(alias, key) for key in keys) for alias in (scope.alias, inner.alias)
            )
            chosen = self._select(right, RowSet(scope.table, frozenset({RelationCondition(one.path, one.rows)})), inner)
            return f"{f'({left})' if len(keys) > 1 else left} NOT IN ({chosen})"
        join = one.path[0]
        inner = SelectScope(self, join.right)
        if len(one.path) > 1:
            rest = RowSet(join.right, frozenset({RelationCondition(one.path[1:], one.rows)}))
            if one.rows.is_unrestricted and one.path[1].to_one and len(one.path) == 2:
                rest = RowSet(join.right)
        else:
            rest = one.rows
        if one.negated or len(join.left_columns) != 1 or len(join.right_columns) != 1:
            where = [self.join_condition(join, scope.alias, inner.alias), *self.conditions(rest, inner)]
            word = "NOT EXISTS" if one.negated else "EXISTS"
            return f"{word} (SELECT 1 FROM {inner.source()} WHERE {' AND '.join(where)})"
        (referring,), (referred,) = join.left_columns, join.right_columns
        left = self.column_of(scope.alias, Column(join.left, referring))
        right = self.column_of(inner.alias, Column(join.right, referred))
        return f"{left} IN ({self._select(right, rest, inner)})"

    def _select(self, columns: str, rows: RowSet, scope: SelectScope) -> str:
        conditions = self.conditions(rows, scope)
        return f"SELECT {columns} FROM {scope.source()}" + (f" WHERE {' AND '.join(conditions)}" if conditions else "")

    def _column_condition(self, one: ColumnCondition, scope: SelectScope) -> str:
        left, profile = scope.column(one.column), self.graph.profile(one.column)
        values = [self.literal_for(value, profile) for value in one.values]
        if one.operator == "between":
            text = f"{left} >= {values[0]} AND {left} < {values[1]}"
        elif one.operator == "like":
            text = f"LOWER({left}) LIKE LOWER({values[0]})"
        elif one.operator == "in":
            text = f"{left} IN ({', '.join(values)})"
        else:
            text = f"{left} {one.operator} {values[0]}"
        if not one.negated:
            return text
        text = f"{left} <> {values[0]}" if one.operator == "=" else f"NOT ({text})"
        return f"({text} OR {left} IS NULL)" if profile.nullable else text
