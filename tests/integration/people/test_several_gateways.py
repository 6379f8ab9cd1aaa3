"""Three gateways over one Redis and one PostgreSQL: what changes at one is in force at all, also on what is open."""

import asyncio
import contextlib
from typing import Any

import pytest

from harness.servers.redis import RedisServer
from harness.services.gateway import Gateway
from tests.integration.people.conftest import Administrator
from tests.integration.people.test_keys import line
from tests.integration.test_gateway_fairness import UPGRADE, connected, read_head, shop
from tests.integration.test_gateway_redis import soon
from tests.integration.test_gateway_revocation import ended

pytestmark = pytest.mark.heavy


def at(gateway: Gateway, caller: Administrator) -> Administrator:
    """The same caller at another gateway."""
    return Administrator(gateway, caller.headers["authorization"].removeprefix("Bearer "))


async def known(gateway: Gateway, caller: Administrator) -> int:
    return (await at(gateway, caller).ask("GET", "/me")).status_code


async def test_what_is_open_ends_at_every_gateway(three: list[Gateway], redis: RedisServer):
    """For every way to take access of a key back, told to the second gateway."""
    first, second, _ = three
    await first.instance("shop", shop, ttl_seconds=3600)
    admin, elsewhere = Administrator(first), Administrator(second)
    ada = await admin.user("ada", "admin")
    path = f"/users/{ada['id']}"
    group = (await admin.group("Sales", ada["subject"])).partition(":")[2]

    async def routed(gateway: Gateway) -> bool:
        return (await gateway.client.get("/registry/services/shop")).status_code == 200

    async def ends(method: str, where: str, status: int, **parts: Any) -> None:
        made = await admin.key_for(ada["subject"])
        caller = Administrator(first, made["key"])
        for gateway in three:
            await soon(lambda gateway=gateway: known(gateway, caller), 200)
        async with contextlib.AsyncExitStack() as held:
            readers = [(await held.enter_async_context(connected(one, UPGRADE % line(caller))))[0] for one in three]
            for reader in readers:
                assert (await read_head(reader)).startswith(b"HTTP/1.1 101 ")
            await elsewhere.done(method, where.replace("KEY", made["id"]), **parts)
            for reader in readers:
                await ended(reader)
        for gateway in three:
            await soon(lambda gateway=gateway: known(gateway, caller), status)

    for gateway in three:
        await soon(lambda gateway=gateway: routed(gateway), True)
    await ends("DELETE", "/keys/KEY", 401)
    await ends("DELETE", f"/groups/{group}/members/{ada['subject']}", 200)
    await ends("PATCH", path, 200, json={"role": "guest"})
    redis.stop()
    await ends("DELETE", "/keys/KEY", 401)
    await ends("PATCH", path, 401, json={"status": "disabled"})


async def test_two_gateways_do_not_take_the_last_owner_away(three: list[Gateway]):
    admins = [Administrator(gateway) for gateway in three]
    owners = [await admins[0].user(name, "owner") for name in ("ada", "bob", "eve")]
    answers = await asyncio.gather(
        *(
            admin.ask("PATCH", f"/users/{owner['id']}", json={"role": "member"})
            for admin, owner in zip(admins, owners, strict=True)
        )
    )
    assert sorted(answer.status_code for answer in answers) == [200, 200, 409]


async def test_two_gateways_do_not_make_half_a_cycle_each(three: list[Gateway]):
    one, other, _ = (Administrator(gateway) for gateway in three)
    first, second = await one.group("first"), await one.group("second")
    answers = await asyncio.gather(
        one.ask("PUT", f"/groups/{first.partition(':')[2]}/members/{second}"),
        other.ask("PUT", f"/groups/{second.partition(':')[2]}/members/{first}"),
    )
    assert sorted(answer.status_code for answer in answers) == [200, 409]
