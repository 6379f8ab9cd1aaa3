"""Runs a sidecar until SIGTERM or SIGINT: reads the settings, prints them, listens, serves, drains."""

import asyncio
import ipaddress
import os
import signal
import socket
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from aistack.chassis.runtime.listeners import AddressTaken, bind_tcp
from aistack.chassis.runtime.memory import leave_no_core, settle_memory
from aistack.chassis.telemetry.logs import configure_logs, get_log
from aistack.http2.server import Server
from aistack.http2.unix_sockets import SocketRefused, bind, only_users, remove, socket_id
from aistack.http2.wire.limits import Limits
from aistack.inference.sidecar.metrics_port import MetricsPort
from aistack.inference.sidecar.service import Service
from aistack.inference.sidecar.settings import InvalidSettings, Resolved, SidecarSettings, resolve


class CannotStart(Exception):
    """The sidecar cannot start; the message says why and what to change."""


def run(environ: Mapping[str, str] = os.environ, folder: Path | None = None) -> None:
    """Returns after a stop. Raises CannotStart."""
    try:
        resolved = resolve(environ, folder or Path.cwd())
    except InvalidSettings as error:
        raise CannotStart(str(error)) from None
    run_resolved(resolved)


def run_resolved(resolved: Resolved, on_ready: Callable[[], None] = lambda: None) -> None:
    """Prints the settings and serves; calls `on_ready` on the event loop once it listens. Raises CannotStart."""
    import uvloop

    sys.stdout.write("\n".join(("aistack sidecar", *resolved.lines(), "")))
    sys.stdout.flush()
    configure_logs(resolved.settings.log_level, resolved.settings.log_format)
    leave_no_core()
    uvloop.run(_serve(resolved.settings, on_ready))


async def _serve(settings: SidecarSettings, on_ready: Callable[[], None]) -> None:
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    listener = _listener(settings)
    own_socket = socket_id(settings.bind_path) if settings.bind_path is not None else None
    service = Service(settings)
    check_peer = only_users(settings.trusted_uids) if settings.bind_path is not None else None
    server = Server(service.accept, Limits(stalled_seconds=settings.stalled_secs), check_peer=check_peer)
    port = MetricsPort(lambda accept: service.metrics.exposition(accept, service.gauges), lambda: _health(service))
    await _listen_for_metrics(port, settings)
    await server.listen(listener)
    if settings.bind_path is None and not ipaddress.ip_address(settings.bind_host_port[0]).is_loopback:
        get_log("sidecar").warning(
            "sidecar.open", bind_addr=settings.bind_addr, detail="whoever reaches this port can use the models"
        )
    get_log("sidecar").info("sidecar.ready", bind_addr=settings.bind_addr, workers=len(settings.workers))
    settle_memory()
    on_ready()
    await stopping.wait()
    get_log("sidecar").info("sidecar.draining", calls=service.active, seconds=settings.drain_secs)
    service.drain()
    cut_off = await server.drain(settings.drain_secs)
    await port.close()
    await service.close()
    if settings.bind_path is not None:
        remove(settings.bind_path, own_socket)
    get_log("sidecar").info("sidecar.stopped", cut_off=cut_off)


def _listener(settings: SidecarSettings) -> socket.socket:
    """Raises CannotStart."""
    try:
        if settings.bind_path is not None:
            return bind(settings.bind_path)
        host, port = settings.bind_host_port
        return bind_tcp("127.0.0.1" if host == "localhost" else host, port, "bind_addr (SIDECAR_BIND_ADDR)")
    except (SocketRefused, AddressTaken) as error:
        raise CannotStart(str(error)) from None
    except OSError as error:
        raise CannotStart(f"cannot listen on {settings.bind_addr}: {error.strerror or error}") from None


async def _listen_for_metrics(port: MetricsPort, settings: SidecarSettings) -> None:
    """Raises CannotStart."""
    if not settings.metrics_port:
        return
    host = settings.bind_host_port[0]
    try:
        await port.listen(host, settings.metrics_port)
    except OSError as error:
        text = f"cannot serve metrics on {host}:{settings.metrics_port}: {error.strerror or error}"
        raise CannotStart(f"{text}; set metrics_port (SIDECAR_METRICS_PORT), 0 turns it off") from None


def _health(service: Service) -> tuple[bool, dict[str, object]]:
    workers = {link.name: link.state for link in service.pool.links}
    healthy = service.pool.status == 1 and not service.draining
    state = "draining" if service.draining else "ok" if healthy else "no worker"
    return healthy, {"status": state, "workers": workers, "calls": service.active, "waiting": service.waiting}
