"""The access log: a line for each request that is over, or for a sample of them when there are many.

A limited number of lines is written a second, and as many again for requests that were refused or failed, so that a
flood of either does not hide the other. How many were left out is a line of its own. Heartbeats and health checks that
went well get no line. Queries are left out of paths, for they may hold secrets.
"""

import asyncio
import os
import sys
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from aistack.chassis.logs import is_for_terminal, rendered
from aistack.chassis.tasks import Tasks
from aistack.gateway.forwarding import trace_id

if TYPE_CHECKING:
    from aistack.gateway.journey import Journey

QUIET_PREFIXES = (b"/health", b"/api/health", b"/metrics")
HEARTBEAT = b"/heartbeat"
REGISTRY = b"/registry/"
AGENT_CHARACTERS_MAX = 256
PATH_CHARACTERS_MAX = 2048
WAITING_LINES_MAX = 20_000
FIRST_REFUSAL, FIRST_FAILURE = 400, 500


class AccessLog:
    """Collects lines; `flush` hands them to a thread, so that a slow disk or reader never holds up requests."""

    def __init__(self, lines_per_second: int, log_format: str) -> None:
        self.lines_per_second = lines_per_second
        self._for_terminal = is_for_terminal(log_format)
        self.left = self._left_of_failures = lines_per_second
        self.skipped = 0
        self._lines: list[str] = []
        self._writing = False
        self._tasks = Tasks()

    def note(self, exchange: "Journey") -> None:
        """Writes a line for an exchange that is over, if there is room for one."""
        if exchange.refused or exchange.status >= FIRST_FAILURE:
            if self._left_of_failures <= 0:
                self.skipped += 1
                return
            self._left_of_failures -= 1
        elif self.left <= 0:
            self.skipped += 1
            return
        elif _is_quiet(exchange):
            return
        else:
            self.left -= 1
        self._lines.append(rendered(_event(exchange), terminal=self._for_terminal))

    def refill(self) -> None:
        """Begins another second. Called about once a second."""
        self.left = self._left_of_failures = self.lines_per_second
        if self.skipped and self.lines_per_second:
            event: dict[str, object] = {
                "timestamp": _now(), "level": "info", "event": "access.sampled", "service": "gateway",
                "skipped": self.skipped,
            }  # fmt: skip
            self._lines.append(rendered(event, terminal=self._for_terminal))
        self.skipped = 0

    def flush(self) -> None:
        """Begins to write what was collected, unless the last write is still under way."""
        if not self._lines or self._writing:
            del self._lines[: max(0, len(self._lines) - WAITING_LINES_MAX)]
            return
        lines, self._lines = self._lines, []
        self._writing = True
        self._tasks.start(self._write(lines), "access_log:write")

    async def _write(self, lines: list[str]) -> None:
        try:
            await asyncio.get_running_loop().run_in_executor(None, write_lines, lines)
        finally:
            self._writing = False

    def stop(self) -> None:
        """Writes what is left, unless the reader of the log is stuck."""
        if not self._writing:
            write_lines(self._lines)
        self._lines = []


def write_lines(lines: list[str]) -> None:
    """Puts lines on the standard error, each in one piece. What finds no room there, as on a full disk, is lost."""
    try:
        descriptor = sys.stderr.fileno()
        for line in lines:
            os.write(descriptor, line.encode("utf-8", "backslashreplace") + b"\n")
    except (OSError, ValueError):
        return


def _is_quiet(exchange: "Journey") -> bool:
    """Whether it is the gateway's own business as usual: health, heartbeats, renewed leases."""
    if exchange.route is None or exchange.route.service.guarded or exchange.status >= FIRST_REFUSAL:
        return False
    path = exchange.line.path
    if path.startswith(QUIET_PREFIXES):
        return True
    if not path.startswith(REGISTRY):
        return False
    return path.endswith(HEARTBEAT) or (exchange.line.method == b"PUT" and exchange.status == 200)


def _event(exchange: "Journey") -> dict[str, object]:
    route, instance, caller, head = exchange.route, exchange.instance, exchange.caller, exchange.head
    event: dict[str, object] = {
        "timestamp": _now(),
        "level": "info",
        "event": "request",
        "service": "gateway",
        "request_id": exchange.request_id.decode(),
        "method": exchange.line.method.decode(),
        "path": exchange.line.path[:PATH_CHARACTERS_MAX].decode("latin-1"),
        "status": exchange.status,
        "duration_ms": round((exchange.ended - exchange.begun) * 1000, 2),
        "first_byte_ms": round(((exchange.answered or exchange.ended) - exchange.begun) * 1000, 2),
        "bytes_in": exchange.received or head.body_length or 0,
        "bytes_out": exchange.sent,
        "address": exchange.address,
        "user": "" if caller is None else caller.who.id,
        "upstream": route.service.name if route else "",
        "instance": instance.id if instance else "",
        "route": route.prefix if route else "",
        "refused": exchange.refused,
        "trace_id": trace_id(head).decode(),
        "agent": head.header(b"user-agent")[:AGENT_CHARACTERS_MAX].decode("utf-8", "replace"),
    }
    return {name: value for name, value in event.items() if value != ""}


def _now() -> str:
    return datetime.fromtimestamp(time.time(), UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
