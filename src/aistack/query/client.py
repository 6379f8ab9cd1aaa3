"""The typed client of the query service, for services that run statements on behalf of a principal."""

from typing import Any

from aistack.chassis.outgoing_http import GatewayClient
from aistack.query.wire import Plan, QueryAnswer, Validity


class QueryClient(GatewayClient):
    """Calls go through the gateway; failures raise Problem. `headers` may name the principal that they are for."""

    async def run(self, request: dict[str, Any], headers: dict[str, str] | None = None) -> QueryAnswer:
        return QueryAnswer.model_validate(await self.call("POST", "/api/query", json=request, headers=headers))

    async def validate(self, request: dict[str, Any], headers: dict[str, str] | None = None) -> Validity:
        return Validity.model_validate(await self.call("POST", "/api/query/validate", json=request, headers=headers))

    async def explain(self, request: dict[str, Any], headers: dict[str, str] | None = None) -> Plan:
        return Plan.model_validate(await self.call("POST", "/api/query/explain", json=request, headers=headers))
