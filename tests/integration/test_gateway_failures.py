"""Instances that fail, and what their clients see."""

import asyncio
import json
import os
import resource

import httpx
import pytest

from harness.services.gateway import Gateway, answering, plain, read_head


async def cut(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await read_head(reader)


async def test_an_unreachable_instance_is_a_502_that_names_it(gateway: Gateway):
    await gateway.instance("shop", cut)
    gateway.servers[-1].close()
    answer = await gateway.client.get("/shop")
    assert answer.status_code == 502
    assert answer.json()["type"] == "urn:ai-stack:problem:no-instance"
    assert answer.headers["x-request-id"] == answer.json()["request_id"]


async def test_a_safe_request_is_tried_on_another_instance(gateway: Gateway):
    await gateway.instance("shop", cut, "bad")
    await gateway.instance("shop", answering(plain(b"good")), "good")
    for _ in range(10):
        assert (await gateway.client.get("/shop")).text == "good"


async def test_an_unsafe_request_that_was_sent_is_not_sent_again(gateway: Gateway):
    heads = 0

    async def count(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal heads
        await read_head(reader)
        heads += 1

    await gateway.instance("shop", count, "a")
    await gateway.instance("shop", count, "b")
    answer = await gateway.client.post("/shop", content=b"pay")
    assert answer.status_code == 502
    assert heads == 1


async def test_an_answer_cut_off_in_the_middle_is_never_passed_as_whole(gateway: Gateway):
    async def half(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_head(reader)
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf")
        await writer.drain()

    await gateway.instance("shop", half)
    with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
        await gateway.client.get("/shop")


async def test_garbage_from_an_instance_is_a_502(gateway: Gateway):
    await gateway.instance("shop", answering(b"\x00\x01 not http at all\r\n\r\n", keep=False))
    assert (await gateway.client.get("/shop")).status_code == 502


async def test_an_instance_that_failed_often_rests_while_others_work(gateway: Gateway):
    await gateway.instance("shop", cut, "bad")
    await gateway.instance("shop", answering(plain(b"good")), "good")
    for _ in range(12):
        await gateway.client.get("/shop")
    states = {
        one["id"]: one["state"] for one in (await gateway.client.get("/registry/services/shop")).json()["instances"]
    }
    assert states == {"bad": "ejected", "good": "up"}


async def test_a_connection_that_the_instance_closed_meanwhile_is_not_the_clients_trouble(gateway: Gateway):
    async def once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_head(reader)
        writer.write(plain(b"ok"))
        await writer.drain()
        await read_head(reader)  # the second request on this connection gets no answer

    await gateway.instance("shop", once)
    for _ in range(6):
        assert (await gateway.client.get("/shop")).text == "ok"


@pytest.mark.parametrize("gateway_toml", ["request_timeout_seconds = 0.5"])
async def test_an_instance_that_never_answers_is_a_504(gateway: Gateway):
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_head(reader)
        await reader.read()

    await gateway.instance("shop", silent)
    assert (await gateway.client.get("/shop")).status_code == 504


@pytest.mark.parametrize("gateway_toml", ["max_concurrent_requests = 2"])
async def test_above_its_limit_a_service_is_overloaded_and_says_when_to_return(gateway: Gateway):
    go = asyncio.Event()

    async def slow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_head(reader)
        await go.wait()
        writer.write(plain(b"ok"))
        await writer.drain()

    await gateway.instance("shop", slow)
    held = [asyncio.create_task(gateway.client.get("/shop")) for _ in range(2)]
    while (await gateway.client.get("/registry/services/shop")).json()["in_flight"] < 2:
        await asyncio.sleep(0.01)
    refused = await gateway.client.get("/shop")
    assert refused.status_code == 503
    assert refused.headers["retry-after"] == "1"
    go.set()
    assert [(await one).status_code for one in held] == [200, 200]


@pytest.mark.parametrize("gateway_toml", ["head_timeout_seconds = 0.5"])
async def test_a_head_that_does_not_end_is_a_408(gateway: Gateway):
    assert (await gateway.raw(b"GET / HTTP/1.1\r\nHost: a\r\n")).startswith(b"HTTP/1.1 408 ")


async def test_a_body_over_the_routes_limit_is_refused_also_when_its_length_is_not_told(gateway: Gateway):
    async def reading(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()

    await gateway.instance("shop", reading, routes=[{"prefix": "/shop", "body_bytes_max": 1000}])
    chunk = b"1f4\r\n" + b"x" * 500 + b"\r\n"
    answer = await gateway.raw(
        b"POST /shop HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", chunk, chunk, chunk
    )
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert json.loads(answer.split(b"\r\n\r\n", 1)[1])["detail"].endswith("1000 bytes, the limit of this path")


async def test_draining_finishes_what_is_in_flight_and_accepts_nothing_new(gateway: Gateway):
    go = asyncio.Event()
    asked = asyncio.Event()

    async def slow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_head(reader)
        asked.set()
        await go.wait()
        writer.write(plain(b"finished"))
        await writer.drain()

    await gateway.instance("shop", slow)
    held = asyncio.create_task(gateway.client.get("/shop"))
    await asked.wait()
    stopping = asyncio.create_task(gateway.stop())
    await asyncio.sleep(0.1)
    with pytest.raises(OSError):
        await asyncio.open_connection("127.0.0.1", gateway.port)
    go.set()
    answer = await held
    assert answer.text == "finished"
    assert answer.headers["connection"] == "close"
    await stopping


@pytest.mark.parametrize("gateway_toml", ["health_interval_seconds = 0.1"])
async def test_a_service_that_dies_is_down_and_one_that_comes_back_is_used_again(gateway: Gateway):
    port = await gateway.instance("shop", answering(plain(b"ok"), keep=False))

    async def until_state(wanted: str) -> None:
        async with asyncio.timeout(30):
            while True:
                shown = (await gateway.client.get("/registry/services/shop")).json()
                if shown["instances"][0]["state"] == wanted:
                    return
                await asyncio.sleep(0.02)

    gateway.servers[-1].close()
    await until_state("down")
    answer = await gateway.client.get("/shop")
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "1"
    again = await asyncio.start_server(lambda r, w: answering(plain(b"back"), keep=False)(r, w), "127.0.0.1", port)
    gateway.servers.append(again)
    await until_state("up")
    assert (await gateway.client.get("/shop")).text == "back"


async def test_a_gateway_without_descriptors_blames_no_instance(gateway: Gateway):
    await gateway.instance("shop", answering(plain(b"ok"), keep=False), ttl_seconds=600)
    reader, writer = await asyncio.open_connection("127.0.0.1", gateway.port)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    first_free = os.dup(0)
    os.close(first_free)
    resource.setrlimit(resource.RLIMIT_NOFILE, (first_free, hard))
    try:
        for _ in range(10):
            writer.write(b"GET /shop HTTP/1.1\r\nHost: a\r\n\r\n")
            head = await read_head(reader)
            assert head.startswith(b"HTTP/1.1 503 ")
            body = json.loads(await reader.readexactly(int(head.split(b"content-length: ")[1].split(b"\r\n")[0])))
            assert body["type"].endswith(":out-of-resources")
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        writer.close()
    (shown,) = (await gateway.client.get("/registry/services/shop")).json()["instances"]
    assert shown["state"] == "up"
    assert (await gateway.client.get("/shop")).text == "ok"
