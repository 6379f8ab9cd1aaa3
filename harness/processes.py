"""Programs as child processes: found, started on free ports, waited for until they answer, stopped."""

import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn, TypeVar

import httpx

REPOSITORY = Path(__file__).parents[1]
SERVER_SECONDS_MAX = 30.0
Answer = TypeVar("Answer")


class NotInstalled(Exception):
    """A program that is needed is not here. Tests skip, benchmarks leave a part out, CI fails."""


def missing(what: str) -> NoReturn:
    raise NotInstalled(f"{what} is not installed")


def program(name: str, what: str = "") -> str:
    """The path of a program, /usr/sbin included. Raises NotInstalled, with `what` it belongs to."""
    return shutil.which(name) or shutil.which(name, path="/usr/sbin") or missing(what or name)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def until(check: Callable[[], Answer], seconds_max: float = SERVER_SECONDS_MAX, what: str = "condition") -> Answer:
    """Calls `check` until its result is true, and returns that. Raises AssertionError after `seconds_max`."""
    deadline = time.monotonic() + seconds_max
    while True:
        answer = check()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise AssertionError(f"{what} did not come true within {seconds_max} s")
        time.sleep(0.02)


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
