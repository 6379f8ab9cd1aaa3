"""A semantic layer to begin with: what is taken for names, keys and times, and which joins were guessed."""

from typing import Any

import yaml

from aistack.ai.schema.schema_graph import Knowledge
from aistack.connection.wire import SchemaView

NAMES_MAX = 4


def drawn(schema: SchemaView, knowledge: Knowledge) -> str:
    """YAML that says what would hold without it, so that it can be mended where that is wrong."""
    tables: dict[str, Any] = {}
    for name, facts in knowledge.tables.items():
        one: dict[str, Any] = {"names": facts.names[:NAMES_MAX], "label": list(facts.label)}
        if facts.time is not None:
            one["time"] = facts.time.name
        measures = {
            column.column.name: {"names": column.names[:NAMES_MAX]}
            for column in facts.columns.values()
            if column.kind == "number" and not column.is_key
        }
        if measures:
            one["columns"] = measures
        tables[name] = one
    declared = {(table.name, tuple(key.columns)) for table in schema.tables for key in table.foreign_keys}
    guessed = [
        one.match
        for one in knowledge.joins
        if one.to_one
        and (one.left, one.left_columns) not in declared
        and (one.right, one.right_columns) not in declared
    ]
    made: dict[str, Any] = {"tables": tables}
    if guessed:
        made["joins"] = [{"match": one} for one in guessed]
    return yaml.safe_dump(made, allow_unicode=True, sort_keys=False, width=120)
