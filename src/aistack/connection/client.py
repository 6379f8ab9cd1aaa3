"""The typed client of the connection service, for the services that run and write statements."""

from collections.abc import Sequence
from urllib.parse import quote

from aistack.chassis.outgoing_http import GatewayClient
from aistack.connection.rules.model import Relation
from aistack.connection.wire import Candidate, ConnectionView, SchemaView, SealedTarget


class ConnectionClient(GatewayClient):
    """Calls go through the gateway; failures raise Problem."""

    async def connections(self, headers: dict[str, str] | None = None) -> list[ConnectionView]:
        found = await self.call("GET", "/api/connections", headers=headers)
        return [ConnectionView.model_validate(one) for one in found]

    async def connection(self, connection_id: str, headers: dict[str, str] | None = None) -> ConnectionView:
        path = f"/api/connections/{quote(connection_id, safe='')}"
        return ConnectionView.model_validate(await self.call("GET", path, headers=headers))

    async def candidates(self, asked: str) -> list[Candidate]:
        """All connections that an id or a name may mean, whoever may use them."""
        found = await self.call("GET", f"/api/connections/{quote(asked, safe='')}/candidates")
        return [Candidate.model_validate(one) for one in found]

    async def target(self, connection_id: str) -> SealedTarget:
        return SealedTarget.model_validate(
            await self.call("GET", f"/api/connections/{quote(connection_id, safe='')}/target")
        )

    async def relations(self, connection_id: str, age_seconds_max: float) -> list[Relation]:
        """Tables, views and partitions, as they were at most this time ago."""
        path = f"/api/connections/{quote(connection_id, safe='')}/relations"
        found = await self.call("GET", path, params={"age_seconds_max": age_seconds_max})
        return [Relation.model_validate(one) for one in found]

    async def existing(self, ids: Sequence[str]) -> set[str]:
        """Which of these connections exist."""
        return set(await self.call("POST", "/api/connections/existing", json=list(ids)))

    async def schema(
        self, connection_id: str, refresh: bool = False, headers: dict[str, str] | None = None
    ) -> SchemaView:
        path = f"/api/connections/{quote(connection_id, safe='')}/schema"
        return SchemaView.model_validate(await self.call("GET", path, params={"refresh": refresh}, headers=headers))
