"""The typed client of the connection service, for the services that run and write statements."""

from urllib.parse import quote

from aistack.chassis.outgoing_http import GatewayClient
from aistack.connection.wire import ConnectionView, SchemaView, SealedTarget


class ConnectionClient(GatewayClient):
    """Calls go through the gateway; failures raise Problem."""

    async def connections(self) -> list[ConnectionView]:
        return [ConnectionView.model_validate(one) for one in await self.call("GET", "/api/connections")]

    async def connection(self, connection_id: str, headers: dict[str, str] | None = None) -> ConnectionView:
        path = f"/api/connections/{quote(connection_id, safe='')}"
        return ConnectionView.model_validate(await self.call("GET", path, headers=headers))

    async def target(self, connection_id: str) -> SealedTarget:
        return SealedTarget.model_validate(
            await self.call("GET", f"/api/connections/{quote(connection_id, safe='')}/target")
        )

    async def schema(
        self, connection_id: str, refresh: bool = False, headers: dict[str, str] | None = None
    ) -> SchemaView:
        path = f"/api/connections/{quote(connection_id, safe='')}/schema"
        return SchemaView.model_validate(await self.call("GET", path, params={"refresh": refresh}, headers=headers))
