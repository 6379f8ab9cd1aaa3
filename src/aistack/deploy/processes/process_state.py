"""What is known of what runs on this machine: for each process one lock, held while it runs, and one small file.

A process is a unit: `stack` when all services run in it, or the service's name.
"""

import contextlib
import errno
import fcntl
import json
import os
import shutil
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

from aistack.stack.data_paths import DataPaths
from aistack.stack.description import DescribedService, Stack
from aistack.stack.errors import StackError

STACK = "stack"
DISK_BYTES_MIN = 1024 * 1024


@dataclass(frozen=True, slots=True)
class RunningUnit:
    """Written once all its services are ready. `services` are their ports, `started_at` is Unix time in seconds."""

    pid: int
    started_at: float
    gateway_url: str
    services: dict[str, int]
    version: str


def unit_of(stack: Stack, services: Sequence[DescribedService]) -> str:
    """What a process that runs these services is called: by its only service, or else `stack`."""
    return services[0].name if len(services) == 1 < len(stack.enabled) else STACK


def make_places(places: DataPaths) -> None:
    """Makes the folders, private to this user. Raises StackError when the data folder cannot be written."""
    probe = places.run / f".probe-{os.getpid()}"
    try:
        for folder in (places.data_dir, places.run, places.logs):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        probe.write_bytes(b"x" * 4096)
        probe.unlink()
    except OSError as error:
        with contextlib.suppress(OSError):
            probe.unlink()
        raise StackError(f"data folder {cannot_write(places.data_dir, error)}") from None


def take_lock(places: DataPaths, unit: str = STACK) -> IO[str] | None:
    """The lock of a unit in this data folder, or None when somebody holds it. Released when the process ends.

    Raises StackError.
    """
    try:
        handle = places.lock(unit).open("a+")
    except OSError as error:
        raise cannot_write(places.lock(unit), error) from None
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
        raise cannot_write(places.lock(unit), error) from None
    return handle


def holder(places: DataPaths, unit: str = STACK) -> int | None:
    """The process that runs a unit of this data folder (0 while it has not said yet), or None."""
    try:
        with places.lock(unit).open("r") as handle:
            try:
                fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except OSError:
                text = handle.read().strip()
                return int(text) if text.isdecimal() else 0
            return None
    except FileNotFoundError:
        return None


def write_state(places: DataPaths, unit: str, state: RunningUnit) -> None:
    """Raises StackError."""
    write_whole(places.state(unit), json.dumps(asdict(state)))


def write_whole(path: Path, text: str) -> None:
    """Writes a small file so that nobody sees half of it. Raises StackError."""
    temporary = path.with_name(f".{path.name}.new")
    try:
        temporary.write_text(text)
        temporary.replace(path)
    except OSError as error:
        raise cannot_write(path, error) from None


def with_disk(reason: str, places: DataPaths) -> str:
    """The reason of a failed start, and that the disk is full where it is and the reason does not say so."""
    try:
        free = shutil.disk_usage(places.data_dir).free
    except OSError:
        return reason
    is_told = free >= DISK_BYTES_MIN or os.strerror(errno.ENOSPC) in reason
    return reason if is_told else f"{reason}; the disk of {places.data_dir} is full: free space there"


def cannot_write(path: Path, error: OSError) -> StackError:
    """What is wrong with a place to write to, and what to do."""
    fixes = {
        errno.ENOSPC: "free space there",
        errno.EDQUOT: "free space there, or raise the quota",
        errno.EROFS: "mount it to be written",
        errno.EACCES: "chown it to the user that the stack runs as",
        errno.EPERM: "chown it to the user that the stack runs as",
    }
    fix = fixes.get(error.errno or 0, "correct that")
    return StackError(f"{path} cannot be written: {error.strerror}; {fix}, or set AISTACK_DATA_DIR to another folder")


def read_state(places: DataPaths, unit: str = STACK) -> RunningUnit | None:
    """The unit that runs, or None when it does not or is still starting."""
    try:
        state = RunningUnit(**json.loads(places.state(unit).read_text()))
    except (OSError, ValueError, TypeError):
        return None
    return state if state.pid == holder(places, unit) else None


def running(places: DataPaths) -> dict[str, RunningUnit]:
    """All units of this data folder that run and are ready, by name; further instances of services too."""
    return {name: state for name, (_, _, state) in running_in(places).items()}


def running_in(places: DataPaths) -> dict[str, tuple[DataPaths, str, RunningUnit]]:
    """As `running`, with the data folder of each and what the unit is called there: `rag-2` is `rag` in its own."""
    found: dict[str, tuple[DataPaths, str, RunningUnit]] = {}
    replicas = [DataPaths(folder) for folder in sorted(places.data_dir.glob("replicas/*"))]
    for held in (places, *replicas):
        for path in sorted(held.run.glob("*.json")):
            state = read_state(held, path.stem)
            if state is not None:
                name = path.stem if held is places else held.data_dir.name
                found[name] = (held, path.stem, state)
    return found


def clear_state(places: DataPaths, unit: str) -> None:
    for path in (places.state(unit), places.reload_report(unit)):
        with contextlib.suppress(OSError):
            path.unlink()


def memory_bytes(pid: int) -> int:
    """Proportional set size of a process, in bytes; 0 when it cannot be read."""
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    except OSError:
        pass
    return 0


def uptime_seconds(state: RunningUnit) -> float:
    return max(0.0, time.time() - state.started_at)
