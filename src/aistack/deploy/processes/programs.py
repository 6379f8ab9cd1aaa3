"""Programs of the stack: the model worker and the sidecar, each in a process of its own.

`run_program` is that process's own side. `Supervisor` is the side of a process that runs the stack's services: it
starts the programs, starts them again when they exit, and stops them. Imports no service and no framework, to stay
small.
"""

import asyncio
import contextlib
import ctypes
import importlib
import os
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from aistack import __version__
from aistack.chassis.runtime.memory import leave_no_core
from aistack.chassis.runtime.periodic import Periodic
from aistack.chassis.runtime.service_manager import keep_watchdog, notify
from aistack.chassis.telemetry.logs import get_log
from aistack.deploy.file_descriptors import raise_limit
from aistack.deploy.processes.background import STOP_SECONDS_MAX, child_environment
from aistack.deploy.processes.data_folder import make_folders
from aistack.deploy.processes.log_files import CHECK_SECONDS, LogFile, is_output
from aistack.deploy.processes.process_state import (
    AlreadyRunning,
    RunningUnit,
    clear_state,
    lock_holder,
    take_lock,
    write_state,
)
from aistack.stack.data_paths import DataPaths
from aistack.stack.description import DescribedService, Stack
from aistack.stack.errors import StackError

PARENT_VARIABLE = "AISTACK_PARENT"  # the supervisor's pid, for its children
PR_SET_PDEATHSIG = 1  # prctl(2)
LOG_BYTES_MAX = 32 * 1024 * 1024
BACK_OFF_SECONDS, BACK_OFF_SECONDS_MAX = 0.5, 30.0
STEADY_SECONDS = 60.0  # a program that ran this long starts again at once


def run_program(stack: Stack, program: DescribedService, log_path: Path | None = None) -> None:
    """Runs a program in this process until SIGTERM or SIGINT. Raises StackError, AlreadyRunning.

    `log_path` is the file that the output goes to, when this process is to rotate it.
    """
    end_with_parent()
    leave_no_core()
    raise_limit()
    stack.environment_of(program).export()
    paths, unit = DataPaths(stack.data_dir), program.name
    make_folders(paths)
    module, _, name = program.entry.factory.partition(":")
    lock = take_lock(paths, unit)
    if lock is None:
        raise AlreadyRunning(unit, lock_holder(paths, unit) or 0)
    log_path = log_path or (paths.log_of(unit) if is_output(paths.log_of(unit)) else None)
    kept: list[Periodic | None] = []

    def ready() -> None:
        ports = {unit: program.port}
        write_state(paths, unit, RunningUnit(os.getpid(), time.time(), stack.gateway_url, ports, __version__))
        if log_path is not None:
            log_file = LogFile(log_path, log_bytes_max(stack, program))
            kept.append(Periodic(CHECK_SECONDS, lambda: asyncio.to_thread(log_file.check), "log:rotation"))
        kept.append(keep_watchdog())
        asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, lambda: None)  # it has nothing to reload
        notify(f"READY=1\nSTATUS={unit} ready")

    try:
        getattr(importlib.import_module(module), name)(stack, ready)
    finally:
        clear_state(paths, unit)
        lock.close()


def check_programs(stack: Stack, programs: Sequence[DescribedService]) -> None:
    """Raises StackError for settings that are not allowed."""
    for program in programs:
        _settings(program.name, stack)


def end_with_parent() -> None:
    """Makes the kernel end this process when the supervisor that started it dies."""
    parent = os.environ.pop(PARENT_VARIABLE, "")
    if not parent:
        return
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if str(os.getppid()) != parent:  # it died before
        sys.exit(1)


def log_bytes_max(stack: Stack, program: DescribedService) -> int:
    """The size at which a program's log is rotated."""
    text = stack.environment_of(program).get("LOG_BYTES_MAX", "")
    return int(text) if text.isdecimal() else LOG_BYTES_MAX


class Supervisor:
    """Keeps programs running, from `apply` until `stop`. Their logs are files beside `log`, if there is one."""

    def __init__(self, stack: Stack, *, to_files: bool) -> None:
        self._stack = stack
        self._to_files = to_files
        self._running: dict[str, asyncio.Task[None]] = {}
        self._log = get_log("stack")

    async def apply(self, stack: Stack, programs: Sequence[DescribedService]) -> list[str]:
        """Starts what is missing, stops what is not wanted, and restarts what is described differently.

        Returns the names of those that changed.
        """
        before, self._stack = self._stack, stack
        wanted = {one.name: one for one in programs}
        stale = [name for name in self._running if name not in wanted or starts_differently(name, before, stack)]
        await self._stop(stale)
        missing = [name for name in wanted if name not in self._running]
        for name in missing:
            self._running[name] = asyncio.create_task(self._keep(name), name=f"program:{name}")
        return list(dict.fromkeys((*stale, *missing)))

    async def stop(self) -> None:
        """Drains and stops the programs: the sidecar first, which still needs the worker for calls in progress."""
        await self._stop(list(reversed(self._running)))

    async def _stop(self, names: Sequence[str]) -> None:
        for name in names:
            task = self._running.pop(name)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _keep(self, name: str) -> None:
        wait = BACK_OFF_SECONDS
        while True:
            begun = time.monotonic()
            status = await self._run(name)
            lived = time.monotonic() - begun
            wait = BACK_OFF_SECONDS if lived > STEADY_SECONDS else min(wait * 2, BACK_OFF_SECONDS_MAX)
            self._log.error("program.exited", program=name, status=status, seconds=round(lived, 1), again_in=wait)
            await asyncio.sleep(wait)

    async def _run(self, name: str) -> int:
        """The exit status of one run of a program; when this is cancelled, it is drained and stopped."""
        words = [sys.executable, "-m", "aistack.cli", "up", name, "--foreground"]
        path = DataPaths(self._stack.data_dir).log_of(name)
        environ = child_environment(self._stack) | {PARENT_VARIABLE: str(os.getpid())}
        environ.pop("NOTIFY_SOCKET", None)  # readiness is this process's to report
        try:
            child = await asyncio.create_subprocess_exec(
                *words, *(("--log", str(path)) if self._to_files else ()), env=environ, cwd="/",
                stdin=asyncio.subprocess.DEVNULL, start_new_session=True,
            )  # fmt: skip
        except OSError as error:
            self._log.error("program.not_started", program=name, error=str(error))
            return -1
        self._log.info("program.started", program=name, pid=child.pid)
        try:
            return await child.wait()
        except asyncio.CancelledError:
            await _end(child)
            raise


async def _end(child: asyncio.subprocess.Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        child.terminate()
    try:
        async with asyncio.timeout(STOP_SECONDS_MAX):
            await child.wait()
    except TimeoutError:
        with contextlib.suppress(ProcessLookupError):
            child.kill()
        await child.wait()


def starts_differently(name: str, before: Stack, after: Stack) -> bool:
    """Whether a running program has to start again: its settings, its data folder, or a variable it reads changed.

    Only variables of files count: those of the process are the same for as long as it runs.
    """
    if before.data_dir != after.data_dir or _settings_or_error(name, before) != _settings_or_error(name, after):
        return True
    old, new = _variables_of_files(name, before), _variables_of_files(name, after)
    changed = {one for one in old.keys() | new.keys() if old.get(one) != new.get(one)}
    return any(one.startswith(("LOG_", f"{name.upper()}_")) for one in changed) or bool(
        changed and changed - _settings_names(before, after)  # a library of the program may read it
    )


def _settings(name: str, stack: Stack) -> object:
    """Raises StackError."""
    module, _, function = stack.programs[name].entry.settings.partition(":")
    return getattr(importlib.import_module(module), function)(stack)


def _settings_or_error(name: str, stack: Stack) -> object:
    try:
        return _settings(name, stack)
    except StackError as error:
        return str(error)


def _variables_of_files(name: str, stack: Stack) -> dict[str, str]:
    environment = stack.environment_of(stack.programs[name])
    return {one: value for one, value in environment.items() if environment.file_of(one)}


def _settings_names(*stacks: Stack) -> set[str]:
    """Variables that only settings are read from: of services, of the stack, and the keys of models."""
    from aistack.deploy.variables import known_names

    keys = {upstream.key.removeprefix("$") for one in stacks for model in one.models for upstream in model.upstreams}
    return known_names() | keys
