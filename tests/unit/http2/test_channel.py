"""A channel's connections: more of them when streams run out, and a new one when a connection has had its share."""

import asyncio
from collections.abc import AsyncIterator

from aistack.http2.grpc.channel import Channel
from aistack.http2.wire.frames import WINDOW_MAX
from aistack.http2.wire.limits import Limits
from tests.unit.http2.raw_peer import echo_server

SECONDS = 60.0


async def test_more_calls_than_a_connection_has_streams_open_further_connections():
    gate = asyncio.Event()

    async def waits(requests: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        async for message in requests:
            await gate.wait()
            yield message

    async with echo_server(Limits(streams=2), method=waits) as server:
        channel = Channel(f"127.0.0.1:{server.port}")
        calls = [asyncio.create_task(channel.unary("/echo", b"%d" % number, SECONDS)) for number in range(7)]
        async with asyncio.timeout(SECONDS):
            while sum(len(one.streams) for one in server.server.connections) < 7:
                await asyncio.sleep(0.01)
        assert len(server.server.connections) == 4
        gate.set()
        assert await asyncio.gather(*calls) == [b"%d" % number for number in range(7)]
        await channel.close()


async def test_a_connection_whose_stream_numbers_are_used_up_is_replaced():
    async with echo_server() as server:
        channel = Channel(f"127.0.0.1:{server.port}")
        assert await channel.unary("/echo", b"a", SECONDS) == b"a"
        [first] = channel._connections
        first._next = WINDOW_MAX  # the last one that there is
        assert await channel.unary("/echo", b"b", SECONDS) == b"b"
        assert await channel.unary("/echo", b"c", SECONDS) == b"c"
        assert first.closed and first not in channel._connections
        await channel.close()
