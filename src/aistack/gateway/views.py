"""The registry as its callers see it: leases and services in the form that travels."""

import time
from datetime import UTC, datetime, timedelta

from aistack.gateway.breaker import State
from aistack.gateway.leases import Registered
from aistack.gateway.registry import Registry
from aistack.gateway.reports import Report
from aistack.gateway.wire import InstanceView, Lease, RouteClaim, ServiceView


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
    state = "up"
    if instance.draining:
        state = "draining"
    elif not instance.healthy:
        state = "down"
    elif instance.ejected_until > time.monotonic():
        state = "ejected"
    return InstanceView(
        id=instance.id,
        url=instance.url,
        state=state,
        weight=instance.weight,
        version=instance.version,
        routes=[RouteClaim(prefix=claim.prefix, body_bytes_max=claim.body_bytes_max) for claim in instance.claims],
        metadata=instance.metadata,
        in_flight=in_flight,
        static=instance.static,
        expires_at=None if instance.static else lease_of(instance).expires_at,
        last_error=instance.last_error,
    )
