"""Listening sockets of services: bound here, or inherited. A port in use is reported with the process that uses it."""

import contextlib
import errno
import os
import socket
import stat
from collections.abc import MutableMapping
from pathlib import Path

from aistack.chassis.listen_address import Address

BACKLOG = 1024
FIRST_HANDED_OVER = 3  # SD_LISTEN_FDS_START
HELD = "AISTACK_HELD"  # descriptors of sockets that the supervisor keeps open across restarts
UNIX_PATH_BYTES_MAX = 107


class AddressTaken(Exception):
    """Another process listens there; the message names it and the setting to change."""


def inherited(environ: MutableMapping[str, str] = os.environ) -> list[socket.socket]:
    """The listening sockets passed by the service manager (sd_listen_fds(3)). Each can be taken once."""
    if environ.get("LISTEN_PID") != str(os.getpid()):
        return []
    count = int(environ.pop("LISTEN_FDS", "0"))
    del environ["LISTEN_PID"]
    return [socket.socket(fileno=FIRST_HANDED_OVER + number) for number in range(count)]


def held(environ: MutableMapping[str, str] = os.environ) -> list[socket.socket]:
    """The listening sockets that our supervisor keeps open. Each can be taken once."""
    found: list[socket.socket] = []
    for number in environ.pop(HELD, "").split(","):
        with contextlib.suppress(OSError, ValueError):  # closed in between, or a variable of another program
            found.append(socket.socket(fileno=int(number)))
    return found


def bind(address: Address, change: str, *, shared: bool = False) -> socket.socket:
    """A listening socket, TCP or Unix. Raises AddressTaken."""
    if address.path is not None:
        return bind_unix(address.path)
    return bind_tcp(address.host, address.port, change, shared=shared)


def bind_tcp(host: str, port: int, change: str, *, shared: bool = False) -> socket.socket:
    """A listening socket. `change` names the setting to change when the port is in use. Raises AddressTaken.

    `shared` lets several processes listen on the port, each getting a share of the connections (SO_REUSEPORT).
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if shared:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    if family is socket.AF_INET6:
        listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    try:
        listener.bind((host, port))
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise AddressTaken(f"port {port} on {host} is in use by {holder_of(port)}; set {change}") from None
        raise AddressTaken(f"cannot listen on {host}:{port}: {error.strerror}; set {change}") from None
    listener.setblocking(False)
    return listener


def check_unix_path(path: Path, suffix_bytes: int = 0) -> None:
    """Raises AddressTaken when a path, with a suffix of so many bytes, is too long for a socket."""
    longest = UNIX_PATH_BYTES_MAX - suffix_bytes
    if len(os.fsencode(path)) > longest:
        raise AddressTaken(
            f"{path} is too long for a Unix socket ({longest} bytes); use a shorter data folder (AISTACK_DATA_DIR)"
        )


def bind_unix(path: Path) -> socket.socket:
    """A listening Unix socket that only this user can open; a stale one is replaced. Raises AddressTaken."""
    check_unix_path(path)
    if path.exists() and stat.S_ISSOCK(path.stat().st_mode):
        path.unlink()
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    mask = os.umask(0o177)
    try:
        listener.bind(str(path))
        listener.listen(BACKLOG)
    finally:
        os.umask(mask)
    listener.setblocking(False)
    return listener


def holder_of(port: int) -> str:
    """The process that listens on a TCP port, as `NAME (pid N)`; 'another program' when it cannot be determined."""
    inodes = _listening_inodes(port)
    for process in Path("/proc").iterdir():
        if not process.name.isdecimal():
            continue
        try:
            for descriptor in (process / "fd").iterdir():
                target = os.readlink(descriptor)
                if target.startswith("socket:[") and target[8:-1] in inodes:
                    return f"{(process / 'comm').read_text().strip()} (pid {process.name})"
        except OSError:
            continue
    return "another program"


def _listening_inodes(port: int) -> set[str]:
    listening = "0A"
    inodes: set[str] = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        try:
            lines = Path(table).read_text().splitlines()[1:]
        except OSError:
            continue
        for line in lines:
            fields = line.split()
            if fields[3] == listening and int(fields[1].rpartition(":")[2], 16) == port:
                inodes.add(fields[9])
    return inodes
