"""Access to the connected databases, through the gateway and on behalf of the principal who asks."""

from collections.abc import Sequence
from typing import Any

from aistack.ai.settings import AiSettings
from aistack.chassis.errors import InvalidInput, Problem
from aistack.chassis.identity import Principal, on_behalf
from aistack.connection.client import ConnectionClient
from aistack.connection.rights import Right, Rights
from aistack.connection.wire import ConnectionView, SchemaView
from aistack.databases.target import STORES
from aistack.query.client import QueryClient
from aistack.query.wire import Plan, QueryAnswer, Validity


def is_service_failure(problem: Problem) -> bool:
    """Whether a service failed rather than the statement, so another statement would not help."""
    return problem.status >= 500 and not problem.code.startswith("database-")


class Databases:
    """The clients of the connection and the query service; every call carries the principal."""

    def __init__(self, connections: ConnectionClient, queries: QueryClient, settings: AiSettings) -> None:
        self.connections, self.queries = connections, queries
        self._secret = settings.secret if settings.identity else ""
        self._name = settings.service

    def _for(self, who: Principal, service: str) -> dict[str, str]:
        return on_behalf(who, self._secret, self._name, service)

    async def connection(self, connection_id: str, who: Principal, right: Right = "ask") -> ConnectionView:
        """Raises NotFound if the principal may not see it, Forbidden if they do not have the right."""
        found = await self.connections.connection(connection_id, self._for(who, "connection"))
        Rights(found.yours, tuple(found.rights)).require(right, connection_id)
        if found.engine in STORES:
            raise InvalidInput(f"{found.name} does not support SQL, so it cannot answer questions")
        return found

    async def existing(self, ids: Sequence[str]) -> set[str]:
        """Which of these connections exist, whoever may see them."""
        return await self.connections.existing(ids)

    async def schema(self, connection_id: str, who: Principal) -> SchemaView:
        return await self.connections.schema(connection_id, headers=self._for(who, "connection"))

    async def validate(self, connection_id: str, sql: str, who: Principal) -> Validity:
        return await self.queries.validate({"connection_id": connection_id, "sql": sql}, self._for(who, "query"))

    async def explain(self, connection_id: str, sql: str, who: Principal) -> Plan:
        return await self.queries.explain({"connection_id": connection_id, "sql": sql}, self._for(who, "query"))

    async def run(
        self, connection_id: str, sql: str, who: Principal, rows_max: int, seconds_max: float, **more: Any
    ) -> QueryAnswer:
        body = {"connection_id": connection_id, "sql": sql, "limit": rows_max, "timeout_seconds": seconds_max} | more
        return await self.queries.run(body, self._for(who, "query"))
