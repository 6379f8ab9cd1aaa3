"""A TCP proxy in front of a server, which can stop answering, cut answers off, or reset connections."""

import asyncio
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from socket import SO_LINGER, SOL_SOCKET
from typing import Literal

Behavior = Literal["pass", "hang", "reset"]
PIECE = 1 << 14


class Proxy:
    """`behavior` holds for open connections too; `left` is the number of bytes of answers until it sets in."""

    def __init__(self, host: str, port: int) -> None:
        self._target = (host, port)
        self.behavior: Behavior = "pass"
        self.left = 0
        self.port = 0
        self._tasks: set[asyncio.Task[None]] = set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        with suppress(OSError, asyncio.CancelledError):
            upstream_reader, upstream_writer = await asyncio.open_connection(*self._target)
            try:
                await asyncio.gather(
                    self._copy(reader, upstream_writer, False), self._copy(upstream_reader, writer, True)
                )
            finally:
                upstream_writer.close()
                writer.close()

    async def _copy(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, is_answer: bool) -> None:
        while piece := await reader.read(PIECE):
            while is_answer and self.behavior != "pass":
                if self.left > 0:
                    writer.write(piece[: self.left])
                    self.left -= len(piece)
                if self.left > 0:
                    piece = b""
                    break
                if self.behavior == "reset":
                    await writer.drain()
                    writer.get_extra_info("socket").setsockopt(SOL_SOCKET, SO_LINGER, struct.pack("ii", 1, 0))
                    writer.transport.abort()
                    return
                await asyncio.sleep(0.05)
            writer.write(piece)
            await writer.drain()
        writer.close()

    async def close(self) -> None:
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


@asynccontextmanager
async def proxy(host: str, port: int) -> AsyncIterator[Proxy]:
    made = Proxy(host, port)
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.port = server.sockets[0].getsockname()[1]
    try:
        yield made
    finally:
        server.close()
        await made.close()
