"""The gateway's own API beside the registry: health of all, limits, and the console's files."""

from collections.abc import Callable
from importlib.resources import files

from fastapi import APIRouter, Response
from fastapi.responses import FileResponse
from starlette.staticfiles import StaticFiles

from aistack import __version__
from aistack.gateway.health.checker import HealthChecker
from aistack.gateway.settings import GatewaySettings
from aistack.gateway.wire import HealthOfAll, LimitsView

CONSOLE = files("aistack.console")
CONSOLE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


def health_routes(checker: HealthChecker) -> APIRouter:
    """The gateway's own health and everyone's."""
    router = APIRouter(tags=["health"])

    @router.get("/health")
    @router.head("/health", include_in_schema=False)
    @router.get("/api/health", include_in_schema=False)
    @router.head("/api/health", include_in_schema=False)
    async def health() -> dict[str, str]:
        """The gateway itself."""
        return {"status": "healthy", "service": "gateway", "version": __version__}

    @router.get("/api/health/all")
    @router.head("/api/health/all", include_in_schema=False)
    async def health_of_all(response: Response) -> HealthOfAll:
        """Every service and instance, probed now. 503 when a required service is down."""
        report = await checker.report_all()
        response.status_code = 503 if report.status == "unhealthy" else 200
        return report

    return router


def limit_routes(in_force: Callable[[], GatewaySettings]) -> APIRouter:
    router = APIRouter(prefix="/gateway", tags=["limits"])

    @router.get("/limits")
    async def limits() -> LimitsView:
        """The limits in force; they are set in stack.toml or the environment."""
        settings = in_force()
        return LimitsView(
            identity=settings.identity,
            rate_limits=settings.rate_limits,
            requests_in_flight_max=settings.requests_max,
            requests_in_flight_per_service_max=settings.max_concurrent_requests,
            streams_in_flight_per_service_max=settings.max_concurrent_streams,
            connections_max=settings.connections_max,
            connections_per_client_max=settings.connections_per_client_max,
            request_timeout_seconds=settings.request_timeout_seconds,
            head_bytes_max=settings.head_bytes_max,
            headers_max=settings.headers_max,
        )

    return router


def console_routes() -> APIRouter:
    """The page at `/`, those under `/console/`, and the static files that they load."""
    router = APIRouter(include_in_schema=False)

    def shown(name: str) -> FileResponse:
        headers = {
            "content-security-policy": CONSOLE_POLICY,
            "cache-control": "no-cache",
            "referrer-policy": "no-referrer",
        }
        return FileResponse(str(CONSOLE / "pages" / name), headers=headers)

    @router.get("/")
    async def page() -> FileResponse:
        return shown("index.html")

    @router.get("/console/operate")
    async def operate() -> FileResponse:
        return shown("operate.html")

    @router.get("/console/library")
    async def library() -> FileResponse:
        return shown("library.html")

    @router.get("/console/databases")
    async def databases() -> FileResponse:
        return shown("databases.html")

    @router.get("/console/questions")
    async def questions() -> FileResponse:
        return shown("questions.html")

    router.mount("/console", StaticFiles(directory=str(CONSOLE / "static")))
    return router
