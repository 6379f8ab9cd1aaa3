"""SQL for a whole query."""

from collections.abc import Sequence
from typing import cast

from aistack.ai.rules.meaning.logical_form import Aggregate, Group, Output, Query, TimeBucket
from aistack.ai.rules.sql.grain import GrainGenerator
from aistack.ai.rules.sql.select_scope import SelectScope
from aistack.ai.schema.profiles import Column
from aistack.ai.schema.schema_graph import Metric


class SqlGenerator(GrainGenerator):
    """Generates one statement; make a new one for each."""

    def statement(self, query: Query) -> str:
        """One SELECT in the engine's dialect."""
        grain = self.grain(query)
        is_other = grain != query.rows.table
        return self.transpiled(self.over_grain(query, grain) if is_other else self._statement(query))

    def _statement(self, query: Query) -> str:
        scope = SelectScope(self, query.rows.table)
        profile = self.graph.tables[query.rows.table]
        outputs: Sequence[Output] = query.outputs or [Column(profile.name, name) for name in profile.label]
        has_aggregates = all(isinstance(one, (Aggregate, Metric)) for one in outputs)
        best = query.rows.superlative
        conditions = self.conditions(query.rows, scope, top=not has_aggregates)
        groups = [self.group(one, scope) for one in query.groups]
        columns = [self.output(one, scope) for one in outputs]
        order: list[str] = []
        limit = query.limit
        if best is not None and best.count > 1 and not has_aggregates:
            by = self.superlative_value(best, scope)
            outputs = [*outputs, best.by] if isinstance(best.by, Column) and by not in columns else outputs
            conditions.append(f"{by} IS NOT NULL")
            order, limit = [f"{by} {'DESC' if best.descending else 'ASC'}"], best.count
        elif query.order is not None:
            is_group = isinstance(query.order, (TimeBucket, Column)) and query.order in query.groups
            by = self.group(cast(Group, query.order), scope) if is_group else self.output(query.order, scope)
            order = [f"{by} {'DESC' if query.descending else 'ASC'}", *(one for one in groups if one != by)]
            if profile.rows_repeat and isinstance(query.order, Column) and not groups and by not in columns:
                outputs = [*outputs, query.order]  # with DISTINCT, ORDER BY needs it in the SELECT list
        elif query.groups:
            order = [f"{columns[0]} DESC", *groups]
        if profile.rows_repeat and has_aggregates and not groups and any(not _is_count(one) for one in outputs):
            return self._over_distinct(outputs, scope, conditions)
        distinct = "DISTINCT " if profile.rows_repeat and not has_aggregates else ""
        keys = [scope.column(one) for one in self.label_keys(query)]
        named = [self.named_output(one, scope) for one in (*query.groups, *outputs)]
        text = f"SELECT {distinct}{', '.join(named)} FROM {scope.source()}"
        text += f" WHERE {' AND '.join(conditions)}" if conditions else ""
        text += f" GROUP BY {', '.join([*groups, *keys])}" if groups else ""
        if groups and limit is not None:
            text += f" HAVING {self._top_groups(query, columns[0])}"
            limit = None if limit == 1 else limit
        text += f" ORDER BY {', '.join(order)}" if order else ""
        return text + (f" LIMIT {limit}" if limit is not None else "")

    def _top_groups(self, query: Query, measure: str) -> str:
        """For one group all that share the first place; for several, groups whose value is not NULL."""
        if query.limit != 1:
            return f"{measure} IS NOT NULL"
        scope = SelectScope(self, query.rows.table)
        conditions = self.conditions(query.rows, scope)
        groups = [self.group(one, scope) for one in query.groups]
        keys = [*groups, *(scope.column(one) for one in self.label_keys(query))]
        each = f"SELECT {self.output(query.outputs[0], scope)} AS c FROM {scope.source()}"
        each += f" WHERE {' AND '.join(conditions)}" if conditions else ""
        each += f" GROUP BY {', '.join(keys)}"
        every = "MAX" if query.descending else "MIN"
        return f"{measure} = (SELECT {every}(c) FROM ({each}) AS {self.alias('measures')})"

    def _over_distinct(self, outputs: Sequence[Output], scope: SelectScope, conditions: Sequence[str]) -> str:
        """Aggregates over a table with repeated rows: each key counts once."""
        profile = self.graph.tables[scope.table]
        keys = [Column(scope.table, name) for name in profile.key]
        wanted = dict.fromkeys([*keys, *(one.column for one in outputs if isinstance(one, Aggregate) and one.column)])
        inner = ", ".join(self.column_of(scope.alias, column) for column in wanted)
        where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
        alias = self.alias("counted")
        outer = [
            f"{one.function.upper()}({self.column_of(alias, one.column) if one.column else '*'})"
            for one in outputs
            if isinstance(one, Aggregate)
        ]
        return f"SELECT {', '.join(outer)} FROM (SELECT DISTINCT {inner} FROM {scope.source()}{where}) AS {alias}"


def _is_count(one: Output) -> bool:
    return isinstance(one, Aggregate) and one.column is None
