"""gRPC on both sides, against the gRPC library: our client with its server, its client with our server."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import grpc
import grpc.aio
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aistack.http2.grpc.channel import Channel
from aistack.http2.grpc.client_calls import ClientCall
from aistack.http2.grpc.messages import MessageReader, MessageTooLarge, framed
from aistack.http2.grpc.metadata import timeout_seconds, timeout_text
from aistack.http2.grpc.status import RpcError, Status, decoded_message, encoded_message
from tests.properties import examples
from tests.unit.http2.raw_peer import echo_server


class Servicer:
    """Methods of the gRPC library's server that say on `events` what happens to them."""

    def __init__(self) -> None:
        self.cancelled = asyncio.Event()
        self.sent = 0

    async def echo(self, requests: AsyncIterator[bytes], context: grpc.aio.ServicerContext) -> AsyncIterator[bytes]:
        context.set_trailing_metadata((("x-end", "yes"),))
        async for message in requests:
            yield message

    async def fails(self, requests: AsyncIterator[bytes], context: grpc.aio.ServicerContext) -> AsyncIterator[bytes]:
        yield b"first"
        await context.abort(grpc.StatusCode.FAILED_PRECONDITION, "100 % – 模型")

    async def endless(self, requests: AsyncIterator[bytes], context: grpc.aio.ServicerContext) -> AsyncIterator[bytes]:
        try:
            while True:
                yield bytes(1000)
                self.sent += 1
                await asyncio.sleep(0)
        finally:
            self.cancelled.set()


async def ended(messages: AsyncIterator[bytes]) -> None:
    async for _ in messages:
        pass


async def drained(call: ClientCall) -> None:
    while await call.receive():
        pass


@contextlib.asynccontextmanager
async def library_server(folder: Path) -> AsyncIterator[tuple[str, Servicer]]:
    servicer = Servicer()
    server = grpc.aio.server()
    names = ("echo", "fails", "endless")
    methods = {name: grpc.stream_stream_rpc_method_handler(getattr(servicer, name)) for name in names}
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("test", methods),))
    address = f"unix:{folder}/library.sock"
    server.add_insecure_port(address)
    await server.start()
    try:
        yield address, servicer
    finally:
        await server.stop(0)


@pytest.fixture
async def library(tmp_path: Path) -> AsyncIterator[tuple[str, Servicer]]:
    async with library_server(tmp_path) as running:
        yield running


async def test_messages_of_any_size_go_both_ways(library: tuple[str, Servicer]):
    channel = Channel(library[0])
    for size in (0, 1, 16_384, 65_535, 70_000, 3_000_000):
        assert await channel.unary("/test/echo", bytes(size), 30) == bytes(size)
    await channel.close()


async def test_calls_share_a_connection(library: tuple[str, Servicer]):
    channel = Channel(library[0])
    answers = await asyncio.gather(*(channel.unary("/test/echo", b"%d" % number, 30) for number in range(200)))
    assert answers == [b"%d" % number for number in range(200)]
    await channel.close()


async def test_a_call_in_both_directions_ends_with_trailers(library: tuple[str, Servicer]):
    channel = Channel(library[0])
    call = await channel.call("/test/echo", 30)
    for number in range(3):
        await call.send(b"%d" % number)
        assert await call.receive() == b"%d" % number
    call.half_close()
    assert await call.receive() is None
    assert (b"x-end", b"yes") in call.trailers
    await channel.close()


async def test_a_status_comes_with_its_message_after_the_messages_before_it(library: tuple[str, Servicer]):
    channel = Channel(library[0])
    call = await channel.call("/test/fails", 30)
    await call.send(b"", last=True)
    assert await call.receive() == b"first"
    with pytest.raises(RpcError) as failed:
        await call.receive()
    assert (failed.value.status, failed.value.message) == (Status.FAILED_PRECONDITION, "100 % – 模型")
    with pytest.raises(RpcError) as failed:
        await channel.unary("/test/nothing", b"", 30)
    assert failed.value.status is Status.UNIMPLEMENTED
    await channel.close()


async def test_leaving_a_stream_early_cancels_it_at_the_server(library: tuple[str, Servicer]):
    address, servicer = library
    channel = Channel(address)
    async with contextlib.aclosing(channel.stream("/test/endless", b"", 30)) as messages:
        async for _ in messages:
            break
    async with asyncio.timeout(60):
        await servicer.cancelled.wait()
    assert await channel.unary("/test/echo", b"on the same connection", 30)
    await channel.close()


async def test_a_deadline_ends_the_call_here_and_there(library: tuple[str, Servicer]):
    address, servicer = library
    channel = Channel(address)
    with pytest.raises(RpcError) as failed:
        await ended(channel.stream("/test/endless", b"", 0.2))
    assert failed.value.status is Status.DEADLINE_EXCEEDED
    async with asyncio.timeout(60):
        await servicer.cancelled.wait()
    await channel.close()


async def test_a_reader_that_stops_stops_the_server(library: tuple[str, Servicer]):
    address, servicer = library
    channel = Channel(address)
    call = await channel.call("/test/endless", 60)
    await call.send(b"", last=True)
    await call.receive()
    before = -1
    while servicer.sent != before:  # until it stands still: what was sent fits the windows
        before = servicer.sent
        await asyncio.sleep(0.3)
    assert servicer.sent < 1000
    call.cancel()
    await channel.close()


async def test_a_server_that_is_not_there_or_goes_away_is_unavailable(tmp_path: Path):
    channel = Channel(f"unix:{tmp_path}/library.sock")
    with pytest.raises(RpcError) as failed:
        await channel.unary("/test/echo", b"", 10)
    assert failed.value.status is Status.UNAVAILABLE
    async with library_server(tmp_path):
        call = await channel.call("/test/endless", 60)
        await call.receive()
    with pytest.raises(RpcError) as failed:
        await drained(call)
    assert failed.value.status is Status.UNAVAILABLE
    async with library_server(tmp_path):
        assert await channel.unary("/test/echo", b"again", 10) == b"again"
    await channel.close()


async def test_the_librarys_client_gets_its_answers_from_our_server():
    async with echo_server() as server, grpc.aio.insecure_channel(f"127.0.0.1:{server.port}") as channel:
        echo = channel.stream_stream("/echo")
        assert [message async for message in echo(iter([b"a", b"b" * 50_000]), timeout=30)] == [b"a", b"b" * 50_000]
        with pytest.raises(grpc.aio.AioRpcError) as failed:
            _ = [message async for message in echo(iter([bytes(100_000)]), timeout=30)]
        assert failed.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED


@pytest.mark.parametrize("algorithm", [grpc.Compression.Gzip, grpc.Compression.Deflate])
async def test_compressed_messages_are_read(algorithm: grpc.Compression):
    async with echo_server() as server:
        address = f"127.0.0.1:{server.port}"
        async with grpc.aio.insecure_channel(address, compression=algorithm) as channel:
            assert await channel.unary_unary("/echo")(b"x" * 5000, timeout=30) == b"x" * 5000


async def test_a_server_that_drains_lets_calls_end():
    async with echo_server() as server:
        channel = Channel(f"127.0.0.1:{server.port}")
        call = await channel.call("/echo", 60)
        await call.send(b"before")
        assert await call.receive() == b"before"
        draining = asyncio.create_task(server.server.drain(60))
        await asyncio.sleep(0.05)
        await call.send(b"after", last=True)
        assert await call.receive() == b"after"
        assert await call.receive() is None
        assert await draining == 0


@examples(100)
@given(st.lists(st.binary(max_size=300), max_size=8), st.lists(st.integers(1, 50), max_size=40))
def test_messages_are_found_however_the_data_was_cut(messages: list[bytes], cuts: list[int]):
    data = b"".join(map(framed, messages))
    reader, got = MessageReader(1000), []
    for size in cuts:
        got += reader.feed(data[:size])
        data = data[size:]
    got += reader.feed(data)
    assert got == messages
    assert reader.is_between_messages


def test_a_message_is_refused_before_it_is_there_when_it_will_be_too_long():
    with pytest.raises(MessageTooLarge, match="1001 bytes; 1000 at most"):
        MessageReader(1000).feed(framed(bytes(1001))[:5])


@examples(100)
@given(st.text(max_size=200))
def test_status_messages_survive(message: str):
    assert decoded_message(encoded_message(message)) == message


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.5, b"500000u"), (99, b"99000000u"), (100, b"100000m"), (1e9, b"1000000S")]
)
def test_timeouts_are_written_with_at_most_8_digits(seconds: float, text: bytes):
    assert timeout_text(seconds) in (text, b"16666666M")
    assert timeout_seconds(timeout_text(seconds)) == pytest.approx(seconds, rel=1e-6)


@pytest.mark.parametrize("text", [b"", b"S", b"1", b"-1S", b"1x", b"123456789S", b"1.5S"])
def test_malformed_timeouts_are_none(text: bytes):
    assert timeout_seconds(text) is None
