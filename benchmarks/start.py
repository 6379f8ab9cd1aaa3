"""Cold start to all healthy, and memory when idle."""

import statistics
import time
import urllib.request

from benchmarks.report import Row
from harness.stack import Installation, installation

RUNS, QUICK_RUNS = 5, 1
IDLE_SECONDS, QUICK_IDLE_SECONDS = 5, 1


def run(quick: bool) -> list[Row]:
    runs, idle_seconds = (QUICK_RUNS, QUICK_IDLE_SECONDS) if quick else (RUNS, IDLE_SECONDS)
    first, again = [], []
    memory = 0.0
    for number in range(runs):
        with installation() as stack:
            first.append(_start(stack))
            if number == 0:
                time.sleep(idle_seconds)
                memory = stack.memory_mib()
            stack.run("down")
            again.append(_start(stack))
    status = []
    with installation() as stack:
        stack.run("up")
        for _ in range(runs):
            begun = time.perf_counter()
            stack.run("status")
            status.append(time.perf_counter() - begun)
    return [
        Row(
            "first start in an empty folder until all services are healthy, median",
            round(statistics.median(first), 2),
            "s",
            "<= 2.5",
        ),
        Row("start until all services are healthy, median", round(statistics.median(again), 2), "s", "<= 2.5"),
        Row("idle memory of the embedded stack (PSS)", round(memory, 1), "MiB", "<= 150"),
        Row("`aistack status`, median", round(statistics.median(status), 3), "s"),
    ]


def _start(stack: Installation) -> float:
    """Seconds from the command until /api/health/all says healthy."""
    begun = time.perf_counter()
    stack.run("up")
    while True:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{stack.port}/api/health/all") as answer:
                if b'"status":"healthy","version"' in answer.read():
                    return time.perf_counter() - begun
        except OSError:
            pass
        time.sleep(0.005)
