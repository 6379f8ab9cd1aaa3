"""Services in the background in one process: starts it and waits until it is ready, stops it and waits for its end."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence

from aistack.deploy.processes.data_folder import cannot_write, make_folders, mention_full_disk
from aistack.deploy.processes.process_state import RunningUnit, all_units, lock_holder, read_state, unit_of
from aistack.stack.catalogue import MODELS
from aistack.stack.data_paths import DataPaths
from aistack.stack.description import DescribedService, Stack
from aistack.stack.environment import ENV_FILE_VARIABLE
from aistack.stack.errors import StackError

START_SECONDS_MAX = 60.0
STOP_SECONDS_MAX = 60.0
POLL_SECONDS = 0.02


def start(stack: Stack, services: Sequence[DescribedService] = ()) -> tuple[RunningUnit, bool]:
    """The running unit, and whether this call started it. Raises StackError with the reason it did not start."""
    paths = DataPaths(stack.data_dir)
    make_folders(paths)
    unit = unit_of(stack, services or stack.chosen(()))
    if lock_holder(paths, unit) is not None:
        return _wait_until_ready(paths, unit, None), False
    log_path = paths.log_of(unit)
    log_start = log_path.stat().st_size if log_path.exists() else 0
    try:
        log = log_path.open("ab")
    except OSError as error:
        raise cannot_write(log_path, error) from None
    with log:
        child = subprocess.Popen(
            [sys.executable, "-m", "aistack.cli", "up", *(service.name for service in services), "--foreground"],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            cwd="/",
            env=child_environment(stack),
        )
    try:
        state = _wait_until_ready(paths, unit, child)
    except StackError as error:
        with log_path.open("rb") as log:
            log.seek(log_start)
            lines = log.read().decode("utf-8", "replace").splitlines()
        reason = last_error(lines) or f"{error}; see {log_path}"
        raise StackError(mention_full_disk(reason, paths)) from None
    return state, state.pid == child.pid


def child_environment(stack: Stack) -> dict[str, str]:
    """The environment of a background process, which has another working directory: names the stack's files."""
    variables = {"AISTACK_STACK": str(stack.source), "AISTACK_DATA_DIR": str(stack.data_dir)}
    if stack.env_file not in (None, stack.source.with_name(".env")) and stack.env_file.is_file():
        variables[ENV_FILE_VARIABLE] = str(stack.env_file)
    return os.environ | variables


def last_error(lines: Sequence[str]) -> str:
    """The last error that `aistack up` printed among these lines of a log; empty when there is none."""
    errors = [line for line in lines if line.startswith("aistack: ")]
    return errors[-1].removeprefix("aistack: ") if errors else ""


def _wait_until_ready(paths: DataPaths, unit: str, child: "subprocess.Popen[bytes] | None") -> RunningUnit:
    deadline = time.monotonic() + START_SECONDS_MAX
    while time.monotonic() < deadline:
        state = read_state(paths, unit)
        if state is not None:
            return state
        if child is not None and child.poll() is not None and lock_holder(paths, unit) is None:
            raise StackError(f"the stack exited while starting (exit status {child.returncode})")
        if child is None and lock_holder(paths, unit) is None:
            raise StackError("the stack that was starting has exited; start it again")
        time.sleep(POLL_SECONDS)
    raise StackError(f"the stack was not ready within {START_SECONDS_MAX:g} s")


def stop(stack: Stack, services: Sequence[DescribedService] = ()) -> bool:
    """Drains and stops what runs in the background, or only these services; False when none of it runs.

    Raises StackError when a process does not exit, or when a service shares its process with others.
    """
    paths = DataPaths(stack.data_dir)
    units: Sequence[str] = all_units(stack)
    if services:
        shared = read_state(paths)
        for service in services:
            if shared is not None and service.name in shared.services and len(shared.services) > len(services):
                raise StackError(
                    f"{service.name} shares a process with other services (pid {shared.pid}); stop the whole stack"
                )
        units = [service.name for service in services]
        if MODELS not in units and set(units) & set(stack.programs) and (pid := _supervisor(paths)) is not None:
            raise StackError(
                f"pid {pid} would start {units[0]} again; stop the whole stack, or reload it without models"
            )
    apart = [unit for unit in units if unit in stack.programs]
    ended = [_stop([unit for unit in units if unit not in apart], paths), _stop(apart, paths)]
    return any(ended)


def _supervisor(paths: DataPaths) -> int | None:
    """The process that keeps programs running, if one does."""
    return lock_holder(paths) or lock_holder(paths, MODELS)


def _stop(units: Sequence[str], paths: DataPaths) -> bool:
    """Whether any of these units ran. Programs that another unit supervises have stopped with it."""
    pids = {unit: pid for unit in units if (pid := lock_holder(paths, unit)) is not None}
    for pid in reversed(pids.values()):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + STOP_SECONDS_MAX
    for unit, pid in pids.items():
        while lock_holder(paths, unit) is not None:
            if time.monotonic() > deadline:
                raise StackError(
                    f"pid {pid} did not exit within {STOP_SECONDS_MAX:g} s; see {paths.logs}; to kill it: kill -9 {pid}"
                )
            time.sleep(POLL_SECONDS)
    return bool(pids)
