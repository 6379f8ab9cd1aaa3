"""A Redis server that can be stopped, frozen and started again on the same port."""

import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from harness.processes import free_port, program, until


class RedisServer:
    """Keeps nothing on disk. Raises NotInstalled when it is made."""

    def __init__(self, folder: Path) -> None:
        self._program = program("redis-server", "Redis")
        self.folder, self.port = folder, free_port()
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}"

    def start(self) -> None:
        words = [self._program, "--port", str(self.port), "--save", "", "--dir", str(self.folder)]
        self.process = subprocess.Popen([*words, "--bind", "127.0.0.1"], stdout=subprocess.DEVNULL)
        until(self._answers, what="Redis")

    def _answers(self) -> bool:
        assert self.process is not None and self.process.poll() is None, "redis-server ended while it started"
        return self.command("PING") == "PONG"

    def command(self, *lines: str) -> str:
        """What redis-cli prints for these commands."""
        words = ["redis-cli", "-p", str(self.port)]
        done = subprocess.run(words, input="\n".join(lines) + "\n", capture_output=True, text=True)
        return done.stdout.strip()

    def stop(self, number: int = signal.SIGKILL) -> None:
        if self.process is not None:
            self.process.send_signal(number)
            self.process.wait()
            self.process = None


@contextmanager
def redis(folder: Path) -> Iterator[RedisServer]:
    server = RedisServer(folder)
    server.start()
    try:
        yield server
    finally:
        server.stop()
