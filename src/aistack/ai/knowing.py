"""What is known of each database, made ready for questions, and made anew when its schema or its layer changes."""

import asyncio
from dataclasses import dataclass

from aistack.ai.databases import Databases
from aistack.ai.knowledge import Knowledge
from aistack.ai.layers import Layers
from aistack.ai.linking import Linker
from aistack.ai.rules.reading import Reader
from aistack.ai.semantics import Layer
from aistack.chassis.identity import Principal
from aistack.connection.wire import ConnectionView, SchemaView
from aistack.llm.embeddings import Embedder

KEPT_MAX = 50


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


class Knowing:
    def __init__(self, databases: Databases, layers: Layers, embedder: Embedder | None) -> None:
        self.databases, self._layers = databases, layers
        self.embedder = embedder
        self._kept: dict[tuple[str, str, int, str, str], tuple[Knowledge, Reader, Linker]] = {}

    async def of(self, connection_id: str, who: Principal) -> Known:
        """Raises Problem: for who may not ask it, or when it cannot be reached."""
        connection = await self.databases.connection(connection_id, who)
        schema = await self.databases.schema(connection.id, who)
        version, layer = await self._layers.in_force(connection.id)
        name = self.embedder.name if self.embedder is not None else ""
        rules = connection.rules.against(who).model_dump_json()  # what is hidden differs by who asks
        key = connection.id, schema.read_at.isoformat(), version, name, rules
        if key not in self._kept:
            for old in [one for one in self._kept if one[0] == connection.id and one[1:4] != key[1:4]]:
                del self._kept[old]
            while len(self._kept) >= KEPT_MAX:
                del self._kept[next(iter(self._kept))]
            self._kept[key] = await asyncio.to_thread(_made, schema, layer, self.embedder)
        return Known(connection, schema, version, layer, *self._kept[key])


def _made(schema: SchemaView, layer: Layer, embedder: Embedder | None) -> tuple[Knowledge, Reader, Linker]:
    """Takes seconds where there are thousands of tables."""
    knowledge = Knowledge(schema, layer)
    return knowledge, Reader(knowledge), Linker(schema.tables, layer, embedder)
