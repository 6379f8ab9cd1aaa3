"""Log files of processes in the background: bounded, and rotated by the process that they belong to.

Several processes hold a log open (workers of the gateway, processes that parse), each to append; so the file is copied
and then emptied, and nobody has to open it again. A disk that is full loses log lines, never the process.
"""

import contextlib
import fcntl
import os
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

OLD_KEPT = 2
LOOK_SECONDS = 1.0
SETTLE_TIMES = 10
CHUNK_BYTES = 1024 * 1024
TAIL_BYTES = 256 * 1024
HEAD_BYTES = 4096
NO_MARK = (0, 0)


class LogFile:
    """The log that this process writes to: its standard output and error. `bytes_max` is where it is rotated."""

    def __init__(self, path: Path, bytes_max: int) -> None:
        self.path = path
        self.bytes_max = bytes_max
        self._left: list[int] = []

    def look(self) -> None:
        """Rotates the file when it is large; opens it again when somebody took it away, or it could not be opened."""
        if not is_output(self.path):
            if stat.S_ISREG(os.fstat(2).st_mode):  # our workers still write there
                self._left.append(os.dup(2))
            write_to(self.path)
        for left in self._left:
            if os.fstat(left).st_size > self.bytes_max:
                os.ftruncate(left, 0)
        if not is_output(self.path):
            return
        if self.path.stat().st_size <= self.bytes_max:
            return
        size, error = rotate(self.path)
        if error:
            from aistack.chassis.telemetry.logs import get_log  # `aistack status` loads this module, too

            get_log("stack").warning("log.dropped", bytes=size, error=error)


def write_to(path: Path) -> None:
    """Makes a file the standard output and error of this process; where it cannot be opened, they stay as they are."""
    with contextlib.suppress(OSError):
        log = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        os.dup2(log, 1)
        os.dup2(log, 2)
        os.close(log)


def is_output(path: Path) -> bool:
    """Whether a file is where this process's errors go, to be appended."""
    try:
        there = path.stat()
    except OSError:
        return False
    held = os.fstat(2)
    appends = fcntl.fcntl(2, fcntl.F_GETFL) & os.O_APPEND
    return bool(appends) and (held.st_dev, held.st_ino) == (there.st_dev, there.st_ino)


def rotate(path: Path) -> tuple[int, str]:
    """Copies a log to `.1`, after moving `.1` to `.2`, and empties it: the bytes it had, and why no copy was made.

    Where there is no space for the copy, the log is emptied all the same: it is over its bound.
    """
    copy, error = path.with_name(f"{path.name}.part"), ""
    with path.open("r+b") as log:
        try:
            old(path, OLD_KEPT).unlink(missing_ok=True)  # before the copy, which may need its space
            with open(os.open(copy, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as kept:
                for _ in range(SETTLE_TIMES):  # others go on writing
                    shutil.copyfileobj(log, kept, CHUNK_BYTES)
                    if log.tell() >= os.fstat(log.fileno()).st_size:
                        break
            make_room(path)
            copy.replace(old(path, 1))
        except OSError as failed:
            error = failed.strerror or str(failed)
            with contextlib.suppress(OSError):
                copy.unlink()
        size = os.fstat(log.fileno()).st_size
        os.ftruncate(log.fileno(), 0)
    return size, error


def begin(path: Path, bytes_max: int) -> None:
    """Moves a large log aside before the process that writes it starts. Failing at it stops nothing."""
    with contextlib.suppress(OSError):
        if path.stat().st_size > bytes_max:
            make_room(path)
            path.replace(old(path, 1))


def make_room(path: Path) -> None:
    """Moves the old logs one further; the oldest goes."""
    for number in range(OLD_KEPT, 1, -1):
        with contextlib.suppress(FileNotFoundError):
            old(path, number - 1).replace(old(path, number))


def old(path: Path, number: int) -> Path:
    """`stack.log.1`, the last one that was rotated, or an older one."""
    return path.with_name(f"{path.name}.{number}")


class Follower:
    """Reads a log as it grows, also past a rotation."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._log = path.open("rb")
        self._mark = _mark(path)

    def last(self, lines: int) -> list[str]:
        """The last lines, with those of the log before when this one is young; reading goes on behind them."""
        found: list[str] = []
        for path in (self._path, *(old(self._path, number) for number in range(1, OLD_KEPT + 1))):
            with contextlib.suppress(OSError), path.open("rb") as log:
                log.seek(max(0, os.fstat(log.fileno()).st_size - TAIL_BYTES))
                text = log.read().decode("utf-8", "replace").splitlines()
                if path == self._path:
                    self._log.seek(log.tell())
                found = text + found
            if len(found) >= lines:
                break
        return found[-lines:] if lines > 0 else []

    def more(self) -> Iterator[bytes]:
        """What came since; after a rotation first the rest of the old log."""
        mark = _mark(self._path)
        if mark not in (self._mark, NO_MARK):
            if self._begins_as_old():  # it is not emptied yet
                return
            self._mark = mark
            with contextlib.suppress(OSError), old(self._path, 1).open("rb") as rest:
                rest.seek(self._log.tell())
                yield rest.read()
            with contextlib.suppress(OSError):
                log = self._path.open("rb")
                self._log.close()
                self._log = log
        elif self._log.tell() > os.fstat(self._log.fileno()).st_size:  # emptied without a copy
            self._log.seek(0)
        yield self._log.read()

    def _begins_as_old(self) -> bool:
        try:
            with self._path.open("rb") as log, old(self._path, 1).open("rb") as before:
                head = log.read(HEAD_BYTES)
                return bool(head) and head == before.read(len(head))
        except OSError:
            return False


def _mark(path: Path) -> tuple[int, int]:
    """Changes at each rotation."""
    try:
        held = old(path, 1).stat()
    except OSError:
        return NO_MARK
    return held.st_ino, held.st_mtime_ns
