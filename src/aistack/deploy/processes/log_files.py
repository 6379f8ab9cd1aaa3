"""Log files of background processes: limited in size, and rotated by the process that writes them.

Several processes append to one log (the gateway's workers, parsing processes), so rotation copies the file and then
truncates it (copytruncate), and no process has to reopen it. A full disk loses log lines, never the process.
"""

import contextlib
import fcntl
import os
import shutil
import stat
import time
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

ROTATED_KEPT = 2
CHECK_SECONDS = 1.0
COPY_ROUNDS_MAX = 10
LINE_ROUNDS_MAX, LINE_SECONDS = 20, 0.001
CHUNK_BYTES = 1024 * 1024
TAIL_BYTES = 256 * 1024
HEAD_BYTES = 4096
NO_MARK = (0, 0)


class LogFile:
    """The log that this process writes its standard output and error to. It is rotated above `bytes_max` bytes."""

    def __init__(self, path: Path, bytes_max: int) -> None:
        self.path = path
        self.bytes_max = bytes_max
        self._stale: list[int] = []

    def check(self) -> None:
        """Rotates the file when it is too large; reopens it when it was removed or could not be opened."""
        if not is_output(self.path):
            if stat.S_ISREG(os.fstat(2).st_mode):  # the workers still write to it
                self._stale.append(os.dup(2))
            redirect_output(self.path)
        for descriptor in self._stale:
            if os.fstat(descriptor).st_size > self.bytes_max:
                os.ftruncate(descriptor, 0)
        if not is_output(self.path):
            return
        if self.path.stat().st_size <= self.bytes_max:
            return
        size, error = rotate(self.path)
        if error:
            from aistack.chassis.telemetry.logs import get_log  # `aistack status` loads this module as well

            get_log("stack").warning("log.dropped", bytes=size, error=error)


def redirect_output(path: Path) -> None:
    """Redirects this process's standard output and error to a file, if that can be opened."""
    with contextlib.suppress(OSError):
        log = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        os.dup2(log, 1)
        os.dup2(log, 2)
        os.close(log)


def is_output(path: Path) -> bool:
    """Whether this process's standard error is appended to this file."""
    try:
        there = path.stat()
    except OSError:
        return False
    held = os.fstat(2)
    appends = fcntl.fcntl(2, fcntl.F_GETFL) & os.O_APPEND
    return bool(appends) and (held.st_dev, held.st_ino) == (there.st_dev, there.st_ino)


def rotate(path: Path) -> tuple[int, str]:
    """Copies a log to `.1`, after moving `.1` to `.2`, and truncates it.

    Returns its size in bytes, and why no copy was made; empty when one was. A log that cannot be copied for lack of
    space is truncated as well, because it is over its limit.
    """
    copy, error = path.with_name(f"{path.name}.part"), ""
    with path.open("r+b") as log:
        try:
            rotated(path, ROTATED_KEPT).unlink(missing_ok=True)  # first: the copy may need its space
            with open(os.open(copy, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as kept:
                for _ in range(COPY_ROUNDS_MAX):  # other processes keep writing
                    shutil.copyfileobj(log, kept, CHUNK_BYTES)
                    if log.tell() >= os.fstat(log.fileno()).st_size:
                        break
                for _ in range(LINE_ROUNDS_MAX):
                    if _ends_a_line(log):
                        break
                    time.sleep(LINE_SECONDS)
                    kept.write(log.readline())
            shift_rotated(path)
            copy.replace(rotated(path, 1))
        except OSError as failed:
            error = failed.strerror or str(failed)
            with contextlib.suppress(OSError):
                copy.unlink()
        size = os.fstat(log.fileno()).st_size
        os.ftruncate(log.fileno(), 0)
    return size, error


def _ends_a_line(log: BinaryIO) -> bool:
    """Whether the last byte read ends a line. Readers can see half of a write that crosses two memory pages."""
    if log.tell() == 0:
        return True
    log.seek(-1, os.SEEK_CUR)
    return log.read(1) == b"\n"


def rotate_before_start(path: Path, bytes_max: int) -> None:
    """Moves a large log aside before the process that writes it starts. Errors are ignored."""
    with contextlib.suppress(OSError):
        if path.stat().st_size > bytes_max:
            shift_rotated(path)
            path.replace(rotated(path, 1))


def shift_rotated(path: Path) -> None:
    """Renames the rotated logs to the next number; the oldest is overwritten."""
    for number in range(ROTATED_KEPT, 1, -1):
        with contextlib.suppress(FileNotFoundError):
            rotated(path, number - 1).replace(rotated(path, number))


def rotated(path: Path, number: int) -> Path:
    """The path of a rotated log: `stack.log.1` is the most recent one."""
    return path.with_name(f"{path.name}.{number}")


class Follower:
    """Reads a log as it grows, across rotations."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._log = path.open("rb")
        self._mark = _mark(path)

    def last(self, lines: int) -> list[str]:
        """The last lines, from rotated logs too when this one is short; reading continues after them."""
        found: list[str] = []
        for path in (self._path, *(rotated(self._path, number) for number in range(1, ROTATED_KEPT + 1))):
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
        """What was written since; after a rotation, the rest of the rotated log first."""
        mark = _mark(self._path)
        if mark not in (self._mark, NO_MARK):
            if self._starts_like_rotated():  # it is not truncated yet
                return
            self._mark = mark
            with contextlib.suppress(OSError), rotated(self._path, 1).open("rb") as rest:
                rest.seek(self._log.tell())
                yield rest.read()
            with contextlib.suppress(OSError):
                log = self._path.open("rb")
                self._log.close()
                self._log = log
        elif self._log.tell() > os.fstat(self._log.fileno()).st_size:  # truncated without a copy
            self._log.seek(0)
        yield self._log.read()

    def _starts_like_rotated(self) -> bool:
        try:
            with self._path.open("rb") as log, rotated(self._path, 1).open("rb") as before:
                head = log.read(HEAD_BYTES)
                return bool(head) and head == before.read(len(head))
        except OSError:
            return False


def _mark(path: Path) -> tuple[int, int]:
    """Changes at each rotation."""
    try:
        held = rotated(path, 1).stat()
    except OSError:
        return NO_MARK
    return held.st_ino, held.st_mtime_ns
