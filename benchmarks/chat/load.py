"""The load: requests as fast as they go, one after the other, and many streamed answers at once."""

import re
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.chat.peers import KEY, LOAD_CORE, Peers, gateway
from benchmarks.report import Row
from harness.processes import accepts, child, free_port, program, until

ON_LOAD_CORE = ("taskset", "-c", LOAD_CORE)
ENDS = (sys.executable, "-m", "benchmarks.chat.ends")
SCRIPT = """wrk.method = "POST"; wrk.headers["Content-Type"] = "application/json"
wrk.headers["Authorization"] = "Bearer %s"
wrk.body = '{"model":"m","messages":[{"role":"user","content":"hello"}]}'
"""
CONNECTIONS = 32


@dataclass(frozen=True, slots=True)
class Size:
    """`rounds` of `seconds`; `calls` one after the other; `streams` of `chunks`, one every `gap_seconds`."""

    rounds: int
    seconds: int
    calls: int
    streams: int
    chunks: int
    gap_seconds: float


FULL = Size(rounds=3, seconds=5, calls=3000, streams=1_000, chunks=25, gap_seconds=0.4)
QUICK = Size(rounds=1, seconds=5, calls=100, streams=50, chunks=8, gap_seconds=0.1)


def rates(running: Peers, size: Size) -> list[Row]:
    """Requests per second over 32 connections, and memory after it."""
    seen: dict[str, list[float]] = {name: [] for name in running.urls}
    with TemporaryDirectory(prefix="aistack-bench-") as folder:
        script = Path(folder) / "chat.lua"
        script.write_text(SCRIPT % KEY)
        for _ in range(size.rounds):
            for name, url in running.urls.items():
                seen[name].append(_rate(f"{url}/chat/completions", script, size.seconds))
    rows = [Row(f"{name}, chat completions/s", round(statistics.median(rate)), "1/s") for name, rate in seen.items()]
    if "LiteLLM" in seen:
        ratio = statistics.median(a / b for a, b in zip(seen["gateway"], seen["LiteLLM"], strict=True))
        rows.insert(0, Row("gateway / LiteLLM, chat completions/s", round(ratio, 1), "", ">= 60"))
    rows += [Row(f"{name}, memory after it (PSS)", round(running.memory_mib(name), 1), "MiB") for name in running.urls]
    return rows


def _rate(url: str, script: Path, seconds: int) -> float:
    words = [program("wrk"), "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--timeout", "30s", "-s", str(script), url]
    output = subprocess.run([*ON_LOAD_CORE, *words], check=True, capture_output=True, text=True).stdout
    if "Non-2xx" in output or "Socket errors" in output:
        raise SystemExit(f"{url} answered with errors:\n{output}")
    found = re.search(r"Requests/sec:\s+([\d.]+)", output)
    assert found is not None, output
    if not float(found[1]):
        raise SystemExit(f"{url} answered no request within {seconds} s")
    return float(found[1])


def added_latency(running: Peers, size: Size) -> list[Row]:
    """How much longer a call takes than at the upstream itself, medians of calls over one connection."""
    direct = _median(running.upstream, size.calls)
    rows: list[Row] = []
    for name, url in running.urls.items():
        calls = size.calls if name == "gateway" else size.calls // 10
        added = _median(url, calls) - direct
        rows.append(Row(f"{name}, added median latency at one connection", round(added, 3), "ms",
                        "<= 0.3" if name == "gateway" else ""))  # fmt: skip
    return rows


def _median(url: str, calls: int) -> float:
    words = [*ON_LOAD_CORE, *ENDS, "ask", f"{url}/chat/completions", str(calls)]
    return float(subprocess.run(words, check=True, capture_output=True, text=True).stdout)


def streams(size: Size) -> list[Row]:
    """Many streamed answers through the gateway: how much later a chunk arrives than without it, and memory."""
    port = free_port()
    with child([*ON_LOAD_CORE, *ENDS, "serve", str(port), str(size.chunks), str(size.gap_seconds)]):
        until(lambda: accepts(port), what="the source of the streams")
        upstream = f"http://127.0.0.1:{port}/v1"
        with gateway(upstream) as stack:
            idle = stack.memory_mib()
            direct, _ = _streamed(upstream, size, stack.memory_mib)
            through, memory = _streamed(f"{stack.url}/v1", size, stack.memory_mib)
    name = f"{size.streams} streamed answers"
    return [
        Row(f"{name}: p99 of a chunk's way, beyond that without the gateway", round(through - direct, 2), "ms", "<= 5"),
        Row(f"{name}: p99 without the gateway", round(direct, 2), "ms"),
        Row(f"{name}: gateway's memory (PSS)", round(memory, 1), "MiB", "<= 60"),
        Row("the same gateway before the streams", round(idle, 1), "MiB"),
    ]


def _streamed(url: str, size: Size, memory_mib: object) -> tuple[float, float]:
    words = [*ON_LOAD_CORE, *ENDS, "read", f"{url}/chat/completions", str(size.streams), str(size.chunks)]
    reader = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
    time.sleep(size.chunks * size.gap_seconds * 0.7)
    assert callable(memory_mib)
    memory = float(memory_mib())
    output, _ = reader.communicate()
    if reader.returncode:
        raise SystemExit(f"the streams from {url} did not all come to their end")
    return float(output), memory
