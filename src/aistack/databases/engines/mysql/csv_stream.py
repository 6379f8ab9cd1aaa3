"""The rows of a statement as they arrive from the server, rewritten as CSV in a thread."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

from aistack.databases.engines.mysql.csv_rows import (
    ERROR,
    HEADER_BYTES,
    NULL,
    Field,
    converted_lines,
    csv_lines,
    field_of,
    header_line,
    split_packets,
)
from aistack.databases.receive_limit import ReceivedBytes
from aistack.databases.session import STEP_BYTES_MAX, DatabaseFailed, TimeLimit

CODE_BYTES = 9  # of an error packet, before its message


class CsvStream:
    """Reads one result. `rows` and `is_complete` are final after the last line; `kind_of` names a column's type."""

    def __init__(
        self, received: ReceivedBytes, time_limit: TimeLimit, rows_max: int, kind_of: Callable[[Field], str],
        *, ends_definitions: bool,
    ) -> None:  # fmt: skip
        self._received = received
        self._time_limit = time_limit
        self._rows_left = rows_max
        self._kind_of = kind_of
        self._ends_definitions = ends_definitions  # whether a packet follows the column definitions
        self._buffer = b""
        self.rows = 0
        self.is_complete = False

    async def lines(self) -> AsyncIterator[bytes]:
        """Raises DatabaseFailed, or the driver's error for what the server reports."""
        first = await self._packet()
        if first[0] in (0, ERROR):
            raise _error(first) if first[0] == ERROR else DatabaseFailed("failed", "the statement returns no rows")
        count = first[0] if first[0] < NULL else int.from_bytes(first[1:3], "little")
        fields = [field_of(await self._packet()) for _ in range(count)]
        if self._ends_definitions:
            await self._packet()
        kinds = [self._kind_of(one) for one in fields]
        yield header_line([one.name for one in fields])
        while True:
            lines, is_end = await asyncio.to_thread(self._take_lines, kinds)
            if lines:
                yield lines
            if is_end:
                last = await self._packet()
                if last[0] == ERROR:
                    raise _error(last)
                self.is_complete = True
                return
            if not self._rows_left:
                return
            if len(self._buffer) > STEP_BYTES_MAX:
                raise DatabaseFailed("size", f"a row of the result is larger than {STEP_BYTES_MAX >> 20} MiB")
            await self._receive()

    def _take_lines(self, kinds: list[str]) -> tuple[bytes, bool]:
        try:
            packets = split_packets(self._buffer, self._rows_left)
        except ValueError as error:
            raise DatabaseFailed("size", str(error)) from None
        plain = all(kind not in ("binary", "bit") for kind in kinds)
        lines = csv_lines(self._buffer, packets, len(kinds)) if plain else converted_lines(self._buffer, packets, kinds)
        self._buffer = self._buffer[packets.rest :]
        self.rows += len(packets.starts)
        self._rows_left -= len(packets.starts)
        return lines, packets.is_end

    async def _packet(self) -> bytes:
        while len(self._buffer) < HEADER_BYTES or len(self._buffer) < self._packet_end():
            await self._receive()
        end = self._packet_end()
        packet, self._buffer = self._buffer[HEADER_BYTES:end], self._buffer[end:]
        return packet

    def _packet_end(self) -> int:
        return HEADER_BYTES + int.from_bytes(self._buffer[:3], "little")

    async def _receive(self) -> None:
        async with self._time_limit.enforced():
            self._buffer += await self._received.take()


def _error(packet: bytes) -> Any:
    from asyncmy.errors import MySQLError

    return MySQLError(int.from_bytes(packet[1:3], "little"), packet[CODE_BYTES:].decode("utf-8", "replace"))
