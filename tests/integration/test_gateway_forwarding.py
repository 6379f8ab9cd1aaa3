"""What the data plane does with requests and answers that pass through it."""

import asyncio
import contextlib
import re

import pytest

from harness.services.gateway import Gateway, answering, echo, plain, read_head


@pytest.mark.parametrize("identity", [True])  # a prefix inside another's takes an administrator
async def test_forwards_to_the_service_that_claimed_the_path(gateway: Gateway):
    await gateway.instance("shop", answering(plain(b"shop")))
    await gateway.instance("shop-admin", answering(plain(b"admin")), routes=["/shop/admin"])
    assert (await gateway.client.get("/shop")).text == "shop"
    assert (await gateway.client.get("/shop/item?q=/shop/admin")).text == "shop"
    assert (await gateway.client.get("/shop/admin/users")).text == "admin"
    assert (await gateway.client.get("/shop/administrator")).text == "shop"
    assert (await gateway.client.get("/shopping")).status_code == 404


async def test_tells_the_service_who_asked_and_removes_hop_by_hop_headers(gateway: Gateway):
    await gateway.instance("echo", echo)
    answer = await gateway.raw(
        b"GET /echo?a=1 HTTP/1.1\r\nHost: example.test\r\nConnection: close, X-Secret\r\nX-Secret: 1\r\n"
        b"TE: trailers\r\nX-Forwarded-For: 6.6.6.6\r\nX-Request-ID: my-id\r\nAccept: */*\r\n\r\n"
    )
    head = answer.split(b"\r\n\r\n", 1)[1]
    assert head.startswith(b"GET /echo?a=1 HTTP/1.1\r\nhost: example.test\r\n")
    assert b"x-request-id: my-id" in head
    assert b"x-forwarded-for: 127.0.0.1" in head
    assert b"x-forwarded-host: example.test" in head
    assert b"accept: */*" in head.lower()
    assert b"\r\nconnection: te\r\nte: trailers\r\n" in head
    for gone in (b"x-secret", b"6.6.6.6"):
        assert gone not in head.lower()


async def test_adds_security_headers_and_the_request_id_to_answers(gateway: Gateway):
    await gateway.instance("shop", answering(plain(b"x", b"X-Frame-Options: ALLOW\r\nKeep-Alive: timeout=5\r\n")))
    answer = await gateway.client.get("/shop")
    assert answer.headers["x-frame-options"] == "DENY"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "keep-alive" not in answer.headers
    assert len(answer.headers["x-request-id"]) == 32


async def test_reframes_request_bodies_of_both_kinds(gateway: Gateway):
    await gateway.instance("echo", echo)
    answer = await gateway.client.post("/echo", content=b"x" * 100_000)
    assert answer.content.endswith(b"x" * 100_000)

    async def pieces():
        for number in range(50):
            yield b"%02d" % number * 1000

    answer = await gateway.client.post("/echo", content=pieces())
    assert answer.content.endswith(b"".join([b"%02d" % number * 1000 for number in range(50)]))


async def test_passes_an_answer_without_length_as_chunks_and_as_plain_bytes_to_http_1_0(gateway: Gateway):
    await gateway.instance("shop", answering(b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\nall of it", keep=False))
    answer = await gateway.client.get("/shop")
    assert answer.text == "all of it"
    assert answer.headers["transfer-encoding"] == "chunked"
    old = await gateway.raw(b"GET /shop HTTP/1.0\r\n\r\n")
    assert old.endswith(b"\r\n\r\nall of it")
    assert b"transfer-encoding" not in old


async def test_streams_an_answer_as_it_comes(gateway: Gateway):
    more = asyncio.Event()

    async def slow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_head(reader)
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n")
        writer.write(b"5\r\nfirst\r\n")
        await more.wait()
        writer.write(b"6\r\nsecond\r\n0\r\n\r\n")
        await writer.drain()

    await gateway.instance("shop", slow)
    async with gateway.client.stream("GET", "/shop") as answer:
        pieces = answer.aiter_bytes()
        assert await anext(pieces) == b"first"
        more.set()
        assert await anext(pieces) == b"second"


async def test_a_head_request_gets_the_head_and_leaves_the_connection_usable(gateway: Gateway):
    await gateway.instance("shop", answering(b"HTTP/1.1 200 OK\r\ncontent-length: 1234\r\n\r\n", plain(b"after")))
    answer = await gateway.client.head("/shop")
    assert answer.headers["content-length"] == "1234"
    assert (await gateway.client.get("/shop")).text == "after"


async def test_answers_pipelined_requests_in_order(gateway: Gateway):
    async def numbered(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            head = await read_head(reader)
            number = head.split(b" ")[1].rpartition(b"/")[2]
            await asyncio.sleep(0.05 if number == b"1" else 0)
            writer.write(plain(b"<" + number + b">"))
            await writer.drain()

    await gateway.instance("shop", numbered)
    requests = b"".join(b"GET /shop/%d HTTP/1.1\r\nHost: a\r\n\r\n" % number for number in range(1, 6))
    answer = await gateway.raw(requests + b"GET /shop/6 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
    assert [answer.index(b"<%d>" % number) for number in range(1, 7)] == sorted(
        answer.index(b"<%d>" % number) for number in range(1, 7)
    )


async def test_passes_100_continue(gateway: Gateway):
    async def careful(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_head(reader)
        writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        body = await reader.readexactly(5)
        writer.write(plain(body))
        await writer.drain()

    await gateway.instance("shop", careful)
    reader, writer = await asyncio.open_connection("127.0.0.1", gateway.port)
    writer.write(b"POST /shop HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n")
    assert (await read_head(reader)).startswith(b"HTTP/1.1 100 Continue")
    writer.write(b"hello")
    assert (await read_head(reader)).startswith(b"HTTP/1.1 200 OK")
    assert await reader.readexactly(5) == b"hello"
    writer.close()


async def test_a_websocket_passes_untouched_both_ways(gateway: Gateway):
    async def socket(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await read_head(reader)
        assert b"upgrade: websocket" in head.lower()
        writer.write(b"HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n\x01hi")
        while data := await reader.read(100):
            writer.write(data.upper())

    await gateway.instance("shop", socket)
    reader, writer = await asyncio.open_connection("127.0.0.1", gateway.port)
    writer.write(b"GET /shop HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
    assert (await read_head(reader)).startswith(b"HTTP/1.1 101")
    assert await reader.readexactly(3) == b"\x01hi"
    for word in (b"one", b"two"):
        writer.write(word)
        assert await reader.readexactly(3) == word.upper()
    writer.close()


async def test_holds_the_service_back_when_the_client_does_not_read(gateway: Gateway):
    sent = 0

    async def flood(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        await read_head(reader)
        size = 64 * 1024 * 1024
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % size)
        while sent < size:
            writer.write(b"x" * 65536)
            await writer.drain()
            sent += 65536

    await gateway.instance("shop", flood)
    reader, writer = await asyncio.open_connection("127.0.0.1", gateway.port, limit=1024)
    writer.write(b"GET /shop HTTP/1.1\r\nHost: a\r\n\r\n")
    before = -1
    while before != sent:  # until nothing moves any more
        before = sent
        await asyncio.sleep(0.3)
    assert sent < 32 * 1024 * 1024
    total = len(await reader.readuntil(b"\r\n\r\n")) and 0
    while total < 64 * 1024 * 1024:
        total += len(await reader.read(1 << 20))
    writer.close()


async def test_a_client_that_leaves_ends_the_work_upstream(gateway: Gateway):
    ended = asyncio.Event()

    async def endless(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_head(reader)
        writer.write(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\nx\r\n")
        with contextlib.suppress(ConnectionError):
            await reader.read()
        ended.set()

    await gateway.instance("shop", endless)
    reader, writer = await asyncio.open_connection("127.0.0.1", gateway.port)
    writer.write(b"GET /shop HTTP/1.1\r\nHost: a\r\n\r\n")
    await read_head(reader)
    writer.transport.abort()
    async with asyncio.timeout(30):
        await ended.wait()


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (b"GET /shop HTTP/1.1\r\n\r\n", b"400"),
        (b"GET /shop HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", b"400"),
        (b"GET /shop HTTP/1.1\r\nHost : a\r\n\r\n", b"400"),
        (b"POST /shop HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", b"400"),
        (b"POST /shop HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", b"400"),
        (b"POST /shop HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", b"400"),
        (b"POST /shop HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n", b"400"),
        (b"POST /shop HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n", b"400"),
        (b"GET /shop/../etc HTTP/1.1\r\nHost: a\r\n\r\n", b"400"),
        (b"NONSENSE\r\n\r\n", b"400"),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"400"),
        (b"GET /shop HTTP/1.1\r\nHost: a\r\nX: " + b"x" * 40_000 + b"\r\n\r\n", b"431"),
        (b"GET /shop HTTP/1.1\r\nHost: a\r\n" + b"X: y\r\n" * 200 + b"\r\n", b"431"),
        (b"GET /" + b"x" * 9_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n", b"414"),
        (b"POST /shop HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999\r\n\r\n", b"413"),
    ],
)
async def test_refuses_what_is_malformed_or_too_large_and_closes(gateway: Gateway, request_bytes: bytes, status: bytes):
    await gateway.instance("shop", echo)
    answer = await gateway.raw(request_bytes)
    assert answer.startswith(b"HTTP/1.1 " + status + b" ")
    assert b"application/problem+json" in answer
    assert answer.count(b"HTTP/1.1 4") == 1


async def test_a_malformed_request_behind_a_good_one_is_refused_after_the_good_ones_answer(gateway: Gateway):
    async def slow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_head(reader)
        await asyncio.sleep(0.1)
        writer.write(plain(b"good"))
        await writer.drain()

    await gateway.instance("shop", slow)
    good = b"GET /shop HTTP/1.1\r\nHost: a\r\n\r\n"
    bad = b"POST /shop HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n"
    for second in (bad, b"NONSENSE\r\n\r\n", good + bad):
        answer = await gateway.raw(good + second)
        statuses = re.findall(rb"HTTP/1\.1 (\d{3}) ", answer)
        assert statuses == [b"200"] * (2 if second.startswith(b"GET") else 1) + [b"400"]
    assert (await gateway.client.get("/registry/services/shop")).json()["in_flight"] == 0
