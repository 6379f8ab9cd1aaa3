"""Runs services in the background in one process: start and wait, stop and wait."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence

from aistack.deploy.processes.process_state import (
    STACK,
    RunningUnit,
    cannot_write,
    holder,
    make_places,
    read_state,
    unit_of,
    with_disk,
)
from aistack.stack.data_paths import DataPaths
from aistack.stack.description import DescribedService, Stack
from aistack.stack.environment import ENV_FILE_VARIABLE
from aistack.stack.errors import StackError

START_SECONDS_MAX = 60.0
STOP_SECONDS_MAX = 60.0
LOOK_SECONDS = 0.02


def start(stack: Stack, services: Sequence[DescribedService] = ()) -> tuple[RunningUnit, bool]:
    """The running unit, and whether this call started it. Raises StackError with the reason it did not start."""
    places = DataPaths(stack.data_dir)
    make_places(places)
    unit = unit_of(stack, services or stack.enabled)
    if holder(places, unit) is not None:
        return _until_up(places, unit, None), False
    log_path = places.log_of(unit)
    at = log_path.stat().st_size if log_path.exists() else 0
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
            env=environment_for(stack),
        )
    try:
        state = _until_up(places, unit, child)
    except StackError as error:
        with log_path.open("rb") as log:
            log.seek(at)
            last = [line for line in log.read().decode("utf-8", "replace").splitlines() if line.startswith("aistack: ")]
        reason = last[-1].removeprefix("aistack: ") if last else f"{error}; see {log_path}"
        raise StackError(with_disk(reason, places)) from None
    return state, state.pid == child.pid


def environment_for(stack: Stack) -> dict[str, str]:
    """What a process in the background is told: where this stack is described, for its working directory is another."""
    told = {"AISTACK_STACK": str(stack.source), "AISTACK_DATA_DIR": str(stack.data_dir)}
    if stack.env_file not in (None, stack.source.with_name(".env")) and stack.env_file.is_file():
        told[ENV_FILE_VARIABLE] = str(stack.env_file)
    return os.environ | told


def _until_up(places: DataPaths, unit: str, child: "subprocess.Popen[bytes] | None") -> RunningUnit:
    deadline = time.monotonic() + START_SECONDS_MAX
    while time.monotonic() < deadline:
        state = read_state(places, unit)
        if state is not None:
            return state
        if child is not None and child.poll() is not None and holder(places, unit) is None:
            raise StackError(f"the stack ended while starting (exit status {child.returncode})")
        if child is None and holder(places, unit) is None:
            raise StackError("the stack that was starting has ended; start it again")
        time.sleep(LOOK_SECONDS)
    raise StackError(f"the stack was not ready within {START_SECONDS_MAX:g} s")


def stop(stack: Stack, services: Sequence[DescribedService] = ()) -> bool:
    """Drains and ends what runs in the background, or only these services; False when none of it runs.

    Raises StackError when it does not end, or when a service shares its process with others.
    """
    places = DataPaths(stack.data_dir)
    units = [STACK, *stack.services]
    if services:
        shared = read_state(places)
        for service in services:
            if shared is not None and service.name in shared.services and len(shared.services) > len(services):
                raise StackError(f"{service.name} runs in one process with others (pid {shared.pid}); stop all of it")
        units = [service.name for service in reversed(services)]
    pids = {unit: pid for unit in reversed(units) if (pid := holder(places, unit)) is not None}
    for pid in pids.values():
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + STOP_SECONDS_MAX
    for unit, pid in pids.items():
        while holder(places, unit) is not None:
            if time.monotonic() > deadline:
                raise StackError(
                    f"pid {pid} did not end within {STOP_SECONDS_MAX:g} s; see {places.logs}; to end it: kill -9 {pid}"
                )
            time.sleep(LOOK_SECONDS)
    return bool(pids)
