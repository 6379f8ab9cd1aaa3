"""A worker of the cy.llm protocol that breaks the rules: frames, HPACK, gRPC, protobuf or JSON, as its script says.

It answers health checks properly, so that it is given calls. A script gets the stream of each call.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from hpack import Decoder, Encoder

from aistack.http2.grpc.messages import framed
from aistack.http2.wire import frames
from aistack.http2.wire.errors import ErrorCode

HEAD = ((":status", "200"), ("content-type", "application/grpc"))
OK = (("grpc-status", "0"),)
GOOD_RESPONSE = b"\x12\x02hi\x18\x01"  # chunk "hi", end_of_stream


@dataclass
class HostileStream:
    """What a script can send on one call."""

    number: int
    writer: asyncio.StreamWriter
    encoder: Encoder

    def send(self, data: bytes) -> None:
        self.writer.write(data)

    def headers(self, fields: tuple[tuple[str, str], ...] = HEAD, flags: int = frames.END_HEADERS) -> None:
        self.send(frames.frame(frames.HEADERS, flags, self.number, self.encoder.encode(fields)))

    def trailers(self, fields: tuple[tuple[str, str], ...] = OK) -> None:
        self.headers(fields, frames.END_HEADERS | frames.END_STREAM)

    def data(self, payload: bytes, flags: int = 0) -> None:
        self.send(frames.frame(frames.DATA, flags, self.number, payload))

    def answer(self, *messages: bytes) -> None:
        """A proper answer with these messages, whatever they hold."""
        self.headers()
        for message in messages:
            self.data(framed(message))
        self.trailers()


Script = Callable[[HostileStream], None]


@asynccontextmanager
async def hostile_worker(path: Path, script: Script, greeting: bytes | None = None) -> AsyncIterator[None]:
    """Listens on a Unix socket. `greeting` is sent instead of SETTINGS, and then nothing."""

    writers: list[asyncio.StreamWriter] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        try:
            await _serve(reader, writer, script, greeting)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # the sidecar has had enough
        finally:
            writer.close()

    server = await asyncio.start_unix_server(serve, path)
    path.chmod(0o600)
    try:
        yield
    finally:
        server.close()
        for writer in writers:
            writer.transport.abort()
        path.unlink(missing_ok=True)


async def _serve(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, script: Script, greeting: bytes | None
) -> None:
    if greeting is not None:
        writer.write(greeting)
        await reader.read(-1)
        return
    await reader.readexactly(len(frames.PREFACE))
    writer.write(frames.settings_frame(()))
    decoder, encoder = Decoder(), Encoder()
    while not writer.transport.is_closing():
        high, low, kind, flags, number = frames.HEAD.unpack(await reader.readexactly(frames.HEAD_BYTES))
        payload = await reader.readexactly(high << 8 | low)
        if kind == frames.SETTINGS and not flags & frames.ACK:
            writer.write(frames.frame(frames.SETTINGS, frames.ACK, 0))
        elif kind == frames.HEADERS:
            fields = dict(decoder.decode(payload))
            stream = HostileStream(number, writer, encoder)
            if fields.get(":path", "").endswith("/Health"):
                stream.answer(b"\x08\x01")
            elif ":path" in fields:
                script(stream)


def silent(stream: HostileStream) -> None:
    """Never answers."""


def ends_without_status(stream: HostileStream) -> None:
    stream.headers()
    stream.data(framed(GOOD_RESPONSE), frames.END_STREAM)


def data_before_head(stream: HostileStream) -> None:
    stream.data(framed(GOOD_RESPONSE))
    stream.headers()
    stream.trailers()


def head_twice(stream: HostileStream) -> None:
    stream.headers()
    stream.headers()


def head_without_status(stream: HostileStream) -> None:
    stream.headers((("content-type", "application/grpc"),))


def interim_heads(stream: HostileStream) -> None:
    """Allowed, if unusual."""
    for _ in range(3):
        stream.headers(((":status", "103"),))
    stream.answer(GOOD_RESPONSE)


def interim_heads_for_ever(stream: HostileStream) -> None:
    for _ in range(3000):
        stream.headers(((":status", "103"),))


def message_longer_than_said(stream: HostileStream) -> None:
    stream.headers()
    stream.data(b"\0\0\0\0\x40short")
    stream.trailers()


def message_of_4_gigabytes(stream: HostileStream) -> None:
    stream.headers()
    stream.data(b"\0\xff\xff\xff\xff" + bytes(100))
    stream.trailers()


def web_page(stream: HostileStream) -> None:
    stream.headers(((":status", "200"), ("content-type", "text/html")))
    stream.data(b"<html>", frames.END_STREAM)


def error_of_a_proxy(stream: HostileStream) -> None:
    stream.headers(((":status", "502"),), frames.END_HEADERS | frames.END_STREAM)


def status_that_is_none(stream: HostileStream) -> None:
    stream.headers()
    stream.data(framed(GOOD_RESPONSE))
    stream.trailers((("grpc-status", "fine"),))


def no_status_at_all(stream: HostileStream) -> None:
    stream.headers()
    stream.trailers((("x", "y"),))


def forbidden_trailers(stream: HostileStream) -> None:
    stream.headers()
    stream.data(framed(GOOD_RESPONSE))
    stream.trailers((("grpc-status", "0"), ("connection", "close")))


def data_after_the_end(stream: HostileStream) -> None:
    stream.answer(GOOD_RESPONSE)
    stream.data(framed(GOOD_RESPONSE))


def reset(stream: HostileStream) -> None:
    stream.headers()
    stream.data(framed(GOOD_RESPONSE))
    stream.send(frames.reset_frame(stream.number, ErrorCode.INTERNAL_ERROR))


def refuse(stream: HostileStream) -> None:
    stream.send(frames.reset_frame(stream.number, ErrorCode.REFUSED_STREAM))


def go_away(stream: HostileStream) -> None:
    stream.send(frames.goaway_frame(0, ErrorCode.INTERNAL_ERROR, "no more"))


def broken_hpack(stream: HostileStream) -> None:
    stream.send(frames.frame(frames.HEADERS, frames.END_HEADERS, stream.number, b"\xff\xff\xff\xff\xff\x0f"))


def hpack_bomb(stream: HostileStream) -> None:
    bomb = b"\x40\x01a\x7f\xa1\x1e" + b"b" * 4000 + b"\xbe" * 10_000
    stream.send(frames.frame(frames.HEADERS, frames.END_HEADERS, stream.number, bomb))


def more_than_the_window(stream: HostileStream) -> None:
    stream.headers()
    for _ in range(20):
        stream.data(framed(bytes(16_000)))


def frame_too_long(stream: HostileStream) -> None:
    stream.send(frames.HEAD.pack(0x7F, 0, frames.DATA, 0, stream.number))


def push_promise(stream: HostileStream) -> None:
    stream.send(frames.frame(frames.PUSH_PROMISE, 4, stream.number, bytes(4)))


def stream_never_opened(stream: HostileStream) -> None:
    stream.send(frames.frame(frames.DATA, 0, 99_999, b"x"))


def endless_header_block(stream: HostileStream) -> None:
    stream.headers(HEAD, 0)
    stream.send(frames.frame(frames.CONTINUATION, 0, stream.number, b"\x82") * 100)


def empty_data_for_ever(stream: HostileStream) -> None:
    stream.headers()
    stream.send(frames.frame(frames.DATA, 0, stream.number) * 3000)


def noise(stream: HostileStream) -> None:
    stream.send(bytes(range(256)) * 100)


SCRIPTS: dict[str, Script] = {
    script.__name__: script
    for script in (
        ends_without_status, data_before_head, head_twice, head_without_status, interim_heads, interim_heads_for_ever,
        message_longer_than_said, message_of_4_gigabytes, web_page, error_of_a_proxy, status_that_is_none,
        no_status_at_all, forbidden_trailers, data_after_the_end, reset, refuse, go_away, broken_hpack, hpack_bomb,
        more_than_the_window, frame_too_long, push_promise, stream_never_opened, endless_header_block,
        empty_data_for_ever, noise,
    )
}  # fmt: skip
