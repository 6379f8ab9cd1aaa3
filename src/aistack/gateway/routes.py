"""The gateway's own API: the registry, health of all, and the console's files."""

import json
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from typing import Annotated

from fastapi import APIRouter, Header, Path, Request, Response
from fastapi.responses import FileResponse, StreamingResponse
from starlette.staticfiles import StaticFiles

from aistack import __version__
from aistack.chassis.errors import NotFound
from aistack.gateway.health import HealthChecker
from aistack.gateway.registry import Registry
from aistack.gateway.upstreams import Instance, UpstreamService
from aistack.gateway.wire import (
    INSTANCE_PATTERN,
    NAME_PATTERN,
    HealthOfAll,
    InstanceView,
    Lease,
    LeaseRequest,
    ServiceList,
    ServiceView,
)

CONSOLE = str(files("aistack.console") / "static")
CONSOLE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
NO_INSTANCE_ID = "no instance"

ServiceName = Annotated[str, Path(pattern=NAME_PATTERN)]
InstanceId = Annotated[str, Path(pattern=INSTANCE_PATTERN)]


def registry_routes(registry: Registry) -> APIRouter:
    """`/registry`: services announce themselves here."""
    router = APIRouter(prefix="/registry", tags=["registry"])

    @router.get("/services")
    async def list_services() -> ServiceList:
        """Every service and instance that is registered."""
        services = [_service_view(registry, service) for service in registry.services.values()]
        return ServiceList(revision=registry.revision, keeping_expired=registry.keeping_expired, services=services)

    @router.get("/services/{name}")
    async def show_service(name: ServiceName) -> ServiceView:
        """One service. 404 when no instance of it is registered."""
        service = registry.services.get(name)
        if service is None:
            raise NotFound(f"no instance of {name} is registered")
        return _service_view(registry, service)

    @router.put("/services/{name}/instances/{instance_id}", status_code=201, responses={200: {"model": Lease}})
    async def register(name: ServiceName, instance_id: InstanceId, lease: LeaseRequest, response: Response) -> Lease:
        """Registers an instance or renews its lease: 201 when it is new, 200 when it was known."""
        instance, created = registry.register(name, instance_id, lease)
        response.status_code = 201 if created else 200
        return _lease(instance)

    @router.post("/services/{name}/instances/{instance_id}/heartbeat")
    async def heartbeat(name: ServiceName, instance_id: InstanceId) -> Lease:
        """Renews a lease. 404 says: register again."""
        return _lease(registry.heartbeat(name, instance_id))

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


def console_routes() -> APIRouter:
    """The page at `/`, from the console's static files."""
    router = APIRouter(include_in_schema=False)

    @router.get("/")
    async def page(request: Request) -> FileResponse:
        headers = {
            "content-security-policy": CONSOLE_POLICY,
            "cache-control": "no-cache",
            "referrer-policy": "no-referrer",
        }
        return FileResponse(f"{CONSOLE}/index.html", headers=headers)

    router.mount("/console", StaticFiles(directory=CONSOLE))
    return router


def _lease(instance: Instance) -> Lease:
    left = instance.expires_at - time.monotonic()
    return Lease(
        service=instance.service,
        instance=instance.id,
        ttl_seconds=instance.ttl_seconds,
        expires_at=datetime.now(UTC) + timedelta(seconds=left),
    )


def _service_view(registry: Registry, service: UpstreamService) -> ServiceView:
    claims = registry.claims.get(service.name, {})
    now = time.monotonic()
    instances: list[InstanceView] = []
    for instance in service.instances.values():
        state = "up"
        if instance.draining:
            state = "draining"
        elif not instance.healthy:
            state = "down"
        elif instance.ejected_until > now:
            state = "ejected"
        instances.append(
            InstanceView(
                id=instance.id,
                url=instance.url,
                state=state,
                weight=instance.weight,
                version=instance.version,
                routes=list(claims.get(instance.id, ())),
                metadata=instance.metadata,
                in_flight=instance.in_flight,
                static=instance.static,
                expires_at=None if instance.static else _lease(instance).expires_at,
                last_error=instance.last_error,
            )
        )
    prefixes = sorted({claim.prefix for held in claims.values() for claim in held})
    return ServiceView(name=service.name, routes=prefixes, in_flight=service.in_flight, instances=instances)
