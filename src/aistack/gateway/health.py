"""Active health checks, and the health of everything at once."""

import asyncio
import time
from typing import Literal

import httpx

from aistack import __version__
from aistack.chassis.periodic import Periodic
from aistack.gateway.leases import CONTROL, Registered
from aistack.gateway.registry import Registry
from aistack.gateway.settings import GatewaySettings
from aistack.gateway.wire import HealthOfAll, InstanceHealth, ServiceHealth
from aistack.stack.catalogue import CATALOGUE

Status = Literal["healthy", "degraded", "unhealthy"]

PROBES_AT_ONCE = 64


class HealthChecker:
    """Probes instances in turn; `report_all` probes everything now. `expected` are the stack's own services."""

    def __init__(self, settings: GatewaySettings, registry: Registry, expected: tuple[str, ...]) -> None:
        self.settings = settings
        self.registry = registry
        self.expected = expected
        self._client = httpx.AsyncClient(timeout=settings.health_timeout_seconds, trust_env=False)
        self._slots = asyncio.Semaphore(PROBES_AT_ONCE)
        self._checks: Periodic | None = None

    def start(self) -> None:
        self._checks = Periodic(self.settings.health_interval_seconds, self._check, "gateway:health")

    async def configure(self, settings: GatewaySettings) -> None:
        """Goes on with other intervals and thresholds."""
        self.settings = settings
        self._client.timeout = httpx.Timeout(settings.health_timeout_seconds)
        if self._checks is not None:
            await self._checks.stop()
            self.start()

    async def stop(self) -> None:
        if self._checks is not None:
            await self._checks.stop()
        await self._client.aclose()

    async def report_all(self) -> HealthOfAll:
        """Every service and instance, probed at once; takes at most `health_timeout_seconds`."""
        instances = self.registry.instances()
        found = dict(zip((id(one) for one in instances), await self._probe_all(instances), strict=True))
        names = [*self.expected, *(name for name in self.registry.services if name not in self.expected)]
        services: list[ServiceHealth] = []
        for name in names:
            service = self.registry.services.get(name)
            held = [found[id(one)] for one in service.values()] if service else []
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

    async def _check(self) -> None:
        await self._probe_all(self.registry.instances())

    async def _probe_all(self, instances: list[Registered]) -> list[InstanceHealth]:
        return list(await asyncio.gather(*(self._probe(one) for one in instances)))

    async def _probe(self, instance: Registered) -> InstanceHealth:
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
        self._judge(instance, error)
        return InstanceHealth(
            id=instance.id,
            url=instance.url,
            status="unhealthy" if error or instance.draining else "healthy",
            latency_ms=None if error else latency_ms,
            error=error or ("draining" if instance.draining else ""),
        )

    def _judge(self, instance: Registered, error: str) -> None:
        """An instance is down, or up again, after as many probes in a row as the settings say."""
        instance.probe_failures = instance.probe_failures + 1 if error else 0
        instance.probe_successes = 0 if error else instance.probe_successes + 1
        if error and instance.probe_failures >= self.settings.health_down_after:
            self.registry.report(instance, False, error)
        elif not error and (instance.healthy or instance.probe_successes >= self.settings.health_up_after):
            self.registry.report(instance, True, "")


def _status(healthy: list[bool]) -> Status:
    if not any(healthy):
        return "unhealthy"
    return "healthy" if all(healthy) else "degraded"


def _overall(services: list[ServiceHealth]) -> Status:
    """Required services decide: one that is down makes the stack unhealthy; other trouble degrades it."""
    if any(one.required and one.status == "unhealthy" for one in services):
        return "unhealthy"
    return "healthy" if all(one.status == "healthy" for one in services) else "degraded"
