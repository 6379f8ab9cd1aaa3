"""What is known of each database, made ready for questions, and made anew when its schema or its layer changes."""

import asyncio
import time
from dataclasses import dataclass

from aistack.ai.databases import Databases
from aistack.ai.linking.schema_linker import Linker
from aistack.ai.rules.grammar.question_parser import Reader
from aistack.ai.schema.layer_versions import Layers
from aistack.ai.schema.schema_graph import Knowledge
from aistack.ai.schema.semantic_layer import Layer
from aistack.chassis.identity import Principal
from aistack.connection.wire import ConnectionView, SchemaView
from aistack.databases.target import dialect_of
from aistack.llm.embeddings import Embedder

KEPT_MAX = 50
REMEMBERED_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Known:
    """A database as it is now."""

    connection: ConnectionView
    schema: SchemaView
    version: int
    layer: Layer
    knowledge: Knowledge
    reader: Reader
    linker: Linker

    @property
    def dialect(self) -> str:
        """What the parser calls this database's SQL."""
        return dialect_of(self.connection.engine)


class Knowing:
    def __init__(self, databases: Databases, layers: Layers, embedder: Embedder | None) -> None:
        self.databases, self._layers = databases, layers
        self.embedder = embedder
        self._schemas: dict[tuple[str, str], tuple[float, SchemaView]] = {}
        self._kept: dict[tuple[str, str, int, str, str], tuple[Knowledge, Reader, Linker]] = {}

    async def of(self, connection_id: str, who: Principal) -> Known:
        """Raises Problem: for who may not ask it, or when it cannot be reached."""
        connection = await self.databases.connection(connection_id, who)
        rules = connection.rules.against(who).model_dump_json()  # what is hidden differs by who asks
        schema = await self._schema(connection.id, rules, who)
        version, layer = await self._layers.in_force(connection.id)
        name = self.embedder.name if self.embedder is not None else ""
        key = connection.id, schema.read_at.isoformat(), version, name, rules
        if key not in self._kept:
            for old in [one for one in self._kept if one[0] == connection.id and one[1:4] != key[1:4]]:
                del self._kept[old]
            while len(self._kept) >= KEPT_MAX:
                del self._kept[next(iter(self._kept))]
            self._kept[key] = await asyncio.to_thread(_made, schema, layer, self.embedder)
        return Known(connection, schema, version, layer, *self._kept[key])

    async def _schema(self, connection_id: str, rules: str, who: Principal) -> SchemaView:
        """As it was a moment ago, when somebody under the same rules asked then: a large one takes time to travel."""
        now = time.monotonic()
        self._schemas = {key: one for key, one in self._schemas.items() if now - one[0] < REMEMBERED_SECONDS}
        if (connection_id, rules) not in self._schemas:
            self._schemas[connection_id, rules] = (now, await self.databases.schema(connection_id, who))
        return self._schemas[connection_id, rules][1]


def _made(schema: SchemaView, layer: Layer, embedder: Embedder | None) -> tuple[Knowledge, Reader, Linker]:
    """Takes seconds where there are thousands of tables."""
    knowledge = Knowledge(schema, layer)
    return knowledge, Reader(knowledge), Linker(schema.tables, layer, embedder)
