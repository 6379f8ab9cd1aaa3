"""Metrics: one registry per service, the same names everywhere, as Prometheus text or OpenMetrics."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector
from prometheus_client.exposition import choose_encoder
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from aistack import __version__
from aistack.chassis.errors import PROBLEM_MEDIA_TYPE, problem_body
from aistack.chassis.telemetry.event_loop import LoopLag

DURATION_BUCKETS_SECONDS = (
    0.001,
    0.0025,
    0.005,
    0.01,
    0.025,
    0.05,
    0.1,
    0.25,
    0.5,
    1.0,
    2.5,
    5.0,
    10.0,
    30.0,
    60.0,
)


class ServiceMetrics:
    """The metrics that every service has. Services add their own to `registry`."""

    def __init__(self, service: str, count_requests: bool = True) -> None:
        self.registry = CollectorRegistry(auto_describe=True)
        counted = self.registry if count_requests else None
        labels = ("service", "route", "method", "status")
        self.requests = Counter("aistack_requests_total", "Requests answered", labels, registry=counted)
        self.duration = Histogram(
            "aistack_request_duration_seconds",
            "Time from the request head to the end of the response",
            labels[:3],
            buckets=DURATION_BUCKETS_SECONDS,
            registry=counted,
        )
        self.in_flight = Gauge("aistack_requests_in_flight", "Requests in flight", ("service",), registry=counted)
        build = Gauge("aistack_build_info", "Version of this service", ("service", "version"), registry=self.registry)
        build.labels(service, __version__).set(1)
        ProcessCollector(registry=self.registry)

    def watch_loop(self) -> LoopLag:
        """Starts measuring the lag of the running event loop, until the caller stops it."""
        lag = LoopLag()
        about = "Maximum delay of the event loop in the last 30 s"
        Gauge("aistack_event_loop_lag_seconds", about, registry=self.registry).set_function(lambda: lag.seconds)
        return lag

    async def expose(self, request: Request) -> Response:
        """Answers `GET /metrics` in the format that the scraper accepts."""
        encode, media_type = choose_encoder(request.headers.get("accept", ""))
        return Response(encode(self.registry), media_type=media_type)


class MetricsPortFilter:
    """ASGI middleware: the port for Prometheus answers only `/metrics` and `/health`."""

    OPEN = ("/metrics", "/health", "/health/live", "/health/ready")

    def __init__(self, app: ASGIApp, port: int) -> None:
        self.app = app
        self.port = port

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        server = scope.get("server")
        is_here = scope["type"] != "lifespan" and bool(server) and server[1] == self.port
        if not is_here or scope.get("path") in self.OPEN:
            await self.app(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close"})
        else:
            body = problem_body("not-found", 404, "this port answers only /metrics and /health")
            await JSONResponse(body, 404, media_type=PROBLEM_MEDIA_TYPE)(scope, receive, send)
