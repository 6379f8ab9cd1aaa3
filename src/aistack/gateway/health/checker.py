"""Active health checks at an interval, and a report of the health of all services."""

import asyncio
import time
from typing import Literal

from aistack import __version__
from aistack.chassis.runtime.periodic import Periodic
from aistack.gateway.health.metrics import CheckStatistics, HealthMetrics
from aistack.gateway.health.probe_queue import Outcome, ProbeQueue
from aistack.gateway.registry.leases import Registered
from aistack.gateway.registry.service_registry import Registry
from aistack.gateway.settings import GatewaySettings
from aistack.gateway.wire.registry import HealthOfAll, InstanceHealth, ServiceHealth
from aistack.stack.catalogue import CATALOGUE, PROGRAMS

Status = Literal["healthy", "degraded", "unhealthy"]

REPORT_SECONDS = 0.25  # how much longer than one check a report may take
STALLED_SECONDS = 30.0


class HealthChecker:
    """Checks every instance at an interval; `report_all` checks all of them now. `expected` are the stack's services.

    A round starts a check of each instance that has none in progress, and does not wait for them. Instances on a Unix
    socket (the gateway's own API) are healthy as long as the gateway runs, so they are not checked.
    """

    def __init__(self, settings: GatewaySettings, registry: Registry, expected: tuple[str, ...]) -> None:
        self.settings = settings
        self.registry = registry
        self.expected = expected
        self._statistics = CheckStatistics()
        self._probes = ProbeQueue(settings.health_timeout_seconds, self._is_registered, self._found)
        self._round: set[asyncio.Future[Outcome]] = set()
        self._rounds: Periodic | None = None

    def metrics(self) -> HealthMetrics:
        return HealthMetrics(self._statistics, lambda: self._rounds.restarts if self._rounds else 0, self.registry)

    def start(self) -> None:
        interval = self.settings.health_interval_seconds
        self._rounds = Periodic(interval, self._begin_round, "gateway:health", STALLED_SECONDS)

    async def configure(self, settings: GatewaySettings) -> None:
        """Applies changed intervals and thresholds; checks in progress go on."""
        self.settings = settings
        self._probes.seconds = settings.health_timeout_seconds
        if self._rounds is not None:
            self._rounds.every(settings.health_interval_seconds)

    async def stop(self) -> None:
        if self._rounds is not None:
            await self._rounds.stop()
        await self._probes.stop()

    async def report_all(self) -> HealthOfAll:
        """Checks every service and instance now.

        Takes at most `health_timeout_seconds` and a quarter of a second; an instance that could not be checked within
        that time is reported with its last known state.
        """
        held = {name: tuple(service.values()) for name, service in self.registry.services.items()}
        checked = [one for service in held.values() for one in service if not _is_exempt(one)]
        self._probes.forget_others(self.registry.instances())
        seconds = self.settings.health_timeout_seconds
        looks = {one: self._probes.look(one) for one in checked}
        if looks:
            await asyncio.wait(looks.values(), timeout=seconds + REPORT_SECONDS)
        services: list[ServiceHealth] = []
        for name in (*self.expected, *(name for name in held if name not in self.expected)):
            instances = [self._health_of(one, looks.get(one)) for one in held.get(name, ())]
            entry = CATALOGUE.get(name) or PROGRAMS.get(name)
            services.append(
                ServiceHealth(
                    name=name,
                    title=entry.title if entry else name,
                    summary=entry.summary if entry else "",
                    required=entry.required if entry else False,
                    status=_status([one.status == "healthy" for one in instances]),
                    instances=instances,
                )
            )
        return HealthOfAll(status=_overall(services), version=__version__, services=services)

    def recheck(self, instance: Registered) -> None:
        """Checks an instance now instead of in the next round."""
        self._probes.check(instance)

    def check_recovered(self, name: str, instance_id: str) -> None:
        """The data plane could connect again to an instance that was unreachable."""
        instance = self.registry.services.get(name, {}).get(instance_id)
        if instance is not None and not instance.healthy:
            self.recheck(instance)

    def _begin_round(self) -> None:
        """Starts the checks of a round. The next round does not wait for the slow checks of this one."""
        instances = self.registry.instances()
        self._statistics.forget_others(self.registry.services)
        self._probes.forget_others(instances)
        begun = {self._probes.check(one) for one in instances if not _is_exempt(one)}
        if not begun:
            self._statistics.last_round = time.time()
        elif not self._round:
            self._round = begun
            for outcome in begun:
                outcome.add_done_callback(self._ended_in_round)

    def _ended_in_round(self, outcome: "asyncio.Future[Outcome]") -> None:
        self._round.discard(outcome)
        if not self._round:
            self._statistics.last_round = time.time()

    def _is_registered(self, instance: Registered) -> bool:
        return self.registry.services.get(instance.service, {}).get(instance.id) is instance

    def _found(self, instance: Registered, outcome: Outcome, decides: bool) -> None:
        """Takes an instance down, or up again, after the configured number of checks in a row."""
        self._statistics.count(instance.service, outcome)
        if not decides or instance.draining or outcome.result == "unknown":
            return
        error = outcome.error
        instance.probe_failures = instance.probe_failures + 1 if error else 0
        instance.probe_successes = 0 if error else instance.probe_successes + 1
        if error and instance.probe_failures >= self.settings.health_down_after:
            self.registry.report(instance, False, error)
        elif not error and (instance.healthy or instance.probe_successes >= self.settings.health_up_after):
            self.registry.report(instance, True, "")

    def _health_of(self, instance: Registered, look: "asyncio.Future[Outcome] | None") -> InstanceHealth:
        if instance.draining:
            return _health(instance, False, "draining")
        if look is None:
            return _health(instance, True, "", 0.0)
        outcome = look.result() if look.done() else None
        if outcome is not None and outcome.result != "unknown":
            return _health(instance, not outcome.error, outcome.error, outcome.seconds)
        why = (
            outcome.error
            if outcome
            else f"not checked within {self.settings.health_timeout_seconds + REPORT_SECONDS:g} s"
        )
        known = self._probes.known.get(instance)
        if known is None:
            state = "healthy" if instance.healthy else "unhealthy"
            return _health(instance, instance.healthy, f"{why}; registered as {state}, not checked before")
        age = time.monotonic() - known.ended_at
        return _health(instance, not known.error, f"{why}; {age:.1f} s ago: {known.error or 'healthy'}")


def _is_exempt(instance: Registered) -> bool:
    return bool(instance.unix_path) or instance.draining


def _health(instance: Registered, healthy: bool, error: str, seconds: float | None = None) -> InstanceHealth:
    return InstanceHealth(
        id=instance.id,
        url=instance.url,
        status="healthy" if healthy else "unhealthy",
        latency_ms=round(seconds * 1000, 2) if healthy and seconds is not None else None,
        error=error,
    )


def _status(healthy: list[bool]) -> Status:
    if not any(healthy):
        return "unhealthy"
    return "healthy" if all(healthy) else "degraded"


def _overall(services: list[ServiceHealth]) -> Status:
    """A required service that is down makes the stack unhealthy; other failures make it degraded."""
    if any(one.required and one.status == "unhealthy" for one in services):
        return "unhealthy"
    return "healthy" if all(one.status == "healthy" for one in services) else "degraded"
