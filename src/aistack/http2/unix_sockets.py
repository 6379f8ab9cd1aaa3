"""Private Unix sockets: only this user reaches them, and both ends know who the other one is.

A socket has mode 0600 and lies in a folder of mode 0700. Where the folder is shared, as `/tmp` is, its sticky bit keeps
others from replacing the socket, and the kernel's credentials of the peer decide.
"""

import contextlib
import os
import socket
import stat
import struct
from collections.abc import Callable
from pathlib import Path

BACKLOG = 1024
PATH_BYTES_MAX = 107
CREDENTIALS = struct.Struct("3i")  # pid, uid, gid: struct ucred of unix(7)


class SocketRefused(Exception):
    """A Unix socket cannot be used safely; the message says why and what to do."""


def bind(path: Path) -> socket.socket:
    """A listening socket that only this user reaches; one that nobody listens on any more is replaced.

    Its folder is made with mode 0700 when it is missing. Raises SocketRefused.
    """
    if len(os.fsencode(path)) > PATH_BYTES_MAX:
        raise SocketRefused(f"{path} is longer than {PATH_BYTES_MAX} bytes; choose a shorter path")
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    check_folder(path.parent)
    remove_stale(path)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    mask = os.umask(0o177)
    try:
        listener.bind(str(path))
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        raise SocketRefused(f"cannot listen on {path}: {error.strerror}") from None
    finally:
        os.umask(mask)
    listener.setblocking(False)
    return listener


def check_folder(folder: Path) -> None:
    """Raises SocketRefused when others could replace a socket in this folder."""
    about = folder.stat()
    if about.st_uid not in (os.getuid(), 0):
        raise SocketRefused(f"{folder} belongs to another user; put the socket into a folder of your own")
    if about.st_mode & 0o022 and not about.st_mode & stat.S_ISVTX:
        raise SocketRefused(f"others may write to {folder}; run: chmod 700 {folder}")


def remove_stale(path: Path) -> None:
    """Removes a socket that nobody listens on. Raises SocketRefused when somebody does, or it is another file."""
    try:
        about = path.lstat()
    except FileNotFoundError:
        return
    if not stat.S_ISSOCK(about.st_mode):
        raise SocketRefused(f"{path} is not a socket; remove it or choose another path")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(1)
        try:
            probe.connect(str(path))
        except (ConnectionRefusedError, FileNotFoundError):
            with contextlib.suppress(FileNotFoundError):
                path.unlink()
            return
        except OSError as error:
            raise SocketRefused(f"{path}: {error.strerror}") from None
    raise SocketRefused(f"another process listens on {path}; stop it or choose another path")


def socket_id(path: Path) -> tuple[int, int] | None:
    """What tells a socket's file from another one that takes its place; None when there is none."""
    try:
        about = path.lstat()
    except FileNotFoundError:
        return None
    return about.st_ino, about.st_ctime_ns  # a number alone is soon used again


def remove(path: Path, own: tuple[int, int] | None) -> None:
    """Removes a socket's file, unless another process has put its own socket there meanwhile."""
    if own is not None and socket_id(path) == own:
        with contextlib.suppress(FileNotFoundError):
            path.unlink()


def peer_of(connected: socket.socket) -> tuple[int, int]:
    """The process and the user at the other end of a Unix socket. For a client, those that called listen(2)."""
    raw = connected.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, CREDENTIALS.size)
    pid, uid, _ = CREDENTIALS.unpack(raw)
    return pid, uid


def only_users(uids: frozenset[int]) -> Callable[[socket.socket], str]:
    """A check for `check_peer`: why a peer is refused, empty when it runs as one of these users, or over TCP."""

    def check(connected: socket.socket) -> str:
        if connected.family != socket.AF_UNIX:
            return ""
        pid, uid = peer_of(connected)
        allowed = ", ".join(map(str, sorted(uids)))
        return "" if uid in uids else f"the peer (pid {pid}) runs as user {uid}; allowed: {allowed}"

    return check
