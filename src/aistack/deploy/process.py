"""The process target: all services of a stack in this process, on one event loop, until a signal."""

import asyncio
import importlib
import os
import time
from typing import Any

import uvloop

from aistack import __version__
from aistack.chassis.listening import AddressTaken, bind_tcp, bind_unix
from aistack.chassis.logs import configure_logs, get_log
from aistack.chassis.memory import leave_no_core, settle_memory
from aistack.chassis.serving import Host, Hosted, StartFailed
from aistack.chassis.settings import Origin, ServiceSettings, resolve
from aistack.deploy.state import RunningStack, clear_state, holder, make_places, take_lock, write_state
from aistack.stack.description import DescribedService, Stack
from aistack.stack.errors import StackError
from aistack.stack.loading import load_stack
from aistack.stack.places import Places
from aistack.stack.secrets import stack_secret

LOOPBACK = "127.0.0.1"


class AlreadyRunning(Exception):
    """A stack runs in this data folder; `pid` is its process."""

    def __init__(self, pid: int) -> None:
        super().__init__(f"the stack is running already (pid {pid})")
        self.pid = pid


def named(reference: str) -> Any:
    """The attribute behind the catalogue's `"module:attribute"`."""
    module, _, attribute = reference.partition(":")
    return getattr(importlib.import_module(module), attribute)


def settings_of(service: DescribedService, stack: Stack) -> tuple[ServiceSettings, list[Origin]]:
    """The settings of one service and their sources. Raises StackError."""
    return resolve(named(service.entry.settings), service, stack)


def with_secrets(settings: ServiceSettings) -> ServiceSettings:
    """The settings with the stack's secret in them, when identity is on. Raises StackError."""
    if not settings.identity or settings.secret:
        return settings
    return settings.model_copy(update={"secret": stack_secret(Places(settings.data_dir))})


def run_stack(stack: Stack) -> None:
    """Runs until SIGTERM or SIGINT, then drains. Raises StackError, AlreadyRunning, AddressTaken, StartFailed."""
    leave_no_core()
    all_settings = {service.entry.name: settings_of(service, stack)[0] for service in stack.enabled}
    places = Places(stack.data_dir)
    make_places(places)
    all_settings = {name: with_secrets(held) for name, held in all_settings.items()}
    lock = take_lock(places)
    if lock is None:
        raise AlreadyRunning(holder(places) or 0)
    gateway = all_settings["gateway"]
    configure_logs(gateway.log_level, gateway.log_format)
    try:
        uvloop.run(_run(stack, all_settings, places))
    finally:
        clear_state(places)
        lock.close()


async def _run(stack: Stack, all_settings: dict[str, ServiceSettings], places: Places) -> None:
    log = get_log("stack")
    begun = time.perf_counter()
    host = Host(_host_all(stack, all_settings))
    stopping = asyncio.create_task(host.until_signal(lambda: reload(host, stack)))
    starting = asyncio.create_task(host.start())
    await asyncio.wait((stopping, starting), return_when=asyncio.FIRST_COMPLETED)
    if not starting.done():
        starting.cancel()
        await asyncio.wait((starting,))
        return
    starting.result()
    ports = {service.entry.name: service.port for service in stack.enabled}
    write_state(places, RunningStack(os.getpid(), time.time(), stack.gateway_url, ports, __version__))
    settle_memory()
    log.info("stack.ready", services=list(ports), seconds=round(time.perf_counter() - begun, 3))
    await stopping
    log.info("stack.draining")
    await host.stop()
    log.info("stack.stopped")


async def reload(host: Host, stack: Stack) -> None:
    """Reads the description anew and tells the services. A broken one is refused, and everything stays as it was."""
    log = get_log("stack")
    try:
        described = load_stack(stack.source)
        named = [described.services[one.settings.service] for one in host.hosted]
        changed = [with_secrets(settings_of(service, described)[0]) for service in named]
    except StackError as error:
        log.error("stack.reload_refused", error=str(error))
        return
    for one, settings in zip(host.hosted, changed, strict=True):
        for step in one.lifecycle.on_reload:
            await step(settings, described)
    log.info("stack.reloaded")


def _host_all(stack: Stack, all_settings: dict[str, ServiceSettings]) -> list[Hosted]:
    hosted: list[Hosted] = []
    for service in stack.enabled:
        name = service.entry.name
        settings = all_settings[name]
        create_app = named(service.entry.factory)
        if name == "gateway":
            control: Any = settings
            hosted.append(Hosted(create_app(settings, stack), bind_unix(control.control_socket)))
        else:
            change = f"{name.upper()}_PORT, or services.{name}.port in stack.toml"
            hosted.append(Hosted(create_app(settings), bind_tcp(LOOPBACK, service.port, change)))
    return hosted


START_ERRORS = (StackError, AlreadyRunning, AddressTaken, StartFailed)
