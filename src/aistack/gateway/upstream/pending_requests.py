"""A service whose last instance is gone: its requests wait for a while, and the door of the instance is watched.

At a restart a service with one instance is away for a second or two. What comes in that time waits instead of being
refused, so a restart loses nothing. A service that stays away is refused at once when `wait_seconds` are over.
"""

import asyncio
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from aistack.chassis.runtime.tasks import Tasks

if TYPE_CHECKING:
    from aistack.gateway.proxy.dispatch import Journey
    from aistack.gateway.upstream.cluster import Instance, UpstreamService
from aistack.gateway.upstream.topology import Upstreams

LOOK_SECONDS = 0.05
KNOCK_SECONDS = 0.1
KNOCK_SECONDS_MAX = 1.0


def waits(journey: "Journey", service: "UpstreamService") -> bool:
    """Lets a request wait when its service has no instance since a short while; False when it has to be refused."""
    away_seconds = time.monotonic() - service.absent_since
    if service.usable or away_seconds >= journey.plane.settings.wait_seconds:
        return False
    asyncio.get_running_loop().call_later(LOOK_SECONDS, _look, journey)
    return True


def _look(journey: "Journey") -> None:
    if not journey.done:
        journey.look_again()


class Absences:
    """Instances that could not be reached and that nothing stands in for. Each is knocked at until it answers.

    Such an instance counts neither for the breaker nor for ejection: nothing was sent to it, and as soon as it
    listens again it gets requests again. `on_back` is called then: health checks may have taken it out meanwhile.
    """

    def __init__(self, upstreams: "Upstreams", on_back: Callable[["Instance"], None]) -> None:
        self._upstreams = upstreams
        self._on_back = on_back
        self._tasks = Tasks()

    def begin(self, journey: "Journey", error: str) -> bool:
        """Takes a request's instance for away and sends the request on; False when others could do its work."""
        instance = journey.instance
        if instance is None or not instance.spec.fallible:
            return False
        service = instance.service
        if any(one is not instance for one in service.usable):
            return False
        instance.last_error = error
        if not instance.away:
            instance.away = True
            self._upstreams.refresh(service)
            self._tasks.start(self._until_back(instance), f"knock:{service.name}")
        journey.instance = None
        instance.in_flight -= 1
        journey.look_again()
        return True

    async def _until_back(self, instance: "Instance") -> None:
        while instance.away and not instance.retired:
            await asyncio.sleep(KNOCK_SECONDS)
            try:
                async with asyncio.timeout(KNOCK_SECONDS_MAX):
                    _, writer = await asyncio.open_connection(instance.spec.host, instance.spec.port)
            except (OSError, TimeoutError):
                continue
            writer.close()
            instance.away = False
            self._on_back(instance)
        self._upstreams.refresh(instance.service)

    def stop(self) -> None:
        self._tasks.cancel()
