"""What stands between a connection and its driver, counts what arrives, and hangs up before it is too much.

A driver holds a row until it is whole, so one cell of a gigabyte would be a gigabyte here.
"""

import asyncio
from typing import Any, Self

from aistack.databases.session import STEP_BYTES_MAX

TOO_LARGE = f"a single step of its result is larger than {STEP_BYTES_MAX >> 20} MiB; select less of the large columns"


class _Between(asyncio.BaseProtocol):
    """Hands everything on to the driver's own protocol. `count` is what arrived since it was last set to nothing."""

    def __init__(self, inner: Any, transport: Any) -> None:
        self._inner = inner
        self._transport = transport
        self.count = 0
        self.exceeded = False

    @classmethod
    def on(cls, connection: Any) -> Self:
        transport = connection._transport  # the drivers have no other way in
        meter = cls(transport.get_protocol(), transport)
        transport.set_protocol(meter)
        return meter

    def _fits(self, size: int) -> bool:
        """Counts; when it is too much, the connection ends."""
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


class Meter(_Between, asyncio.Protocol):
    """For asyncpg."""

    def data_received(self, data: bytes) -> None:
        if self._fits(len(data)):
            self._inner.data_received(data)


class BufferedMeter(_Between, asyncio.BufferedProtocol):
    """For asyncmy, which would read on while nobody takes the rows: it can be held back."""

    def pause(self) -> int:
        """Stops reading; what arrived since `resume`."""
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
