"""Three gateways over one Redis and one PostgreSQL: signed in at one is known at all, ended at one is ended at all."""

import contextlib
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from harness.processes import free_port
from harness.servers.postgres import new_database
from harness.servers.redis import RedisServer
from harness.services.browser import Browser
from harness.services.gateway import Gateway
from tests.integration.sign_in.people import PASSWORD, email_of, member
from tests.integration.test_gateway_fairness import UPGRADE, connected, read_head, shop
from tests.integration.test_gateway_redis import ended as stopped
from tests.integration.test_gateway_redis import soon
from tests.integration.test_gateway_revocation import ended

pytestmark = pytest.mark.heavy


@pytest.fixture
async def three(tmp_path: Path, postgres: str, redis: RedisServer) -> AsyncIterator[list[Gateway]]:
    toml = f"database_url = '{await new_database(postgres)}'\nredis_url = '{redis.url}'\n"
    gateways: list[Gateway] = []
    for name in ("a", "b", "c"):
        folder = tmp_path / name
        folder.mkdir()
        if gateways:
            shutil.copytree(gateways[0].folder / "secrets", folder / "secrets")  # one stack has one secret
        gateways.append(Gateway(folder, free_port(), toml, identity=True))
        await gateways[-1].start()
    yield gateways
    await stopped(gateways)


async def status_at(gateway: Gateway, cookie: str) -> int:
    async with httpx.AsyncClient(base_url=gateway.url) as client:
        return (await client.get("/gateway/me", headers={"cookie": f"aistack-session={cookie}"})).status_code


async def routed(gateway: Gateway) -> bool:
    return (await gateway.client.get("/registry/services/shop")).status_code == 200


@pytest.mark.parametrize("end", ["signed out", "disabled", "without Redis"])
async def test_a_session_is_known_and_ends_everywhere(three: list[Gateway], redis: RedisServer, end: str):
    first, second, third = three
    await first.instance("shop", shop, ttl_seconds=3600)
    user_id = await member(first, "Ann")
    async with Browser(second.url) as browser, contextlib.AsyncExitStack() as held:
        await browser.sign_in(email_of("Ann"), PASSWORD)
        cookie = browser.cookie
        line = f"Cookie: aistack-session={cookie}\r\nOrigin: http://a\r\n".encode()
        for gateway in three:
            await soon(lambda gateway=gateway: status_at(gateway, cookie), 200)
            await soon(lambda gateway=gateway: routed(gateway), True)
        readers = [(await held.enter_async_context(connected(one, UPGRADE % line)))[0] for one in three]
        for reader in readers:
            assert (await read_head(reader)).startswith(b"HTTP/1.1 101 ")
        if end == "without Redis":
            redis.stop()
            assert [await status_at(gateway, cookie) for gateway in three] == [200, 200, 200]
            assert [await status_at(gateway, "a" * 43) for gateway in three] == [401, 401, 401]
        if end == "disabled":
            await third.client.patch(f"/gateway/users/{user_id}", json={"status": "disabled"})
        else:
            await browser.open("/account")
            await browser.send("/account/sign-out")
        for reader in readers:
            await ended(reader)
        for gateway in three:
            await soon(lambda gateway=gateway: status_at(gateway, cookie), 401)


class TestWorkers:
    """The processes of one gateway."""

    @pytest.fixture
    def identity(self) -> bool:
        return True

    @pytest.fixture
    def gateway_toml(self) -> str:
        return "workers = 2\n"

    async def test_a_session_is_known_and_ends_in_all_of_them(self, gateway: Gateway):
        await member(gateway, "Ann")
        async with Browser(gateway.url) as browser:
            await browser.sign_in(email_of("Ann"), PASSWORD)
            for _ in range(20):  # each on a connection of its own, so that both processes are asked
                assert await status_at(gateway, browser.cookie) == 200
            cookie = browser.cookie
            await browser.open("/account")
            await browser.send("/account/sign-out")
            for _ in range(20):
                await soon(lambda: status_at(gateway, cookie), 401)
