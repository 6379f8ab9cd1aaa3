"""A gateway in this process, and instances behind it, each with a behaviour that is passed in."""

import asyncio
import os
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import httpx

from aistack.chassis.runtime.listeners import bind_unix
from aistack.chassis.runtime.server import Host, Hosted
from aistack.chassis.telemetry.log_writer import log_writer
from aistack.deploy.processes.reload import Reloader
from aistack.deploy.settings import settings_of, with_secrets
from aistack.gateway.app import create_app
from aistack.stack.catalogue import CATALOGUE
from aistack.stack.description import Stack
from aistack.stack.loader import load_stack
from harness.processes import free_port

FROM_AFAR = {"x-forwarded-for": "203.0.113.7"}  # what a client elsewhere looks like, behind the proxy of BEHIND_PROXY
BEHIND_PROXY = "trusted_proxies = ['127.0.0.1']\n"
ENVIRONMENT: dict[str, str] = {}  # the variables that a gateway is described with
Behaviour = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class Gateway:
    """A running gateway: `url`, `port`, and helpers to use it."""

    def __init__(self, folder: Path, port: int, toml: str, identity: bool = False) -> None:
        self.identity = identity
        self.folder, self.port, self.url = folder, port, f"http://127.0.0.1:{port}"
        self.toml = toml
        self.client = httpx.AsyncClient(base_url=self.url, timeout=30)
        self.servers: list[asyncio.Server] = []

    def described(self) -> Stack:
        path = self.folder / "stack.toml"
        path.write_text(
            f"[stack]\ndata_dir = '{self.folder}'\nidentity = {str(self.identity).lower()}\n"
            "allowed_hosts = ['a', 'example.test']\n"
            + "".join(f"[services.{name}]\nenabled = false\n" for name in CATALOGUE if name != "gateway")
            + f"[services.gateway]\nport = {self.port}\ndrain_seconds = 2\n"
            + ("" if "wait_seconds" in self.toml else "wait_seconds = 0\n")
            + self.toml.replace("GATEWAY_URL", self.url).replace("GATEWAY_PORT", str(self.port))
        )
        return load_stack(path, ENVIRONMENT)

    async def start(self) -> None:
        stack = self.described()
        settings = with_secrets(settings_of(stack.services["gateway"], stack)[0])
        settings.control_socket.parent.mkdir(exist_ok=True)
        self.app = create_app(settings, stack)
        self.host = Host([Hosted(self.app, (bind_unix(settings.control_socket),))])
        self.reloader = Reloader(self.host, stack, self.folder / "run" / "gateway.reload", lambda _: None)
        await self.host.start()
        if self.identity:
            self.admin = (self.folder / "secrets" / "admin.key").read_text().strip()
            self.client.headers["authorization"] = f"Bearer {self.admin}"

    async def reload(self) -> None:
        """Reads the description again, as the process does on SIGHUP."""
        self.described()
        await self.reloader.reload()

    async def stop(self) -> None:
        await self.host.stop()
        log_writer.finish()  # its lines belong to this test

    async def instance(self, name: str, behaviour: Behaviour, instance_id: str = "one", **lease: object) -> int:
        """Starts an instance and registers it; its port."""
        port = await self.serve(behaviour)
        body = {"url": f"http://127.0.0.1:{port}", "routes": [f"/{name}"]} | lease
        answer = await self.client.put(f"/registry/services/{name}/instances/{instance_id}", json=body)
        assert answer.status_code in (200, 201), answer.text
        return port

    async def serve(self, behaviour: Behaviour, port: int = 0) -> int:
        async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                await behaviour(reader, writer)
            except (ConnectionError, asyncio.IncompleteReadError):
                pass
            finally:
                writer.close()

        server = await asyncio.start_server(handle, "127.0.0.1", port)
        self.servers.append(server)
        return server.sockets[0].getsockname()[1]

    async def raw(self, data: bytes, *more: bytes) -> bytes:
        """Everything that the gateway answers to these bytes until it closes the connection."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(data)
        for piece in more:
            await writer.drain()
            await asyncio.sleep(0.02)
            writer.write(piece)
        try:
            async with asyncio.timeout(30):
                return await reader.read()
        finally:
            writer.close()


@asynccontextmanager
async def running_gateway(folder: Path, toml: str = "", identity: bool = False) -> AsyncIterator[Gateway]:
    """`toml` is added to the gateway's table, GATEWAY_URL and GATEWAY_PORT filled in; `identity` demands keys."""
    running = Gateway(folder, free_port(), toml, identity)
    await running.start()
    try:
        yield running
    finally:
        await running.client.aclose()
        for server in running.servers:
            server.close()
        await running.stop()


def worker_pids() -> list[int]:
    """The worker processes that a gateway in this process started."""
    words = ["pgrep", "-P", str(os.getpid()), "-f", "aistack.gateway.workers.worker"]
    return [int(pid) for pid in subprocess.run(words, capture_output=True, text=True).stdout.split()]


async def read_head(reader: asyncio.StreamReader) -> bytes:
    return await reader.readuntil(b"\r\n\r\n")


def answering(*answers: bytes, keep: bool = True) -> Behaviour:
    """Gives each request of a connection the next answer, and the last one from then on; bodies are not read."""

    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        turn = 0
        while True:
            await read_head(reader)
            writer.write(answers[min(turn, len(answers) - 1)])
            await writer.drain()
            turn += 1
            if not keep:
                return

    return behave


def plain(body: bytes, extra: bytes = b"") -> bytes:
    return b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n%b\r\n%b" % (len(body), extra, body)


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answers with the request head and body as they arrived."""
    while True:
        head = await read_head(reader)
        lower = head.lower()
        body = b""
        if b"content-length: " in lower:
            body = await reader.readexactly(int(lower.split(b"content-length: ")[1].split(b"\r\n")[0]))
        elif b"transfer-encoding: chunked" in lower:
            while True:
                size = int(await reader.readline(), 16)
                piece = await reader.readexactly(size + 2)
                if size == 0:
                    break
                body += piece[:-2]
        writer.write(plain(head + body))
        await writer.drain()
