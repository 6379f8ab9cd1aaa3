"""Every service in a process of its own, in the background: supervisord starts them and starts them again.

We write its settings, start it, and speak to it over its socket (its XML-RPC interface).
"""

import contextlib
import fcntl
import os
import shlex
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from xmlrpc.client import Fault, ServerProxy

from aistack.chassis.runtime.listeners import UNIX_PATH_BYTES_MAX
from aistack.deploy.entrypoints.socket_activation import SUPERVISORD
from aistack.deploy.instances import processes
from aistack.deploy.processes.background import environment_for
from aistack.deploy.processes.log_files import OLD_KEPT, begin
from aistack.deploy.processes.process_state import cannot_write, make_places, running, with_disk
from aistack.deploy.rendering.supervisord_conf import settings
from aistack.deploy.settings import settings_of
from aistack.stack.data_paths import DataPaths
from aistack.stack.description import DescribedService, Stack
from aistack.stack.errors import StackError

START_SECONDS_MAX = 120.0
STOP_SECONDS_MAX = 90.0
STARTS_MAX = 4  # supervisord itself counts only those that end within a second
LOOK_SECONDS = 0.05
PID_BYTES_MAX = len(".4194304")  # supervisord binds a name with its pid behind it first


def supervisor(places: DataPaths) -> Any:
    """supervisord of this data folder, or None when it does not run."""
    if not places.supervisor_socket.exists():
        return None
    from supervisor.xmlrpc import SupervisorTransport  # pyright: ignore[reportMissingTypeStubs] -- has none

    transport: Any = SupervisorTransport(None, None, serverurl=f"unix://{places.supervisor_socket}")
    interface: Any = ServerProxy("http://localhost", transport=transport).supervisor
    try:
        interface.getState()
    except OSError:
        return None
    return interface


def start(stack: Stack, chosen: Sequence[DescribedService]) -> bool:
    """Starts the services, each in a process; False when they ran already. Raises StackError."""
    places = DataPaths(stack.data_dir)
    make_places(places)
    try:
        lock = places.lock("starting").open("a")
    except OSError as error:
        raise cannot_write(places.lock("starting"), error) from None
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # of two starts at once, one waits
        return _start(stack, places, chosen)


def _start(stack: Stack, places: DataPaths, chosen: Sequence[DescribedService]) -> bool:
    units = [one.unit for one in processes(stack, str(places.data_dir)) if one.service in chosen]
    there = supervisor(places)
    if there is not None:
        states = _states(there)
        missing = [unit for unit in units if states.get(unit) not in ("RUNNING", "STARTING")]
        for unit in missing:
            _call(there.startProcess, unit)
    else:
        missing = units
    _until_ready(places, units, None if there is not None else _begin(stack, places, units))
    return bool(missing)


def _begin(stack: Stack, places: DataPaths, units: Sequence[str]) -> "subprocess.Popen[bytes]":
    """Starts supervisord, which starts the units. Raises StackError."""

    def logging(unit: str) -> dict[str, str]:
        service = unit.split("-")[0]
        words = ["-m", "aistack.cli", "up", service, "--foreground", "--log", str(places.log_of(unit))]
        return {
            "command": shlex.join([sys.executable, *words]).replace("%", "%%"),
            "stdout_logfile": "NONE",  # each process writes its log itself, and rotates it
            "redirect_stderr": "true",
            "autostart": str(unit in units).lower(),
        }

    bytes_max = settings_of(stack.services["gateway"], stack)[0].log_bytes_max
    daemon = {
        "nodaemon": "true",
        "silent": "true",
        "logfile": str(places.log_of("supervisord")),
        "logfile_maxbytes": str(bytes_max),
        "logfile_backups": str(OLD_KEPT),
        "pidfile": str(places.run / "supervisord.pid"),
        "environment": f'AISTACK_STACK="{stack.source}",AISTACK_DATA_DIR="{places.data_dir}"',
    }
    socket = str(places.supervisor_socket)
    if len(os.fsencode(socket)) + PID_BYTES_MAX > UNIX_PATH_BYTES_MAX:
        raise StackError(f"{socket} is too long for a socket; use a shorter data folder (AISTACK_DATA_DIR)")
    for unit in units:
        if "-" in unit:
            make_places(places.replica(unit))
    text = settings(stack, sys.executable, socket, daemon, str(places.data_dir), logging)
    try:
        places.supervisor_settings.write_text(text)
    except OSError as error:
        raise cannot_write(places.supervisor_settings, error) from None
    begin(places.log, bytes_max)
    module = "aistack.deploy.entrypoints.socket_activation" if "gateway" in units else SUPERVISORD
    words = [] if "gateway" in units else ["-c"]
    try:
        log = places.log.open("ab")
    except OSError as error:
        raise cannot_write(places.log, error) from None
    with log:
        return subprocess.Popen(
            [sys.executable, "-m", module, *words, str(places.supervisor_settings)], env=environment_for(stack),
            stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, cwd="/",
        )  # fmt: skip


def _until_ready(places: DataPaths, units: Sequence[str], begun: "subprocess.Popen[bytes] | None" = None) -> None:
    """Raises StackError, also for one that is started again and again: the others are left running.

    `begun` is supervisord itself, where this call started it.
    """
    deadline = time.monotonic() + START_SECONDS_MAX
    starts: dict[str, set[int]] = {unit: set() for unit in units}
    while missing := [unit for unit in units if unit not in running(places)]:
        there = supervisor(places)
        for about in there.getAllProcessInfo() if there else ():
            unit = about["name"]
            if unit not in missing:
                continue
            starts[unit].add(about["pid"])
            is_over = len(starts[unit] - {0}) > STARTS_MAX
            if is_over:
                _call(there.stopProcess, unit)
            if is_over or about["statename"] == "FATAL":
                raise StackError(with_disk(f"{unit} does not start: {_last_words(places.log_of(unit))}", places))
        if begun is not None and begun.poll() is not None:
            raise StackError(with_disk(f"supervisord ended while starting; see {places.log}", places))
        if time.monotonic() > deadline:
            names = ", ".join(missing)
            raise StackError(f"not ready within {START_SECONDS_MAX:g} s: {names}; see the logs in {places.logs}")
        time.sleep(LOOK_SECONDS)


def _last_words(log: Path) -> str:
    lines = log.read_text("utf-8", "replace").splitlines() if log.exists() else []
    told = [line for line in lines if line.startswith("aistack: ")]
    return told[-1].removeprefix("aistack: ") if told else f"see {log}"


def stop(stack: Stack, chosen: Sequence[DescribedService] = ()) -> bool:
    """Drains and ends the processes, or only these services; False when supervisord does not run."""
    places = DataPaths(stack.data_dir)
    there = supervisor(places)
    if there is None:
        return False
    if chosen:
        for unit in _units(there, chosen):
            _call(there.stopProcess, unit)
        return True
    pid = there.getPID()
    for one in reversed(_units(there, stack.enabled)):  # the gateway last, so that it can still answer
        _call(there.stopProcess, one)
    with contextlib.suppress(OSError):
        there.shutdown()
    deadline = time.monotonic() + STOP_SECONDS_MAX
    while Path(f"/proc/{pid}").exists() and supervisor(places) is not None:
        if time.monotonic() > deadline:
            raise StackError(f"supervisord (pid {pid}) did not end within {STOP_SECONDS_MAX:g} s; kill -9 {pid}")
        time.sleep(LOOK_SECONDS)
    return True


def restart(stack: Stack, chosen: Sequence[DescribedService]) -> bool:
    """Restarts one process after the other, each when the one before is ready; False when none runs."""
    places = DataPaths(stack.data_dir)
    there = supervisor(places)
    if there is None:
        return False
    for unit in _units(there, chosen):
        _call(there.stopProcess, unit)
        _call(there.startProcess, unit)
        _until_ready(places, [unit])
    return True


def _states(there: Any) -> dict[str, str]:
    return {one["name"]: one["statename"] for one in there.getAllProcessInfo()}


def _units(there: Any, chosen: Sequence[DescribedService]) -> list[str]:
    names = {service.name for service in chosen}
    return [unit for unit in _states(there) if unit.split("-")[0] in names]


def _call(method: Any, unit: str) -> None:
    """Stopping what is stopped and starting what runs are no errors."""
    try:
        method(unit)
    except Fault as fault:
        if not any(word in fault.faultString for word in ("NOT_RUNNING", "ALREADY_STARTED")):
            raise StackError(f"supervisord: {unit}: {fault.faultString}") from None
