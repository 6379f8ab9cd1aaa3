"""Runs a corpus against a proxy: many connections at a time, each doing what its case says."""

import asyncio
import json
import socket
import struct
import subprocess
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from aistack.gateway.registry.snapshot import Claim, InstanceSpec, ServiceSpec
from aistack.gateway.settings import GatewaySettings
from aistack.gateway.workers.data_plane import DataPlane
from harness.processes import free_port, program
from harness.servers.envoy import envoy_command, envoy_program

AT_ONCE = 16
PIECE_SECONDS = 0.02
QUIET_SECONDS = 0.4
CLOSE_SECONDS = 1.5

NGINX = """
worker_processes 1; daemon off; error_log stderr crit; pid {folder}/nginx.pid;
events {{ worker_connections 1024; }}
http {{
  access_log off; client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder};
  uwsgi_temp_path {folder}; scgi_temp_path {folder}; client_max_body_size 10m;
  upstream u {{ server 127.0.0.1:{upstream}; keepalive 16; }}
  server {{ listen 127.0.0.1:{port};
    location / {{ proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header Host $http_host;
                  proxy_pass http://u; }} }}
}}
"""
EACH_PROXY = [
    "ours", pytest.param("nginx", marks=pytest.mark.heavy), pytest.param("envoy", marks=pytest.mark.heavy)
]  # fmt: skip


@dataclass(slots=True)
class Seen:
    """What came back over one connection. `ended` is False when it was still open after a quiet while."""

    received: bytes = b""
    statuses: list[int] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    whole: bool = True
    ended: bool = False


Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], "asyncio.Future[None] | object"]


@asynccontextmanager
async def ours(upstream: int, folder: Path) -> AsyncIterator[int]:
    """A data plane in this loop that sends everything to the upstream."""
    settings = GatewaySettings(service="gateway", port=free_port(), data_dir=folder, rate_limits=[], retries_max=0)
    plane = DataPlane(settings)
    plane.context.site = None  # the corpus names hosts of all kinds
    spec = InstanceSpec("one", "127.0.0.1", upstream, fallible=False)
    claims = (Claim("/", 10 * 1024 * 1024),)
    plane.apply((ServiceSpec("corpus", 1000, "least_connections", claims, (spec,)),))
    listener = socket.create_server(("127.0.0.1", settings.port))
    await plane.start([listener], [False])
    try:
        yield settings.port
    finally:
        plane.context.settings = settings.model_copy(update={"drain_seconds": 0.0})
        await plane.drain()
        await plane.stop()


@asynccontextmanager
async def nginx(upstream: int, folder: Path) -> AsyncIterator[int]:
    port = free_port()
    (folder / "nginx.conf").write_text(NGINX.format(folder=folder, port=port, upstream=upstream))
    async with _running(["nginx", "-c", str(folder / "nginx.conf"), "-p", str(folder)], port):
        yield port


@asynccontextmanager
async def envoy(upstream: int, folder: Path) -> AsyncIterator[int]:
    port = free_port()
    async with _running(envoy_command(folder, port, upstream), port):
        yield port


@asynccontextmanager
async def _running(words: Sequence[str], port: int) -> AsyncIterator[None]:
    process = subprocess.Popen(words, stderr=subprocess.DEVNULL)
    try:
        for _ in range(200):
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.close()
                break
            except OSError:
                await asyncio.sleep(0.05)
        yield
    finally:
        process.terminate()
        process.wait()


PROXIES = {"ours": ours, "nginx": nginx, "envoy": envoy}


def skip_unless_installed(proxy: str) -> None:
    """Raises NotInstalled."""
    if proxy == "nginx":
        program("nginx")
    if proxy == "envoy":
        envoy_program()


def check(proxy: str, found: str, explained: str | None) -> None:
    """A proxy does what the case says, or there is a reason that it does not, and only then."""
    if explained:
        assert found, f"{proxy} does the same by now, so this explains nothing: {explained}"
    else:
        assert not found, f"{proxy}: {found}"


async def run_cases(
    port: int, exchanges: Iterable[tuple[str, bytes | tuple[bytes, ...], int, bool]]
) -> dict[str, Seen]:
    """For each (name, bytes to send, answers to wait for, whether a close is awaited): what came back."""
    slots = asyncio.Semaphore(AT_ONCE)

    async def one(sent: bytes | tuple[bytes, ...], answers: int, closes: bool) -> Seen:
        async with slots:
            return await _exchange(port, sent, answers, closes)

    named = list(exchanges)
    seen = await asyncio.gather(*(one(sent, answers, closes) for _, sent, answers, closes in named))
    return {name: outcome for (name, *_), outcome in zip(named, seen, strict=True)}


async def _exchange(port: int, sent: bytes | tuple[bytes, ...], answers: int, closes: bool) -> Seen:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    seen = Seen()
    to_head = (sent if isinstance(sent, bytes) else b"".join(sent)).startswith(b"HEAD ")
    try:
        for piece in (sent,) if isinstance(sent, bytes) else sent:
            writer.write(piece)
            await writer.drain()
            if not isinstance(sent, bytes):
                await asyncio.sleep(PIECE_SECONDS)
        while True:
            enough = len(seen.statuses) >= answers and seen.whole
            data = await asyncio.wait_for(reader.read(65536), CLOSE_SECONDS if closes or not enough else QUIET_SECONDS)
            if not data:
                seen.ended = True
                break
            seen.received += data
            read_answers(seen, to_head)
    except TimeoutError:
        pass
    except ConnectionError:
        seen.ended = True
    finally:
        writer.close()
    read_answers(seen, to_head)
    return seen


def read_answers(seen: Seen, to_head: bool) -> None:
    """Reads the answers again from all bytes so far."""
    seen.statuses, seen.bodies, seen.whole = [], [], True
    data = seen.received
    while data:
        head, end, data = data.partition(b"\r\n\r\n")
        if not end:
            seen.whole = False
            return
        first, *lines = head.split(b"\r\n")
        status = int(first.split(b" ")[1]) if first.startswith(b"HTTP/") else 0
        if 100 <= status < 200 and status != 101:
            continue
        fields = {name.lower(): value.strip() for name, _, value in (line.partition(b":") for line in lines)}
        seen.statuses.append(status)
        if to_head or status in (101, 204, 304):
            seen.bodies.append(b"")
        elif fields.get(b"transfer-encoding") == b"chunked":
            body, data, seen.whole = _dechunked(data)
            seen.bodies.append(body)
        elif b"content-length" in fields:
            length = int(fields[b"content-length"])
            seen.bodies.append(data[:length])
            seen.whole, data = len(data) >= length, data[length:]
        else:
            seen.bodies.append(data)
            seen.whole, data = seen.ended, b""


def _dechunked(data: bytes) -> tuple[bytes, bytes, bool]:
    body = b""
    while True:
        line, end, rest = data.partition(b"\r\n")
        if not end:
            return body, b"", False
        size = int(line, 16)
        if size == 0:
            while True:
                trailer, end, rest = rest.partition(b"\r\n")
                if not end:
                    return body, b"", False
                if not trailer:
                    return body, rest, True
        if len(rest) < size + 2:
            return body + rest[:size], b"", False
        body, data = body + rest[:size], rest[size + 2 :]


class Recorder:
    """An instance that answers with what it got: method, target, head and body as JSON."""

    def __init__(self) -> None:
        self.requests = 0

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                method, target, _ = head.split(b"\r\n")[0].split(b" ")
                lower = head.lower()
                body = trailers = b""
                if b"\r\nexpect: 100-continue" in lower:
                    writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
                if b"\r\ncontent-length:" in lower:
                    body = await reader.readexactly(int(lower.split(b"\r\ncontent-length:")[1].split(b"\r\n")[0]))
                elif b"\r\ntransfer-encoding: chunked" in lower:
                    body, trailers = await _read_chunks(reader)
                self.requests += 1
                said = {
                    "method": method.decode("latin-1"),
                    "target": target.decode("latin-1"),
                    "head": (head + trailers).decode("latin-1"),
                    "body": body.decode("latin-1"),
                }
                answer = json.dumps(said).encode()
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(answer) + answer)
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()


async def _read_chunks(reader: asyncio.StreamReader) -> tuple[bytes, bytes]:
    body = b""
    while size := int((await reader.readline()).split(b";")[0], 16):
        body += (await reader.readexactly(size + 2))[:-2]
    trailers = b""
    while (line := await reader.readline()) != b"\r\n":
        trailers += line
    return body, trailers


def scripted(sent: bytes | tuple[bytes, ...], ends: str) -> Handler:
    """An instance that reads a request's head and then sends these bytes, whatever they are."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.readuntil(b"\r\n\r\n")
            for piece in (sent,) if isinstance(sent, bytes) else sent:
                writer.write(piece)
                await writer.drain()
                await asyncio.sleep(PIECE_SECONDS)
            if ends == "resets":
                writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                writer.transport.abort()
            elif ends == "keeps":
                await reader.read()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    return handle
