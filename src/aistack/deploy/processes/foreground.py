"""The process target: services of a stack in this process, on one event loop, until a signal. All, or some of them."""

import asyncio
import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import uvloop

from aistack import __version__
from aistack.chassis.runtime.listeners import AddressTaken, bind, bind_unix, held
from aistack.chassis.runtime.memory import leave_no_core, settle_memory
from aistack.chassis.runtime.periodic import Periodic
from aistack.chassis.runtime.server import Host, Hosted, StartFailed
from aistack.chassis.runtime.service_manager import keep_watchdog, notify
from aistack.chassis.settings import ServiceSettings
from aistack.chassis.telemetry.logs import configure_logs, get_log
from aistack.chassis.telemetry.metrics import MetricsDoor
from aistack.deploy.file_descriptors import raise_limit
from aistack.deploy.processes.log_files import LOOK_SECONDS, LogFile, is_output
from aistack.deploy.processes.process_state import (
    STACK,
    RunningUnit,
    clear_state,
    holder,
    make_places,
    take_lock,
    unit_of,
    write_state,
)
from aistack.deploy.processes.reload import Reloading
from aistack.deploy.settings import named, settings_of, with_secrets
from aistack.deploy.variables import warnings_of
from aistack.stack.data_paths import DataPaths
from aistack.stack.description import DescribedService, Stack
from aistack.stack.errors import StackError


class AlreadyRunning(Exception):
    """A unit runs in this data folder; `pid` is its process."""

    def __init__(self, unit: str, pid: int) -> None:
        super().__init__(f"the {'stack' if unit == STACK else unit + ' service'} is running already (pid {pid})")
        self.pid = pid


def run_stack(stack: Stack, services: Sequence[DescribedService] = (), log_path: Path | None = None) -> None:
    """Runs these services, or all, until SIGTERM or SIGINT, then drains.

    `log_path` is the file that its output goes to, where that is ours to rotate.

    Raises StackError, AlreadyRunning, AddressTaken, StartFailed.
    """
    leave_no_core()
    raise_limit()
    services = services or stack.enabled
    unit = unit_of(stack, services)
    if all(service.name != "gateway" for service in services):
        for listener in held():  # it is the gateway's
            listener.close()
    if len(services) == 1:
        os.environ.setdefault("AISTACK_MIGRATE", "apart")
    export(stack, services)
    all_settings = {service.name: settings_of(service, stack)[0] for service in services}
    places = DataPaths(stack.data_dir)
    make_places(places)
    all_settings = {
        service.name: with_secrets(all_settings[service.name], stack.environment_of(service)) for service in services
    }
    lock = take_lock(places, unit)
    if lock is None:
        raise AlreadyRunning(unit, holder(places, unit) or 0)
    first = all_settings[services[0].name]
    configure_logs(first.log_level, first.log_format)
    log_path = log_path or (places.log_of(unit) if is_output(places.log_of(unit)) else None)
    log_file = LogFile(log_path, first.log_bytes_max) if log_path else None
    try:
        uvloop.run(_run(stack, services, all_settings, places, log_file))
    finally:
        clear_state(places, unit)
        lock.close()


def export(stack: Stack, services: Sequence[DescribedService]) -> None:
    """Has libraries see the variables of `.env` and of the services' own tables, too."""
    environment = stack.environment
    for service in services:
        environment = environment.over(str(stack.source), service.environment)
    environment.export()


async def _run(
    stack: Stack,
    services: Sequence[DescribedService],
    all_settings: dict[str, ServiceSettings],
    places: DataPaths,
    log_file: LogFile | None,
) -> None:
    log = get_log("stack")
    begun = time.perf_counter()
    host = Host([_hosted(service, stack, all_settings[service.name]) for service in services])
    unit = unit_of(stack, services)
    reloading = Reloading(host, stack, places.reload_report(unit), lambda described: export(described, services))
    stopping = asyncio.create_task(host.until_signal(reloading.run))
    starting = asyncio.create_task(host.start())
    looking = Periodic(LOOK_SECONDS, lambda: asyncio.to_thread(log_file.look), "log:look") if log_file else None
    await asyncio.wait((stopping, starting), return_when=asyncio.FIRST_COMPLETED)
    if not starting.done():
        starting.cancel()
        await asyncio.wait((starting,))
        return
    starting.result()
    ports = {service.name: service.port for service in services}
    state = RunningUnit(os.getpid(), time.time(), stack.gateway_url, ports, __version__)
    try:
        write_state(places, unit, state)
    except StackError:
        await host.stop()
        raise
    settle_memory()
    watchdog = keep_watchdog()
    notify(f"READY=1\nSTATUS={', '.join(ports)} ready")
    log.info("stack.ready", services=list(ports), seconds=round(time.perf_counter() - begun, 3))
    if "gateway" in ports:  # one process of the stack is enough
        for warning in warnings_of(stack):
            log.warning("variable.ignored", variable=warning.name, note=warning.text)
    await stopping
    notify("STOPPING=1")
    log.info("stack.draining")
    await host.stop()
    for periodic in (watchdog, looking):
        if periodic is not None:
            await periodic.stop()
    log.info("stack.stopped")


def _hosted(service: DescribedService, stack: Stack, settings: ServiceSettings) -> Hosted:
    create_app = named(service.entry.factory)
    if service.name == "gateway":
        control: Any = settings
        listeners = [bind_unix(control.control_socket)]
        app = create_app(settings, stack)
        if control.metrics_address is not None and settings.metrics_enabled:
            change = "GATEWAY_METRICS_LISTEN or METRICS_PORT"
            listeners.append(bind(control.metrics_address, change))
            app.add_middleware(MetricsDoor, port=control.metrics_address.port)
        return Hosted(app, tuple(listeners))
    change = f"{service.name.upper()}_PORT, or services.{service.name}.port in stack.toml"
    return Hosted(create_app(settings), tuple(bind(address, change) for address in settings.addresses))


START_ERRORS = (StackError, AlreadyRunning, AddressTaken, StartFailed)
