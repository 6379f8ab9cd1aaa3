"""Many answers streamed at once: how much later a chunk arrives through the gateway than without it."""

import subprocess
import sys
import time

from benchmarks.gateway.load import LOAD_CORE, ON_LOAD_CORE, Size
from benchmarks.gateway.peers import gateway, on_core
from benchmarks.report import Row
from harness.processes import accepts, free_port, until
from harness.stack import Installation

ENDS = (sys.executable, "-m", "benchmarks.gateway.stream_ends")


def streams(size: Size) -> list[Row]:
    """Chunks of server-sent events with the time in them; in a full run 1 000 streams, 2 500 chunks a second."""
    port = free_port()
    with on_core(LOAD_CORE, [*ENDS, "serve", str(port), str(size.chunks), str(size.gap_seconds)]):
        until(lambda: accepts(port), what="the source of the streams")
        limits = f"rate_limits = []\nmax_concurrent_streams = {size.streams * 2}\n"  # one caller may hold half of them
        with gateway(port, limits, True) as stack:
            direct = _measured(f"http://127.0.0.1:{port}/bench", size)
            idle = stack.memory_mib()
            through = _measured(f"{stack.url}/bench", size, stack)
    added = through[0] - direct[0]
    return [
        Row(
            f"{size.streams} streams: p99 latency of a chunk, added by the gateway",
            round(added, 2),
            "ms",
            "<= 5",
        ),
        Row("the same, p99 without the gateway", round(direct[0], 2), "ms"),
        Row("the same, p99 through the gateway", round(through[0], 2), "ms"),
        Row(f"gateway, memory with {size.streams} streams (PSS)", round(through[1], 1), "MiB", "<= 60"),
        Row("the same gateway before the streams", round(idle, 1), "MiB"),
    ]


def _measured(url: str, size: Size, stack: Installation | None = None) -> tuple[float, float]:
    """The 99th percentile of the time from writing a chunk to reading it, in milliseconds; and memory meanwhile."""
    words = [*ON_LOAD_CORE, *ENDS, "read", url, str(size.streams), str(size.chunks)]
    reader = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
    time.sleep(size.chunks * size.gap_seconds * 0.7)
    memory = stack.memory_mib() if stack else 0.0
    output, _ = reader.communicate()
    if reader.returncode:
        sys.exit(f"the streams from {url} did not all come to their end")
    return float(output), memory
