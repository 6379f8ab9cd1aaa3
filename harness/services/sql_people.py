"""The database services with identity on, and people who use them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx

from aistack.access.levels import Level
from aistack.chassis.identity import Principal
from harness.services.sql import PrincipalAuth, SqlServices, sql_services
from harness.sql.access_matrix import USERS
from harness.sql.shop import make_sqlite

SECRET = "a-secret-for-tests-that-is-long-enough-0123456789"


class People:
    """The services, spoken to by whoever."""

    def __init__(self, services: SqlServices, folder: Path) -> None:
        self.services, self.folder = services, folder

    async def call(self, who: Principal, method: str, path: str, body: object = None, **more: object) -> httpx.Response:
        auth = PrincipalAuth(who, SECRET)
        return await self.services.http.request(method, path, json=body, auth=auth, **more)

    async def done(self, who: Principal, method: str, path: str, body: object = None, **more: object) -> dict:
        got = await self.call(who, method, path, body, **more)
        assert got.is_success, got.text
        return got.json() if got.content else {}

    async def connect(self, who: Principal, name: str = "shop", **more: object) -> str:
        path = self.folder / f"{who.subject.replace(':', '-')}-{name}.sqlite"
        if not path.exists():
            make_sqlite(path)
        new = {"name": name, "engine": "sqlite", "path": str(path)} | more
        return (await self.done(who, "POST", "/api/connections", new))["id"]

    async def share(self, who: Principal, path: str, grants: dict[str, Level]) -> None:
        listed = [{"subject": subject, "level": level} for subject, level in grants.items()]
        await self.done(who, "PUT", f"{path}/access", {"grants": listed})

    def know(self, *known: Principal) -> None:
        """What the gateway's directory has, for the services that ask it."""
        active = {one.subject: one for one in known}

        async def principal_of(subject: str) -> Principal | None:
            return active.get(subject)

        for service in (self.services.connection, self.services.query):
            service.state.directory.principal_of = principal_of

    async def lesson(self, who: Principal, connection: str) -> tuple[str, str]:
        """The ids of a question and of what it taught."""
        asked = {"connection_id": connection, "question": "How many customers are there?"}
        question = (await self.done(who, "POST", "/api/ai/query", asked))["id"]
        given = {"question_id": question, "right": True}
        return question, (await self.done(who, "POST", "/api/ai/feedback", given))["id"]


def person(name: str, **more: object) -> Principal:
    return Principal(USERS[name], "user", name, subject=USERS[name], **more)


@asynccontextmanager
async def sql_people(folder: Path, **settings: object) -> AsyncIterator[People]:
    given = {"identity": True, "secret": SECRET, "members_connect": True, "file_folders": [str(folder)]} | settings
    async with sql_services(folder / "data", **given) as services:
        services.speak_as_services(SECRET)
        yield People(services, folder)
