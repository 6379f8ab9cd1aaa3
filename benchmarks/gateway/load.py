"""How much load a run makes, and the programs that make it: wrk as hard as it goes, h2load at a given rate."""

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

from benchmarks.gateway.stream_ends import KEY
from harness.processes import program

LOAD_CORE = "1"
ON_LOAD_CORE = ("taskset", "-c", LOAD_CORE)
WRK_CONNECTIONS = 64
H2LOAD_CLIENTS = 32


@dataclass(frozen=True, slots=True)
class Size:
    """`rounds` of `seconds` for each proxy; open `connections`; `streams` of `chunks`, one every `gap_seconds`;
    the access log written at most so many lines a second, by name."""

    rounds: int
    seconds: int
    connections: tuple[int, ...]
    streams: int
    chunks: int
    gap_seconds: float
    access_logs: dict[str, int]


FULL = Size(
    rounds=5, seconds=3, connections=(1_000, 10_000), streams=1_000, chunks=25, gap_seconds=0.4,
    access_logs={"none": 0, "100 lines per second (default)": 100, "every request": 1_000_000},
)  # fmt: skip
QUICK = Size(
    rounds=1, seconds=1, connections=(100,), streams=50, chunks=8, gap_seconds=0.1,
    access_logs={"none": 0, "every request": 1_000_000},
)  # fmt: skip


def peak_rate(url: str, seconds: int, prefix: tuple[str, ...] = ON_LOAD_CORE) -> float:
    """Requests per second over WRK_CONNECTIONS connections. Raises NotInstalled."""
    words = [program("wrk"), "-t1", f"-c{WRK_CONNECTIONS}", f"-d{seconds}s", "-H", f"Authorization: Bearer {KEY}", url]
    output = subprocess.run([*prefix, *words], check=True, capture_output=True, text=True).stdout
    if "Non-2xx" in output or "Socket errors" in output:
        raise SystemExit(f"{url} answered with errors:\n{output}")
    found = re.search(r"Requests/sec:\s+([\d.]+)", output)
    assert found is not None, output
    return float(found[1])


def p99_at(url: str, rate: float, seconds: int, folder: Path) -> float:
    """The 99th percentile in milliseconds at so many requests a second. Raises NotInstalled."""
    log = folder / "paced.log"
    log.unlink(missing_ok=True)
    paced = ["-t1", f"-D{seconds}", f"-c{H2LOAD_CLIENTS}", f"--rps={max(1, round(rate / H2LOAD_CLIENTS))}"]
    words = [program("h2load"), "--h1", *paced, f"--log-file={log}", "-H", f"Authorization: Bearer {KEY}", url]
    subprocess.run([*ON_LOAD_CORE, *words], check=True, capture_output=True)
    micros = sorted(int(line.split("\t")[2]) for line in log.read_text().splitlines())
    return micros[int(len(micros) * 0.99)] / 1000
