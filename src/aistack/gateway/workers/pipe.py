"""The pipe between the gateway and a worker process: pickled messages, each with its length."""

import asyncio
import pickle
import struct
from collections.abc import AsyncIterator
from typing import Any

MESSAGE_BYTES_MAX = 256 * 1024 * 1024
LENGTH = struct.Struct(">I")


class Pipe:
    """One end of the pipe. `send` never waits; `messages` ends when the other end is gone."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    def send(self, kind: str, content: object) -> None:
        if self._writer.is_closing():
            return
        data = pickle.dumps((kind, content))
        self._writer.write(LENGTH.pack(len(data)) + data)

    async def messages(self) -> AsyncIterator[tuple[str, Any]]:
        try:
            while True:
                (length,) = LENGTH.unpack(await self._reader.readexactly(LENGTH.size))
                yield pickle.loads(await self._reader.readexactly(length))  # noqa: S301 -- our own process wrote it
        except (asyncio.IncompleteReadError, ConnectionError):
            return
        finally:
            self._writer.close()
