"""`/registry`: register, list and watch services."""

import contextlib
import time
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Header, Path, Request, Response
from fastapi.responses import StreamingResponse

from aistack.chassis.errors import NotFound
from aistack.chassis.identity import ANONYMOUS, principal
from aistack.gateway.identity.authorization import CONTROL, UNOWNED
from aistack.gateway.policy.circuit_breaker import State
from aistack.gateway.registry.leases import Registered
from aistack.gateway.registry.service_registry import Registry
from aistack.gateway.registry.watch import last_revision
from aistack.gateway.routes.registration_log import RegistrationLog
from aistack.gateway.routes.scope_guard import REQUESTED_LEASE, actor_of
from aistack.gateway.telemetry.statistics import Report
from aistack.gateway.wire.registry import (
    INSTANCE_PATTERN,
    NAME_PATTERN,
    InstanceView,
    Lease,
    LeaseRequest,
    RouteClaim,
    ServiceList,
    ServiceView,
)

ServiceName = Annotated[str, Path(pattern=NAME_PATTERN)]
InstanceId = Annotated[str, Path(pattern=INSTANCE_PATTERN)]


def registry_routes(registry: Registry, report: Callable[[], Report], records: RegistrationLog) -> APIRouter:
    """A change is answered once the data plane has applied it."""
    router = APIRouter(prefix="/registry", tags=["registry"])

    @router.get("/services")
    async def list_services() -> ServiceList:
        """All registered services and their instances."""
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
    async def register(
        name: ServiceName, instance_id: InstanceId, lease: LeaseRequest, request: Request, response: Response
    ) -> Lease:
        """Registers an instance or renews its lease: 201 if it is new, 200 otherwise."""
        setattr(request.state, REQUESTED_LEASE, lease)
        actor = actor_of(request.scope)
        instance, outcome = registry.register(name, instance_id, lease, actor)
        records.registered(actor, instance, outcome)
        await registry.publisher.published()
        response.status_code = 201 if outcome == "new" else 200
        return lease_of(instance)

    @router.post("/services/{name}/instances/{instance_id}/heartbeat")
    async def heartbeat(name: ServiceName, instance_id: InstanceId, request: Request) -> Lease:
        """Renews a lease. After a 404, register again."""
        return lease_of(registry.heartbeat(name, instance_id, actor_of(request.scope)))

    @router.delete("/services/{name}/instances/{instance_id}", status_code=204)
    async def deregister(name: ServiceName, instance_id: InstanceId, request: Request) -> None:
        """Deregisters an instance: it gets no new requests, and those in flight finish."""
        actor = actor_of(request.scope)
        records.deregistered(actor, registry.deregister(name, instance_id, actor))
        await registry.publisher.published()

    @router.get("/watch", response_class=StreamingResponse)
    async def watch(last_event_id: Annotated[str, Header()] = "") -> StreamingResponse:
        """Server-sent events, one per change; resumes after `Last-Event-ID`.

        `reset` means that changes were missed: read the registry again.
        """
        who = principal.get()
        changes = registry.watch(last_revision(last_event_id), "" if who is ANONYMOUS else who.id)

        async def events() -> AsyncIterator[str]:
            yield f": revision {registry.revision}\n\n"
            async with contextlib.aclosing(changes):
                async for change in changes:
                    yield change.event

        return StreamingResponse(events(), media_type="text/event-stream", headers={"cache-control": "no-store"})

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
    """A registered service with its instances and the requests in flight to them."""
    held = registry.services[name]
    return ServiceView(
        name=name,
        owner=_owner(name, registry),
        routes=sorted({claim.prefix for one in held.values() for claim in one.claims}),
        in_flight=report.in_flight.get(name, 0),
        breaker=State(report.breakers.get(name, 0)).label,
        instances=[_instance_view(one, report.active.get((name, one.id), 0)) for one in held.values()],
    )


def _owner(name: str, registry: Registry) -> str:
    """The owner as the API shows it; empty if nobody with a key registered the service."""
    held = registry.ownership.owner(name)
    return held.id if held and held.id not in UNOWNED and name != CONTROL else ""


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
