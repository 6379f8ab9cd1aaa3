"""Databases prepared for questions: schema graph, parser and linker, rebuilt when the schema or its layer changes."""

import asyncio
import time
from dataclasses import dataclass

from aistack.ai.databases import Databases
from aistack.ai.linking.schema_linker import SchemaLinker
from aistack.ai.rules.grammar.question_parser import QuestionParser
from aistack.ai.rules.reports.report_reader import ReportReader
from aistack.ai.schema.layer_versions import LayerVersions
from aistack.ai.schema.schema_graph import SchemaGraph
from aistack.ai.schema.semantic_layer import Layer
from aistack.ai.schema.snapshot import DatabaseSnapshot
from aistack.chassis.identity import Principal
from aistack.connection.wire import ConnectionView, SchemaView
from aistack.llm.embeddings import Embedder

PREPARED_MAX = 50
Prepared = tuple[SchemaGraph, QuestionParser, ReportReader, SchemaLinker]
SCHEMA_SECONDS = 10.0  # a schema is reused for this time; a large one takes a while to transfer


@dataclass(frozen=True, slots=True)
class PreparedDatabase:
    snapshot: DatabaseSnapshot
    parser: QuestionParser
    reports: ReportReader
    linker: SchemaLinker


class PreparedDatabases:
    def __init__(self, databases: Databases, layers: LayerVersions, embedder: Embedder | None) -> None:
        self.databases, self._layers = databases, layers
        self.embedder = embedder
        self._schemas: dict[tuple[str, str, str], tuple[float, SchemaView]] = {}
        self._prepared: dict[tuple[str, str, int, str, str], Prepared] = {}

    async def get(self, connection_id: str, who: Principal) -> PreparedDatabase:
        """Raises Problem if the principal may not ask the database, or if it cannot be reached."""
        connection = await self.databases.connection(connection_id, who)
        rules = connection.rules.against(who).model_dump_json()  # what is hidden depends on the principal
        schema = await self._schema(connection, rules, who)
        version, layer = await self._layers.current(connection.id)
        name = self.embedder.name if self.embedder is not None else ""
        key = connection.id, schema.read_at.isoformat(), version, name, rules
        if key not in self._prepared:
            for old in [one for one in self._prepared if one[0] == connection.id and one[1:4] != key[1:4]]:
                del self._prepared[old]
            while len(self._prepared) >= PREPARED_MAX:
                del self._prepared[next(iter(self._prepared))]
            self._prepared[key] = await asyncio.to_thread(_prepare, schema, layer, self.embedder)
        graph, parser, reports, linker = self._prepared[key]
        return PreparedDatabase(DatabaseSnapshot(connection, schema, version, layer, graph), parser, reports, linker)

    async def snapshot(self, connection_id: str, who: Principal) -> DatabaseSnapshot:
        """Raises the same."""
        return (await self.get(connection_id, who)).snapshot

    async def _schema(self, connection: ConnectionView, rules: str, who: Principal) -> SchemaView:
        """A schema that was read a moment ago for a principal with the same rules is reused, until a change."""
        now, key = time.monotonic(), (connection.id, connection.updated_at.isoformat(), rules)
        self._schemas = {name: one for name, one in self._schemas.items() if now - one[0] < SCHEMA_SECONDS}
        if key not in self._schemas:
            self._schemas[key] = (now, await self.databases.schema(connection.id, who))
        return self._schemas[key][1]


def _prepare(schema: SchemaView, layer: Layer, embedder: Embedder | None) -> Prepared:
    """Takes seconds if there are thousands of tables."""
    graph = SchemaGraph(schema, layer)
    return graph, QuestionParser(graph), ReportReader(graph), SchemaLinker(schema.tables, layer, embedder)
