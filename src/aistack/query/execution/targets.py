"""What the connection service says of a connection, opened, and remembered for a moment."""

import time
from dataclasses import dataclass

from aistack.chassis.errors import Problem
from aistack.connection.client import ConnectionClient
from aistack.connection.wire import Roles, Rules
from aistack.databases.sealing import CannotOpen, Sealer
from aistack.databases.target import Target, decoded

REMEMBERED_SECONDS = 2.0
REMEMBERED_MAX = 1_000
SCHEMA_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Known:
    """A connection as it is now. `target` holds its password: it goes to the pool and nowhere else."""

    id: str
    name: str
    revision: int
    target: Target
    max_connections: int
    roles: Roles
    rules: Rules


class Targets:
    """`client` is what reaches the connection service."""

    def __init__(self, client: ConnectionClient, sealer: Sealer) -> None:
        self.client = client
        self.sealer = sealer
        self._known: dict[str, tuple[float, Known]] = {}
        self._columns: dict[tuple[str, int], tuple[float, dict[str, list[str]]]] = {}

    async def of(self, connection_id: str) -> Known:
        """Raises NotFound, or Problem when it cannot be had."""
        held = self._known.get(connection_id)
        if held is not None and time.monotonic() - held[0] < REMEMBERED_SECONDS:
            return held[1]
        sealed = await self.client.target(connection_id)
        try:
            target = decoded(self.sealer.open(sealed.sealed, f"target:{sealed.id}"))
        except CannotOpen as error:
            said = f"how to reach {sealed.name} cannot be opened: {error}; both services need the same ENCRYPTION_KEY"
            raise Problem(said, code="sealed", status=500) from None
        known = Known(
            sealed.id, sealed.name, sealed.revision, target, sealed.max_connections, sealed.roles, sealed.rules
        )
        if len(self._known) >= REMEMBERED_MAX:
            self._known.clear()
        self._known[connection_id] = (time.monotonic(), known)
        return known

    async def columns(self, known: Known) -> dict[str, list[str]]:
        """The columns of every table, for masks."""
        key = known.id, known.revision
        held = self._columns.get(key)
        if held is not None and time.monotonic() - held[0] < SCHEMA_SECONDS:
            return held[1]
        schema = await self.client.schema(known.id)
        columns = {table.name: [column.name for column in table.columns] for table in schema.tables}
        self._columns[key] = (time.monotonic(), columns)
        return columns
