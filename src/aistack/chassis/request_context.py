"""The context of every request: its id and trace, its metrics, its log line, and the answer to an unhandled error."""

import re
import time
import uuid
from contextvars import ContextVar
from typing import Any

import structlog
from starlette.datastructures import MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from aistack.chassis.errors import PROBLEM_MEDIA_TYPE, Problem, problem_body, storage_problem
from aistack.chassis.telemetry.logs import get_log
from aistack.chassis.telemetry.metrics import ServiceMetrics

REQUEST_ID_HEADER = "x-request-id"
DEADLINE_HEADER = "x-request-timeout-ms"
REQUEST_ID_FORM = re.compile(r"[A-Za-z0-9._:-]{1,128}")
CLIENT_LEFT = 499  # nginx's status for a client that disconnected before its answer
QUIET_PATHS = ("/health", "/metrics")

request_id: ContextVar[str] = ContextVar("request_id", default="")
traceparent: ContextVar[str] = ContextVar("traceparent", default="")
tracestate: ContextVar[str] = ContextVar("tracestate", default="")
TRACE_ID = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}")


NUL_REFUSED = JSONResponse(
    problem_body("invalid-input", 400, "the path and the query must not contain U+0000"),
    400,
    media_type=PROBLEM_MEDIA_TYPE,
)


class RequestContext:
    """The outermost ASGI middleware. With `log_requests` off, only the gateway's access log records requests."""

    def __init__(self, app: ASGIApp, service: str, metrics: ServiceMetrics, *, log_requests: bool = True) -> None:
        self.app = app
        self.log_requests = log_requests
        self.service = service
        self.metrics = metrics
        self.log = get_log(service)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        name = headers.get(REQUEST_ID_HEADER.encode(), b"").decode("latin-1")
        name = name if REQUEST_ID_FORM.fullmatch(name) else uuid.uuid4().hex
        request_id.set(name)
        given = headers.get(b"traceparent", b"").decode("latin-1")
        trace = TRACE_ID.match(given)
        traceparent.set(given if trace else "")
        tracestate.set(headers.get(b"tracestate", b"").decode("latin-1") if trace else "")
        bound = {"request_id": name} | ({"trace_id": trace[1]} if trace else {})
        structlog.contextvars.bind_contextvars(**bound)
        status = 0
        begun = time.perf_counter()

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)[REQUEST_ID_HEADER] = name
            await send(message)

        self.metrics.in_flight.labels(self.service).inc()
        try:
            has_nul = "\0" in scope["path"] or b"%00" in scope["query_string"]  # no database stores it in a text
            await (NUL_REFUSED if has_nul else self.app)(scope, receive, send_with_id)
        except ClientDisconnect:
            status = status or CLIENT_LEFT
        except Exception as error:
            problem = storage_problem(error)
            if problem is not None:
                self.log.error("request.not_stored", method=scope["method"], path=scope["path"], error=str(error))
            else:
                self.log.exception("request.failed", method=scope["method"], path=scope["path"])
                problem = Problem("Internal error; the service's log has the details under this request id.")
            if status:
                raise
            answer = JSONResponse(problem.body(name), problem.status, media_type=PROBLEM_MEDIA_TYPE)
            await answer(scope, receive, send_with_id)
        finally:
            self.metrics.in_flight.labels(self.service).dec()
            self._record(scope, status, time.perf_counter() - begun)
            structlog.contextvars.unbind_contextvars(*bound)

    def _record(self, scope: Scope, status: int, seconds: float) -> None:
        route: Any = scope.get("route")
        path = getattr(route, "path_format", None) or getattr(route, "path", None) or "unmatched"
        self.metrics.requests.labels(self.service, path, scope["method"], str(status)).inc()
        self.metrics.duration.labels(self.service, path, scope["method"]).observe(seconds)
        if self.log_requests and not scope["path"].startswith(QUIET_PATHS):
            self.log.info(
                "request.finished",
                method=scope["method"],
                path=scope["path"],
                status=status,
                duration_ms=round(seconds * 1000, 2),
            )
