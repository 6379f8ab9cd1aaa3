"""The connection, the query and the ai service side by side, without a network between them."""

import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import httpx

from aistack.ai.app import create_app as create_ai
from aistack.ai.settings import AiSettings
from aistack.chassis.identity import PRINCIPAL_HEADER, Principal, on_behalf, sign
from aistack.connection.app import create_app as create_connection
from aistack.connection.settings import ConnectionSettings
from aistack.query.app import create_app as create_query
from aistack.query.settings import QuerySettings

KEY = "a-key-for-tests-that-is-long-enough-0123456789"


class PrincipalAuth(httpx.Auth):
    """Signs a principal into each request, as the gateway does for the service that the request goes to."""

    def __init__(self, who: Principal, secret: str, behalf: Principal | None = None, by: str = "") -> None:
        self.who, self.secret, self.behalf, self.by = who, secret, behalf, by or who.name

    def auth_flow(self, request: httpx.Request) -> Iterator[httpx.Request]:
        service = {"connections": "connection"}.get(name := request.url.path.split("/")[2], name)
        request.headers[PRINCIPAL_HEADER] = sign(self.who, self.secret, time.time() + 60, service)
        if self.behalf is not None:
            request.headers.update(on_behalf(self.behalf, self.secret, self.by, service))
        yield request


class SqlServices:
    """`http` reaches all services, by path."""

    def __init__(self, connection, query, ai) -> None:
        self.connection, self.query, self.ai = connection, query, ai
        mounts = {
            "http://localhost/api/connections": httpx.ASGITransport(connection),
            "http://localhost/api/query": httpx.ASGITransport(query),
            "http://localhost/api/ai": httpx.ASGITransport(ai),
        }

        class Routes(httpx.AsyncBaseTransport):
            async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
                found = next(mounts[prefix] for prefix in mounts if str(request.url).startswith(prefix))
                return await found.handle_async_request(request)

        self.http = httpx.AsyncClient(transport=Routes(), base_url="http://localhost", timeout=60)

    def speak_as_services(self, secret: str) -> None:
        """Calls between services bear the name of the service that calls, as the gateway would sign it."""
        clients = {
            "query": [self.query.state.runner.targets.client],
            "ai": [self.ai.state.databases.connections, self.ai.state.databases.queries],
        }
        for name, calling in clients.items():
            who = Principal(f"service:{name}", "service", name)
            for client in calling:
                client._http = httpx.AsyncClient(
                    transport=self.http._transport,
                    base_url="http://localhost",
                    timeout=60,
                    auth=PrincipalAuth(who, secret),
                )

    async def connect(self, **described: object) -> dict:
        answer = await self.http.post("/api/connections", json={"name": "shop"} | described)
        assert answer.status_code == 201, answer.text
        return answer.json()

    async def ask(self, question: str, expect: int = 200, **more: object) -> dict:
        answer = await self.http.post("/api/ai/query", json={"connection_id": "shop", "question": question} | more)
        assert answer.status_code == expect, answer.text
        return answer.json()

    async def run(self, sql: str, expect: int = 200, **more: object) -> dict:
        answer = await self.http.post("/api/query", json={"connection_id": "shop", "sql": sql} | more)
        assert answer.status_code == expect, answer.text
        return answer.json()


@asynccontextmanager
async def sql_services(
    folder: Path, *, connection_url: str = "", query_url: str = "", ai_url: str = "", **settings: object
) -> AsyncIterator[SqlServices]:
    """`settings` go to whichever service has them."""

    def given(kind: type) -> dict:
        return {name: value for name, value in settings.items() if name in kind.model_fields}

    common = {"data_dir": folder, "encryption_key": KEY, "gateway_url": "http://localhost"}
    settings = {"file_folders": ["/"]} | settings
    connection = create_connection(
        ConnectionSettings(
            service="connection", port=1, database_url=connection_url, **common | given(ConnectionSettings)
        )
    )
    query = create_query(
        QuerySettings(service="query", port=2, database_url=query_url, **common | given(QuerySettings))
    )
    ai = create_ai(
        AiSettings(
            service="ai",
            port=3,
            data_dir=folder,
            gateway_url="http://localhost",
            database_url=ai_url,
            **given(AiSettings),
        )
    )
    made = SqlServices(connection, query, ai)
    async with AsyncExitStack() as held:
        await held.enter_async_context(connection.router.lifespan_context(connection))
        await held.enter_async_context(query.router.lifespan_context(query))
        query.state.runner.targets.client._http = made.http  # at once: jobs that were cut off run again now
        await held.enter_async_context(ai.router.lifespan_context(ai))
        for client in (ai.state.databases.connections, ai.state.databases.queries):
            client._http = made.http
        yield made
