"""Both ends of the calls, as processes: `python -m benchmarks.chat.ends serve PORT CHUNKS GAP_SECONDS`,
`... read URL STREAMS CHUNKS`, `... ask URL CALLS`."""

import asyncio
import http.client
import statistics
import sys
import time
from urllib.parse import urlsplit

import uvloop

from benchmarks.chat.peers import KEY
from benchmarks.gateway.stream_ends import read_streams

BODY = b'{"model":"m","messages":[{"role":"user","content":"hello"}]%b}'
STREAMED = BODY % b',"stream":true'
CHUNK = b'data: {"id":"c1","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":'
END = b'data: {"id":"c1","object":"chat.completion.chunk","created":1,"model":"m","choices":[],"usage":'
USAGE = b'{"prompt_tokens":5,"completion_tokens":25,"total_tokens":30}}\n\ndata: [DONE]\n\n'
MARK = b'"content":"at '


async def serve(port: int, chunks: int, gap_seconds: float) -> None:
    """Answers every request with a stream of chunks whose text is the time of writing."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                await reader.readexactly(int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0]))
                writer.write(
                    b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
                )
                for number in range(chunks):
                    await asyncio.sleep(gap_seconds)
                    if writer.is_closing():
                        return
                    finish = b'"stop"' if number == chunks - 1 else b"null"
                    text = b'{%b%d "},"finish_reason":%b}]}\n\n' % (MARK, time.monotonic_ns(), finish)
                    _write(writer, CHUNK + text)
                _write(writer, END + USAGE)
                writer.write(b"0\r\n\r\n")
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError, IndexError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", port, backlog=2048)
    await server.serve_forever()


def _write(writer: asyncio.StreamWriter, event: bytes) -> None:
    writer.write(b"%x\r\n%b\r\n" % (len(event), event))


async def read(url: str, streams: int, chunks: int) -> None:
    head = (
        f"POST {urlsplit(url).path} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {KEY}\r\n"
        "Content-Type: application/json\r\n"
    )
    request = head.encode() + b"Content-Length: %d\r\n\r\n%b" % (len(STREAMED), STREAMED)
    await read_streams(url, request, MARK, streams, chunks)


def ask(url: str, calls: int) -> None:
    """Calls one after the other over one connection; prints the median in milliseconds."""
    address = urlsplit(url)
    connection = http.client.HTTPConnection(address.hostname or "", address.port)
    headers = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"}
    seconds: list[float] = []
    for _ in range(calls):
        begun = time.perf_counter()
        connection.request("POST", address.path, BODY % b"", headers)
        answer = connection.getresponse()
        answer.read()
        seconds.append(time.perf_counter() - begun)
        assert answer.status == 200, answer.status
    print(statistics.median(seconds) * 1000)


if __name__ == "__main__":
    if sys.argv[1] == "serve":
        uvloop.run(serve(int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4])))
    elif sys.argv[1] == "read":
        uvloop.run(read(sys.argv[2], int(sys.argv[3]), int(sys.argv[4])))
    else:
        ask(sys.argv[2], int(sys.argv[3]))
