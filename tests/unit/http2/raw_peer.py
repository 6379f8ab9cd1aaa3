"""A client that writes HTTP/2 frames by hand, well-formed or not, and a server that it talks to."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from hpack import Encoder

from aistack.http2.grpc.channel import Channel
from aistack.http2.grpc.messages import framed
from aistack.http2.grpc.server_calls import Method, ServerCall
from aistack.http2.server import Server
from aistack.http2.wire import frames
from aistack.http2.wire.errors import ErrorCode
from aistack.http2.wire.limits import Limits

REQUEST = (
    (":method", "POST"),
    (":scheme", "http"),
    (":path", "/echo"),
    (":authority", "localhost"),
    ("content-type", "application/grpc"),
    ("te", "trailers"),
)
SECONDS = 60.0


async def echo(requests: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    async for message in requests:
        yield message


@asynccontextmanager
async def echo_server(
    limits: Limits | None = None, connections_max: int = 100, method: Method = echo
) -> AsyncIterator["EchoServer"]:
    """A server on a free port that answers each message with itself."""
    server = Server(lambda *request: ServerCall(*request, method), limits, connections_max)
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(128)
    listener.setblocking(False)
    await server.listen(listener)
    running = EchoServer(server, listener.getsockname()[1])
    try:
        yield running
    finally:
        await server.drain(0)


@dataclass
class EchoServer:
    server: Server
    port: int

    async def still_answers(self) -> bool:
        channel = Channel(f"127.0.0.1:{self.port}")
        try:
            return await channel.unary("/echo", b"hello", 10) == b"hello"
        finally:
            await channel.close()


@dataclass
class RawPeer:
    """Sends bytes and collects the frames that come back."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    encoder: Encoder = field(default_factory=Encoder)

    def send(self, data: bytes) -> None:
        self.writer.write(data)

    def headers(self, number: int, fields=REQUEST, flags: int = frames.END_HEADERS) -> None:
        self.send(frames.frame(frames.HEADERS, flags, number, self.encoder.encode(fields)))

    def data(self, number: int, payload: bytes, flags: int = 0) -> None:
        self.send(frames.frame(frames.DATA, flags, number, payload))

    def call(self, number: int, message: bytes = b"hi") -> None:
        self.headers(number)
        self.data(number, framed(message), frames.END_STREAM)

    async def frame(self) -> tuple[int, int, int, bytes]:
        """Type, flags, stream and payload of the next frame. Raises IncompleteReadError at the end."""
        async with asyncio.timeout(SECONDS):
            high, low, kind, flags, number = frames.HEAD.unpack(await self.reader.readexactly(frames.HEAD_BYTES))
            return kind, flags, number, await self.reader.readexactly(high << 8 | low)

    async def next(self, wanted: int) -> tuple[int, int, bytes]:
        """Flags, stream and payload of the next frame of a type."""
        while True:
            kind, flags, number, payload = await self.frame()
            if kind == wanted:
                return flags, number, payload

    async def goaway(self) -> ErrorCode:
        """The code of the GOAWAY that ends the connection, after which nothing comes."""
        _, _, payload = await self.next(frames.GOAWAY)
        code = ErrorCode(int.from_bytes(payload[4:8]))
        try:
            async with asyncio.timeout(SECONDS):
                await self.reader.read()
        except ConnectionError:
            pass  # closed with data unread
        return code

    async def reset(self) -> ErrorCode:
        _, _, payload = await self.next(frames.RST_STREAM)
        return ErrorCode(int.from_bytes(payload))


@asynccontextmanager
async def raw_peer(port: int, begin: bool = True) -> AsyncIterator[RawPeer]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    peer = RawPeer(reader, writer)
    if begin:
        peer.send(frames.PREFACE + frames.settings_frame(()))
        await peer.next(frames.SETTINGS)
    try:
        yield peer
    finally:
        writer.transport.abort()
