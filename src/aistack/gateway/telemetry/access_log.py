"""The access log: a line for each request that is over, or for a sample of them when there are many.

A limited number of lines is written a second: so many of ordinary requests, as many of those that were refused, and as
many of those that failed, so that a flood of one does not hide the others. How many were left out is a line of its own.
Heartbeats and health checks that went well get no line. Queries are left out of paths, for they may hold secrets.
"""

from typing import TYPE_CHECKING

from aistack.chassis.telemetry.log_writer import log_writer
from aistack.chassis.telemetry.logs import is_for_terminal, rendered, timestamp
from aistack.gateway.policy.local_replies import Refusal
from aistack.gateway.proxy.forwarding import trace_id

if TYPE_CHECKING:
    from aistack.gateway.proxy.dispatch import Journey

QUIET_PREFIXES = (b"/health", b"/api/health", b"/metrics")
HEARTBEAT = b"/heartbeat"
REGISTRY = b"/registry/"
AGENT_CHARACTERS_MAX = 256
METHOD_CHARACTERS_MAX = 32
PATH_CHARACTERS_MAX = 2048
FIRST_REFUSAL, FIRST_FAILURE = 400, 500


class AccessLog:
    """Writes the lines of one data plane. `left` are those that ordinary requests may still have in this second."""

    def __init__(self, lines_per_second: int, log_format: str) -> None:
        self.lines_per_second = lines_per_second
        self.left = self._refusals_left = self._failures_left = lines_per_second
        self._for_terminal = is_for_terminal(log_format)
        self._noted = self._seen = 0  # requests of this second that have a line or need none; all until it began

    def note(self, exchange: "Journey") -> None:
        """Writes a line for an exchange that is over, if there is room for one.

        Called for every request as long as any is `left`, and for those that were refused or failed.
        """
        if exchange.refused:
            if self._refusals_left <= 0:
                return
            self._refusals_left -= 1
        elif exchange.status >= FIRST_FAILURE:
            if self._failures_left <= 0:
                return
            self._failures_left -= 1
        elif self.left <= 0:
            return
        elif _is_quiet(exchange):
            self._noted += 1
            return
        else:
            self.left -= 1
        self._noted += 1
        self._write(_event(exchange))

    def note_refusal(self, refusal: Refusal, request_id: bytes, address: str, bytes_out: int) -> None:
        """Writes a line for bytes that never became a request, if there is room for one."""
        if self._refusals_left <= 0:
            return
        self._refusals_left -= 1
        about = {"request_id": request_id.decode(), "status": refusal.status, "refused": refusal.code}
        self._write(_head() | about | {"address": address, "bytes_out": bytes_out})

    def refill(self, requests: int) -> None:
        """Begins another second. `requests` is how many were over since the start. Called about once a second."""
        skipped = requests - self._seen - self._noted
        self._seen, self._noted = requests, 0
        self.left = self._refusals_left = self._failures_left = self.lines_per_second
        if skipped > 0 and self.lines_per_second:
            self._write(_head() | {"event": "access.sampled", "skipped": skipped})

    def _write(self, event: dict[str, object]) -> None:
        log_writer.put(rendered(event, terminal=self._for_terminal))


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
    length = (head.body_length or 0) if exchange.request_done else 0
    event: dict[str, object] = _head() | {
        "request_id": exchange.request_id.decode(),
        "method": exchange.line.method[:METHOD_CHARACTERS_MAX].decode(),
        "path": exchange.line.path[:PATH_CHARACTERS_MAX].decode("latin-1"),
        "status": exchange.status,
        "duration_ms": round((exchange.ended - exchange.begun) * 1000, 2),
        "first_byte_ms": round(((exchange.answered or exchange.ended) - exchange.begun) * 1000, 2),
        "bytes_in": exchange.received or length,
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


def _head() -> dict[str, object]:
    return {"timestamp": timestamp(), "level": "info", "event": "request", "service": "gateway"}
