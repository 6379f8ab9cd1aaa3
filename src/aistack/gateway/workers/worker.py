"""A worker process of the gateway: one data plane, controlled over a pipe. Started by the pool, never by hand."""

import asyncio
import signal
import socket
import sys
from mmap import mmap

import uvloop

from aistack.chassis.runtime.memory import settle_memory
from aistack.chassis.runtime.periodic import Periodic
from aistack.chassis.telemetry.logs import configure_logs
from aistack.gateway.policy.concurrency_limits import SharedCounts
from aistack.gateway.policy.rate_limits import BUCKET_BYTES, BUCKETS, Buckets
from aistack.gateway.settings import GatewaySettings
from aistack.gateway.workers.data_plane import DataPlane
from aistack.gateway.workers.pipe import MESSAGE_BYTES_MAX, Pipe

REPORT_SECONDS = 0.5


async def serve(pipe_fd: int, buckets_fd: int, counts_fd: int, listener_fds: list[int]) -> None:
    """Serves until a drain message arrives, or until the process that started it is gone."""
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # the pool decides when to end
    connection = socket.socket(fileno=pipe_fd)
    connection.setblocking(False)
    reader, writer = await asyncio.open_connection(sock=connection, limit=MESSAGE_BYTES_MAX)
    pipe = Pipe(reader, writer)
    messages = pipe.messages()
    _, (settings, tls, row) = await anext(messages)
    plane = _plane(settings, pipe)
    plane.context.concurrency.shared = counts = SharedCounts(mmap(counts_fd, 0), row)
    plane.context.buckets = Buckets(mmap(buckets_fd, BUCKETS * BUCKET_BYTES))
    listeners = [socket.socket(fileno=fd) for fd in listener_fds]
    reports = Periodic(REPORT_SECONDS, lambda: pipe.send("report", plane.report()), "worker:report")
    async for kind, what in messages:
        if kind == "snapshot":
            snapshot, counts.columns = what
            plane.apply(snapshot)
        elif kind == "keys":
            plane.set_api_keys(what)
        elif kind == "sessions":
            plane.set_sessions(what)
        elif kind == "people":
            plane.set_people(what)
        elif kind == "jwks":
            plane.set_jwks(what)
        elif kind == "models":
            plane.set_models(what)
        elif kind == "key rules":
            plane.set_key_rules(what)
        elif kind == "counted":
            plane.set_counted(what)
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
    plane.on_recovered = lambda service, instance: pipe.send("recovered", (service, instance))
    plane.on_used_sessions = lambda used: pipe.send("used_sessions", used)
    plane.on_rejected_credentials = lambda rejected: pipe.send("rejected_credentials", rejected)
    return plane


if __name__ == "__main__":
    pipe_fd, buckets_fd, counts_fd, *listener_fds = map(int, sys.argv[1:])
    uvloop.run(serve(pipe_fd, buckets_fd, counts_fd, listener_fds))
