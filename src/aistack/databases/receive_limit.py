"""A limit on received bytes: a protocol between a connection and its driver that disconnects above the limit.

Drivers buffer a row until it is complete, so a single value of 1 GiB would otherwise take 1 GiB of memory.
"""

import asyncio
from typing import Any, Self

from aistack.databases.session import STEP_BYTES_MAX

TOO_LARGE = f"a batch or row of the result is larger than {STEP_BYTES_MAX >> 20} MiB; select less of the large columns"


class _ReceiveLimitBase(asyncio.BaseProtocol):
    """Passes everything on to the driver's protocol. `count` is the number of bytes received since it was set to 0."""

    def __init__(self, inner: Any, transport: Any) -> None:
        self._inner = inner
        self._transport = transport
        self.count = 0
        self.exceeded = False

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
        return self._inner.eof_received()

    def connection_lost(self, exc: Exception | None) -> None:
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
        return self._inner.get_buffer(sizehint)

    def buffer_updated(self, nbytes: int) -> None:
        if self._fits(nbytes):
            self._inner.buffer_updated(nbytes)
