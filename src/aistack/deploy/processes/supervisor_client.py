"""Every service in a process of its own, in the background, under supervisord: start, stop and restart.

Writes supervisord's configuration, starts it, and talks to its XML-RPC interface over its Unix socket.
"""

import contextlib
import fcntl
import shlex
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from xmlrpc.client import Fault, ServerProxy

from aistack.chassis.runtime.listeners import AddressTaken, check_unix_path
from aistack.deploy.entrypoints.socket_activation import SOCKET_ACTIVATION, SUPERVISORD
from aistack.deploy.instances import Instance, instances
from aistack.deploy.processes.background import child_environment, last_error
from aistack.deploy.processes.data_folder import cannot_write, make_folders, mention_full_disk
from aistack.deploy.processes.log_files import ROTATED_KEPT, rotate_before_start
from aistack.deploy.processes.process_state import running_units
from aistack.deploy.rendering.supervisord_conf import configuration
from aistack.deploy.settings import settings_of
from aistack.stack.data_paths import DataPaths
from aistack.stack.description import DescribedService, Stack
from aistack.stack.errors import StackError

START_SECONDS_MAX = 120.0
STOP_SECONDS_MAX = 90.0
STARTS_MAX = 4  # supervisord itself counts only starts that fail within a second
POLL_SECONDS = 0.05
PID_BYTES_MAX = len(".4194304")  # supervisord first binds a name with its pid appended


def connect(paths: DataPaths) -> Any:
    """The XML-RPC interface of this data folder's supervisord, or None when it does not run."""
    if not paths.supervisor_socket.exists():
        return None
    from supervisor.xmlrpc import SupervisorTransport  # pyright: ignore[reportMissingTypeStubs] -- has none

    transport: Any = SupervisorTransport(None, None, serverurl=f"unix://{paths.supervisor_socket}")
    interface: Any = ServerProxy("http://localhost", transport=transport).supervisor
    try:
        interface.getState()
    except OSError:
        return None
    return interface


def start(stack: Stack, chosen: Sequence[DescribedService]) -> bool:
    """Starts the services, each in its own process; False when they were running already. Raises StackError."""
    paths = DataPaths(stack.data_dir)
    make_folders(paths)
    try:
        lock = paths.lock("starting").open("a")
    except OSError as error:
        raise cannot_write(paths.lock("starting"), error) from None
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # a second start at the same time waits
        return _start(stack, paths, chosen)


def _start(stack: Stack, paths: DataPaths, chosen: Sequence[DescribedService]) -> bool:
    units = [one.unit for one in instances(stack, str(paths.data_dir)) if one.service in chosen]
    supervisor = connect(paths)
    if supervisor is not None:
        states = _states(supervisor)
        missing = [unit for unit in units if states.get(unit) not in ("RUNNING", "STARTING")]
        for unit in missing:
            _call(supervisor.startProcess, unit)
    else:
        missing = units
    _wait_until_ready(paths, units, None if supervisor is not None else _start_supervisord(stack, paths, units))
    return bool(missing)


def _start_supervisord(stack: Stack, paths: DataPaths, units: Sequence[str]) -> "subprocess.Popen[bytes]":
    """Starts supervisord, which starts the units. Raises StackError."""

    def program_keys(unit: str) -> dict[str, str]:
        service = unit.split("-")[0]
        words = ["-m", "aistack.cli", "up", service, "--foreground", "--log", str(paths.log_of(unit))]
        return {
            "command": shlex.join([sys.executable, *words]).replace("%", "%%"),
            "stdout_logfile": "NONE",  # each process writes and rotates its own log
            "redirect_stderr": "true",
            "autostart": str(unit in units).lower(),
        }

    bytes_max = settings_of(stack.services["gateway"], stack)[0].log_bytes_max
    daemon = {
        "nodaemon": "true",
        "silent": "true",
        "logfile": str(paths.log_of("supervisord")),
        "logfile_maxbytes": str(bytes_max),
        "logfile_backups": str(ROTATED_KEPT),
        "pidfile": str(paths.run / "supervisord.pid"),
        "environment": f'AISTACK_STACK="{stack.source}",AISTACK_DATA_DIR="{paths.data_dir}"',
    }
    try:
        check_unix_path(paths.supervisor_socket, PID_BYTES_MAX)
    except AddressTaken as error:
        raise StackError(str(error)) from None
    for unit in units:
        if "-" in unit:
            make_folders(paths.replica(unit))
    later = [
        Instance(one.name, one, {}) for one in stack.programs.values() if not one.enabled
    ]  # for `aistack up models`
    text = configuration(
        stack, sys.executable, str(paths.supervisor_socket), daemon, str(paths.data_dir), program_keys, later
    )
    try:
        paths.supervisor_settings.write_text(text)
    except OSError as error:
        raise cannot_write(paths.supervisor_settings, error) from None
    rotate_before_start(paths.log, bytes_max)
    module = SOCKET_ACTIVATION if "gateway" in units else SUPERVISORD
    words = [] if "gateway" in units else ["-c"]
    try:
        log = paths.log.open("ab")
    except OSError as error:
        raise cannot_write(paths.log, error) from None
    with log:
        return subprocess.Popen(
            [sys.executable, "-m", module, *words, str(paths.supervisor_settings)], env=child_environment(stack),
            stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, cwd="/",
        )  # fmt: skip


def _wait_until_ready(
    paths: DataPaths, units: Sequence[str], supervisord: "subprocess.Popen[bytes] | None" = None
) -> None:
    """Raises StackError, also for a unit that keeps crashing: the others are left running.

    `supervisord` is its process, when this call started it.
    """
    deadline = time.monotonic() + START_SECONDS_MAX
    starts: dict[str, set[int]] = {unit: set() for unit in units}
    while missing := [unit for unit in units if unit not in running_units(paths)]:
        supervisor = connect(paths)
        for process in supervisor.getAllProcessInfo() if supervisor else ():
            unit = process["name"]
            if unit not in missing:
                continue
            starts[unit].add(process["pid"])
            keeps_crashing = len(starts[unit] - {0}) > STARTS_MAX
            if keeps_crashing:
                _call(supervisor.stopProcess, unit)
            if keeps_crashing or process["statename"] == "FATAL":
                reason = _start_error(paths.log_of(unit))
                raise StackError(mention_full_disk(f"{unit} does not start: {reason}", paths))
        if supervisord is not None and supervisord.poll() is not None:
            raise StackError(mention_full_disk(f"supervisord exited while starting; see {paths.log}", paths))
        if time.monotonic() > deadline:
            names = ", ".join(missing)
            raise StackError(f"not ready within {START_SECONDS_MAX:g} s: {names}; see the logs in {paths.logs}")
        time.sleep(POLL_SECONDS)


def _start_error(log: Path) -> str:
    lines = log.read_text("utf-8", "replace").splitlines() if log.exists() else []
    return last_error(lines) or f"see {log}"


def stop(stack: Stack, chosen: Sequence[DescribedService] = ()) -> bool:
    """Drains and stops the processes, or only these services; False when supervisord does not run."""
    paths = DataPaths(stack.data_dir)
    supervisor = connect(paths)
    if supervisor is None:
        return False
    if chosen:
        for unit in _units(supervisor, chosen):
            _call(supervisor.stopProcess, unit)
        return True
    pid = supervisor.getPID()
    units = _units(supervisor, (*stack.enabled, *stack.programs.values()))
    gateways = [unit for unit in units if unit.split("-")[0] == "gateway"]
    _stop_together(supervisor, [unit for unit in units if unit not in gateways])
    _stop_together(supervisor, gateways)  # last, so that they can still answer
    with contextlib.suppress(OSError):
        supervisor.shutdown()
    deadline = time.monotonic() + STOP_SECONDS_MAX
    while Path(f"/proc/{pid}").exists() and connect(paths) is not None:
        if time.monotonic() > deadline:
            raise StackError(
                f"supervisord (pid {pid}) did not exit within {STOP_SECONDS_MAX:g} s; to kill it: kill -9 {pid}"
            )
        time.sleep(POLL_SECONDS)
    return True


def _stop_together(supervisor: Any, units: Sequence[str]) -> None:
    for unit in units:
        _call(supervisor.stopProcess, unit, False)
    while any(state == "STOPPING" for unit, state in _states(supervisor).items() if unit in units):
        time.sleep(POLL_SECONDS)


def restart(stack: Stack, chosen: Sequence[DescribedService]) -> bool:
    """Restarts the processes one by one, each once the previous one is ready; False when none runs."""
    paths = DataPaths(stack.data_dir)
    supervisor = connect(paths)
    if supervisor is None:
        return False
    for unit in _units(supervisor, chosen):
        _call(supervisor.stopProcess, unit)
        _call(supervisor.startProcess, unit)
        _wait_until_ready(paths, [unit])
    return True


def _states(supervisor: Any) -> dict[str, str]:
    return {one["name"]: one["statename"] for one in supervisor.getAllProcessInfo()}


def _units(supervisor: Any, chosen: Sequence[DescribedService]) -> list[str]:
    names = {service.name for service in chosen}
    return [unit for unit in _states(supervisor) if unit.split("-")[0] in names]


def _call(method: Any, unit: str, wait: bool = True) -> None:
    """Stopping a stopped unit or starting a running one is not an error."""
    try:
        method(unit, wait)
    except Fault as fault:
        if not any(word in fault.faultString for word in ("NOT_RUNNING", "ALREADY_STARTED")):
            raise StackError(f"supervisord: {unit}: {fault.faultString}") from None
