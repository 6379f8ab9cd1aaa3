"""The process target: services of a stack in this process, on one event loop, until a signal. All, or some of them."""

import asyncio
import importlib
import os
import time
from collections.abc import Sequence
from typing import Any

import uvloop

from aistack import __version__
from aistack.chassis.listening import AddressTaken, bind, bind_unix, held
from aistack.chassis.logs import configure_logs, get_log
from aistack.chassis.memory import leave_no_core, settle_memory
from aistack.chassis.notifying import keep_watchdog, notify, reloading
from aistack.chassis.serving import Host, Hosted, StartFailed
from aistack.chassis.settings import Origin, ServiceSettings, resolve
from aistack.deploy.state import STACK, RunningUnit, clear_state, holder, make_places, take_lock, unit_of, write_state
from aistack.stack.catalogue import STACK_SECRET
from aistack.stack.description import DescribedService, Stack
from aistack.stack.errors import StackError
from aistack.stack.loading import load_stack
from aistack.stack.places import Places
from aistack.stack.secrets import is_weak, stack_secret, told


class AlreadyRunning(Exception):
    """A unit runs in this data folder; `pid` is its process."""

    def __init__(self, unit: str, pid: int) -> None:
        super().__init__(f"the {'stack' if unit == STACK else unit + ' service'} is running already (pid {pid})")
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
    if not settings.identity:
        return settings
    if settings.secret and not told(STACK_SECRET)[0]:  # it stands in stack.toml
        if is_weak(settings.secret):
            raise StackError(f"services.{settings.service}.secret is too weak; give at least 32 random characters")
        return settings
    return settings.model_copy(update={"secret": stack_secret(Places(settings.data_dir))})


def run_stack(stack: Stack, services: Sequence[DescribedService] = ()) -> None:
    """Runs these services, or all, until SIGTERM or SIGINT, then drains.

    Raises StackError, AlreadyRunning, AddressTaken, StartFailed.
    """
    leave_no_core()
    services = services or stack.enabled
    unit = unit_of(stack, services)
    if all(service.name != "gateway" for service in services):
        for listener in held():  # it is the gateway's
            listener.close()
    if len(services) == 1:
        os.environ.setdefault("AISTACK_MIGRATE", "apart")
    for service in services:
        os.environ.update({name: value for name, value in service.environment.items() if name not in os.environ})
    all_settings = {service.name: settings_of(service, stack)[0] for service in services}
    places = Places(stack.data_dir)
    make_places(places)
    all_settings = {name: with_secrets(held) for name, held in all_settings.items()}
    lock = take_lock(places, unit)
    if lock is None:
        raise AlreadyRunning(unit, holder(places, unit) or 0)
    first = all_settings[services[0].name]
    configure_logs(first.log_level, first.log_format)
    try:
        uvloop.run(_run(stack, services, all_settings, places))
    finally:
        clear_state(places, unit)
        lock.close()


async def _run(
    stack: Stack, services: Sequence[DescribedService], all_settings: dict[str, ServiceSettings], places: Places
) -> None:
    log = get_log("stack")
    begun = time.perf_counter()
    host = Host([_hosted(service, stack, all_settings[service.name]) for service in services])
    stopping = asyncio.create_task(host.until_signal(lambda: reload(host, stack)))
    starting = asyncio.create_task(host.start())
    await asyncio.wait((stopping, starting), return_when=asyncio.FIRST_COMPLETED)
    if not starting.done():
        starting.cancel()
        await asyncio.wait((starting,))
        return
    starting.result()
    ports = {service.name: service.port for service in services}
    state = RunningUnit(os.getpid(), time.time(), stack.gateway_url, ports, __version__)
    write_state(places, unit_of(stack, services), state)
    settle_memory()
    watchdog = keep_watchdog()
    notify(f"READY=1\nSTATUS={', '.join(ports)} ready")
    log.info("stack.ready", services=list(ports), seconds=round(time.perf_counter() - begun, 3))
    await stopping
    notify("STOPPING=1")
    log.info("stack.draining")
    await host.stop()
    if watchdog is not None:
        await watchdog.stop()
    log.info("stack.stopped")


async def reload(host: Host, stack: Stack) -> None:
    """Reads the description anew and tells the services. A broken one is refused, and everything stays as it was."""
    log = get_log("stack")
    reloading()
    try:
        described = load_stack(stack.source)
        named = [described.services[one.settings.service] for one in host.hosted]
        changed = [with_secrets(settings_of(service, described)[0]) for service in named]
    except StackError as error:
        log.error("stack.reload_refused", error=str(error))
        notify("READY=1")
        return
    for one, settings in zip(host.hosted, changed, strict=True):
        for step in one.lifecycle.on_reload:
            await step(settings, described)
    notify("READY=1")
    log.info("stack.reloaded")


def _hosted(service: DescribedService, stack: Stack, settings: ServiceSettings) -> Hosted:
    create_app = named(service.entry.factory)
    if service.name == "gateway":
        control: Any = settings
        listeners = [bind_unix(control.control_socket)]
        if control.metrics_address is not None:
            listeners.append(bind(control.metrics_address, "GATEWAY_METRICS_LISTEN"))
        return Hosted(create_app(settings, stack), tuple(listeners))
    change = f"{service.name.upper()}_PORT, or services.{service.name}.port in stack.toml"
    return Hosted(create_app(settings), tuple(bind(address, change) for address in settings.addresses))


START_ERRORS = (StackError, AlreadyRunning, AddressTaken, StartFailed)
