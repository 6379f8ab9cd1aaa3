"""A sidecar in a process of its own, as `aistack sidecar` starts it."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from harness.processes import REPOSITORY, accepts, answers, free_port, until


@dataclass(slots=True)
class Sidecar:
    """A running sidecar: `address` is HOST:PORT for gRPC, `metrics_url` where /metrics and /health are."""

    port: int
    metrics_port: int
    folder: Path
    process: "subprocess.Popen[bytes]" = field(repr=False)

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def metrics_url(self) -> str:
        return f"http://127.0.0.1:{self.metrics_port}"

    @property
    def output(self) -> str:
        return (self.folder / "sidecar.out").read_text()

    @property
    def log(self) -> str:
        return (self.folder / "sidecar.log").read_text()

    def metric(self, name: str) -> float:
        """A metric without labels."""
        import httpx

        for line in httpx.get(f"{self.metrics_url}/metrics").text.splitlines():
            if line.startswith(f"{name} "):
                return float(line.split()[1])
        return 0.0

    def memory_mib(self) -> float:
        """Resident memory."""
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1024
        raise AssertionError("the sidecar is gone")

    def cpu_seconds(self) -> float:
        parts = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(parts[11]) + int(parts[12])) / os.sysconf("SC_CLK_TCK")

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """It does nothing meanwhile; its sockets stay open."""
        self.process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.process.send_signal(signal.SIGCONT)

    def stop(self) -> int:
        """SIGTERM, and the exit status."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(60)


@contextmanager
def sidecar(folder: Path, *workers: str, ready: bool = True, **settings: object) -> Iterator[Sidecar]:
    """A sidecar of these workers. `settings` are its keys, such as `waiting_max`; `ready` waits for a worker."""
    port, metrics_port = free_port(), free_port()
    environ = {key: value for key, value in os.environ.items() if not key.startswith("SIDECAR_")}
    environ |= {
        "PYTHONPATH": str(REPOSITORY / "src"),
        "SIDECAR_BIND_ADDR": f"127.0.0.1:{port}",
        "SIDECAR_METRICS_PORT": str(metrics_port),
        "SIDECAR_LOG_FORMAT": "json",
    }
    if workers:
        environ["SIDECAR_WORKER_UDS"] = ",".join(workers)
    environ |= {f"SIDECAR_{key.upper()}": str(value) for key, value in settings.items()}
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / "sidecar.out", "wb") as out, open(folder / "sidecar.log", "wb") as log:
        words = [sys.executable, "-m", "aistack.cli", "sidecar"]
        process = subprocess.Popen(words, cwd=folder, env=environ, stdout=out, stderr=log)
    running = Sidecar(port, metrics_port, folder, process)
    try:
        if ready:
            until(lambda: answers(f"{running.metrics_url}/health/ready") or gone(process), what="a connected worker")
        else:
            until(lambda: accepts(metrics_port) or gone(process), what="the metrics port")
        yield running
    finally:
        process.terminate()
        process.wait(60)


def gone(process: "subprocess.Popen[bytes]") -> bool:
    if process.poll() is None:
        return False
    raise AssertionError(f"the sidecar stopped with status {process.returncode}")
