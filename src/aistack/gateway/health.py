"""Active health checks, and the health of everything at once."""

import asyncio
import contextlib
import time
from typing import Literal

import httpx

from aistack import __version__
from aistack.gateway.registry import CONTROL, Registry
from aistack.gateway.settings import GatewaySettings
from aistack.gateway.upstreams import Instance
from aistack.gateway.wire import HealthOfAll, InstanceHealth, ServiceHealth
from aistack.stack.catalogue import CATALOGUE

Status = Literal["healthy", "degraded", "unhealthy"]

FAILURES_TO_DOWN = 2
PROBES_AT_ONCE = 64


class HealthChecker:
    """Probes instances in turn; `report_all` probes everything now. `expected` are the stack's own services."""

    def __init__(self, settings: GatewaySettings, registry: Registry, expected: tuple[str, ...]) -> None:
        self.settings = settings
        self.registry = registry
        self.expected = expected
        self._client = httpx.AsyncClient(timeout=settings.health_timeout_seconds, trust_env=False)
        self._slots = asyncio.Semaphore(PROBES_AT_ONCE)
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._keep_checking(), name="gateway:health")

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        await self._client.aclose()

    async def report_all(self) -> HealthOfAll:
        """Every service and instance, probed at once; takes at most `health_timeout_seconds`."""
        instances = [one for service in self.registry.services.values() for one in service.instances.values()]
        found = dict(zip((id(one) for one in instances), await self._probe_all(instances), strict=True))
        names = [*self.expected, *(name for name in self.registry.services if name not in self.expected)]
        services: list[ServiceHealth] = []
        for name in names:
            service = self.registry.services.get(name)
            held = [found[id(one)] for one in service.instances.values()] if service else []
            entry = CATALOGUE.get(name)
            services.append(
                ServiceHealth(
                    name=name,
                    title=entry.title if entry else name,
                    summary=entry.summary if entry else "",
                    required=entry.required if entry else False,
                    status=_status([one.status == "healthy" for one in held]),
                    instances=held,
                )
            )
        return HealthOfAll(status=_overall(services), version=__version__, services=services)

    async def _keep_checking(self) -> None:
        while True:
            await asyncio.sleep(self.settings.health_interval_seconds)
            instances = [one for service in self.registry.services.values() for one in service.instances.values()]
            await self._probe_all(instances)

    async def _probe_all(self, instances: list[Instance]) -> list[InstanceHealth]:
        return list(await asyncio.gather(*(self._probe(one) for one in instances)))

    async def _probe(self, instance: Instance) -> InstanceHealth:
        begun = time.perf_counter()
        error = ""
        if instance.service != CONTROL:
            async with self._slots:
                begun = time.perf_counter()
                try:
                    answer = await self._client.get(instance.url + instance.health_path)
                    if not answer.is_success:
                        error = f"{instance.health_path} answered {answer.status_code}"
                except httpx.HTTPError as failure:
                    error = f"{type(failure).__name__}: {failure}".rstrip(": ")
        latency_ms = round((time.perf_counter() - begun) * 1000, 2)
        instance.probe_failures = instance.probe_failures + 1 if error else 0
        if not error or instance.probe_failures >= FAILURES_TO_DOWN:
            self.registry.report(instance, not error, error)
        return InstanceHealth(
            id=instance.id,
            url=instance.url,
            status="unhealthy" if error or instance.draining else "healthy",
            latency_ms=None if error else latency_ms,
            error=error or ("draining" if instance.draining else ""),
        )


def _status(healthy: list[bool]) -> Status:
    if not any(healthy):
        return "unhealthy"
    return "healthy" if all(healthy) else "degraded"


def _overall(services: list[ServiceHealth]) -> Status:
    """Required services decide: one that is down makes the stack unhealthy; other trouble degrades it."""
    if any(one.required and one.status == "unhealthy" for one in services):
        return "unhealthy"
    return "healthy" if all(one.status == "healthy" for one in services) else "degraded"
