"""Binds the sockets that services answer on; a taken port is told with who holds it and what to set."""

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
HELD = "AISTACK_HELD"  # descriptors that whoever supervises us listens on, while we restart too
UNIX_PATH_BYTES_MAX = 107


class AddressTaken(Exception):
    """Someone else listens there; the message names them and the setting to change."""


def inherited(environ: MutableMapping[str, str] = os.environ) -> list[socket.socket]:
    """The listening sockets that the service manager handed over (sd_listen_fds(3)); each is handed over once."""
    if environ.get("LISTEN_PID") != str(os.getpid()):
        return []
    count = int(environ.pop("LISTEN_FDS", "0"))
    del environ["LISTEN_PID"]
    return [socket.socket(fileno=FIRST_HANDED_OVER + number) for number in range(count)]


def held(environ: MutableMapping[str, str] = os.environ) -> list[socket.socket]:
    """The listening sockets that a supervisor of ours holds open; each is handed over once."""
    found: list[socket.socket] = []
    for number in environ.pop(HELD, "").split(","):
        with contextlib.suppress(OSError, ValueError):  # it closed them, or the variable is somebody else's
            found.append(socket.socket(fileno=int(number)))
    return found


def bind(address: Address, change: str, *, shared: bool = False) -> socket.socket:
    """A listening socket of either kind. Raises AddressTaken."""
    if address.path is not None:
        return bind_unix(address.path)
    return bind_tcp(address.host, address.port, change, shared=shared)


def bind_tcp(host: str, port: int, change: str, *, shared: bool = False) -> socket.socket:
    """A listening socket. `change` names the setting to use when the port is taken. Raises AddressTaken.

    `shared` lets several processes listen on the port, each getting a part of the connections (SO_REUSEPORT).
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
            raise AddressTaken(f"port {port} on {host} is taken by {holder_of(port)}; set {change}") from None
        raise AddressTaken(f"cannot listen on {host}:{port}: {error.strerror}; set {change}") from None
    listener.setblocking(False)
    return listener


def bind_unix(path: Path) -> socket.socket:
    """A listening Unix socket that only this user can open; a stale one is replaced. Raises AddressTaken."""
    if len(os.fsencode(path)) > UNIX_PATH_BYTES_MAX:
        raise AddressTaken(f"{path} is too long for a socket ({UNIX_PATH_BYTES_MAX} bytes); use a shorter data folder")
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
    """Who listens on a TCP port of this machine, as `NAME (pid N)`; 'another program' when it cannot be seen."""
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
