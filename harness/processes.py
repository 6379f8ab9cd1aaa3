"""Programs as child processes: found, started on free ports, waited for until they answer, stopped."""

import fcntl
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn, TypeVar

import httpx

REPOSITORY = Path(__file__).parents[1]
SERVER_SECONDS_MAX = 60.0
PORTS = range(10_000, 32_000)
PORT_FILE = Path(tempfile.gettempdir()) / f"aistack-tests-port-{os.getuid()}"
Answer = TypeVar("Answer")


class NotInstalled(Exception):
    """A program that is needed is not here. Tests skip, benchmarks leave a part out, CI fails."""


def missing(what: str) -> NoReturn:
    raise NotInstalled(f"{what} is not installed")


def program(name: str, what: str = "") -> str:
    """The path of a program, /usr/sbin included. Raises NotInstalled, with `what` it belongs to."""
    return shutil.which(name) or shutil.which(name, path="/usr/sbin") or missing(what or name)


def free_port() -> int:
    """The next free port below those that the kernel assigns. Every process of this user that asks shares one count."""
    with open(PORT_FILE, "a+") as counter:
        fcntl.flock(counter, fcntl.LOCK_EX)
        counter.seek(0)
        port = int(counter.read() or PORTS[0])
        while not is_free(port := port + 1 if port < PORTS[-1] else PORTS[0]):
            pass
        counter.truncate(0)
        counter.write(str(port))
    return port


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("0.0.0.0", port))
        except OSError:
            return False
    return True


def until(
    check: Callable[[], Answer],
    seconds_max: float = SERVER_SECONDS_MAX,
    what: str = "condition",
    pause: float = 0.02,
) -> Answer:
    """Calls `check` until its result is true, and returns that. Raises AssertionError after `seconds_max`."""
    deadline = time.monotonic() + seconds_max
    while True:
        answer = check()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise AssertionError(f"{what} did not come true within {seconds_max} s")
        time.sleep(pause)


def answers(url: str) -> bool:
    """Whether a GET of this URL succeeds."""
    try:
        return httpx.get(url, timeout=5).is_success
    except httpx.HTTPError:
        return False


def accepts(port: int) -> bool:
    """Whether something accepts connections on this port of the loopback interface."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def child(words: Sequence[str | Path], **how: object) -> Iterator["subprocess.Popen[bytes]"]:
    """A process for the time of the block. `how` goes to Popen; its output is dropped unless it says otherwise."""
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    process = subprocess.Popen(words, **quiet | how)
    try:
        yield process
    finally:
        process.terminate()
        process.wait()
