"""The forecast tool against the trend service itself."""

from pathlib import Path

import httpx

from aistack.agent.tool_protocol import ToolContext
from aistack.agent.tools.gateway import GatewayAccess
from aistack.agent.tools.trends import Forecast
from aistack.chassis.identity import Principal
from aistack.trend.client import TrendClient
from harness.services.trend import trend_service

CONTEXT = ToolContext(Principal("user:1", "user"), "s", "r", "en")


async def test_points_in_a_conversation_are_forecast(tmp_path: Path):
    async with trend_service(tmp_path) as trend:
        gateway = GatewayAccess("http://localhost")
        client = TrendClient("http://localhost")
        await client._http.aclose()
        client._http = httpx.AsyncClient(transport=trend.http._transport, base_url="http://localhost", timeout=60)
        gateway._clients[TrendClient] = client
        points = [[f"2026-01-{day:02}", 10 + day] for day in range(1, 29)]
        result = await Forecast(gateway).run({"points": points, "horizon": 3}, CONTEXT)
        assert not result.error and len(result.data["values"]) == 3 and "2026-01-29" in result.text
        assert result.data["chart"]["y"] == result.data["values"] and "quality:" in result.text
        gone = await Forecast(gateway).run({"series": "nothing", "horizon": 3}, CONTEXT)
        assert gone.error
