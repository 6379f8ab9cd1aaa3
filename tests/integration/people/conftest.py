"""A gateway with identity on, and the people that call it."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from harness.servers.postgres import new_database
from harness.services.gateway import Gateway


@pytest.fixture
def identity() -> bool:
    return True


@pytest.fixture(params=["sqlite", "postgres"])
async def either_records(request: pytest.FixtureRequest) -> str:
    """The gateway's settings for records in SQLite and in PostgreSQL, for tests in which they may differ."""
    if request.param == "sqlite":
        return ""
    return f"database_url = '{await new_database(request.getfixturevalue('postgres'))}'\n"


class Administrator:
    """Calls the API for people with a key; each method gives back the decoded answer, and fails for a refusal."""

    def __init__(self, gateway: Gateway, key: str = "") -> None:
        self.gateway = gateway
        self.headers = {"authorization": f"Bearer {key or gateway.admin}"}

    async def ask(self, method: str, path: str, **parts: Any) -> httpx.Response:
        return await self.gateway.client.request(method, f"/gateway{path}", headers=self.headers, **parts)

    async def done(self, method: str, path: str, **parts: Any) -> Any:
        answer = await self.ask(method, path, **parts)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None

    async def user(self, name: str, role: str = "member", **more: Any) -> dict[str, Any]:
        return await self.done(
            "POST", "/users", json={"name": name, "email": f"{name}@example.com", "role": role} | more
        )

    async def group(self, name: str, *members: str) -> str:
        """The subject of a new group."""
        made = await self.done("POST", "/groups", json={"name": name})
        for member in members:
            await self.done("PUT", f"/groups/{made['id']}/members/{member}")
        return made["subject"]

    async def key_for(self, subject: str, **more: Any) -> dict[str, Any]:
        return await self.done("POST", "/keys", json={"name": "test", "subject": subject} | more)

    async def holder(self, subject: str, **more: Any) -> "Administrator":
        """Calls with a new key of a subject."""
        return Administrator(self.gateway, (await self.key_for(subject, **more))["key"])


@pytest.fixture
def admin(gateway: Gateway) -> Administrator:
    return Administrator(gateway)


@pytest.fixture
def calls_as(gateway: Gateway) -> Callable[[str], Administrator]:
    return lambda key: Administrator(gateway, key)
