"""Keys and tokens that end while something is under way end that, too: streams, WebSockets, waiting requests."""

import asyncio
import contextlib
import time
from datetime import UTC, datetime, timedelta

import httpx
import jwt
import pytest

from harness.services.gateway import Gateway
from tests.integration.test_gateway_fairness import UPGRADE, connected, key_line, read_head, shop

SECRET = "a-shared-secret-of-the-issuer-that-is-long-enough"
KINDS = {
    "websocket": UPGRADE,
    "events": b"GET /shop/events HTTP/1.1\r\nHost: a\r\n%b\r\n",
    "watch": b"GET /registry/watch HTTP/1.1\r\nHost: a\r\n%b\r\n",
}


@pytest.fixture
def identity() -> bool:
    return True


@pytest.fixture
def gateway_toml() -> str:
    return f"jwt_secret = '{SECRET}'\n"


def token(seconds: float) -> str:
    return jwt.encode({"sub": "ann", "services": "*", "exp": time.time() + seconds}, SECRET, "HS256")


async def ended(reader: asyncio.StreamReader) -> None:
    """Returns when the other side has closed or reset the connection."""
    with contextlib.suppress(ConnectionError):
        await asyncio.wait_for(reader.read(), 60)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("end", ["revoked", "expired", "token expired"])
async def test_what_is_open_ends_with_the_key(gateway: Gateway, kind: str, end: str):
    await gateway.instance("shop", shop, ttl_seconds=3600)
    soon = datetime.now(UTC) + timedelta(seconds=2)
    wanted = {"name": "test"} | ({"expires_at": soon.isoformat()} if end == "expired" else {})
    made = (await gateway.client.post("/gateway/keys", json=wanted)).json()
    credential = token(-28) if end == "token expired" else made["key"]
    async with (
        connected(gateway, KINDS[kind] % key_line(credential)) as (reader, _),
        connected(gateway, KINDS[kind] % key_line(gateway.admin)) as (other, _),
    ):
        assert (await read_head(reader)).startswith((b"HTTP/1.1 101 ", b"HTTP/1.1 200 "))
        await read_head(other)
        if end == "revoked":
            await gateway.client.delete(f"/gateway/keys/{made['id']}")
        await ended(reader)
        with pytest.raises(TimeoutError):  # what somebody else asked goes on
            await asyncio.wait_for(other.read(), 0.3)


async def test_a_request_that_waits_gets_401_when_its_key_is_revoked(gateway: Gateway):
    await gateway.instance("shop", shop)
    made = (await gateway.client.post("/gateway/keys", json={"name": "test"})).json()
    async with connected(gateway, b"GET /shop/slow HTTP/1.1\r\nHost: a\r\n%b\r\n" % key_line(made["key"])) as (
        reader,
        _,
    ):
        async with asyncio.timeout(60):
            while not (await gateway.client.get("/registry/services/shop")).json()["in_flight"]:
                await asyncio.sleep(0.05)
        await gateway.client.delete(f"/gateway/keys/{made['id']}")
        async with asyncio.timeout(60):
            head = await read_head(reader)
    assert head.startswith(b"HTTP/1.1 401 ")
    assert (await gateway.client.get("/registry/services/shop")).json()["in_flight"] == 0


async def test_clocks_may_differ_by_half_a_minute(gateway: Gateway):
    await gateway.instance("shop", shop)
    for seconds, status in ((-20, 200), (-40, 401), (60, 200)):
        async with httpx.AsyncClient() as client:
            answer = await client.get(f"{gateway.url}/shop/x", headers={"authorization": f"Bearer {token(seconds)}"})
            assert answer.status_code == status, seconds


class TestWithWorkers:
    @pytest.fixture
    def gateway_toml(self) -> str:
        return "workers = 2\n"

    async def test_streams_of_every_worker_end(self, gateway: Gateway):
        await gateway.instance("shop", shop)
        made = (await gateway.client.post("/gateway/keys", json={"name": "test"})).json()
        sent = UPGRADE % key_line(made["key"])
        async with connected(gateway, sent) as one, connected(gateway, sent) as two, connected(gateway, sent) as three:
            for reader, _ in (one, two, three):
                await read_head(reader)
            await gateway.client.delete(f"/gateway/keys/{made['id']}")
            for reader, _ in (one, two, three):
                await ended(reader)


async def test_wrong_keys_are_in_the_audit_log_with_their_address(gateway: Gateway):
    async with httpx.AsyncClient() as stranger:
        for _ in range(3):
            await stranger.get(f"{gateway.url}/shop", headers={"authorization": "Bearer wrong"})
    async with asyncio.timeout(60):
        while True:
            entries = (await gateway.client.get("/gateway/audit")).json()
            if found := [one for one in entries if one["action"] == "login.refused"]:
                break
            await asyncio.sleep(0.1)
    assert found[0]["address"] == "127.0.0.1"
    assert "the key is not valid" in found[0]["detail"]
