"""Which processes of a stack run on this machine: for each unit a lock, held while it runs, and a state file.

A unit is a process: `stack` when all services run in it, otherwise the name of its service.
"""

import contextlib
import fcntl
import json
import os
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, NamedTuple

from aistack.deploy.processes.data_folder import cannot_write, write_atomically
from aistack.stack.catalogue import MODELS, PROGRAMS
from aistack.stack.data_paths import DataPaths
from aistack.stack.description import DescribedService, Stack

STACK = "stack"


class AlreadyRunning(Exception):
    """The unit runs in this data folder already; `pid` is its process."""

    def __init__(self, unit: str, pid: int) -> None:
        super().__init__(f"the {'stack' if unit == STACK else unit + ' service'} is already running (pid {pid})")
        self.pid = pid


@dataclass(frozen=True, slots=True)
class RunningUnit:
    """The state file of a unit, written once all its services are ready.

    `services` maps names to ports; `started_at` is Unix time in seconds.
    """

    pid: int
    started_at: float
    gateway_url: str
    services: dict[str, int]
    version: str


class LocatedUnit(NamedTuple):
    """A running unit with its data folder, and its name in that folder: `rag-2` is `rag` in a folder of its own."""

    paths: DataPaths
    unit: str
    state: RunningUnit


def unit_of(stack: Stack, services: Sequence[DescribedService]) -> str:
    """The unit of a process that runs these services: its only service, `models` for programs only, or `stack`."""
    if len(services) == 1 and (len(stack.enabled) > 1 or services[0].name in PROGRAMS):
        return services[0].name
    return MODELS if services and all(one.name in PROGRAMS for one in services) else STACK


def all_units(stack: Stack) -> tuple[str, ...]:
    """Every unit that there may be, without additional instances: those of programs last."""
    return (STACK, *stack.services, MODELS, *stack.programs)


def take_lock(paths: DataPaths, unit: str = STACK) -> IO[str] | None:
    """The lock of a unit in this data folder, or None when another process holds it. Released when the process ends.

    Raises StackError.
    """
    try:
        handle = paths.lock(unit).open("a+")
    except OSError as error:
        raise cannot_write(paths.lock(unit), error) from None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        handle.close()
        return None
    try:
        handle.seek(0)
        handle.truncate()
        handle.write(str(os.getpid()))
        handle.flush()
    except OSError as error:
        raise cannot_write(paths.lock(unit), error) from None
    return handle


def lock_holder(paths: DataPaths, unit: str = STACK) -> int | None:
    """The pid that runs a unit of this data folder (0 until it has written its pid), or None."""
    try:
        with paths.lock(unit).open("r") as handle:
            try:
                fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except OSError:
                text = handle.read().strip()
                return int(text) if text.isdecimal() else 0
            return None
    except FileNotFoundError:
        return None


def write_state(paths: DataPaths, unit: str, state: RunningUnit) -> None:
    """Raises StackError."""
    write_atomically(paths.state(unit), json.dumps(asdict(state)))


def read_state(paths: DataPaths, unit: str = STACK) -> RunningUnit | None:
    """The unit, or None when it does not run or is still starting."""
    try:
        state = RunningUnit(**json.loads(paths.state(unit).read_text()))
    except (OSError, ValueError, TypeError):
        return None
    return state if state.pid == lock_holder(paths, unit) else None


def running_units(paths: DataPaths) -> dict[str, RunningUnit]:
    """All units of this data folder that are ready, by name; additional instances of services included."""
    return {name: located.state for name, located in located_units(paths).items()}


def located_units(paths: DataPaths) -> dict[str, LocatedUnit]:
    """As `running_units`, with the data folder of each."""
    found: dict[str, LocatedUnit] = {}
    replicas = [DataPaths(folder) for folder in sorted(paths.data_dir.glob("replicas/*"))]
    for folder in (paths, *replicas):
        for path in sorted(folder.run.glob("*.json")):
            state = read_state(folder, path.stem)
            if state is not None:
                name = path.stem if folder is paths else folder.data_dir.name
                found[name] = LocatedUnit(folder, path.stem, state)
    return found


def clear_state(paths: DataPaths, unit: str) -> None:
    for path in (paths.state(unit), paths.reload_report(unit)):
        with contextlib.suppress(OSError):
            path.unlink()


def memory_bytes(pid: int, *, with_children: bool = False) -> int:
    """Proportional set size of a process, or of it and its children, in bytes; 0 when it cannot be read."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        own = next((int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:")), 0)
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split() if with_children else ()
    except OSError:
        return 0
    return own + sum(memory_bytes(int(child)) for child in children)


def uptime_seconds(state: RunningUnit) -> float:
    return max(0.0, time.time() - state.started_at)
