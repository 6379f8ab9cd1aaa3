"""A thousand answers streamed at once: how much later a chunk arrives through the gateway than without it."""

import subprocess
import sys
import time

from benchmarks.gateway.peers import LOAD_CORE, PROXY_CORE, Scene, gateway
from benchmarks.gateway.stream_ends import CHUNKS, GAP_SECONDS, STREAMS
from benchmarks.report import Row
from benchmarks.running import free_port


def streams(scene: Scene) -> list[Row]:
    """Chunks of server-sent events with the time in them; 1 000 streams, 2 500 chunks a second."""
    port = free_port()
    source = subprocess.Popen(
        ["taskset", "-c", LOAD_CORE, sys.executable, "-m", "benchmarks.gateway.stream_ends", str(port)]
    )
    try:
        limits = f"rate_limits = []\nmax_concurrent_streams = {STREAMS * 2}\n"  # one caller may hold half of them
        with gateway(port, limits, True, PROXY_CORE) as stack:
            direct = _measured(f"http://127.0.0.1:{port}/bench")
            idle = stack.memory_mib()
            through = _measured(f"http://127.0.0.1:{stack.port}/bench", stack)
    finally:
        source.terminate()
        source.wait()
    added = through[0] - direct[0]
    return [
        Row(
            f"{STREAMS} streams: p99 of a chunk's way through the gateway, beyond that without it",
            round(added, 2),
            "ms",
            "<= 5",
        ),
        Row("the same, p99 without the gateway", round(direct[0], 2), "ms"),
        Row("the same, p99 through the gateway", round(through[0], 2), "ms"),
        Row(f"gateway, memory with {STREAMS} streams (PSS)", round(through[1], 1), "MiB", "<= 60"),
        Row("the same gateway before", round(idle, 1), "MiB"),
    ]


def _measured(url: str, stack=None) -> tuple[float, float]:
    """The 99th percentile of the time from writing a chunk to reading it, in milliseconds; and memory meanwhile."""
    words = ["taskset", "-c", LOAD_CORE, sys.executable, "-m", "benchmarks.gateway.stream_ends", url]
    reader = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
    time.sleep(CHUNKS * GAP_SECONDS * 0.7)
    memory = stack.memory_mib() if stack else 0.0
    said = reader.communicate()[0]
    if reader.returncode:
        sys.exit(f"the streams from {url} did not all come to their end")
    return float(said), memory
