"""The port for Prometheus and probes: GET /metrics, /health, /health/live and /health/ready over HTTP/1.1."""

import asyncio
import json
from collections.abc import Callable

HEAD_BYTES_MAX = 8 * 1024
SECONDS_MAX = 10.0
CONNECTIONS_MAX = 64
REASONS = {200: "OK", 400: "Bad Request", 404: "Not Found", 405: "Method Not Allowed", 503: "Service Unavailable"}
JSON = "application/json"

Exposition = Callable[[str], tuple[bytes, str]]
Health = Callable[[], tuple[bool, dict[str, object]]]


class MetricsPort:
    """Serves one port until `close`. `exposition` gets the Accept header, `health` says whether calls can be taken."""

    def __init__(self, exposition: Exposition, health: Health) -> None:
        self._exposition = exposition
        self._health = health
        self._server: asyncio.Server | None = None
        self._connections = 0

    async def listen(self, host: str, port: int) -> None:
        """Raises OSError when the port is taken."""
        self._server = await asyncio.start_server(self._serve, host, port, limit=HEAD_BYTES_MAX)

    async def close(self) -> None:
        if self._server is not None:
            self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._connections += 1
        try:
            if self._connections <= CONNECTIONS_MAX:
                async with asyncio.timeout(SECONDS_MAX):
                    while await self._answer(reader, writer):
                        pass
        except (TimeoutError, ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass  # the peer is slow, gone, or sends too much: the connection ends
        finally:
            self._connections -= 1
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Answers one request; returns whether another may follow."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        line, *lines = head.split("\r\n")
        words = line.split(" ")
        fields = {key.strip().lower(): value.strip() for key, _, value in (one.partition(":") for one in lines if one)}
        if len(words) == 3 and words[0] not in ("GET", "HEAD"):
            status, body, kind = 405, b"", "text/plain"
        elif len(words) != 3 or "content-length" in fields or "transfer-encoding" in fields:
            status, body, kind = 400, b"", "text/plain"
        else:
            status, body, kind = self._content(words[1].partition("?")[0], fields.get("accept", ""))
        more = status not in (400, 405) and fields.get("connection", "").lower() != "close"
        answer = f"HTTP/1.1 {status} {REASONS[status]}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n"
        writer.write(f"{answer}{'' if more else 'Connection: close' + chr(13) + chr(10)}\r\n".encode("latin-1"))
        if words[0] != "HEAD":
            writer.write(body)
        await writer.drain()
        return more

    def _content(self, path: str, accept: str) -> tuple[int, bytes, str]:
        if path == "/metrics":
            body, kind = self._exposition(accept)
            return 200, body, kind
        if path == "/health/live":
            return 200, b'{"status": "ok"}\n', JSON
        if path in ("/health", "/health/ready"):
            healthy, about = self._health()
            return 200 if healthy else 503, json.dumps(about, ensure_ascii=False).encode() + b"\n", JSON
        return 404, b"this port answers /metrics and /health\n", "text/plain"
