"""A draft of a semantic layer: the names, labels, times and joins that were inferred from the schema."""

from typing import Any

import yaml

from aistack.ai.schema.schema_graph import SchemaGraph
from aistack.connection.wire import SchemaView

NAMES_MAX = 4


def draft_layer(schema: SchemaView, graph: SchemaGraph) -> str:
    """YAML that states what holds without a layer, so that people can correct what is wrong."""
    tables: dict[str, Any] = {}
    for name, table in graph.tables.items():
        one: dict[str, Any] = {"names": table.names[:NAMES_MAX], "label": list(table.label)}
        if table.time is not None:
            one["time"] = table.time.name
        measures = {
            column.column.name: {"names": column.names[:NAMES_MAX]}
            for column in table.columns.values()
            if column.kind == "number" and not column.is_key
        }
        if measures:
            one["columns"] = measures
        tables[name] = one
    declared = {(table.name, tuple(key.columns)) for table in schema.tables for key in table.foreign_keys}
    inferred = [
        one.match
        for one in graph.joins
        if one.to_one
        and (one.left, one.left_columns) not in declared
        and (one.right, one.right_columns) not in declared
    ]
    draft: dict[str, Any] = {"tables": tables}
    if inferred:
        draft["joins"] = [{"match": one} for one in inferred]
    return yaml.safe_dump(draft, allow_unicode=True, sort_keys=False, width=120)
