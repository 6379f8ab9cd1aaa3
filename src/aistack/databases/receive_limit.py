"""A limit on received bytes: a protocol between a connection and its driver that disconnects above the limit.

Drivers buffer a row until it is complete, so a single value of 1 GiB would otherwise take 1 GiB of memory.
"""

import asyncio
from typing import Any, Self

from aistack.databases.session import STEP_BYTES_MAX

STREAM_BUFFER_BYTES, STREAM_WAITING_BYTES = 1 << 18, 1 << 20
TOO_LARGE = f"a batch or row of the result is larger than {STEP_BYTES_MAX >> 20} MiB; select less of the large columns"


class ReceivedBytes:
    """The bytes of a connection. Reading pauses while many of them wait."""

    def __init__(self, transport: Any) -> None:
        self.buffer = bytearray(STREAM_BUFFER_BYTES)
        self._transport = transport
        self._waiting = bytearray()
        self._arrived = asyncio.Event()
        self._is_ended = False

    def add(self, count: int) -> None:
        self._waiting += memoryview(self.buffer)[:count]
        if len(self._waiting) >= STREAM_WAITING_BYTES:
            self._transport.pause_reading()
        self._arrived.set()

    def end(self) -> None:
        self._is_ended = True
        self._arrived.set()

    async def take(self) -> bytes:
        """All that waits, at least one byte. Raises EOFError when the connection has ended."""
        while not self._waiting:
            if self._is_ended:
                raise EOFError("the server closed the connection")
            self._arrived.clear()
            await self._arrived.wait()
        taken, self._waiting = bytes(self._waiting), bytearray()
        if not self._transport.is_closing() and not self._transport.is_reading():
            self._transport.resume_reading()
        return taken


class _ReceiveLimitBase(asyncio.BaseProtocol):
    """Passes everything on to the driver's protocol. `count` is the number of bytes received since it was set to 0."""

    def __init__(self, inner: Any, transport: Any) -> None:
        self._inner = inner
        self._transport = transport
        self.count = 0
        self.exceeded = False
        self.ended = False  # the server has closed the connection

    @classmethod
    def on(cls, connection: Any) -> Self:
        transport = connection._transport  # drivers offer no public access to it
        limit = cls(transport.get_protocol(), transport)
        transport.set_protocol(limit)
        return limit

    def _fits(self, size: int) -> bool:
        """Counts received bytes, and aborts the connection above the limit."""
        self.count += size
        if self.count > STEP_BYTES_MAX:
            self.exceeded = True
            self._transport.abort()
        return not self.exceeded

    def eof_received(self) -> bool | None:
        self.ended = True
        return self._inner.eof_received()

    def connection_lost(self, exc: Exception | None) -> None:
        self.ended = True
        self._inner.connection_lost(exc)

    def pause_writing(self) -> None:
        self._inner.pause_writing()

    def resume_writing(self) -> None:
        self._inner.resume_writing()


class ReceiveLimit(_ReceiveLimitBase, asyncio.Protocol):
    """For asyncpg. `recorded`, if it is set, gets a copy of what is received."""

    recorded: bytearray | None = None

    def data_received(self, data: bytes) -> None:
        if self._fits(len(data)):
            if self.recorded is not None:
                self.recorded += data
            self._inner.data_received(data)


class BufferedReceiveLimit(_ReceiveLimitBase, asyncio.BufferedProtocol):
    """For asyncmy, which reads ahead even if no rows are fetched: `pause` stops it."""

    stream: "ReceivedBytes | None" = None

    def divert(self) -> "ReceivedBytes":
        """What arrives from now on goes to the stream that is returned, and not to the driver, until `restore`."""
        self.stream = ReceivedBytes(self._transport)
        return self.stream

    def restore(self) -> None:
        self.stream = None
        self.resume()

    def connection_lost(self, exc: Exception | None) -> None:
        if self.stream is not None:
            self.stream.end()
        super().connection_lost(exc)

    def eof_received(self) -> bool | None:
        if self.stream is not None:
            self.stream.end()
        return super().eof_received()

    def pause(self) -> int:
        """Stops reading; returns the bytes received since `resume`."""
        if not self._transport.is_closing():
            self._transport.pause_reading()
        return self.count

    def resume(self) -> None:
        self.count = 0
        if not self._transport.is_closing():
            self._transport.resume_reading()

    def get_buffer(self, sizehint: int) -> Any:
        if self.stream is not None:
            return self.stream.buffer
        return self._inner.get_buffer(sizehint)

    def buffer_updated(self, nbytes: int) -> None:
        if self.stream is not None:
            self.stream.add(nbytes)
            return
        if self._fits(nbytes):
            self._inner.buffer_updated(nbytes)
