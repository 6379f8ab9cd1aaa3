"""Both ends of the streams, as processes: `python -m benchmarks.gateway.stream_ends serve PORT CHUNKS
GAP_SECONDS` and `... read URL STREAMS CHUNKS`."""

import asyncio
import sys
import time
from urllib.parse import urlsplit

import uvloop

KEY = "ask_0123456789abcdefghijABCDEFGHIJ_-xyz"


async def serve(port: int, chunks: int, gap_seconds: float) -> None:
    """Answers every request with a stream of chunks that bear the time of writing."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            if b"/bench" not in head.split(b"\r\n")[0]:
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
                return
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n")
            for _ in range(chunks):
                await asyncio.sleep(gap_seconds)
                if writer.is_closing():
                    return
                event = b"data: %d %b\n\n" % (time.monotonic_ns(), b"x" * 40)
                writer.write(b"%x\r\n%b\r\n" % (len(event), event))
            writer.write(b"0\r\n\r\n")
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", port, backlog=2048)
    await server.serve_forever()


class Reader(asyncio.Protocol):
    """Notes how old each chunk is when it arrives: the time of writing stands between `mark` and a space."""

    def __init__(self, request: bytes, mark: bytes, ages: list[int], done: asyncio.Future[None]) -> None:
        self.request, self.mark, self.ages, self.done = request, mark, ages, done

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        transport.write(self.request)  # pyright: ignore

    def data_received(self, data: bytes) -> None:
        now = time.monotonic_ns()
        if data.startswith(b"HTTP/1.1 ") and not data.startswith(b"HTTP/1.1 200 "):
            self._end(ConnectionError(f"a stream was refused: {data.decode('latin-1')}"))
            return
        mark = self.mark
        at = data.find(mark)
        while at >= 0:
            self.ages.append(now - int(data[at + len(mark) : data.index(b" ", at + len(mark))]))
            at = data.find(mark, at + len(mark))
        if data.endswith(b"0\r\n\r\n"):
            self._end(None)

    def connection_lost(self, exc: Exception | None) -> None:
        self._end(exc or ConnectionError("a stream ended too early"))

    def _end(self, error: Exception | None) -> None:
        if self.done.done():
            return
        if error is None:
            self.done.set_result(None)
        else:
            self.done.set_exception(error)


async def read(url: str, streams: int, chunks: int) -> None:
    request = f"GET {urlsplit(url).path} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {KEY}\r\n\r\n".encode()
    await read_streams(url, request, b"data: ", streams, chunks)


async def read_streams(url: str, request: bytes, mark: bytes, streams: int, chunks: int) -> None:
    """Opens all streams over one second, reads them to their end, prints the 99th percentile in milliseconds."""
    address = urlsplit(url)
    ages: list[int] = []
    loop, ends = asyncio.get_running_loop(), [asyncio.Future[None]() for _ in range(streams)]
    for end in ends:
        await loop.create_connection(lambda end=end: Reader(request, mark, ages, end), address.hostname, address.port)
        await asyncio.sleep(1 / streams)
    await asyncio.gather(*ends)
    assert len(ages) == streams * chunks, len(ages)
    print(sorted(ages)[int(len(ages) * 0.99)] / 1e6)


if __name__ == "__main__":
    if sys.argv[1] == "serve":
        uvloop.run(serve(int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4])))
    else:
        uvloop.run(read(sys.argv[2], int(sys.argv[3]), int(sys.argv[4])))
