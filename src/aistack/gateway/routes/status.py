"""`/health`, `/api/health` and `/gateway/limits`: the health of the gateway and of all services, and the limits."""

from collections.abc import Callable

from fastapi import APIRouter, Response

from aistack import __version__
from aistack.gateway.health.checker import HealthChecker
from aistack.gateway.settings import GatewaySettings
from aistack.gateway.wire.administration import LimitsView
from aistack.gateway.wire.registry import HealthOfAll


def health_routes(checker: HealthChecker) -> APIRouter:
    """The health of the gateway and of all services."""
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
        """Every service and instance, checked now. 503 when a required service is down."""
        report = await checker.report_all()
        response.status_code = 503 if report.status == "unhealthy" else 200
        return report

    return router


def limit_routes(in_force: Callable[[], GatewaySettings]) -> APIRouter:
    router = APIRouter(prefix="/gateway", tags=["limits"])

    @router.get("/limits")
    async def limits() -> LimitsView:
        """The limits in effect; they are set in stack.toml or the environment."""
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
