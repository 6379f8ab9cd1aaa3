"""Requests with bytes changed, lost, added or cut: never an answer too many, a count that leaks, or a hang."""

import asyncio
import random

import pytest

from harness.services.gateway import Gateway, plain, read_head

REQUESTS = (
    b"GET /echo HTTP/1.1\r\nHost: a\r\n\r\n",
    b"HEAD /echo HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET /echo HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
    b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello",
    b"POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    b"GET /echo HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, X-A\r\nUpgrade: h2c\r\nX-A: AA\r\n\r\n",
    b"CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n",
    b"OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n",
)
CONNECTIONS = 150


async def slow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answers late, so that pipelined requests queue up, and reads no body."""
    while True:
        await read_head(reader)
        await asyncio.sleep(0.02)
        writer.write(plain(b"late"))
        await writer.drain()


def mutated(chance: random.Random) -> bytes:
    data = bytearray(b"".join(chance.choices(REQUESTS, k=chance.randint(1, 4))))
    for _ in range(chance.choice((0, 1, 2, 5))):
        at = chance.randrange(len(data) or 1)
        match chance.randrange(4):
            case 0 if data:
                data[at] = chance.randrange(256)
            case 1:
                del data[at : at + chance.randrange(1, 20)]
            case 2:
                data[at:at] = chance.randbytes(chance.randrange(1, 8))
            case 3:
                del data[at:]
    return bytes(data)


async def send(gateway: Gateway, data: bytes, step: int) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", gateway.port)
    try:
        for at in range(0, len(data), step):
            writer.write(data[at : at + step])
            await writer.drain()
        async with asyncio.timeout(5):
            return await reader.read(1 << 20)
    except (OSError, TimeoutError):
        return b""
    finally:
        writer.transport.abort()


@pytest.mark.parametrize("seed", [*range(4), *(pytest.param(seed, marks=pytest.mark.deep) for seed in range(4, 100))])
async def test_mutated_requests_leave_the_gateway_whole(gateway: Gateway, seed: int):
    await gateway.instance("echo", slow)
    chance = random.Random(seed)
    sent = [(mutated(chance), chance.choice((1, 7, 50, 1000))) for _ in range(CONNECTIONS)]
    answers = await asyncio.gather(*(send(gateway, data, step) for data, step in sent))
    assert sum(answer.startswith(b"HTTP/1.1 ") for answer in answers) > CONNECTIONS / 2
    async with asyncio.timeout(30):
        while True:
            services = (await gateway.client.get("/registry/services")).json()["services"]
            busy = {one["name"]: one["in_flight"] for one in services}
            if busy == {"gateway": 1, "echo": 0}:  # the one is this very question
                return
            await asyncio.sleep(0.05)
