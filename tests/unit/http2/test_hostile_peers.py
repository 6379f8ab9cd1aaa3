"""What a client may do wrong, by mistake or on purpose: it costs its own connection or stream, within stated bounds."""

import asyncio
import struct
from collections.abc import AsyncIterator

import pytest
from hpack import Encoder

from aistack.http2.grpc.messages import framed
from aistack.http2.wire import frames
from aistack.http2.wire.errors import ErrorCode
from aistack.http2.wire.limits import Limits, Rate
from tests.unit.http2.raw_peer import REQUEST, echo_server, raw_peer

PROTOCOL, FLOW, SIZE, COMPRESSION, CALM = (
    ErrorCode.PROTOCOL_ERROR,
    ErrorCode.FLOW_CONTROL_ERROR,
    ErrorCode.FRAME_SIZE_ERROR,
    ErrorCode.COMPRESSION_ERROR,
    ErrorCode.ENHANCE_YOUR_CALM,
)
HUGE_INDEX = b"\xff\xff\xff\xff\xff\x0f"

MALFORMED = {
    "a frame longer than allowed": (frames.HEAD.pack(0x40, 1, frames.DATA, 0, 1), SIZE),
    "DATA on stream 0": (frames.frame(frames.DATA, 0, 0, b"x"), PROTOCOL),
    "DATA on a stream that was never opened": (frames.frame(frames.DATA, 0, 7, b"x"), PROTOCOL),
    "HEADERS on stream 0": (frames.frame(frames.HEADERS, 4, 0, b"\x82"), PROTOCOL),
    "HEADERS on an even stream": (frames.frame(frames.HEADERS, 4, 2, Encoder().encode(REQUEST)), PROTOCOL),
    "padding longer than its frame": (frames.frame(frames.HEADERS, 4 | frames.PADDED, 1, b"\x09\x82"), PROTOCOL),
    "a priority cut off": (frames.frame(frames.HEADERS, 4 | frames.PRIORITY_FLAG, 1, b"\x82"), SIZE),
    "CONTINUATION alone": (frames.frame(frames.CONTINUATION, 4, 1, b"\x82"), PROTOCOL),
    "another frame inside a header block": (
        frames.frame(frames.HEADERS, 0, 1, b"\x82") + frames.frame(frames.PING, 0, 0, bytes(8)),
        PROTOCOL,
    ),
    "an unknown index": (frames.frame(frames.HEADERS, 4, 1, HUGE_INDEX), COMPRESSION),
    "a block that is cut off": (frames.frame(frames.HEADERS, 4, 1, b"\x00\x0aabc"), COMPRESSION),
    "broken Huffman code": (frames.frame(frames.HEADERS, 4, 1, b"\x00\x81\xff\x81\xff"), COMPRESSION),
    "a table larger than allowed": (frames.frame(frames.HEADERS, 4, 1, b"\x3f\xff\xff\x03"), COMPRESSION),
    "PING of 7 bytes": (frames.frame(frames.PING, 0, 0, bytes(7)), SIZE),
    "PING on a stream": (frames.frame(frames.PING, 0, 1, bytes(8)), PROTOCOL),
    "SETTINGS of 5 bytes": (frames.frame(frames.SETTINGS, 0, 0, bytes(5)), SIZE),
    "SETTINGS on a stream": (frames.frame(frames.SETTINGS, 0, 1), PROTOCOL),
    "an acknowledgement with content": (frames.frame(frames.SETTINGS, frames.ACK, 0, bytes(6)), SIZE),
    "a window too large": (frames.settings_frame([(frames.INITIAL_WINDOW_SIZE, 2**31)]), FLOW),
    "frames too small": (frames.settings_frame([(frames.MAX_FRAME_SIZE, 100)]), PROTOCOL),
    "ENABLE_PUSH of 2": (frames.settings_frame([(frames.ENABLE_PUSH, 2)]), PROTOCOL),
    "WINDOW_UPDATE of 3 bytes": (frames.frame(frames.WINDOW_UPDATE, 0, 0, bytes(3)), SIZE),
    "WINDOW_UPDATE by 0": (frames.window_update(0, 0), PROTOCOL),
    "WINDOW_UPDATE of a stream never opened": (frames.window_update(9, 1), PROTOCOL),
    "a window that overflows": (frames.window_update(0, 2**31 - 1), FLOW),
    "RST_STREAM of 3 bytes": (frames.frame(frames.RST_STREAM, 0, 1, bytes(3)), SIZE),
    "RST_STREAM of a stream never opened": (frames.reset_frame(9, 8), PROTOCOL),
    "PUSH_PROMISE": (frames.frame(frames.PUSH_PROMISE, 4, 1, bytes(4)), PROTOCOL),
    "GOAWAY of 7 bytes": (frames.frame(frames.GOAWAY, 0, 0, bytes(7)), SIZE),
    "PRIORITY on stream 0": (frames.frame(frames.PRIORITY, 0, 0, bytes(5)), PROTOCOL),
}

BAD_FIELDS = {
    "no path": REQUEST[:2],
    "a path twice": (*REQUEST, (":path", "/again")),
    "a pseudo-header field after others": (*REQUEST, (":extra", "x")),
    "a name in capitals": (*REQUEST, ("X-Big", "x")),
    "an empty name": (*REQUEST, ("", "x")),
    "a line break in a value": (*REQUEST, ("x", "a\r\nb")),
    "NUL in a value": (*REQUEST, ("x", "a\0b")),
    "connection": (*REQUEST, ("connection", "close")),
    "transfer-encoding": (*REQUEST, ("transfer-encoding", "chunked")),
    "te other than trailers": (*REQUEST, ("te", "gzip")),
    ":status in a request": ((":status", "200"), *REQUEST),
}


@pytest.mark.parametrize("name", MALFORMED)
async def test_a_malformed_frame_ends_its_connection_with_the_codes_of_the_rfc(name: str):
    sent, code = MALFORMED[name]
    async with echo_server() as server:
        async with raw_peer(server.port) as peer:
            peer.send(sent)
            assert await peer.goaway() is code
        assert await server.still_answers()


@pytest.mark.parametrize("name", BAD_FIELDS)
async def test_malformed_fields_end_their_stream_and_the_connection_goes_on(name: str):
    async with echo_server() as server, raw_peer(server.port) as peer:
        peer.headers(1, BAD_FIELDS[name])
        assert await peer.reset() is PROTOCOL
        peer.call(3)
        assert (await peer.next(frames.DATA))[2] == framed(b"hi")


async def test_something_else_than_http2_is_refused():
    async with echo_server() as server:
        async with raw_peer(server.port, begin=False) as peer:
            peer.send(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            assert await peer.goaway() is PROTOCOL
        async with raw_peer(server.port, begin=False) as peer:
            peer.send(frames.PREFACE + frames.frame(frames.PING, 0, 0, bytes(8)))
            assert await peer.goaway() is PROTOCOL
        assert await server.still_answers()


async def test_a_client_that_says_nothing_or_half_a_frame_is_closed():
    limits = Limits(start_seconds=0.1, frame_seconds=0.1)
    async with echo_server(limits) as server:
        async with raw_peer(server.port, begin=False) as silent:
            assert await silent.goaway() is CALM
        async with raw_peer(server.port) as peer:
            peer.send(frames.frame(frames.HEADERS, 0, 1, b"\x82"))  # CONTINUATION never comes
            assert await peer.goaway() is CALM
        async with raw_peer(server.port) as peer:
            peer.send(b"\0\0")
            assert await peer.goaway() is CALM


async def test_an_hpack_bomb_is_stopped_while_it_is_decoded():
    bomb = b"\x40\x01a\x7f\xa1\x1e" + b"b" * 4000 + b"\xbe" * 10_000  # one field of 4 KB, 10 000 times
    async with echo_server() as server:
        async with raw_peer(server.port) as peer:
            peer.send(frames.frame(frames.HEADERS, 4, 1, bomb))
            assert await peer.goaway() is CALM
        assert await server.still_answers()


async def test_many_small_fields_are_refused_for_their_stream():
    fields = (*REQUEST, *((f"x-{number}", "v" * 100) for number in range(300)))
    async with echo_server() as server, raw_peer(server.port) as peer:
        block = peer.encoder.encode(fields)
        peer.send(frames.header_frames(1, block, True, 16_384))
        assert await peer.reset() is CALM
        peer.call(3)
        assert (await peer.next(frames.DATA))[2] == framed(b"hi")


@pytest.mark.parametrize("part", [b"", b"\x82"])
async def test_a_continuation_flood_is_stopped(part: bytes):
    async with echo_server() as server:
        async with raw_peer(server.port) as peer:
            peer.send(frames.frame(frames.HEADERS, 0, 1, b"\x82"))
            peer.send(frames.frame(frames.CONTINUATION, 0, 1, part) * 100)
            assert await peer.goaway() is CALM
        assert await server.still_answers()


async def test_rapid_reset_is_stopped():
    async with echo_server(Limits(resets=Rate(100, 1))) as server:
        async with raw_peer(server.port) as peer:
            for number in range(1, 1001, 2):
                peer.headers(number)
                peer.send(frames.reset_frame(number, ErrorCode.CANCEL))
            assert await peer.goaway() is CALM
        assert await server.still_answers()


FLOODS = {
    "PING": frames.frame(frames.PING, 0, 0, bytes(8)),
    "answers to no PING": frames.frame(frames.PING, frames.ACK, 0, bytes(8)),
    "SETTINGS": frames.settings_frame([(frames.INITIAL_WINDOW_SIZE, 1000)]),
    "acknowledgements": frames.frame(frames.SETTINGS, frames.ACK, 0),
    "PRIORITY": frames.frame(frames.PRIORITY, 0, 1, bytes(5)),
    "unknown frames": frames.frame(0xEE, 0, 0, b"?"),
    "empty DATA": frames.frame(frames.DATA, 0, 1),
    "padding only": frames.frame(frames.DATA, frames.PADDED, 1, bytes(1)),
    "WINDOW_UPDATE": frames.window_update(1, 1),
    "WINDOW_UPDATE by 0": frames.window_update(1, 0),
    "GOAWAY": frames.goaway_frame(0, 0),
}


@pytest.mark.parametrize("name", FLOODS)
async def test_a_flood_of_frames_without_use_is_stopped(name: str):
    few = Rate(100, 1)
    limits = Limits(
        pings=few, settings=few, resets=few, faults=few, empty_frames=few, window_updates=few, other_frames=few
    )
    async with echo_server(limits) as server:
        async with raw_peer(server.port) as peer:
            peer.headers(1)
            peer.send(FLOODS[name] * 1000)
            assert await peer.goaway() in (CALM, PROTOCOL)
        assert await server.still_answers()


async def test_more_streams_than_allowed_are_refused_and_can_be_retried():
    async with echo_server(Limits(streams=2)) as server, raw_peer(server.port) as peer:
        for number in (1, 3, 5):
            peer.headers(number)
        assert await peer.reset() is ErrorCode.REFUSED_STREAM
        peer.data(1, framed(b"one"), frames.END_STREAM)
        assert (await peer.next(frames.DATA))[2] == framed(b"one")
        peer.call(7)
        assert (await peer.next(frames.DATA))[2] == framed(b"hi")


async def reads_nothing(requests: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    await asyncio.Event().wait()
    yield b""


async def test_more_data_than_the_window_allows_ends_the_stream():
    async with echo_server(method=reads_nothing) as server, raw_peer(server.port) as peer:
        peer.headers(1)
        for _ in range(5):
            peer.data(1, framed(bytes(16_000)))
        assert await peer.reset() is FLOW


async def test_many_stalled_streams_do_not_hold_up_the_others():
    async def stalls_at_first(requests: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        async for message in requests:
            if message.startswith(b"s"):
                await asyncio.Event().wait()
            yield message

    async with echo_server(method=stalls_at_first) as server, raw_peer(server.port) as peer:
        for number in range(1, 801, 2):
            peer.headers(number)
            peer.data(number, framed(b"s"))
            for _ in range(4):
                peer.data(number, framed(b"s" * 16_000))
        await asyncio.sleep(0)
        peer.call(1001)
        assert (await peer.next(frames.DATA))[2] == framed(b"hi")


async def test_a_client_that_reads_nothing_makes_the_server_hold_little_and_is_closed():
    """It asks for answers of 16 MiB, opens its windows wide and reads none."""
    limits = Limits(stalled_seconds=0.3)
    async with echo_server(limits) as server:
        async with raw_peer(server.port) as peer:
            peer.writer.transport.pause_reading()
            peer.send(frames.settings_frame([(frames.INITIAL_WINDOW_SIZE, 2**31 - 1)]))
            peer.send(frames.window_update(0, 2**30))
            peer.headers(1)
            connection = next(iter(server.server.connections))
            held = 0
            while not connection.closed:
                if peer.writer.transport.get_write_buffer_size() < 1_000_000:
                    peer.data(1, framed(bytes(16_000)))
                held = max(held, connection.transport.get_write_buffer_size())
                await asyncio.sleep(0)
            assert held < 1024 * 1024
        assert await server.still_answers()


async def test_answers_to_pings_that_are_not_read_do_not_pile_up():
    async with echo_server(Limits(control_frames_waiting=10, pings=Rate(10**9, 1))) as server:
        async with raw_peer(server.port) as peer:
            peer.writer.transport.pause_reading()
            connection = next(iter(server.server.connections))
            ping = frames.frame(frames.PING, 0, 0, bytes(8)) * 1000
            while not connection.closed:
                if peer.writer.transport.get_write_buffer_size() < 1_000_000:
                    peer.send(ping)
                await asyncio.sleep(0)
            assert connection.close_reason == "too many control frames and none is read"
        assert await server.still_answers()


async def test_more_connections_than_allowed_are_refused_while_all_are_in_use():
    async with echo_server(connections_max=1) as server, raw_peer(server.port) as first:
        first.headers(1)
        first.send(frames.frame(frames.PING, 0, 0, bytes(8)))
        await first.next(frames.PING)
        async with raw_peer(server.port, begin=False) as second:
            assert await second.goaway() is CALM
        assert server.server.refused == 1


async def test_an_idle_connection_makes_room_for_a_new_one():
    async with echo_server(connections_max=2) as server, raw_peer(server.port) as busy:
        busy.headers(1)
        async with raw_peer(server.port) as idle:
            assert await server.still_answers()
            assert await idle.goaway() is CALM
        busy.data(1, framed(b"hi"), frames.END_STREAM)
        assert (await busy.next(frames.DATA))[2] == framed(b"hi")


async def test_a_stream_that_is_not_read_is_ended_and_the_others_go_on():
    """Its window stays closed, or is opened so little at a time that nothing worth the name moves."""
    limits = Limits(stalled_seconds=0.3)
    async with echo_server(limits) as server, raw_peer(server.port) as peer:
        peer.send(frames.settings_frame([(frames.INITIAL_WINDOW_SIZE, 10)]))
        peer.call(1, bytes(5000))
        peer.call(3, bytes(5000))
        ended: set[int] = set()
        while len(ended) < 2:
            kind, _, number, payload = await peer.frame()
            if kind == frames.RST_STREAM:
                assert ErrorCode(int.from_bytes(payload)) is CALM
                ended.add(number)
            elif kind == frames.DATA and number == 3:
                peer.send(frames.window_update(3, 1))
                await asyncio.sleep(0.01)
        assert ended == {1, 3}
        peer.call(5, b"")
        assert (await peer.next(frames.DATA))[2] == framed(b"")


async def test_stalled_streams_cost_nothing_when_the_connections_window_opens():
    """Each of 900 streams waits for its own window, while the connection's is opened thousands of times."""
    async with echo_server() as server, raw_peer(server.port) as peer:
        peer.send(frames.settings_frame([(frames.INITIAL_WINDOW_SIZE, 0)]))
        for number in range(1, 1801, 2):
            peer.call(number)
        peer.send(frames.window_update(0, 1) * 20_000)
        peer.send(frames.frame(frames.PING, 0, 0, bytes(8)))
        while (await peer.next(frames.PING))[0] != frames.ACK:
            pass
        connection = next(iter(server.server.connections))
        assert len(connection.streams) == 900
        assert len(connection.waiting) == 0
        peer.send(frames.window_update(1, 100))
        assert (await peer.next(frames.DATA))[2] == framed(b"hi")


async def test_frames_in_pieces_of_one_byte_are_understood():
    async with echo_server() as server, raw_peer(server.port) as peer:
        block = peer.encoder.encode(REQUEST)
        message = framed(b"slowly")
        sent = frames.frame(frames.HEADERS, 4, 1, block) + frames.frame(frames.DATA, 1, 1, message)
        for number in range(len(sent)):
            peer.send(sent[number : number + 1])
            await asyncio.sleep(0)
        assert (await peer.next(frames.DATA))[2] == message


async def test_padding_priority_and_continuation_are_understood():
    async with echo_server() as server, raw_peer(server.port) as peer:
        block = peer.encoder.encode(REQUEST)
        message = framed(b"padded")
        message = framed(b"padded")
        first = b"\x03" + struct.pack(">LB", 0, 10) + block[:4] + bytes(3)
        peer.send(frames.frame(frames.HEADERS, frames.PADDED | frames.PRIORITY_FLAG, 1, first))
        peer.send(frames.frame(frames.CONTINUATION, 0, 1, block[4:9]))
        peer.send(frames.frame(frames.CONTINUATION, frames.END_HEADERS, 1, block[9:]))
        peer.send(frames.frame(frames.DATA, frames.PADDED | frames.END_STREAM, 1, b"\x05" + message + bytes(5)))
        assert (await peer.next(frames.DATA))[2] == message
