"""Starts a stack for a benchmark, in a folder and on ports of its own."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

REPOSITORY = Path(__file__).parents[1]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class BenchStack:
    """`aistack` with settings that keep it apart from any other stack."""

    def __init__(self, folder: Path, toml: str = "", python: str = sys.executable) -> None:
        self.python, self.data = python, folder / "data"
        self.port = free_port()
        description = folder / "stack.toml"
        description.write_text(toml)
        self.environ = {key: value for key, value in os.environ.items() if not key.startswith("AISTACK_")} | {
            "AISTACK_DATA_DIR": str(folder / "data"),
            "AISTACK_STACK": str(description),
            "GATEWAY_PORT": str(self.port),
            "RAG_PORT": str(free_port()),
            "CONNECTION_PORT": str(free_port()),
            "QUERY_PORT": str(free_port()),
            "AI_PORT": str(free_port()),
        }

    def command(self, *words: str, prefix: tuple[str, ...] = ()) -> str:
        whole = [*prefix, self.python, "-m", "aistack.cli", *words]
        return subprocess.run(whole, env=self.environ, check=True, capture_output=True, text=True).stdout

    def memory_mib(self) -> float:
        """PSS of all processes of the stack."""
        status = json.loads(self.command("status", "--json"))
        return status[0]["memory_bytes"] / 2**20


@contextmanager
def bench_stack(toml: str = "", python: str = sys.executable) -> Iterator[BenchStack]:
    with TemporaryDirectory(prefix="aistack-bench-") as folder:
        stack = BenchStack(Path(folder), toml, python)
        try:
            yield stack
        finally:
            stack.command("down")
