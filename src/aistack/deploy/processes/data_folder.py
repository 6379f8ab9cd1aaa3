"""The data folder on disk: makes its folders, writes small files atomically, and explains why it cannot be written."""

import contextlib
import errno
import os
import shutil
from pathlib import Path

from aistack.stack.data_paths import DataPaths
from aistack.stack.errors import StackError

FREE_BYTES_MIN = 1024 * 1024


def make_folders(paths: DataPaths) -> None:
    """Makes the folders, private to this user. Raises StackError when the data folder cannot be written."""
    probe = paths.run / f".probe-{os.getpid()}"
    try:
        for folder in (paths.data_dir, paths.run, paths.logs):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        probe.write_bytes(b"x" * 4096)
        probe.unlink()
    except OSError as error:
        with contextlib.suppress(OSError):
            probe.unlink()
        raise StackError(f"data folder {cannot_write(paths.data_dir, error)}") from None


def write_atomically(path: Path, text: str) -> None:
    """Writes a small file so that no reader sees half of it. Raises StackError."""
    temporary = path.with_name(f".{path.name}.new")
    try:
        temporary.write_text(text)
        temporary.replace(path)
    except OSError as error:
        raise cannot_write(path, error) from None


def cannot_write(path: Path, error: OSError) -> StackError:
    """The error for a path that cannot be written: why, and what to do about it."""
    fixes = {
        errno.ENOSPC: "free up disk space",
        errno.EDQUOT: "free up disk space, or raise the quota",
        errno.EROFS: "mount it read-write",
        errno.EACCES: "chown it to the user that runs the stack",
        errno.EPERM: "chown it to the user that runs the stack",
    }
    fix = fixes.get(error.errno or 0, "fix the cause")
    return StackError(f"{path} cannot be written: {error.strerror}; {fix}, or set AISTACK_DATA_DIR to another folder")


def mention_full_disk(reason: str, paths: DataPaths) -> str:
    """The reason of a failed start; adds that the disk is full when it is and the reason does not say so."""
    try:
        free = shutil.disk_usage(paths.data_dir).free
    except OSError:
        return reason
    if free >= FREE_BYTES_MIN or os.strerror(errno.ENOSPC) in reason:
        return reason
    return f"{reason}; the disk of {paths.data_dir} is full: free up space there"
