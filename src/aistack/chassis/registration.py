"""Registers a service with the gateway and renews its lease, across restarts of the gateway."""

import asyncio
import contextlib
import ipaddress
import socket
from urllib.parse import urlsplit

import httpx

from aistack import __version__
from aistack.chassis.settings import ServiceSettings
from aistack.chassis.telemetry.logs import get_log
from aistack.stack.catalogue import Service

RETRY_SECONDS_FIRST = 0.05
RETRY_SECONDS_MAX = 2.0
CALL_SECONDS_MAX = 3.0


class Registrar:
    """The lease of one instance. `start` returns at once; `stop` gives up the lease."""

    def __init__(self, settings: ServiceSettings, entry: Service) -> None:
        self.settings = settings
        self.log = get_log(settings.service)
        self.path = f"/registry/services/{entry.name}/instances/{settings.instance}"
        self.lease: dict[str, object] = {
            "routes": [{"prefix": prefix, "body_bytes_max": entry.body_bytes_max} for prefix in entry.prefixes],
            "version": __version__,
            "health_path": "/health/ready",
            "ttl_seconds": settings.heartbeat_seconds * 3,
        }
        self._task: asyncio.Task[None] | None = None
        self._client: httpx.AsyncClient | None = None

    async def start(self) -> None:
        headers = {"authorization": f"Bearer {self.settings.api_key}"} if self.settings.api_key else {}
        self._client = httpx.AsyncClient(
            base_url=self.settings.gateway_url, timeout=CALL_SECONDS_MAX, headers=headers, trust_env=False
        )
        self._task = asyncio.create_task(self._keep_lease(self._client), name=f"lease:{self.settings.service}")

    async def stop(self) -> None:
        """Deregisters; from then on the gateway sends no new requests."""
        if self._task is None or self._client is None:
            return
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task
        with contextlib.suppress(httpx.HTTPError):
            await self._client.delete(self.path)
        await self._client.aclose()

    async def _keep_lease(self, client: httpx.AsyncClient) -> None:
        retry_seconds = RETRY_SECONDS_FIRST
        registered = False
        while True:
            try:
                if registered:
                    answer = await client.post(self.path + "/heartbeat")
                else:
                    url = f"http://{await own_address(self.settings)}:{self.settings.port}"
                    answer = await client.put(self.path, json=self.lease | {"url": url})
                if registered and answer.status_code == 404:
                    registered = False
                    continue
                answer.raise_for_status()
            except (httpx.HTTPError, OSError) as error:
                if registered or retry_seconds >= RETRY_SECONDS_MAX:
                    self.log.warning("registration.failed", gateway=self.settings.gateway_url, error=str(error))
                registered = False
                await asyncio.sleep(retry_seconds)
                retry_seconds = min(retry_seconds * 2, RETRY_SECONDS_MAX)
                continue
            if not registered:
                self.log.info("registration.done", gateway=self.settings.gateway_url, instance=self.settings.instance)
            registered, retry_seconds = True, RETRY_SECONDS_FIRST
            await asyncio.sleep(self.settings.heartbeat_seconds)


async def own_address(settings: ServiceSettings) -> str:
    """The address at which the gateway reaches this instance, as written in a URL. Raises OSError.

    The one in the settings; otherwise the listen address; for a wildcard, the local address towards the gateway.
    """
    listening = ipaddress.ip_address(settings.advertise or settings.addresses[0].host)
    if listening.is_unspecified:
        gateway = urlsplit(settings.gateway_url)
        found = await asyncio.get_running_loop().getaddrinfo(
            gateway.hostname, gateway.port or 80, type=socket.SOCK_DGRAM
        )
        family, kind, _, _, place = found[0]
        with socket.socket(family, kind) as probe:
            probe.connect(place)  # sends nothing: it only selects the route
            listening = ipaddress.ip_address(probe.getsockname()[0])
    return f"[{listening}]" if listening.version == 6 else str(listening)
