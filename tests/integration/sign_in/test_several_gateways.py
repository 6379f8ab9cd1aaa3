"""Three gateways over one Redis and one PostgreSQL: signed in at one is known at all, ended at one is ended at all."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

import httpx
import pytest

from harness.servers.redis import RedisServer
from harness.services.browser import Browser
from harness.services.gateway import Gateway
from tests.integration.sign_in.people import PASSWORD, accept, email_of, member
from tests.integration.sign_in.test_sessions import EVENTS
from tests.integration.test_gateway_fairness import UPGRADE, connected, read_head, shop
from tests.integration.test_gateway_redis import soon
from tests.integration.test_gateway_revocation import ended

pytestmark = pytest.mark.heavy


async def status_at(gateway: Gateway, cookie: str) -> int:
    async with httpx.AsyncClient(base_url=gateway.url, timeout=60) as client:
        return (await client.get("/gateway/me", headers={"cookie": f"aistack-session={cookie}"})).status_code


async def routed(gateway: Gateway) -> bool:
    return (await gateway.client.get("/registry/services/shop")).status_code == 200


async def test_a_session_is_known_and_ends_everywhere(three: list[Gateway], redis: RedisServer):
    """What is open is a WebSocket and a stream of events at each gateway, for every way to take access back."""
    first, second, third = three
    await first.instance("shop", shop, ttl_seconds=3600)
    for gateway in three:
        await soon(lambda gateway=gateway: routed(gateway), True)
    user_id = await member(first, "Ann", "admin")
    path = f"/gateway/users/{user_id}"
    group = (await first.client.post("/gateway/groups", json={"name": "Sales"})).json()["id"]
    await first.client.put(f"/gateway/groups/{group}/members/user:{user_id}")
    async with Browser(second.url) as browser:

        async def sign_out() -> None:
            await browser.open("/account")
            await browser.send("/account/sign-out")

        async def change_password() -> None:
            link = (await third.client.post(f"{path}/link", json={"kind": "reset"})).json()
            async with Browser(first.url) as other:
                await accept(other, link["path"])

        ends: dict[str, tuple[Callable[[], Awaitable[object]], int]] = {
            "signed out": (sign_out, 401),
            "ended by an administrator": (lambda: third.client.delete(f"/gateway/sessions?user={user_id}"), 401),
            "password": (change_password, 401),
            "group": (lambda: first.client.delete(f"/gateway/groups/{group}/members/user:{user_id}"), 200),
            "role": (lambda: third.client.patch(path, json={"role": "member"}), 200),
            "disabled": (lambda: third.client.patch(path, json={"status": "disabled"}), 401),
            "enabled": (lambda: first.client.patch(path, json={"status": "active"}), 401),
            "without Redis": (sign_out, 401),
        }
        for name, (end, status) in ends.items():
            if name == "enabled":
                await end()
                continue
            if name == "without Redis":
                redis.stop()
            await browser.sign_in(email_of("Ann"), PASSWORD, "/sign-in?again=1")
            cookie = browser.cookie
            for gateway in three:
                await soon(lambda gateway=gateway, cookie=cookie: status_at(gateway, cookie), 200)
                assert await status_at(gateway, "a" * 43) == 401
            async with contextlib.AsyncExitStack() as held:
                readers = [await opened(held, gateway, kind, cookie) for gateway in three for kind in (UPGRADE, EVENTS)]
                await end()
                for reader in readers:
                    await ended(reader)
            for gateway in three:
                await soon(lambda gateway=gateway, cookie=cookie: status_at(gateway, cookie), status)


async def test_failures_count_at_all_of_them(three: list[Gateway]):
    await member(three[0], "Bob")
    statuses: list[int] = []
    for number in range(12):
        async with Browser(three[number % 3].url) as browser:
            statuses.append((await browser.sign_in(email_of("Bob"), "not the password")).status_code)
    assert statuses == [401] * 10 + [429] * 2


async def opened(held: contextlib.AsyncExitStack, gateway: Gateway, kind: bytes, cookie: str) -> asyncio.StreamReader:
    """A WebSocket or a stream of events of the session, once it is answered."""
    line = f"Cookie: aistack-session={cookie}\r\nOrigin: http://a\r\n".encode()
    reader, _ = await held.enter_async_context(connected(gateway, kind % line))
    assert (await read_head(reader)).startswith((b"HTTP/1.1 101 ", b"HTTP/1.1 200 "))
    return reader


class TestWorkers:
    """The processes of one gateway."""

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
