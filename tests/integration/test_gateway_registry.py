"""Services come and go over the registry's API."""

import asyncio

import pytest

from aistack.chassis.registration import Registrar
from aistack.rag.settings import RagSettings
from aistack.stack.catalogue import CATALOGUE
from harness.services.gateway import Gateway, answering, plain

LEASE = {"url": "http://127.0.0.1:1", "routes": ["/shop"]}
INSTANCE = "/registry/services/shop/instances/one"


async def test_registering_is_created_first_and_renewed_after(gateway: Gateway):
    first = await gateway.client.put(INSTANCE, json=LEASE)
    again = await gateway.client.put(INSTANCE, json=LEASE)
    beat = await gateway.client.post(INSTANCE + "/heartbeat")
    assert (first.status_code, again.status_code, beat.status_code) == (201, 200, 200)
    assert first.json()["ttl_seconds"] == 15


async def test_a_lease_that_is_not_renewed_expires(gateway: Gateway):
    await gateway.client.put(INSTANCE, json=LEASE | {"ttl_seconds": 0.3})
    async with asyncio.timeout(30):
        while (await gateway.client.get("/registry/services/shop")).status_code != 404:
            await asyncio.sleep(0.05)
    assert (await gateway.client.post(INSTANCE + "/heartbeat")).status_code == 404


async def test_when_most_leases_run_out_at_once_the_last_known_set_is_kept(gateway: Gateway):
    for name in ("a", "b", "c", "d"):
        await gateway.instance(name, answering(plain(name.encode())), ttl_seconds=3)
        await asyncio.sleep(0.3)  # they run out one by one
    async with asyncio.timeout(30):
        while not (await gateway.client.get("/registry/services")).json()["keeping_expired"]:
            await asyncio.sleep(0.05)
    await asyncio.sleep(1.5)
    assert (await gateway.client.get("/a")).text == "a"


async def test_of_many_leases_those_that_are_not_renewed_expire(gateway: Gateway):
    for name in ("a", "b", "c", "d"):
        await gateway.instance(name, answering(plain(name.encode())), ttl_seconds=4)

    async def renewing() -> None:
        while True:
            for name in ("a", "b", "c"):
                await gateway.client.post(f"/registry/services/{name}/instances/one/heartbeat")
            await asyncio.sleep(0.2)

    going = asyncio.create_task(renewing())
    async with asyncio.timeout(30):
        while (await gateway.client.get("/registry/services/d")).status_code != 404:
            await asyncio.sleep(0.05)
    going.cancel()
    assert (await gateway.client.get("/a")).text == "a"


async def test_deregistering_takes_the_routes_away(gateway: Gateway):
    await gateway.instance("shop", answering(plain(b"shop")))
    assert (await gateway.client.delete(INSTANCE)).status_code == 204
    assert (await gateway.client.get("/shop")).status_code == 404


@pytest.mark.parametrize(
    ("change", "status", "says"),
    [
        ({"url": "http://169.254.169.254"}, 400, "outside the networks"),
        ({"url": "http://user:pw@127.0.0.1:1"}, 400, "without password"),
        ({"url": "https://127.0.0.1"}, 400, "http://ADDRESS:PORT"),
        ({"url": "http://127.0.0.1:99999"}, 400, "malformed"),
        ({"url": "http://example.com"}, 400, "IP address or localhost"),
        ({"routes": ["/registry"]}, 409, "belongs to the gateway"),
        ({"routes": ["/"]}, 409, "belongs to the gateway"),
        ({"routes": ["/taken"]}, 409, "belongs to other"),
        ({"routes": ["no-slash"]}, 422, "routes"),
        ({"routes": []}, 422, "routes"),
        ({"unknown": 1}, 422, "unknown"),
        ({"ttl_seconds": -1}, 422, "ttl_seconds"),
    ],
)
async def test_refuses_a_lease_that_would_harm(gateway: Gateway, change: dict[str, object], status: int, says: str):
    await gateway.instance("other", answering(plain(b"")), routes=["/taken"])
    answer = await gateway.client.put(INSTANCE, json=LEASE | change)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert says in answer.json()["detail"]


async def test_refuses_the_gateway_itself_as_an_instance(gateway: Gateway):
    answer = await gateway.client.put(INSTANCE, json=LEASE | {"url": gateway.url})
    assert "the gateway itself" in answer.json()["detail"]


async def test_watching_tells_every_change_and_resumes(gateway: Gateway):
    async def next_events(number: int, after: str = "") -> list[str]:
        headers = {"last-event-id": after} if after else {}
        async with gateway.client.stream("GET", "/registry/watch", headers=headers) as answer:
            lines: list[str] = []
            async for line in answer.aiter_lines():
                if line.startswith((":", "id:")) and not lines:
                    await gateway.client.put(INSTANCE, json=LEASE) if not after else None
                lines.append(line)
                if sum(line.startswith("event:") for line in lines) == number:
                    return lines
        return []

    async with asyncio.timeout(30):
        seen = await next_events(1)
        assert "event: registered" in seen
        last = next(line for line in seen if line.startswith("id:")).removeprefix("id: ")
        await gateway.client.delete(INSTANCE)
        later = [line for line in await next_events(2, last) if line.startswith("event:")]
        assert later == ["event: draining", "event: removed"]


async def test_health_of_all_probes_everything_and_required_services_decide(gateway: Gateway):
    await gateway.instance("shop", answering(plain(b"{}")))
    await gateway.instance("broken", answering(b"HTTP/1.1 500 Oops\r\ncontent-length: 0\r\n\r\n"))
    answer = await gateway.client.get("/api/health/all")
    report = answer.json()
    assert answer.status_code == 200
    assert report["status"] == "degraded"
    status = {one["name"]: one["status"] for one in report["services"]}
    assert status == {"gateway": "healthy", "shop": "healthy", "broken": "unhealthy"}
    assert next(one for one in report["services"] if one["name"] == "shop")["instances"][0]["latency_ms"] > 0


async def test_metrics_count_what_passed_by_service_and_route(gateway: Gateway):
    await gateway.instance("shop", answering(plain(b"x")))
    for _ in range(3):
        await gateway.client.get("/shop/thing")
    text = (await gateway.client.get("/metrics")).text
    assert 'aistack_requests_total{method="GET",route="/shop",service="shop",status="200"} 3.0' in text
    assert 'aistack_request_duration_seconds_bucket{le="+Inf",method="GET",route="/shop",service="shop"} 3.0' in text


async def test_a_service_registers_again_after_the_gateway_restarted(gateway: Gateway, tmp_path):
    port = await gateway.serve(answering(plain(b"{}")))
    settings = RagSettings(
        service="rag", port=port, data_dir=tmp_path, gateway_url=gateway.url, heartbeat_seconds=0.1, instance_id="r1"
    )
    registrar = Registrar(settings, CATALOGUE["rag"])
    await registrar.start()

    async def registered() -> bool:
        async with asyncio.timeout(30):
            while (await gateway.client.get("/registry/services/rag")).status_code != 200:
                await asyncio.sleep(0.02)
        return True

    assert await registered()
    await gateway.client.aclose()
    await gateway.stop()
    again = Gateway(tmp_path, gateway.port, "")
    await again.start()
    gateway.client, gateway.host = again.client, again.host
    assert await registered()
    await registrar.stop()
    assert (await gateway.client.get("/registry/services/rag")).status_code == 404
