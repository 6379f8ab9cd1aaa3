"""Writes log lines in a separate thread, so that a full disk or a stuck reader of the log never delays requests.

When the queue is full, lines are dropped and counted; a line reports how many once there is room again.
"""

import atexit
import logging
import os
import queue
import sys
import threading
import time
from collections.abc import Callable

LINES_WAITING_MAX = 20_000
LAST_SECONDS_MAX = 1.0  # how long the process waits at exit for unwritten lines


class LogWriter:
    """One thread per process, started with the first line. `loss_line` formats the line about dropped ones."""

    def __init__(self) -> None:
        self.loss_line: Callable[[int], str] = lambda lines: f"log.dropped lines={lines}"
        self._lines: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None
        self._dropped = 0
        self._idle = threading.Event()
        self._idle.set()

    def put(self, line: str) -> None:
        """Queues a line, without its newline, and returns at once."""
        if self._lines.qsize() >= LINES_WAITING_MAX:
            self._dropped += 1
            return
        self._idle.clear()
        self._lines.put(line)
        if self._thread is None:
            self._start()

    def finish(self, seconds: float = LAST_SECONDS_MAX) -> None:
        """Waits until all lines are written, at most for this time."""
        deadline = time.monotonic() + seconds
        while not self._idle.wait(0.02) and time.monotonic() < deadline:
            if self._thread is None or not self._thread.is_alive():
                return

    def _start(self) -> None:
        with self._starting:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="log", daemon=True)
                self._thread.start()
                atexit.register(self.finish)

    def _run(self) -> None:
        while True:
            line = self._lines.get()
            _write(line)
            if self._dropped and self._lines.qsize() < LINES_WAITING_MAX // 2:
                dropped, self._dropped = self._dropped, 0
                _write(self.loss_line(dropped))
            if self._lines.empty():
                self._idle.set()
                if not self._lines.empty():  # one arrived in between
                    self._idle.clear()


class LogHandler(logging.Handler):
    """Passes the lines of Python's loggers to a writer."""

    def __init__(self, writer: LogWriter) -> None:
        super().__init__()
        self._writer = writer

    def emit(self, record: logging.LogRecord) -> None:
        try:
            self._writer.put(self.format(record))
        except Exception:
            self.handleError(record)


def _write(line: str) -> None:
    """Writes a line to standard error in one piece. A line that cannot be written, as on a full disk, is lost."""
    data = line.encode("utf-8", "backslashreplace") + b"\n"
    try:
        descriptor = sys.stderr.fileno()
        while data:
            data = data[os.write(descriptor, data) :]
    except (OSError, ValueError):
        return


log_writer = LogWriter()
