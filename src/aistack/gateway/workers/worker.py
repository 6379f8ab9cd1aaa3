"""A worker process of the gateway: one data plane, told what to do over a pipe. Started by the pool, never by hand."""

import asyncio
import pickle
import signal
import socket
import struct
import sys
from collections.abc import AsyncIterator
from mmap import mmap
from typing import Any

import uvloop

from aistack.chassis.runtime.memory import settle_memory
from aistack.chassis.runtime.periodic import Periodic
from aistack.chassis.telemetry.logs import configure_logs
from aistack.gateway.policy.concurrency_limits import SharedCounts
from aistack.gateway.policy.rate_limits import BUCKET_BYTES, BUCKETS, Buckets
from aistack.gateway.settings import GatewaySettings
from aistack.gateway.workers.data_plane import DataPlane

MESSAGE_BYTES_MAX = 256 * 1024 * 1024
LENGTH = struct.Struct(">I")


REPORT_SECONDS = 0.5


class Pipe:
    """One end. `send` never waits; `messages` ends when the other end is gone."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    def send(self, kind: str, what: object) -> None:
        if self._writer.is_closing():
            return
        data = pickle.dumps((kind, what))
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


async def serve(pipe_fd: int, buckets_fd: int, counts_fd: int, listener_fds: list[int]) -> None:
    """Serves until it is told to drain, or until the process that started it is gone."""
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # the pool says when to end
    connection = socket.socket(fileno=pipe_fd)
    connection.setblocking(False)
    reader, writer = await asyncio.open_connection(sock=connection, limit=MESSAGE_BYTES_MAX)
    pipe = Pipe(reader, writer)
    messages = pipe.messages()
    _, (settings, tls, row) = await anext(messages)
    plane = _plane(settings, pipe)
    plane.concurrency.shared = counts = SharedCounts(mmap(counts_fd, 0), row)
    plane.buckets = Buckets(mmap(buckets_fd, BUCKETS * BUCKET_BYTES))
    listeners = [socket.socket(fileno=fd) for fd in listener_fds]
    reports = Periodic(REPORT_SECONDS, lambda: pipe.send("report", plane.report()), "worker:report")
    async for kind, what in messages:
        if kind == "snapshot":
            snapshot, counts.columns = what
            plane.apply(snapshot)
        elif kind == "keys":
            plane.know_keys(what)
        elif kind == "jwks":
            plane.know_jwks(what)
        elif kind == "serve":
            await plane.start(listeners, tls)
            settle_memory()
            pipe.send("ready", None)
        elif kind == "drain":
            break
    await plane.drain()
    await reports.stop()
    pipe.send("report", plane.report())
    await plane.stop()
    await writer.drain()
    writer.close()


def _plane(settings: GatewaySettings, pipe: Pipe) -> DataPlane:
    configure_logs(settings.log_level, settings.log_format)
    plane = DataPlane(settings)
    plane.on_ejected = lambda service, instance, seconds, error: pipe.send(
        "ejected", (service, instance, seconds, error)
    )
    plane.on_back = lambda service, instance: pipe.send("back", (service, instance))
    plane.on_refused_credentials = lambda refused: pipe.send("refused_credentials", refused)
    return plane


if __name__ == "__main__":
    pipe_fd, buckets_fd, counts_fd, *listener_fds = map(int, sys.argv[1:])
    uvloop.run(serve(pipe_fd, buckets_fd, counts_fd, listener_fds))
