"""A service whose only instance goes away for a moment: requests wait for it, and are refused when it stays away."""

import asyncio
import re

import pytest

from harness.services.gateway import Gateway, answering, plain, read_head

INSTANCE = "/registry/services/shop/instances/one"


@pytest.fixture
def gateway_toml() -> str:
    return "wait_seconds = 2\n"


async def counting(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answers one request with the size of its body."""
    head = await read_head(reader)
    length = re.search(rb"content-length: (\d+)", head)
    body = await reader.readexactly(int(length[1])) if length else b""
    writer.write(plain(b"%d bytes" % len(body)))
    await writer.drain()


async def test_requests_wait_for_an_instance_that_restarts_whatever_their_method(gateway: Gateway):
    port = await gateway.instance("shop", answering(plain(b"before"), keep=False))
    gateway.servers[-1].close()
    waiting = [asyncio.create_task(gateway.client.request(method, "/shop")) for method in ("GET", "POST", "DELETE")]
    upload = asyncio.create_task(gateway.client.post("/shop", content=b"x" * 300_000))
    await asyncio.sleep(0.3)
    assert not any(one.done() for one in (*waiting, upload))
    await gateway.serve(counting, port)
    assert [one.text for one in await asyncio.gather(*waiting)] == ["0 bytes"] * 3
    assert (await upload).text == "300000 bytes"


async def test_one_that_stays_away_is_refused_after_a_while_and_at_once_from_then_on(gateway: Gateway):
    await gateway.instance("shop", answering(plain(b"before"), keep=False))
    gateway.servers[-1].close()
    loop = asyncio.get_running_loop()
    begun = loop.time()
    first = await gateway.client.get("/shop")
    assert (first.status_code, first.json()["type"]) == (503, "urn:ai-stack:problem:no-instance")
    assert "Connect" in first.json()["detail"] or "refused" in first.json()["detail"]
    waited, begun = loop.time() - begun, loop.time()
    assert (await gateway.client.get("/shop")).status_code == 503
    assert loop.time() - begun < waited


async def test_a_request_that_was_under_way_when_its_only_instance_died_is_tried_again_when_it_is_back(
    gateway: Gateway,
):
    asked = asyncio.Event()

    async def dies(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        asked.set()
        gateway.servers[-1].close()

    port = await gateway.instance("shop", dies)
    waiting = asyncio.create_task(gateway.client.get("/shop"))
    await asked.wait()
    await asyncio.sleep(0.2)
    await gateway.serve(answering(plain(b"back")), port)
    assert (await waiting).text == "back"


async def test_a_caller_that_leaves_while_it_waits_costs_nothing(gateway: Gateway):
    await gateway.instance("shop", answering(plain(b"before"), keep=False))
    gateway.servers[-1].close()
    _, writer = await asyncio.open_connection("127.0.0.1", gateway.port)
    writer.write(b"GET /shop HTTP/1.1\r\nhost: a\r\n\r\n")
    await asyncio.sleep(0.2)
    writer.close()
    async with asyncio.timeout(30):
        while (await gateway.client.get("/registry/services/shop")).json()["in_flight"]:
            await asyncio.sleep(0.02)


async def test_a_deadline_of_the_caller_ends_the_wait(gateway: Gateway):
    await gateway.instance("shop", answering(plain(b"before"), keep=False))
    gateway.servers[-1].close()
    answer = await gateway.client.get("/shop", headers={"x-request-timeout-ms": "200"})
    assert (answer.status_code, answer.json()["type"]) == (504, "urn:ai-stack:problem:deadline-exceeded")


@pytest.mark.parametrize("gateway_toml", ["wait_seconds = 1\nhealth_interval_seconds = 0.2\nhealth_down_after = 1\n"])
async def test_one_that_health_checks_took_out_is_used_as_soon_as_it_listens_again(gateway: Gateway):
    port = await gateway.instance("shop", answering(plain(b"before"), keep=False), ttl_seconds=600, health_path="/shop")
    gateway.servers.pop().close()

    async def state() -> str:
        return (await gateway.client.get("/registry/services/shop")).json()["instances"][0]["state"]

    assert (await gateway.client.get("/shop")).status_code in (502, 503)
    async with asyncio.timeout(60):
        while await state() != "down":
            await asyncio.sleep(0.05)
    gateway.toml = "wait_seconds = 1\nhealth_interval_seconds = 300\n"  # no round comes to its help
    await gateway.reload()
    await gateway.serve(answering(plain(b"back")), port)
    async with asyncio.timeout(60):
        while (await gateway.client.get("/shop")).text != "back":
            await asyncio.sleep(0.05)
