"""Servers of database engines that cannot be installed here, as far as their own code can be had. `running` starts one
of them for the time of a block: out comes its port. Uses `processes`."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from harness.processes import REPOSITORY, free_port


@contextmanager
def running(name: str, *words: str) -> Iterator[int]:
    """The port of the stand-in of this name, a module here that prints a line when it is ready."""
    port = free_port()
    command = [sys.executable, "-m", f"harness.standins.{name}", str(port), *words]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=REPOSITORY)
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line, f"the stand-in for {name} ended while it started"
        yield port
    finally:
        process.kill()
        process.wait()
