"""Aggregates over a table that the rows refer to: each of its rows counts once in a group, however often it is joined.

The same result as Looker's symmetric aggregates, by SELECT DISTINCT over keys instead of hashed sums.
"""

from collections.abc import Sequence

from aistack.ai.rules.meaning.logical_form import GRAIN_FUNCTIONS, Aggregate, Group, Output, Query, TimeBucket
from aistack.ai.rules.sql.conditions import ConditionGenerator
from aistack.ai.rules.sql.select_scope import SelectScope
from aistack.ai.schema.profiles import Column


class GrainGenerator(ConditionGenerator):
    def grain(self, query: Query) -> str:
        """The table whose rows the outputs add up: that of the rows, or the one their columns would repeat from."""
        tables = {
            one.column.table
            for one in query.outputs
            if isinstance(one, Aggregate) and one.column is not None and one.function in GRAIN_FUNCTIONS
        }
        repeated = {one for one in tables if self.graph.repeats(query.rows.table, one)}
        return next(iter(repeated), query.rows.table)

    def over_grain(self, query: Query, grain: str) -> str:
        """The statement of a query with aggregates at the grain of another table than its rows."""
        source = self._distinct_rows(query, grain)
        names = [f"group_{at}" for at in range(len(query.groups))]
        alias = self.alias("measured")
        groups = [f"{alias}.{name}" for name in names]
        keys = [f"{alias}.key_{at}" for at in range(len(self.label_keys(query)))]
        measures = [self._measure(one, alias, at) for at, one in enumerate(query.outputs)]
        labels = [self.quoted(self.output_name(one, query.rows.table)) for one in (*query.groups, *query.outputs)]
        columns = [f"{text} AS {name}" for text, name in zip((*groups, *measures), labels, strict=True)]
        text = f"SELECT {', '.join(columns)} FROM ({source}) AS {alias}"
        if not groups:
            return text
        text += f" GROUP BY {', '.join([*groups, *keys])}"
        if query.limit == 1:
            again, counts = self.alias("measured"), self.alias("measures")
            others = ", ".join(one.replace(alias, again, 1) for one in (*groups, *keys))
            each = f"SELECT {self._measure(query.outputs[0], again, 0)} AS c"
            each += f" FROM ({self._distinct_rows(query, grain)}) AS {again} GROUP BY {others}"
            every = "MAX" if query.descending else "MIN"
            text += f" HAVING {measures[0]} = (SELECT {every}(c) FROM ({each}) AS {counts})"
        elif query.limit is not None:
            text += f" HAVING {measures[0]} IS NOT NULL"
        by = groups[query.groups.index(query.order)] if query.order in query.groups else measures[0]  # pyright: ignore[reportArgumentType] -- it is in them
        direction = "DESC" if query.descending else "ASC"
        text += f" ORDER BY {', '.join([f'{by} {direction}', *(one for one in groups if one != by)])}"
        return text + (f" LIMIT {query.limit}" if query.limit is not None and query.limit > 1 else "")

    def _distinct_rows(self, query: Query, grain: str) -> str:
        """Each row of the grain once for each group that it has rows in."""
        scope = SelectScope(self, query.rows.table)
        conditions = self.conditions(query.rows, scope)
        columns = [f"{self.group(one, scope)} AS group_{at}" for at, one in enumerate(query.groups)]
        columns += [f"{scope.column(one)} AS key_{at}" for at, one in enumerate(self.label_keys(query))]
        keys = self.graph.unique_key(grain)
        columns += [f"{scope.column(Column(grain, name))} AS id_{at}" for at, name in enumerate(keys)]
        columns += [
            f"{scope.column(one.column)} AS value_{at}"
            for at, one in enumerate(query.outputs)
            if isinstance(one, Aggregate) and one.column is not None
        ]
        where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
        return f"SELECT DISTINCT {', '.join(columns)} FROM {scope.source()}{where}"

    def label_keys(self, query: Query) -> Sequence[Column]:
        """The keys of labels that are grouped by, so that two people with the same name are two groups."""
        found: dict[Column, None] = {}
        for one in query.groups:
            profile = None if isinstance(one, TimeBucket) else self.graph.tables[one.table]
            if profile is not None and _name(one) in profile.label and profile.name != query.rows.table:
                found |= dict.fromkeys(Column(profile.name, name) for name in profile.key)
        return [one for one in found if one not in query.groups]

    def _measure(self, one: Output, alias: str, at: int) -> str:
        assert isinstance(one, Aggregate)
        return f"{one.function.upper()}({alias}.value_{at})"


def _name(group: Group) -> str:
    return group.column.name if isinstance(group, TimeBucket) else group.name
