"""The typed client of the trend service, for other services and the CLI."""

from aistack.chassis.outgoing_http import GatewayClient
from aistack.trend.points_wire import PushedSeriesView
from aistack.trend.wire import Added, NewDocuments


class TrendClient(GatewayClient):
    """Calls the service through the gateway. Failures raise Problem."""

    async def push_documents(self, new: NewDocuments) -> Added:
        return Added.model_validate(await self.call("POST", "/v1/trend/documents", json=new.model_dump(mode="json")))

    async def push_csv(self, table: str) -> list[PushedSeriesView]:
        """Points of series in CSV, with a line of names: time, and one series a column."""
        pushed = await self.call(
            "POST", "/v1/trend/series", content=table.encode(), headers={"content-type": "text/csv"}
        )
        return [PushedSeriesView.model_validate(one) for one in pushed]
