"""The access log: a line for each finished request, or for a sample of them when there are many.

The number of lines per second is limited, separately for ordinary, refused and failed requests, so that a flood of one
kind does not hide the others. One more line says how many were left out. Successful heartbeats and health checks get no
line. Paths are logged without their queries, which may hold secrets.
"""

from typing import Protocol

from aistack.chassis.telemetry.log_writer import log_writer
from aistack.chassis.telemetry.logs import is_for_terminal, rendered, timestamp
from aistack.gateway.http1.request_head import RequestHead
from aistack.gateway.http1.request_line import RequestLine
from aistack.gateway.identity.authentication import Caller
from aistack.gateway.policy.local_replies import LocalReply
from aistack.gateway.telemetry.request_ids import trace_id
from aistack.gateway.upstream.cluster import Endpoint
from aistack.gateway.upstream.route_table import Route

QUIET_PREFIXES = (b"/health", b"/api/health", b"/metrics")
HEARTBEAT = b"/heartbeat"
REGISTRY = b"/registry/"
AGENT_CHARACTERS_MAX = 256
METHOD_CHARACTERS_MAX = 32
PATH_CHARACTERS_MAX = 2048
FIRST_CLIENT_ERROR, FIRST_SERVER_ERROR = 400, 500


class LoggedRequest(Protocol):
    """A finished request, as far as the log needs it."""

    line: RequestLine
    head: RequestHead
    route: Route | None
    caller: Caller | None
    endpoint: Endpoint | None
    request_id: bytes
    status: int
    rejected: str
    begun: float
    answered: float
    ended: float
    received: int
    sent: int
    request_done: bool

    @property
    def address(self) -> str: ...


class AccessLog:
    """Writes the lines of one data plane. `left` is how many lines ordinary requests may still get in this second."""

    def __init__(self, lines_per_second: int, log_format: str) -> None:
        self.lines_per_second = lines_per_second
        self.left = self._rejections_left = self._failures_left = lines_per_second
        self._for_terminal = is_for_terminal(log_format)
        self._logged = self._seen = 0  # of this second, those that need no further line; all before it

    def log(self, request: LoggedRequest) -> None:
        """Writes a line for a finished request, if the limit allows.

        Called for every request while lines are `left`, and otherwise for those that were rejected or failed.
        """
        if request.rejected:
            if self._rejections_left <= 0:
                return
            self._rejections_left -= 1
        elif request.status >= FIRST_SERVER_ERROR:
            if self._failures_left <= 0:
                return
            self._failures_left -= 1
        elif self.left <= 0:
            return
        elif _is_quiet(request):
            self._logged += 1
            return
        else:
            self.left -= 1
        self._logged += 1
        self._write(_event(request))

    def log_rejection(self, reply: LocalReply, request_id: bytes, address: str, bytes_out: int) -> None:
        """Writes a line for a connection or for data that never became a request, if the limit allows."""
        if self._rejections_left <= 0:
            return
        self._rejections_left -= 1
        about = {"request_id": request_id.decode(), "status": reply.status, "refused": reply.code}
        self._write(_head() | about | {"address": address, "bytes_out": bytes_out})

    def refill(self, requests: int) -> None:
        """Begins another second. `requests` is the number finished since the start. Called about once a second."""
        skipped = requests - self._seen - self._logged
        self._seen, self._logged = requests, 0
        self.left = self._rejections_left = self._failures_left = self.lines_per_second
        if skipped > 0 and self.lines_per_second:
            self._write(_head() | {"event": "access.sampled", "skipped": skipped})

    def _write(self, event: dict[str, object]) -> None:
        log_writer.put(rendered(event, terminal=self._for_terminal))


def _is_quiet(request: LoggedRequest) -> bool:
    """Whether it is routine traffic to the gateway itself: health checks, heartbeats, renewed leases."""
    if request.route is None or request.route.cluster.guarded or request.status >= FIRST_CLIENT_ERROR:
        return False
    path = request.line.path
    if path.startswith(QUIET_PREFIXES):
        return True
    if not path.startswith(REGISTRY):
        return False
    return path.endswith(HEARTBEAT) or (request.line.method == b"PUT" and request.status == 200)


def _event(request: LoggedRequest) -> dict[str, object]:
    route, endpoint, caller, head = request.route, request.endpoint, request.caller, request.head
    length = (head.body_length or 0) if request.request_done else 0
    event: dict[str, object] = _head() | {
        "request_id": request.request_id.decode(),
        "method": request.line.method[:METHOD_CHARACTERS_MAX].decode(),
        "path": request.line.path[:PATH_CHARACTERS_MAX].decode("latin-1"),
        "status": request.status,
        "duration_ms": round((request.ended - request.begun) * 1000, 2),
        "first_byte_ms": round(((request.answered or request.ended) - request.begun) * 1000, 2),
        "bytes_in": request.received or length,
        "bytes_out": request.sent,
        "address": request.address,
        "user": "" if caller is None else caller.who.id,
        "upstream": route.cluster.name if route else "",
        "instance": endpoint.id if endpoint else "",
        "route": route.prefix if route else "",
        "refused": request.rejected,
        "trace_id": trace_id(head).decode(),
        "agent": head.header(b"user-agent")[:AGENT_CHARACTERS_MAX].decode("utf-8", "replace"),
    }
    return {name: value for name, value in event.items() if value != ""}


def _head() -> dict[str, object]:
    return {"timestamp": timestamp(), "level": "info", "event": "request", "service": "gateway"}
