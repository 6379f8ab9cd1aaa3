"""A database as it is now, from one principal's point of view."""

from dataclasses import dataclass

from aistack.ai.schema.schema_graph import SchemaGraph
from aistack.ai.schema.semantic_layer import Layer
from aistack.connection.wire import ConnectionView, SchemaView
from aistack.databases.target import dialect_of


@dataclass(frozen=True, slots=True)
class DatabaseSnapshot:
    """`layer_version` is 0 while the connection has no semantic layer."""

    connection: ConnectionView
    schema: SchemaView
    layer_version: int
    layer: Layer
    graph: SchemaGraph

    @property
    def dialect(self) -> str:
        """sqlglot's name for this database's SQL."""
        return dialect_of(self.connection.engine)
