"""The registry: which instances exist, for how long, and the route table that follows from them.

Leases follow Consul and Eureka: an instance that falls silent expires, but when most leases would run out
at once the last known set is kept, for then the network is likelier to have failed than everything.
"""

import asyncio
import ipaddress
import time
from collections import deque
from collections.abc import AsyncIterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from aistack.chassis.errors import Conflict, InvalidInput, NotFound
from aistack.chassis.logs import get_log
from aistack.gateway.routing import Route, RouteTable
from aistack.gateway.settings import GatewaySettings
from aistack.gateway.upstreams import Instance, UpstreamService
from aistack.gateway.wire import LeaseRequest, RouteClaim

SERVICES_MAX = 256
INSTANCES_MAX = 1024
CHANGES_KEPT = 1024
KEEP_ALL_ABOVE = 3  # with fewer leases than this, "most expired at once" says nothing
OWN_PREFIXES = ("/registry", "/gateway", "/health", "/api/health", "/metrics", "/console")
CONTROL = "gateway"


@dataclass(frozen=True, slots=True)
class Change:
    """One event of the watch stream."""

    revision: int
    kind: str
    service: str
    instance: str


class Registry:
    """Holds the services; `table` is always the one that matches them. Lives on one event loop."""

    def __init__(self, settings: GatewaySettings, own_ports: frozenset[int] = frozenset()) -> None:
        self.settings = settings
        self.services: dict[str, UpstreamService] = {}
        self.claims: dict[str, dict[str, tuple[RouteClaim, ...]]] = {}
        self.revision = 0
        self.keeping_expired = False
        self.table = RouteTable(())
        self._own_ports = own_ports
        self._networks = [ipaddress.ip_network(network) for network in settings.registry_networks]
        self._changes: deque[Change] = deque(maxlen=CHANGES_KEPT)
        self._changed = asyncio.Event()
        self._log = get_log("gateway")

    def add_control(self, unix_path: str) -> None:
        """The gateway's own API, behind every path that no service claims."""
        instance = Instance(CONTROL, "control", "", 0, unix_path=unix_path, static=True)
        body_bytes_max = 1024 * 1024
        self._place(instance, (RouteClaim(prefix="/", body_bytes_max=body_bytes_max),), in_flight_max=4096)
        for prefix in OWN_PREFIXES:
            self.claims[CONTROL]["control"] += (RouteClaim(prefix=prefix, body_bytes_max=body_bytes_max),)
        self._announce("registered", instance)

    def add_static(self, name: str, url: str, routes: tuple[str, ...], health_path: str) -> None:
        """An instance from `stack.toml`: no lease, no expiry."""
        parts = urlsplit(url)
        port = parts.port or 80
        instance = Instance(
            name, f"{parts.hostname}:{port}", parts.hostname or "", port, health_path=health_path, static=True
        )
        self._place(instance, tuple(RouteClaim(prefix=route) for route in routes))
        self._announce("registered", instance)

    def register(self, name: str, instance_id: str, lease: LeaseRequest) -> tuple[Instance, bool]:
        """Adds or renews an instance; True when it is new. Raises InvalidInput or Conflict."""
        host, port = self._checked_address(lease.url)
        for claim in lease.routes:
            self._refuse_foreign(name, claim.prefix)
        service = self.services.get(name)
        known = service.instances.get(instance_id) if service else None
        if known is None:
            if service is None and len(self.services) >= SERVICES_MAX:
                raise Conflict(f"the registry holds {SERVICES_MAX} services already; deregister some first")
            if service is not None and len(service.instances) >= INSTANCES_MAX:
                raise Conflict(f"{name} has {INSTANCES_MAX} instances already; deregister some first")
        elif known.static:
            raise Conflict(f"instance {instance_id} of {name} comes from stack.toml; register under another id")
        ttl_seconds = lease.ttl_seconds or self.settings.lease_ttl_seconds
        instance = Instance(
            name,
            instance_id,
            host,
            port,
            weight=lease.weight,
            version=lease.version,
            metadata=lease.metadata,
            health_path=lease.health_path,
            ttl_seconds=ttl_seconds,
            expires_at=time.monotonic() + ttl_seconds,
        )
        claims = tuple(lease.routes)
        if known and not known.draining and _same(known, instance) and self.claims[name][instance_id] == claims:
            known.expires_at = instance.expires_at
            return known, False
        if known:
            _retire(known)
        self._place(instance, claims)
        self._announce("registered", instance)
        return instance, known is None

    def heartbeat(self, name: str, instance_id: str) -> Instance:
        """Renews a lease. Raises NotFound when there is none: register again."""
        instance = self.get(name, instance_id)
        if instance.draining:
            raise NotFound(f"instance {instance_id} of {name} is draining; register it again to use it")
        instance.expires_at = time.monotonic() + instance.ttl_seconds
        return instance

    def deregister(self, name: str, instance_id: str) -> None:
        """Takes the instance out of routing now; it is forgotten when nothing is in flight to it."""
        instance = self.get(name, instance_id)
        if instance.static:
            raise Conflict(f"instance {instance_id} of {name} comes from stack.toml; remove it there")
        _retire(instance)
        self._announce("draining", instance)
        if instance.in_flight == 0:
            self._forget(instance, "removed")

    def get(self, name: str, instance_id: str) -> Instance:
        service = self.services.get(name)
        instance = service.instances.get(instance_id) if service else None
        if instance is None:
            raise NotFound(f"no instance {instance_id} of {name} is registered; PUT it first")
        return instance

    def sweep(self, now: float) -> None:
        """Expires leases, forgets drained instances, wakes ejected ones. Called about once a second."""
        leased = [one for service in self.services.values() for one in service.instances.values() if not one.static]
        expired = [one for one in leased if one.expires_at <= now and not one.draining]
        keep = len(leased) >= KEEP_ALL_ABOVE and len(expired) * 2 > len(leased)
        if keep != self.keeping_expired:
            self.keeping_expired = keep
            self._log.warning("registry.keeping_expired", keeping=keep, expired=len(expired), leases=len(leased))
        if not keep:
            for instance in expired:
                _retire(instance)
                self._forget(instance, "expired")
        for instance in leased:
            if instance.draining and instance.in_flight == 0 and instance not in expired:
                self._forget(instance, "removed")
        for service in self.services.values():
            service.refresh(now)
            for instance in service.instances.values():
                instance.close_stale(now)

    def report(self, instance: Instance, healthy: bool, error: str) -> None:
        """What an active health check found."""
        instance.last_error = error
        if instance.healthy != healthy:
            instance.healthy = healthy
            self._announce("up" if healthy else "down", instance)

    def succeeded(self, instance: Instance) -> None:
        instance.failures = 0

    def failed(self, instance: Instance, error: str) -> None:
        """A request could not be carried by this instance; too many in a row and it rests for a while."""
        instance.failures += 1
        instance.last_error = error
        if instance.failures >= self.settings.max_fails and not instance.static:
            instance.failures = 0
            instance.ejected_until = time.monotonic() + self.settings.fail_timeout_seconds
            self._announce("ejected", instance)

    async def watch(self, after: int | None) -> AsyncIterator[Change]:
        """Every change after a revision, for ever. A revision too old to resume from yields a `reset` first."""
        seen = self.revision if after is None else after
        if seen > self.revision or (self._changes and seen < self._changes[0].revision - 1):
            seen = self.revision
            yield Change(seen, "reset", "", "")
        while True:
            changed = self._changed
            for change in [change for change in self._changes if change.revision > seen]:
                seen = change.revision
                yield change
            await changed.wait()

    def _place(self, instance: Instance, claims: tuple[RouteClaim, ...], in_flight_max: int | None = None) -> None:
        service = self.services.get(instance.service)
        if service is None:
            limit = in_flight_max or self.settings.max_concurrent_requests
            service = self.services[instance.service] = UpstreamService(instance.service, limit)
        service.instances[instance.id] = instance
        self.claims.setdefault(instance.service, {})[instance.id] = claims

    def _forget(self, instance: Instance, kind: str) -> None:
        service = self.services[instance.service]
        if service.instances.get(instance.id) is instance:
            del service.instances[instance.id]
            del self.claims[instance.service][instance.id]
        if not service.instances:
            del self.services[instance.service]
            del self.claims[instance.service]
        self._announce(kind, instance)

    def _announce(self, kind: str, instance: Instance) -> None:
        now = time.monotonic()
        for service in self.services.values():
            service.refresh(now)
        self.table = RouteTable(self._routes())
        self.revision += 1
        self._changes.append(Change(self.revision, kind, instance.service, instance.id))
        self._changed.set()
        self._changed = asyncio.Event()
        log = self._log.warning if kind in ("down", "ejected", "expired") else self._log.info
        log(
            f"upstream.{kind}",
            upstream=instance.service,
            instance=instance.id,
            url=instance.url,
            error=instance.last_error,
        )

    def _routes(self) -> list[Route]:
        limits: dict[tuple[str, str], int] = {}
        for name, by_instance in self.claims.items():
            for claims in by_instance.values():
                for claim in claims:
                    key = (claim.prefix, name)
                    limits[key] = max(limits.get(key, 0), claim.body_bytes_max)
        return [Route(prefix, self.services[name], limit) for (prefix, name), limit in limits.items()]

    def _refuse_foreign(self, name: str, prefix: str) -> None:
        prefix = prefix.rstrip("/")
        if name == CONTROL or not prefix or any(prefix == own or prefix.startswith(own + "/") for own in OWN_PREFIXES):
            raise Conflict(f"{prefix or '/'} belongs to the gateway; claim a prefix of your own, like /{name}")
        for other, by_instance in self.claims.items():
            if other == name:
                continue
            if any(claim.prefix.rstrip("/") == prefix for claims in by_instance.values() for claim in claims):
                raise Conflict(f"{prefix} belongs to {other}; claim another prefix or deregister {other}")

    def _checked_address(self, url: str) -> tuple[str, int]:
        try:
            parts = urlsplit(url)
            port = parts.port or 80
        except ValueError as error:
            raise InvalidInput(f"url {url!r} is malformed: {error}; give http://ADDRESS:PORT") from None
        if parts.scheme != "http" or not parts.hostname or "@" in parts.netloc or parts.path.strip("/") or parts.query:
            raise InvalidInput(f"url {url!r} must be http://ADDRESS:PORT, without password, path or query")
        host = "127.0.0.1" if parts.hostname == "localhost" else parts.hostname
        try:
            address = ipaddress.ip_address(host)
        except ValueError:
            raise InvalidInput(f"url {url!r} must name an IP address or localhost") from None
        if not any(address in network for network in self._networks):
            allowed = ", ".join(self.settings.registry_networks)
            raise InvalidInput(
                f"{host} is outside the networks allowed for instances ({allowed}); see registry_networks"
            )
        if port in self._own_ports and address.is_loopback:
            raise InvalidInput(f"{url} is the gateway itself; a route to it would never end")
        return host, port


def _same(one: Instance, other: Instance) -> bool:
    return all(
        getattr(one, name) == getattr(other, name)
        for name in ("host", "port", "weight", "version", "metadata", "health_path", "ttl_seconds")
    )


def _retire(instance: Instance) -> None:
    instance.draining = True
    instance.close_stale(float("inf"))
