"""Cold start to all healthy, and memory when idle."""

import statistics
import time
import urllib.request

from benchmarks.report import Row
from benchmarks.running import bench_stack

RUNS = 5
IDLE_SECONDS = 5


def run() -> list[Row]:
    first, again = [], []
    memory = 0.0
    for number in range(RUNS):
        with bench_stack() as stack:
            first.append(_start(stack))
            if number == 0:
                time.sleep(IDLE_SECONDS)
                memory = stack.memory_mib()
            stack.command("down")
            again.append(_start(stack))
    status = []
    with bench_stack() as stack:
        stack.command("up")
        for _ in range(RUNS):
            begun = time.perf_counter()
            stack.command("status")
            status.append(time.perf_counter() - begun)
    return [
        Row("first start on an empty folder to all healthy, median", round(statistics.median(first), 2), "s", "<= 2.5"),
        Row("start to all healthy, median", round(statistics.median(again), 2), "s", "<= 2.5"),
        Row("idle memory of the embedded stack (PSS)", round(memory, 1), "MiB", "<= 150"),
        Row("aistack status, median", round(statistics.median(status), 3), "s"),
    ]


def _start(stack) -> float:
    """Seconds from the command until /api/health/all says healthy."""
    begun = time.perf_counter()
    stack.command("up")
    while True:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{stack.port}/api/health/all") as answer:
                if b'"status":"healthy","version"' in answer.read():
                    return time.perf_counter() - begun
        except OSError:
            pass
        time.sleep(0.005)
