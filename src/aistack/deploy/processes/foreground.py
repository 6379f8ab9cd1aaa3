"""Runs services of a stack in this process, on one event loop, until a signal: all of them, or some.

Programs among them (the model worker, the sidecar) run in processes of their own, which this one supervises.
"""

import asyncio
import os
import signal
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
from aistack.chassis.telemetry.metrics import MetricsPortFilter
from aistack.deploy.file_descriptors import raise_limit
from aistack.deploy.processes.data_folder import make_folders
from aistack.deploy.processes.log_files import CHECK_SECONDS, LogFile, is_output
from aistack.deploy.processes.process_state import (
    STACK,
    AlreadyRunning,
    RunningUnit,
    clear_state,
    lock_holder,
    take_lock,
    unit_of,
    write_state,
)
from aistack.deploy.processes.programs import Supervisor
from aistack.deploy.processes.reload import Reloader
from aistack.deploy.settings import load_attribute, settings_of, with_secrets
from aistack.deploy.variables import ignored_variables
from aistack.stack.catalogue import PROGRAMS
from aistack.stack.data_paths import DataPaths
from aistack.stack.description import DescribedService, Stack
from aistack.stack.errors import StackError


def run_stack(stack: Stack, services: Sequence[DescribedService] = (), log_path: Path | None = None) -> None:
    """Runs these services, or all, until SIGTERM or SIGINT, then drains.

    `log_path` is the file that the output goes to, when this process is to rotate it.

    Raises StackError, AlreadyRunning, AddressTaken, StartFailed.
    """
    leave_no_core()
    raise_limit()
    chosen = services or stack.chosen(())
    unit = unit_of(stack, chosen)
    programs = [one for one in chosen if one.name in PROGRAMS]
    services = [one for one in chosen if one.name not in PROGRAMS]
    if all(service.name != "gateway" for service in services):
        for listener in held():  # they are the gateway's
            listener.close()
    if len(services) == 1:
        os.environ.setdefault("AISTACK_MIGRATE", "apart")
    export(stack, services)
    all_settings = {service.name: settings_of(service, stack)[0] for service in services}
    paths = DataPaths(stack.data_dir)
    make_folders(paths)
    all_settings = {
        service.name: with_secrets(all_settings[service.name], stack.environment_of(service)) for service in services
    }
    lock = take_lock(paths, unit)
    if lock is None:
        raise AlreadyRunning(unit, lock_holder(paths, unit) or 0)
    first = all_settings[services[0].name] if services else settings_of(stack.services["gateway"], stack)[0]
    configure_logs(first.log_level, first.log_format)
    log_path = log_path or (paths.log_of(unit) if is_output(paths.log_of(unit)) else None)
    log_file = LogFile(log_path, first.log_bytes_max) if log_path else None
    try:
        uvloop.run(_run(stack, unit, services, programs, all_settings, paths, log_file))
    finally:
        clear_state(paths, unit)
        lock.close()


def export(stack: Stack, services: Sequence[DescribedService]) -> None:
    """Puts the variables of `.env` and of the services' own tables into the environment, where libraries read them."""
    environment = stack.environment
    for service in services:
        environment = environment.over(str(stack.source), service.environment)
    environment.export()


async def _run(
    stack: Stack,
    unit: str,
    services: Sequence[DescribedService],
    programs: Sequence[DescribedService],
    all_settings: dict[str, ServiceSettings],
    paths: DataPaths,
    log_file: LogFile | None,
) -> None:
    log = get_log("stack")
    begun = time.perf_counter()
    host = Host([_hosted(service, stack, all_settings[service.name]) for service in services])
    supervisor = Supervisor(stack, to_files=log_file is not None)
    supervises = supervisor if unit == STACK else None
    reloader = Reloader(
        host, stack, paths.reload_report(unit), lambda described: export(described, services), supervises
    )
    if supervises is not None:
        for one in host.hosted:
            one.lifecycle.request_reload = lambda: os.kill(os.getpid(), signal.SIGHUP)
    stopping = asyncio.create_task(host.until_signal(reloader.reload))
    starting = asyncio.create_task(host.start())
    rotation = Periodic(CHECK_SECONDS, lambda: asyncio.to_thread(log_file.check), "log:rotation") if log_file else None
    await asyncio.wait((stopping, starting), return_when=asyncio.FIRST_COMPLETED)
    if not starting.done():
        starting.cancel()
        await asyncio.wait((starting,))
        return
    starting.result()
    ports = {service.name: service.port for service in services}
    state = RunningUnit(os.getpid(), time.time(), stack.gateway_url, ports, __version__)
    try:
        write_state(paths, unit, state)
    except StackError:
        await host.stop()
        raise
    await supervisor.apply(stack, programs)
    settle_memory()
    watchdog = keep_watchdog()
    notify(f"READY=1\nSTATUS={', '.join(ports)} ready")
    log.info(
        "stack.ready",
        services=list(ports),
        programs=[one.name for one in programs],
        seconds=round(time.perf_counter() - begun, 3),
    )
    if "gateway" in ports:  # one process of the stack is enough
        for warning in ignored_variables(stack):
            log.warning("variable.ignored", variable=warning.name, note=warning.text)
    await stopping
    notify("STOPPING=1")
    log.info("stack.draining")
    await host.stop()
    await supervisor.stop()
    for periodic in (watchdog, rotation):
        if periodic is not None:
            await periodic.stop()
    log.info("stack.stopped")


def _hosted(service: DescribedService, stack: Stack, settings: ServiceSettings) -> Hosted:
    create_app = load_attribute(service.entry.factory)
    if service.name == "gateway":
        control: Any = settings
        listeners = [bind_unix(control.control_socket)]
        app = create_app(settings, stack)
        if control.metrics_address is not None and settings.metrics_enabled:
            change = "GATEWAY_METRICS_LISTEN or METRICS_PORT"
            listeners.append(bind(control.metrics_address, change))
            app.add_middleware(MetricsPortFilter, port=control.metrics_address.port)
        return Hosted(app, tuple(listeners))
    change = f"{service.name.upper()}_PORT, or services.{service.name}.port in stack.toml"
    return Hosted(create_app(settings), tuple(bind(address, change) for address in settings.addresses))


START_ERRORS = (StackError, AlreadyRunning, AddressTaken, StartFailed)
