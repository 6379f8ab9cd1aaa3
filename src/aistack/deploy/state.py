"""What is known of a stack that runs on this machine: one lock, held while it runs, and one small file."""

import fcntl
import json
import os
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

from aistack.stack.errors import StackError
from aistack.stack.places import Places


@dataclass(frozen=True, slots=True)
class RunningStack:
    """Written once all services are ready. `started_at` is Unix time in seconds."""

    pid: int
    started_at: float
    gateway_url: str
    services: dict[str, int]
    version: str


def make_places(places: Places) -> None:
    """Makes the folders, private to this user. Raises StackError when the data folder cannot be written."""
    try:
        for folder in (places.data_dir, places.run, places.logs):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        probe = places.run / f".probe-{os.getpid()}"
        probe.write_bytes(b"x" * 4096)
        probe.unlink()
    except OSError as error:
        raise StackError(
            f"data folder {places.data_dir} cannot be written: {error.strerror}; free space there, fix its "
            "permissions, or set AISTACK_DATA_DIR to another folder"
        ) from None


def take_lock(places: Places) -> IO[str] | None:
    """The lock of this data folder, or None when a running stack holds it. Released when the process ends."""
    handle = places.lock.open("a+")
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        handle.close()
        return None
    handle.seek(0)
    handle.truncate()
    handle.write(str(os.getpid()))
    handle.flush()
    return handle


def holder(places: Places) -> int | None:
    """The process that runs a stack in this data folder (0 while it has not said yet), or None."""
    try:
        with places.lock.open("r") as handle:
            try:
                fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except OSError:
                text = handle.read().strip()
                return int(text) if text.isdecimal() else 0
            return None
    except FileNotFoundError:
        return None


def write_state(places: Places, state: RunningStack) -> None:
    temporary = places.state.with_suffix(".new")
    temporary.write_text(json.dumps(asdict(state)))
    temporary.replace(places.state)


def read_state(places: Places) -> RunningStack | None:
    """The stack that runs, or None when none does or it is still starting."""
    try:
        state = RunningStack(**json.loads(places.state.read_text()))
    except (OSError, ValueError, TypeError):
        return None
    return state if state.pid == holder(places) else None


def clear_state(places: Places) -> None:
    places.state.unlink(missing_ok=True)


def memory_bytes(pid: int) -> int:
    """Proportional set size of a process, in bytes; 0 when it cannot be read."""
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    except OSError:
        pass
    return 0


def uptime_seconds(state: RunningStack) -> float:
    return max(0.0, time.time() - state.started_at)
