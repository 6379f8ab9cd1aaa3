"""What one client can take: places for requests and for streams, shares of callers and addresses, rates, circuits."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager

import httpx
import pytest

from harness.services.gateway import BEHIND_PROXY, FROM_AFAR, Gateway, answering, plain, read_head

Ends = tuple[asyncio.StreamReader, asyncio.StreamWriter]
UPGRADE = b"GET /shop/ws HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: websocket\r\n%b\r\n"
SWITCHED = b"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n"
EVENTS = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"


async def shop(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Reads whole bodies, tunnels, streams for ever, breaks off, or answers `ok`, by the path."""
    while True:
        head = await read_head(reader)
        target = head.split(b" ")[1]
        if target.endswith(b"/ws"):
            writer.write(SWITCHED)
            await reader.read()
            return
        if target.endswith(b"/events"):
            writer.write(EVENTS + b"4\r\n: a\n\r\n")
            await reader.read()
            return
        if target.endswith(b"/slow"):
            await asyncio.sleep(3600)
        if target.endswith(b"/boom"):
            writer.write(b"HTTP/1.1 200 OK\r\nConte")
            return
        if b"content-length: " in head.lower():
            if b"100-continue" in head.lower():
                writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            await reader.readexactly(int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0]))
        elif b"chunked" in head.lower():
            await reader.readuntil(b"0\r\n\r\n")
        writer.write(plain(b"ok"))
        await writer.drain()


@asynccontextmanager
async def connected(gateway: Gateway, sent: bytes) -> AsyncIterator[Ends]:
    reader, writer = await asyncio.open_connection("127.0.0.1", gateway.port)
    try:
        writer.write(sent)
        yield reader, writer
    finally:
        writer.close()


async def become_true(check: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(60):
        while not await check():
            await asyncio.sleep(0.05)


async def in_flight(gateway: Gateway) -> int:
    return (await gateway.client.get("/registry/services/shop")).json()["in_flight"]


def key_line(key: str, address: str = "") -> bytes:
    far = f"X-Forwarded-For: {address}\r\n" if address else ""
    return f"Authorization: Bearer {key}\r\n{far}".encode()


async def new_key(gateway: Gateway) -> str:
    return (await gateway.client.post("/gateway/keys", json={"name": "test"})).json()["key"]


class TestSlowBodies:
    @pytest.fixture
    def gateway_toml(self) -> str:
        return "max_concurrent_requests = 8\nbody_timeout_seconds = 3\n"

    @pytest.mark.parametrize(
        "head",
        [
            b"POST /shop/x HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n",
            b"POST /shop/x HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\nabc",
            b"POST /shop/x HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\nExpect: 100-continue\r\n\r\n",
            b"POST /shop/x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n",
        ],
        ids=["no byte", "some bytes", "waiting for 100", "chunks"],
    )
    async def test_any_number_of_them_leaves_places_for_others_and_they_are_cut(self, gateway: Gateway, head: bytes):
        await gateway.instance("shop", shop)
        async with AsyncExitStack() as held:
            slow = [await held.enter_async_context(connected(gateway, head)) for _ in range(24)]
            seen: Counter[int] = Counter()
            for _ in range(20):
                seen[(await gateway.client.get("/shop/x")).status_code] += 1
                for _, writer in slow:
                    writer.write(b"x" if b"chunked" not in head else b"1\r\nx\r\n")
                await asyncio.sleep(0.05)
            assert seen == {200: 20}
            for reader, _ in slow:
                async with asyncio.timeout(60):
                    status = (await reader.read()).rpartition(b"HTTP/1.1 ")[2][:3]
                assert status in (b"408", b"503")

    async def test_an_upload_that_keeps_its_pace_gets_a_place_among_many_that_do_not(self, gateway: Gateway):
        await gateway.instance("shop", shop)
        head = b"POST /shop/x HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n"
        async with AsyncExitStack() as held:
            for _ in range(6):
                await held.enter_async_context(connected(gateway, head))
            quick = b"POST /shop/x HTTP/1.1\r\nHost: a\r\nContent-Length: 12000\r\n\r\n"
            async with connected(gateway, quick) as (reader, writer):
                for _ in range(6):
                    writer.write(b"x" * 2000)
                    await asyncio.sleep(0.1)
                assert (await read_head(reader)).startswith(b"HTTP/1.1 200 ")

    async def test_a_client_that_reads_slowly_is_cut(self, gateway: Gateway):
        async def endless(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await read_head(reader)
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 1000000000\r\n\r\n")
            while True:
                writer.write(b"x" * 65536)
                await writer.drain()

        await gateway.instance("shop", endless)
        async with connected(gateway, b"GET /shop/x HTTP/1.1\r\nHost: a\r\n\r\n"):

            async def is_cut() -> bool:
                return await in_flight(gateway) == 0

            await become_true(lambda: in_flight(gateway))
            await become_true(is_cut)


class TestStreamsApart:
    @pytest.fixture
    def gateway_toml(self) -> str:
        return "max_concurrent_requests = 4\nmax_concurrent_streams = 10\n"

    @pytest.mark.parametrize(
        "sent", [UPGRADE % b"", b"GET /shop/events HTTP/1.1\r\nHost: a\r\n\r\n"], ids=["ws", "events"]
    )
    async def test_they_take_no_places_of_requests(self, gateway: Gateway, sent: bytes):
        await gateway.instance("shop", shop)
        async with AsyncExitStack() as held:
            for _ in range(10):
                reader, _ = await held.enter_async_context(connected(gateway, sent))
                assert (await read_head(reader)).startswith(b"HTTP/1.1 ")
            assert (await gateway.client.get("/shop/x")).status_code == 200
            text = (await gateway.client.get("/metrics")).text
            assert 'aistack_streams_in_flight{service="shop"} 10.0' in text

    async def test_they_have_a_limit_of_their_own(self, gateway: Gateway):
        await gateway.instance("shop", shop)
        async with AsyncExitStack() as held:
            for _ in range(10):
                reader, _ = await held.enter_async_context(connected(gateway, UPGRADE % b""))
                await read_head(reader)
            async with connected(gateway, UPGRADE % b"") as (reader, _):
                head = await read_head(reader)
                assert head.startswith(b"HTTP/1.1 503 ")
                assert b"retry-after" in head
            assert (await gateway.client.get("/shop/x")).status_code == 200

    async def test_event_streams_beyond_it_take_no_places_of_requests(self, gateway: Gateway):
        await gateway.instance("shop", shop)
        sent = b"GET /shop/events HTTP/1.1\r\nHost: a\r\n\r\n"
        async with AsyncExitStack() as held:
            for _ in range(10):
                reader, _ = await held.enter_async_context(connected(gateway, sent))
                await read_head(reader)
            for _ in range(6):
                reader, _ = await held.enter_async_context(connected(gateway, sent))
                assert (await read_head(reader)).startswith(b"HTTP/1.1 503 ")
            assert (await gateway.client.get("/shop/x")).status_code == 200

    async def test_a_transfer_that_takes_long_becomes_one(self, gateway: Gateway, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setattr("aistack.gateway.proxy.timeouts.STREAM_SECONDS", 0.5)

        async def trickle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await read_head(reader)
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n")
            while True:
                writer.write(b"x")
                await asyncio.sleep(0.2)

        await gateway.instance("shop", trickle)

        async def is_stream() -> bool:
            return 'aistack_streams_in_flight{service="shop"} 4.0' in (await gateway.client.get("/metrics")).text

        async with AsyncExitStack() as held:
            for _ in range(4):
                reader, _ = await held.enter_async_context(
                    connected(gateway, b"GET /shop/x HTTP/1.1\r\nHost: a\r\n\r\n")
                )
                await read_head(reader)
            await become_true(is_stream)


class TestShares:
    @pytest.fixture
    def identity(self) -> bool:
        return True

    @pytest.fixture
    def gateway_toml(self) -> str:
        return BEHIND_PROXY + "max_concurrent_requests = 8\nmax_concurrent_streams = 8\nrate_limits = []\n"

    @pytest.mark.parametrize("kind", ["requests", "streams"])
    async def test_a_key_gets_half_and_an_address_three_quarters(self, gateway: Gateway, kind: str):
        await gateway.instance("shop", shop)
        keys = [await new_key(gateway) for _ in range(4)]
        form = UPGRADE if kind == "streams" else b"GET /shop/slow HTTP/1.1\r\nHost: a\r\n%b\r\n"

        async def refused(key: str, address: str) -> dict[str, object]:
            async with connected(gateway, form % key_line(key, address)) as (reader, _):
                head = await read_head(reader)
                assert b" 429 " in head
                assert b"retry-after" in head
                return json.loads(await reader.readexactly(int(head.split(b"content-length: ")[1].split(b"\r\n")[0])))

        async with AsyncExitStack() as held:

            async def take(key: str, address: str, number: int) -> None:
                before = await in_flight(gateway)
                for _ in range(number):
                    await held.enter_async_context(connected(gateway, form % key_line(key, address)))

                async def are_there() -> bool:
                    return await in_flight(gateway) == before + number

                await become_true(are_there)

            await take(keys[0], "203.0.113.7", 4)
            assert str((await refused(keys[0], "203.0.113.7"))["detail"]).startswith("this caller already has")
            assert str((await refused(keys[0], "203.0.113.9"))["detail"]).startswith("this caller already has")
            await take(keys[1], "203.0.113.7", 2)
            assert str((await refused(keys[2], "203.0.113.7"))["detail"]).startswith("this address already has")
            await take(keys[3], "203.0.113.8", 2)

    async def test_services_of_the_stack_have_no_share_for_they_ask_for_many(self, gateway: Gateway):
        from aistack.stack.secrets import service_key

        await gateway.instance("shop", shop)
        key = service_key((gateway.folder / "secrets" / "stack.key").read_text().strip(), "ai")
        async with AsyncExitStack() as held:
            for _ in range(8):
                sent = b"GET /shop/slow HTTP/1.1\r\nHost: a\r\n%b\r\n" % key_line(key)
                await held.enter_async_context(connected(gateway, sent))

            async def are_there() -> bool:
                return await in_flight(gateway) == 8

            await become_true(are_there)


class TestSharesOverWorkers:
    @pytest.fixture
    def gateway_toml(self) -> str:
        return "workers = 2\n" + BEHIND_PROXY + "max_concurrent_requests = 20\nmax_concurrent_streams = 20\n"

    @pytest.mark.parametrize(
        "form", [UPGRADE, b"GET /shop/slow HTTP/1.1\r\nHost: a\r\n%b\r\n"], ids=["streams", "requests"]
    )
    async def test_a_burst_of_one_caller_leaves_places_for_others(self, gateway: Gateway, form: bytes):
        await gateway.instance("shop", shop)
        sent = form % b"X-Forwarded-For: 203.0.113.7\r\n"
        async with AsyncExitStack() as held:
            for _ in range(60):
                await held.enter_async_context(connected(gateway, sent))

            async def are_there() -> bool:
                return await in_flight(gateway) >= 10

            await become_true(are_there)
            other = await gateway.client.get("/shop/x", headers={"x-forwarded-for": "203.0.113.8"})
            assert other.status_code == 200
            assert await in_flight(gateway) <= 12  # each worker looks at an instant of its own


class TestRates:
    async def test_on_this_machine_without_identity_nobody_is_limited_by_rate(self, gateway: Gateway):
        await gateway.instance("shop", answering(plain(b"ok")), routes=["/v1/shop"])
        answers = [await gateway.client.get("/v1/shop") for _ in range(100)]
        assert {answer.status_code for answer in answers} == {200}
        assert "ratelimit" not in answers[0].headers

    @pytest.mark.parametrize("gateway_toml", [BEHIND_PROXY])
    async def test_clients_elsewhere_are(self, gateway: Gateway):
        await gateway.instance("shop", answering(plain(b"ok")), routes=["/v1/shop"])
        answers = [await gateway.client.get("/v1/shop", headers=FROM_AFAR) for _ in range(100)]
        assert {answer.status_code for answer in answers} == {200, 429}
        local = await gateway.client.get("/v1/shop", headers={"x-forwarded-for": "127.0.0.1"})
        assert local.status_code == 200


class TestCircuits:
    @pytest.fixture
    def gateway_toml(self) -> str:
        return "breaker_requests_min = 5\nbreaker_open_seconds = 60\nretries_max = 0\n"

    async def test_a_path_that_breaks_off_does_not_cost_the_other_paths(self, gateway: Gateway):
        await gateway.instance("shop", shop)
        seen = Counter[int]()
        for _ in range(30):
            await gateway.client.post("/shop/boom")
            seen[(await gateway.client.get("/shop/x")).status_code] += 1
            seen[(await gateway.client.get("/shop/y/boom/x")).status_code] += 1
        assert seen == {200: 60}
        refused = await gateway.client.post("/shop/boom")
        assert refused.status_code == 503
        assert refused.json()["detail"].startswith("POST /shop/boom failed too often")
        assert (await gateway.client.get("/registry/services/shop")).json()["breaker"] == "open"

    @pytest.mark.parametrize(
        "gateway_toml", ["breaker_requests_min = 5\nrate_limits = ['/ 1/h burst 1']\nrequests_max = 1\n"]
    )
    async def test_none_of_it_applies_to_the_gateway_s_own_api(self, gateway: Gateway):
        for _ in range(60):
            assert (await gateway.client.get("/api/health/all")).status_code == 200
        await gateway.instance("shop", shop)
        async with connected(gateway, b"GET /shop/slow HTTP/1.1\r\nHost: a\r\n\r\n"):

            async def is_there() -> bool:
                return await in_flight(gateway) == 1

            await become_true(is_there)
            assert (await gateway.client.get("/shop/x")).status_code == 503
            for _ in range(30):
                assert (await gateway.client.post("/registry/services/shop/instances/one/heartbeat")).status_code == 200


async def test_a_required_service_that_is_down_leaves_the_registry_open(tmp_path_factory: pytest.TempPathFactory):
    """With rag expected and absent, every poll of the health of all is a 503 of the gateway's own app."""
    from harness.processes import free_port

    class WithRag(Gateway):
        def described(self):
            stack = super().described()
            path = self.folder / "stack.toml"
            path.write_text(path.read_text().replace("[services.rag]\nenabled = false", "[services.rag]"))
            from aistack.stack.loader import load_stack

            return load_stack(path, {}) if stack else stack

    gateway = WithRag(tmp_path_factory.mktemp("gateway"), free_port(), "breaker_requests_min = 5\n")
    await gateway.start()
    try:
        async with httpx.AsyncClient(base_url=gateway.url, timeout=60) as client:
            polls = Counter([(await client.get("/api/health/all")).status_code for _ in range(60)])
            assert polls == {503: 60}
            assert (await client.get("/registry/services")).status_code == 200
            shown = (await client.get("/registry/services/gateway")).json()
            assert shown["breaker"] == "closed"
    finally:
        await gateway.client.aclose()
        await gateway.stop()
