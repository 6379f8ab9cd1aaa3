"""Time and trouble: deadlines, hedges, breakers, slow clients, limits per client, proxies that may speak for others."""

import asyncio
import time
from collections import Counter

import httpx
import pytest

from harness.services.gateway import BEHIND_PROXY, FROM_AFAR, Behaviour, Gateway, answering, echo, plain, read_head


def after(seconds: float, body: bytes) -> Behaviour:
    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            await read_head(reader)
            await asyncio.sleep(seconds)
            writer.write(plain(body))
            await writer.drain()

    return behave


class TestDeadlines:
    async def test_a_caller_may_be_in_a_hurry(self, gateway: Gateway):
        await gateway.instance("shop", after(3600, b"late"))
        answer = await gateway.client.get("/shop", headers={"x-request-timeout-ms": "200"})
        assert answer.status_code == 504
        assert answer.json()["type"].endswith(":deadline-exceeded")

    async def test_the_service_is_told_how_long_it_has(self, gateway: Gateway):
        await gateway.instance("echo", echo)
        assert "x-request-timeout-ms: 60000" in (await gateway.client.get("/echo")).text
        head = (await gateway.client.get("/echo", headers={"x-request-timeout-ms": "3000"})).text
        left = int(head.split("x-request-timeout-ms: ")[1].split("\r\n")[0])
        assert 2000 < left <= 3000
        assert head.count("x-request-timeout-ms") == 1

    @pytest.mark.parametrize("given", ["soon", "-5", "99999999999999", ""])
    async def test_a_deadline_that_is_none_is_left_alone(self, gateway: Gateway, given: str):
        await gateway.instance("shop", answering(plain(b"ok")))
        assert (await gateway.client.get("/shop", headers={"x-request-timeout-ms": given})).text == "ok"


class TestHedging:
    @pytest.fixture
    def gateway_toml(self) -> str:
        return "hedge = ['shop 100']\n"

    async def test_a_silent_instance_is_overtaken(self, gateway: Gateway):
        await gateway.instance("shop", after(3600, b"slow"), "slow")
        await gateway.instance("shop", answering(plain(b"quick")), "quick")
        for _ in range(6):
            assert (await gateway.client.get("/shop")).text == "quick"
        seen = (await gateway.client.get("/registry/services/shop")).json()
        assert seen["in_flight"] == 0
        assert [one["in_flight"] for one in seen["instances"]] == [0, 0]
        assert 'aistack_hedges_total{service="shop"}' in (await gateway.client.get("/metrics")).text

    async def test_the_first_answer_wins_also_when_it_is_the_first_tries(self, gateway: Gateway):
        await gateway.instance("shop", after(0.3, b"first"), "a")
        await gateway.instance("shop", after(3, b"second"), "b")
        seen = Counter([(await gateway.client.get("/shop")).text for _ in range(6)])
        assert seen == {"first": 6}

    async def test_a_long_answer_of_a_hedge_comes_whole(self, gateway: Gateway):
        body = b"x" * 3_000_000
        await gateway.instance("shop", after(3600, b"slow"), "slow")
        await gateway.instance("shop", answering(plain(body)), "quick")
        for _ in range(3):
            assert (await gateway.client.get("/shop")).content == body

    async def test_a_request_that_may_not_be_sent_twice_is_not(self, gateway: Gateway):
        asked = 0

        async def count(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            nonlocal asked
            while True:
                await read_head(reader)
                asked += 1
                await asyncio.sleep(0.4)
                writer.write(plain(b"paid"))
                await writer.drain()

        await gateway.instance("shop", count, "a")
        await gateway.instance("shop", count, "b")
        assert (await gateway.client.post("/shop")).text == "paid"
        assert asked == 1


class TestBreaker:
    @pytest.fixture
    def gateway_toml(self) -> str:
        return "breaker_requests_min = 5\nbreaker_open_seconds = 3\nmax_fails = 100\n"

    async def test_it_opens_refuses_at_once_and_closes_when_the_service_is_back(self, gateway: Gateway):
        healthy = False

        async def moody(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            while True:
                await read_head(reader)
                if not healthy:
                    return
                writer.write(plain(b"back"))
                await writer.drain()

        await gateway.instance("shop", moody)
        seen = [(await gateway.client.post("/shop")).status_code for _ in range(8)]
        assert seen == [502] * 5 + [503] * 3
        refused = await gateway.client.post("/shop")
        assert refused.json()["type"].endswith(":circuit-open")
        assert int(refused.headers["retry-after"]) >= 1
        assert (await gateway.client.get("/registry/services/shop")).json()["breaker"] == "open"
        healthy = True
        await asyncio.sleep(3.1)
        assert [(await gateway.client.post("/shop")).text for _ in range(4)] == ["back"] * 4
        assert (await gateway.client.get("/registry/services/shop")).json()["breaker"] == "closed"

    async def test_a_service_that_says_503_of_itself_counts_too(self, gateway: Gateway):
        await gateway.instance("shop", answering(b"HTTP/1.1 503 Busy\r\ncontent-length: 0\r\n\r\n"))
        seen = [
            (await gateway.client.get("/shop")).json() if n > 5 else await gateway.client.get("/shop") for n in range(7)
        ]
        assert seen[-1]["type"].endswith(":circuit-open")


class TestSlowClients:
    @pytest.fixture
    def gateway_toml(self) -> str:
        return (
            "body_timeout_seconds = 3\nhead_timeout_seconds = 1\nidle_timeout_seconds = 1\n"
            "request_timeout_seconds = 5\n"
        )

    async def drip(self, gateway: Gateway, begin: bytes, drop: bytes, seconds: float) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", gateway.port)
        writer.write(begin)
        received = b""
        end = time.monotonic() + seconds
        while time.monotonic() < end and not reader.at_eof():
            writer.write(drop)
            try:
                received += await asyncio.wait_for(reader.read(4096), 0.2)
            except TimeoutError:
                continue
            except ConnectionError:
                break
        writer.close()
        return received

    async def test_a_head_that_drips_is_a_408(self, gateway: Gateway):
        answer = await self.drip(gateway, b"GET / HTTP/1.1\r\nHost: a\r\nX-A: ", b"a", 30)
        assert answer.startswith(b"HTTP/1.1 408 ")

    async def test_a_body_that_drips_is_a_408_and_the_service_is_not_blamed(self, gateway: Gateway):
        await gateway.instance("echo", echo)
        head = b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n"
        answer = await self.drip(gateway, head, b"a", 30)
        assert answer.startswith(b"HTTP/1.1 408 ")
        seen = (await gateway.client.get("/registry/services/echo")).json()["instances"][0]
        assert (seen["state"], seen["last_error"]) == ("up", "")

    async def test_a_body_that_comes_slowly_but_steadily_is_taken(self, gateway: Gateway):
        await gateway.instance("echo", echo)

        async def slowly():
            for _ in range(15):
                yield b"x" * 2_000
                await asyncio.sleep(0.2)

        answer = await gateway.client.post("/echo", content=slowly())
        assert answer.text.endswith("x" * 30_000)

    async def test_a_connection_that_says_nothing_is_closed(self, gateway: Gateway):
        reader, writer = await asyncio.open_connection("127.0.0.1", gateway.port)
        async with asyncio.timeout(30):
            assert await reader.read() == b""
        writer.close()

    async def test_a_client_that_never_reads_loses_its_answer_and_the_service_is_not_blamed(self, gateway: Gateway):
        await gateway.instance("shop", answering(plain(b"x" * 50_000_000)))
        reader, writer = await asyncio.open_connection("127.0.0.1", gateway.port, limit=1024)
        writer.transport.pause_reading()
        writer.write(b"GET /shop HTTP/1.1\r\nHost: a\r\n\r\n")
        async with asyncio.timeout(30):
            while not (await gateway.client.get("/registry/services/shop")).json()["in_flight"]:
                await asyncio.sleep(0.05)
            while (await gateway.client.get("/registry/services/shop")).json()["in_flight"]:
                await asyncio.sleep(0.1)
        assert (await gateway.client.get("/registry/services/shop")).json()["instances"][0]["state"] == "up"
        writer.close()
        del reader


class TestLimits:
    @pytest.mark.parametrize("gateway_toml", ["connections_per_client_max = 3"])
    async def test_one_client_may_have_so_many_connections(self, gateway: Gateway):
        held = [await asyncio.open_connection("127.0.0.1", gateway.port) for _ in range(3)]
        assert (await gateway.raw(b"")).startswith(b"HTTP/1.1 503 ")
        held.pop()[1].close()
        await asyncio.sleep(0.1)
        assert (await gateway.client.get("/health")).status_code == 200
        for _, writer in held:
            writer.close()

    @pytest.mark.parametrize("gateway_toml", ["requests_max = 1"])
    async def test_the_gateway_as_a_whole_has_a_limit_too(self, gateway: Gateway):
        await gateway.instance("shop", after(0.5, b"ok"))
        held = asyncio.create_task(gateway.client.get("/shop"))
        await asyncio.sleep(0.2)
        assert (
            (await gateway.client.get("/shop")).json()["detail"].startswith("the gateway is at its limit of requests")
        )
        assert (await held).text == "ok"

    @pytest.mark.parametrize(
        "gateway_toml", [BEHIND_PROXY + "rate_limits = ['/shop 1/m burst 2', '/shop/free 1000/s']"]
    )
    async def test_the_rate_goes_by_the_longest_prefix_and_says_what_is_left(self, gateway: Gateway):
        await gateway.instance("shop", answering(plain(b"ok")))
        gateway.client.headers.update(FROM_AFAR)
        answers = [await gateway.client.get("/shop/x") for _ in range(3)]
        assert [answer.status_code for answer in answers] == [200, 200, 429]
        assert [answer.headers["ratelimit"].split(";")[1] for answer in answers] == ["r=1", "r=0", "r=0"]
        assert answers[2].headers["ratelimit-policy"] == '"/shop";q=2;w=120'
        assert 0 < int(answers[2].headers["retry-after"]) <= 60
        assert (await gateway.client.get("/shop/free/x")).status_code == 200


class TestProxies:
    @pytest.fixture
    def gateway_toml(self) -> str:
        return "trusted_proxies = ['127.0.0.0/8', '10.0.0.0/8']\nrate_limits = ['/limited 1/m burst 1']\n"

    async def test_what_a_trusted_proxy_says_is_passed_on_and_extended(self, gateway: Gateway):
        await gateway.instance("echo", echo)
        headers = {
            "x-forwarded-for": "203.0.113.7", "x-forwarded-proto": "https", "x-forwarded-host": "shop.example",
            "forwarded": "for=203.0.113.7;proto=https", "via": "1.1 edge",
        }  # fmt: skip
        head = (await gateway.client.get("/echo", headers=headers)).text
        for line in (
            "x-forwarded-for: 203.0.113.7, 127.0.0.1",
            "x-forwarded-proto: https",
            "x-forwarded-host: shop.example",
            "forwarded: for=203.0.113.7;proto=https, for=127.0.0.1;proto=http",
            "via: 1.1 edge, 1.1 ai-stack",
        ):
            assert f"\r\n{line}\r\n" in head

    async def test_limits_go_by_the_client_behind_the_proxies(self, gateway: Gateway):
        await gateway.instance("limited", answering(plain(b"ok")))

        async def asked_for(chain: str) -> int:
            return (await gateway.client.get("/limited", headers={"x-forwarded-for": chain})).status_code

        assert [await asked_for("203.0.113.7"), await asked_for("203.0.113.8")] == [200, 200]
        assert await asked_for("203.0.113.7, 10.1.1.1") == 429
        assert await asked_for("6.6.6.6, 203.0.113.7") == 429  # what lies beyond the client is hearsay


class TestCrossOrigin:
    @pytest.fixture
    def gateway_toml(self) -> str:
        return "cors_origins = ['https://app.example']\n"

    async def test_a_page_that_is_let_in_may_call(self, gateway: Gateway):
        await gateway.instance("shop", answering(plain(b"ok")))
        origin = {"origin": "https://app.example"}
        preflight = await gateway.client.options(
            "/shop", headers=origin | {"access-control-request-method": "PUT", "access-control-request-headers": "x-a"}
        )
        assert preflight.status_code == 204
        assert preflight.headers["access-control-allow-origin"] == "https://app.example"
        assert "PUT" in preflight.headers["access-control-allow-methods"]
        assert preflight.headers["access-control-allow-headers"] == "x-a"
        answer = await gateway.client.get("/shop", headers=origin)
        assert answer.headers["access-control-allow-origin"] == "https://app.example"
        assert answer.headers["vary"] == "origin"

    async def test_another_page_is_not(self, gateway: Gateway):
        await gateway.instance("shop", answering(plain(b"ok")))
        answer = await gateway.client.get("/shop", headers={"origin": "https://evil.example"})
        assert "access-control-allow-origin" not in answer.headers


async def test_trailers_pass_both_ways(gateway: Gateway):
    seen = asyncio.Queue[bytes]()

    async def trailing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_head(reader)
        await seen.put(await reader.readuntil(b"\r\n\r\n"))
        writer.write(
            b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\ntrailer: x-sum\r\n\r\n2\r\nok\r\n0\r\nx-sum: 7\r\n\r\n"
        )
        await writer.drain()

    await gateway.instance("shop", trailing)
    answer = await gateway.raw(
        b"POST /shop HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sent\r\n\r\n"
        b"2\r\nhi\r\n0\r\nX-Sent: 5\r\n\r\n"
    )
    assert (await seen.get()).endswith(b"0\r\nX-Sent: 5\r\n\r\n")
    assert answer.endswith(b"2\r\nok\r\n0\r\nx-sum: 7\r\n\r\n")
    assert b"trailer: x-sum\r\n" in answer


async def test_a_put_that_was_cut_off_is_sent_again_with_its_body(gateway: Gateway):
    async def cut(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_head(reader)
        await reader.readexactly(5)

    await gateway.instance("shop", cut, "bad")
    await gateway.instance("shop", echo, "good")
    for _ in range(6):
        assert (await gateway.client.put("/shop", content=b"hello")).text.endswith("\r\n\r\nhello")


@pytest.mark.parametrize(
    "gateway_toml", ["slow_start_seconds = 0\nbalance = ['shop round_robin', 'news consistent_hash:x-user']"]
)
async def test_each_service_is_balanced_as_it_was_told(gateway: Gateway):
    for name in ("a", "b"):
        await gateway.instance("shop", answering(plain(name.encode())), name)
        await gateway.instance("news", answering(plain(name.encode())), name)
    await asyncio.sleep(0)
    assert Counter([(await gateway.client.get("/shop")).text for _ in range(10)]) == {"a": 5, "b": 5}
    users = {
        user: {(await gateway.client.get("/news", headers={"x-user": user})).text for _ in range(4)}
        for user in "ABCDEFGH"
    }
    assert all(len(seen) == 1 for seen in users.values())
    assert len(set.union(*users.values())) == 2


async def test_an_upgrade_that_fails_leaves_a_plain_answer(gateway: Gateway):
    await gateway.instance("shop", answering(b"HTTP/1.1 403 No\r\ncontent-length: 0\r\n\r\n"))
    async with httpx.AsyncClient() as client:
        answer = await client.get(
            f"{gateway.url}/shop",
            headers={"connection": "upgrade", "upgrade": "websocket", "sec-websocket-version": "13"},
        )
    assert answer.status_code == 403
