"""SQL for outputs and groups: columns, aggregates, metrics and time buckets, under names that people can read."""

import re

from aistack.ai.dialects.sql_formatter import SqlFormatter
from aistack.ai.dialects.time_buckets import time_bucket
from aistack.ai.rules.meaning.logical_form import Aggregate, Group, Output, TimeBucket
from aistack.ai.rules.sql.select_scope import SelectScope
from aistack.ai.schema.identifiers import identifier_words
from aistack.ai.schema.profiles import Column
from aistack.ai.schema.schema_graph import Metric
from aistack.ai.text.english_nouns import singular_phrase

FUNCTION_NAMES = {"count": "count", "sum": "total", "avg": "average", "min": "lowest", "max": "highest"}


class ExpressionGenerator(SqlFormatter):
    def output(self, one: Output | Group, scope: SelectScope) -> str:
        """An expression of the SELECT list or of ORDER BY."""
        if isinstance(one, Column):
            return scope.column(one)
        if isinstance(one, TimeBucket):
            return self.group(one, scope)
        if isinstance(one, Metric):
            return self.fragment(one.expression, one.table, scope.alias)
        if one.column is None:
            profile = self.graph.tables[scope.table]
            is_repeated = profile.rows_repeat and len(profile.key) == 1
            key = self.column_of(scope.alias, Column(scope.table, profile.key[0])) if is_repeated else ""
            return f"COUNT(DISTINCT {key})" if is_repeated else "COUNT(*)"
        return f"{one.function.upper()}({scope.column(one.column)})"

    def named_output(self, one: Output | Group, scope: SelectScope) -> str:
        """The same with a name such as `average_price`, `month` or `category`."""
        text, name = self.output(one, scope), self.output_name(one, scope.table)
        has_name = isinstance(one, Column) and name == one.name
        return text if has_name else f"{text} AS {self.quoted(name)}"

    def output_name(self, one: Output | Group, rows: str) -> str:
        """Its name in the result."""
        match one:
            case TimeBucket():
                return one.unit
            case Metric():
                return re.sub(r"\W+", "_", one.name)
            case Aggregate():
                function, column = FUNCTION_NAMES[one.function], one.column.name if one.column is not None else ""
                return "_".join([function, *([] if column.lower() == function else identifier_words(column))])
            case Column():
                is_label = one.name in self.graph.tables[one.table].label[:1] and one.table != rows
                table_words = identifier_words(one.table.rpartition(".")[2])
                return "_".join(singular_phrase(table_words)) if is_label else one.name

    def group(self, one: Group, scope: SelectScope) -> str:
        """An expression of GROUP BY."""
        if isinstance(one, TimeBucket):
            text = self.in_zone(scope.column(one.column), self.graph.profile(one.column))
            return time_bucket(text, one.unit, self.engine)
        return scope.column(one)
