"""The gateway's own API: the registry, health of all, and the console's files."""

import json
import time
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from typing import Annotated

from fastapi import APIRouter, Header, Path, Response
from fastapi.responses import FileResponse, StreamingResponse
from starlette.staticfiles import StaticFiles

from aistack import __version__
from aistack.chassis.errors import NotFound
from aistack.gateway.breaker import State
from aistack.gateway.health import HealthChecker
from aistack.gateway.leases import Registered
from aistack.gateway.measures import Report
from aistack.gateway.registry import Registry
from aistack.gateway.settings import GatewaySettings
from aistack.gateway.wire import (
    INSTANCE_PATTERN,
    NAME_PATTERN,
    HealthOfAll,
    InstanceView,
    Lease,
    LeaseRequest,
    LimitsView,
    RouteClaim,
    ServiceList,
    ServiceView,
)

CONSOLE = files("aistack.console")
CONSOLE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)

ServiceName = Annotated[str, Path(pattern=NAME_PATTERN)]
InstanceId = Annotated[str, Path(pattern=INSTANCE_PATTERN)]


def registry_routes(registry: Registry, report: Callable[[], Report]) -> APIRouter:
    """`/registry`: services announce themselves here."""
    router = APIRouter(prefix="/registry", tags=["registry"])

    @router.get("/services")
    async def list_services() -> ServiceList:
        """Every service and instance that is registered."""
        now = report()
        services = [view_of(name, registry, now) for name in registry.services]
        return ServiceList(revision=registry.revision, keeping_expired=registry.keeping_expired, services=services)

    @router.get("/services/{name}")
    async def show_service(name: ServiceName) -> ServiceView:
        """One service. 404 when no instance of it is registered."""
        if name not in registry.services:
            raise NotFound(f"no instance of {name} is registered")
        return view_of(name, registry, report())

    @router.put("/services/{name}/instances/{instance_id}", status_code=201, responses={200: {"model": Lease}})
    async def register(name: ServiceName, instance_id: InstanceId, lease: LeaseRequest, response: Response) -> Lease:
        """Registers an instance or renews its lease: 201 when it is new, 200 when it was known."""
        instance, created = registry.register(name, instance_id, lease)
        response.status_code = 201 if created else 200
        return lease_of(instance)

    @router.post("/services/{name}/instances/{instance_id}/heartbeat")
    async def heartbeat(name: ServiceName, instance_id: InstanceId) -> Lease:
        """Renews a lease. 404 says: register again."""
        return lease_of(registry.heartbeat(name, instance_id))

    @router.delete("/services/{name}/instances/{instance_id}", status_code=204)
    async def deregister(name: ServiceName, instance_id: InstanceId) -> None:
        """Takes an instance out: nothing new goes to it, what is in flight finishes."""
        registry.deregister(name, instance_id)

    @router.get("/watch", response_class=StreamingResponse)
    async def watch(last_event_id: Annotated[str, Header()] = "") -> StreamingResponse:
        """Server-sent events, one for every change; resumes after `Last-Event-ID`."""
        after = int(last_event_id) if last_event_id.isdecimal() else None

        async def events() -> AsyncIterator[str]:
            yield f": revision {registry.revision}\n\n"
            async for change in registry.watch(after):
                data = json.dumps({"service": change.service, "instance": change.instance})
                yield f"id: {change.revision}\nevent: {change.kind}\ndata: {data}\n\n"

        return StreamingResponse(events(), media_type="text/event-stream", headers={"cache-control": "no-store"})

    return router


def health_routes(checker: HealthChecker) -> APIRouter:
    """The gateway's own health and everyone's."""
    router = APIRouter(tags=["health"])

    @router.get("/health")
    @router.get("/api/health", include_in_schema=False)
    async def health() -> dict[str, str]:
        """The gateway itself."""
        return {"status": "healthy", "service": "gateway", "version": __version__}

    @router.get("/api/health/all")
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


def lease_of(instance: Registered) -> Lease:
    left = instance.expires_at - time.monotonic()
    return Lease(
        service=instance.service,
        instance=instance.id,
        ttl_seconds=instance.ttl_seconds,
        expires_at=datetime.now(UTC) + timedelta(seconds=left),
    )


def view_of(name: str, registry: Registry, report: Report) -> ServiceView:
    """A registered service with its instances and what is in flight to them now."""
    held = registry.services[name]
    return ServiceView(
        name=name,
        routes=sorted({claim.prefix for one in held.values() for claim in one.claims}),
        in_flight=report.in_flight.get(name, 0),
        breaker=State(report.breakers.get(name, 0)).label,
        instances=[_instance_view(one, report.active.get((name, one.id), 0)) for one in held.values()],
    )


def _instance_view(instance: Registered, in_flight: int) -> InstanceView:
    return InstanceView(
        id=instance.id,
        url=instance.url,
        state=instance.state(),
        weight=instance.weight,
        version=instance.version,
        routes=[RouteClaim(prefix=claim.prefix, body_bytes_max=claim.body_bytes_max) for claim in instance.claims],
        metadata=instance.metadata,
        in_flight=in_flight,
        static=instance.static,
        expires_at=None if instance.static else lease_of(instance).expires_at,
        last_error=instance.last_error,
    )
