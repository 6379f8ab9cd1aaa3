"""Connections as the connection service describes them, decrypted, and cached for a moment."""

import time
from dataclasses import dataclass

from aistack.chassis.errors import Problem
from aistack.connection.client import ConnectionClient
from aistack.connection.wire import Roles, Rules
from aistack.databases.sealing import CannotOpen, Sealer
from aistack.databases.target import Target, decoded

CACHE_SECONDS = 2.0
CACHED_MAX = 1_000
SCHEMA_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class ResolvedConnection:
    """A connection with its decrypted target, which holds the password: it goes to the pool and nowhere else."""

    id: str
    name: str
    revision: int
    target: Target
    max_connections: int
    roles: Roles
    rules: Rules


class Targets:
    """Looks up connections through `client`, the client of the connection service."""

    def __init__(self, client: ConnectionClient, sealer: Sealer) -> None:
        self.client = client
        self.sealer = sealer
        self._cached: dict[str, tuple[float, ResolvedConnection]] = {}
        self._columns: dict[tuple[str, int], tuple[float, dict[str, list[str]]]] = {}

    async def of(self, connection_id: str) -> ResolvedConnection:
        """Raises NotFound, or Problem when the connection cannot be fetched or decrypted."""
        cached = self._cached.get(connection_id)
        if cached is not None and time.monotonic() - cached[0] < CACHE_SECONDS:
            return cached[1]
        sealed = await self.client.target(connection_id)
        try:
            target = decoded(self.sealer.open(sealed.sealed, f"target:{sealed.id}"))
        except CannotOpen as error:
            detail = (
                f"the credentials of {sealed.name} cannot be decrypted: {error}; the connection and query services "
                "need the same ENCRYPTION_KEY"
            )
            raise Problem(detail, code="sealed", status=500) from None
        resolved = ResolvedConnection(
            sealed.id, sealed.name, sealed.revision, target, sealed.max_connections, sealed.roles, sealed.rules
        )
        if len(self._cached) >= CACHED_MAX:
            self._cached.clear()
        self._cached[connection_id] = (time.monotonic(), resolved)
        return resolved

    async def columns(self, connection: ResolvedConnection) -> dict[str, list[str]]:
        """The column names of every table, which masks need."""
        key = connection.id, connection.revision
        cached = self._columns.get(key)
        if cached is not None and time.monotonic() - cached[0] < SCHEMA_SECONDS:
            return cached[1]
        schema = await self.client.schema(connection.id)
        columns = {table.name: [column.name for column in table.columns] for table in schema.tables}
        self._columns[key] = (time.monotonic(), columns)
        return columns
