"""The typed client of the ai service."""

from typing import Any

from aistack.ai.wire import AskAnswer
from aistack.chassis.outgoing_http import GatewayClient


class AiClient(GatewayClient):
    """Calls go through the gateway; failures raise Problem. `headers` may carry the principal of the call."""

    async def ask(self, request: dict[str, Any], headers: dict[str, str] | None = None) -> AskAnswer:
        return AskAnswer.model_validate(await self.call("POST", "/api/ai/query", json=request, headers=headers))
