"""The trend service without a network, in this process."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI
from sqlalchemy import update

from aistack.trend.alerts.tables import AlertRule
from aistack.trend.app import create_app
from aistack.trend.settings import TrendSettings
from harness.waiting import until_async


class Trend:
    """A client of the service, with the calls that tests make."""

    def __init__(self, http: httpx.AsyncClient, app: FastAPI) -> None:
        self.http = http
        self.app = app

    async def get(self, path: str, **params: object) -> Any:
        answer = await self.http.get(f"/v1/trend{path}", params=params)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def post(self, path: str, body: object, **params: object) -> Any:
        answer = await self.http.post(f"/v1/trend{path}", json=body, params=params)
        assert answer.is_success, answer.text
        return answer.json()

    async def due(self, rule: str) -> None:
        """Has an alert rule checked now rather than in a minute."""
        async with self.app.state.collections.records.write() as connection:
            await connection.execute(update(AlertRule).where(AlertRule.id == rule).values(due_at=datetime.now(UTC)))

    async def settled(self) -> None:
        """Waits until every document of the default collection is in a topic."""

        async def done() -> bool:
            documents = await self.get("/documents", limit=500)
            return bool(documents) and all(one["topic"] for one in documents)

        await until_async(done, "every document is in a topic")

    async def current(self) -> None:
        """Waits until topics cover every document of the default collection."""

        async def done() -> bool:
            return (await self.get("/hot-topics"))["state"]["is_current"]

        await until_async(done, "topics cover every document")


@asynccontextmanager
async def trend_service(folder: Path, **settings: object) -> AsyncIterator[Trend]:
    """Its data is in the folder. Sources may be on this machine."""
    settings = {"fetch_private": True, "host_delay_seconds": 0.0, "deliver_private": True} | settings
    app = create_app(TrendSettings(service="trend", port=1, data_dir=folder, **settings))
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost", timeout=60) as http:
            yield Trend(http, app)
