"""The typed client of the trend service, for other services and the CLI."""

from typing import Any
from urllib.parse import quote

from aistack.chassis.outgoing_http import GatewayClient
from aistack.trend.answer_wire import ForecastAnswer
from aistack.trend.points_wire import PushedSeriesView
from aistack.trend.wire import Added, HotTopics, NewDocuments, TermSeries


class TrendClient(GatewayClient):
    """Calls the service through the gateway. Failures raise Problem. `headers` may name the principal a call is for."""

    async def push_documents(self, new: NewDocuments) -> Added:
        return Added.model_validate(await self.call("POST", "/v1/trend/documents", json=new.model_dump(mode="json")))

    async def push_csv(self, table: str) -> list[PushedSeriesView]:
        """Points of series in CSV, with a line of names: time, and one series a column."""
        pushed = await self.call(
            "POST", "/v1/trend/series", content=table.encode(), headers={"content-type": "text/csv"}
        )
        return [PushedSeriesView.model_validate(one) for one in pushed]

    async def hot_topics(
        self,
        window: str = "24h",
        category: str = "",
        collection: str = "default",
        limit: int = 20,
        headers: dict[str, str] | None = None,
    ) -> HotTopics:
        """What grows most surprisingly in a window such as 24h, 7d or 4w."""
        params = {"window": window, "category": category, "collection": collection, "limit": limit}
        answer = await self.call("GET", "/v1/trend/hot-topics", params=params, headers=headers)
        return HotTopics.model_validate(answer)

    async def term(
        self, term: str, window: str = "7d", collection: str = "default", headers: dict[str, str] | None = None
    ) -> TermSeries:
        """How many documents have a word or a phrase of two words."""
        path = f"/v1/trend/terms/{quote(term, safe='')}"
        params = {"window": window, "collection": collection}
        return TermSeries.model_validate(await self.call("GET", path, params=params, headers=headers))

    async def forecast(
        self, request: dict[str, Any], collection: str = "default", headers: dict[str, str] | None = None
    ) -> ForecastAnswer:
        """What comes next in a series. `request` is a ForecastRequest."""
        params = {"collection": collection}
        answer = await self.call("POST", "/v1/trend/forecast", json=request, params=params, headers=headers)
        return ForecastAnswer.model_validate(answer)
