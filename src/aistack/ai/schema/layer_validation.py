"""Checks a semantic layer against its database: every name exists, and every piece of SQL may run."""

from aistack.ai.databases import Databases
from aistack.ai.schema.semantic_layer import Layer
from aistack.chassis.identity import Principal
from aistack.connection.wire import SchemaView


def unknown_names(layer: Layer, schema: SchemaView) -> list[str]:
    """One message for each table and column that the layer names and the schema does not have."""
    columns = {table.name: {column.name for column in table.columns} for table in schema.tables}

    def is_missing(text: str) -> bool:
        table, _, name = text.strip().rpartition(".")
        return name not in columns.get(table, ())

    found = [f"tables.{table}: there is no such table" for table in layer.tables if table not in columns]
    for table, definition in layer.tables.items():
        named = [*definition.key, *definition.label, *([definition.time] if definition.time else [])]
        named += definition.columns
        named += [one.extreme_of for one in definition.columns.values() if one.extreme_of]
        known = columns.get(table, {*named})
        found += [f"tables.{table}: there is no column {name}" for name in named if name not in known]
    sides = [side for join in layer.joins for pair in join.match.split(" and ") for side in pair.split("=")]
    sides += [
        side for one in layer.relations for step in one.path for pair in step.split(" and ") for side in pair.split("=")
    ]
    named = [*sides, *layer.values, *(one.column for one in layer.dimensions.values())]
    named += [one.time for one in layer.metrics.values() if one.time]
    found += [f"{text.strip()}: there is no such column; write TABLE.COLUMN" for text in named if is_missing(text)]
    found += [
        f"metrics.{name}: there is no table {one.table}"
        for name, one in layer.metrics.items()
        if one.table not in columns
    ]
    return found


def statements_of(layer: Layer) -> dict[str, str]:
    """The SQL of a layer's metrics and qualities as statements, by where they are in it."""
    return {
        f"metrics.{name}": f"SELECT {one.expression} FROM {one.table} WHERE {one.where or '1 = 1'}"
        for name, one in layer.metrics.items()
    } | {
        f"tables.{table}.qualities.{name}": f"SELECT 1 FROM {table} WHERE {one.where}"
        for table, definition in layer.tables.items()
        for name, one in definition.qualities.items()
    }


async def invalid_sql(layer: Layer, databases: Databases, connection_id: str, who: Principal) -> list[str]:
    """One message for each metric or quality whose SQL the query service refuses, like any other statement."""
    found: list[str] = []
    for where, sql in statements_of(layer).items():
        validity = await databases.validate(connection_id, sql, who)
        if not validity.valid:
            found.append(f"{where}: {validity.error}")
    return found
