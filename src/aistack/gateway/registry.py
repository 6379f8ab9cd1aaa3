"""The registry: which instances exist, for how long, and what the data plane is told of them.

Leases follow Consul and Eureka: an instance that falls silent expires, but when most leases would run out
at once the last known set is kept, for then the network is likelier to have failed than everything.
"""

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable

from aistack.chassis.errors import Conflict, NotFound
from aistack.chassis.logs import get_log
from aistack.gateway.leases import (
    CONTROL,
    AddressRules,
    Change,
    Claims,
    Registered,
    control_instance,
    refuse_foreign,
    service_spec,
    static_instances,
)
from aistack.gateway.routing import Claim, ServiceSpec, Snapshot
from aistack.gateway.settings import GatewaySettings
from aistack.gateway.wire import LeaseRequest
from aistack.stack.description import Upstream

SERVICES_MAX = 256
INSTANCES_MAX = 1024
CHANGES_KEPT = 1024
KEEP_ALL_ABOVE = 3  # with fewer leases than this, "most run out at once" says nothing
SHARED_KINDS = ("registered", "draining", "removed", "expired")
CONTROL_IN_FLIGHT_MAX = 4096


class Registry:
    """Holds the leases. Lives on one event loop. What is `expected` keeps its claims while no instance is there.

    `publish` is called with a snapshot whenever something that routing goes by has changed; `load` tells how
    many requests are in flight to an instance.
    """

    def __init__(self, settings: GatewaySettings, addresses: AddressRules, expected: Claims | None = None) -> None:
        self.settings = settings
        self.services: dict[str, dict[str, Registered]] = {}
        self.revision = 0
        self.keeping_expired = False
        self.publish: Callable[[Snapshot], None] = lambda snapshot: None
        self.on_change: Callable[[str, Registered], None] = lambda kind, instance: None
        self.cut_off = False  # from the other gateways: what they would tell us is missing
        self.load: Callable[[str, str], int] = lambda service, instance: 0
        self._addresses = addresses
        self._expected = expected or {}
        self._choose(settings)
        self._changes: deque[Change] = deque(maxlen=CHANGES_KEPT)
        self._changed = asyncio.Event()
        self._log = get_log("gateway")

    def instances(self) -> list[Registered]:
        return [one for service in self.services.values() for one in service.values()]

    def add_control(self, unix_path: str) -> None:
        self._place(control_instance(unix_path), "registered")

    def set_static(self, upstreams: Iterable[Upstream]) -> None:
        """The instances from `stack.toml`: no lease, no expiry. Those that are not there any more are forgotten."""
        wanted = {(one.service, one.id): one for upstream in upstreams for one in static_instances(upstream)}
        for instance in self.instances():
            if instance.static and instance.service != CONTROL and (instance.service, instance.id) not in wanted:
                self._forget(instance, "removed")
        for (service, name), instance in wanted.items():
            known = self.services.get(service, {}).get(name)
            if known is None or not known.says_the_same(instance):
                self._place(instance, "registered")

    def configure(self, settings: GatewaySettings) -> None:
        """Goes on with other settings; leases stay as they are."""
        self.settings = settings
        self._choose(settings)
        self.publish(self.snapshot())

    def _choose(self, settings: GatewaySettings) -> None:
        self._policies = dict(entry.split() for entry in settings.balance)
        self._hedges = {name: float(ms) / 1000 for name, ms in (entry.split() for entry in settings.hedge)}

    def register(self, name: str, instance_id: str, lease: LeaseRequest) -> tuple[Registered, bool]:
        """Adds or renews an instance; True when it is new. Raises InvalidInput or Conflict."""
        host, port = self._addresses.checked(lease.url)
        for claim in lease.routes:
            refuse_foreign(self.services, self._expected, name, claim.prefix)
        service = self.services.get(name)
        known = service.get(instance_id) if service else None
        if known is None:
            if service is None and len(self.services) >= SERVICES_MAX:
                raise Conflict(f"the registry holds {SERVICES_MAX} services already; deregister some first")
            if service is not None and len(service) >= INSTANCES_MAX:
                raise Conflict(f"{name} has {INSTANCES_MAX} instances already; deregister some first")
        elif known.static:
            raise Conflict(f"instance {instance_id} of {name} comes from stack.toml; register under another id")
        ttl_seconds = lease.ttl_seconds or self.settings.lease_ttl_seconds
        instance = Registered(
            name, instance_id, host, port, tuple(Claim(claim.prefix, claim.body_bytes_max) for claim in lease.routes),
            weight=lease.weight, version=lease.version, metadata=lease.metadata, health_path=lease.health_path,
            ttl_seconds=ttl_seconds, expires_at=time.monotonic() + ttl_seconds,
        )  # fmt: skip
        if known and known.healthy and not known.draining and known.says_the_same(instance):
            self._renew(known)
            return known, False
        self._place(instance, "registered")
        return instance, known is None

    def heartbeat(self, name: str, instance_id: str) -> Registered:
        """Renews a lease. Raises NotFound when there is none: register again."""
        instance = self.get(name, instance_id)
        if instance.draining:
            raise NotFound(f"instance {instance_id} of {name} is draining; register it again to use it")
        self._renew(instance)
        return instance

    def adopt(self, lease: Registered) -> None:
        """Takes up what another gateway tells of an instance."""
        known = self.services.get(lease.service, {}).get(lease.id)
        lease.adopted = True
        if known is not None and known.static:
            return
        if known is not None and known.says_the_same(lease) and known.draining == lease.draining:
            known.expires_at, known.adopted = lease.expires_at, True
        elif len(self.services) < SERVICES_MAX or lease.service in self.services:
            self._place(lease, "draining" if lease.draining else "registered", told=True)

    def drop(self, name: str, instance_id: str) -> None:
        """Forgets an instance that another gateway says is gone."""
        known = self.services.get(name, {}).get(instance_id)
        if known is not None and not known.static:
            self._forget(known, "removed", told=True)

    def _renew(self, instance: Registered) -> None:
        instance.expires_at = time.monotonic() + instance.ttl_seconds
        instance.adopted = False
        self.on_change("renewed", instance)

    def deregister(self, name: str, instance_id: str) -> None:
        """Takes the instance out of routing now; it is forgotten when nothing is in flight to it."""
        instance = self.get(name, instance_id)
        if instance.static:
            raise Conflict(f"instance {instance_id} of {name} comes from stack.toml; remove it there")
        instance.draining = True
        self._announce("draining", instance)
        if self.load(name, instance_id) == 0:
            self._forget(instance, "removed")

    def get(self, name: str, instance_id: str) -> Registered:
        instance = self.services.get(name, {}).get(instance_id)
        if instance is None:
            raise NotFound(f"no instance {instance_id} of {name} is registered; PUT it first")
        return instance

    def sweep(self, now: float) -> None:
        """Expires leases and forgets drained instances. Called about once a second.

        Leases end one after the other as they were renewed, also when all renewals stopped at one moment; so when the
        first ends, those count that are late: not renewed for more than half of their time.
        """
        leased = [one for one in self.instances() if not one.static]
        held = [one for one in leased if not one.draining and not (one.adopted and self.cut_off)]
        expired = [one for one in held if one.expires_at <= now]
        late = [one for one in held if one.expires_at - now < one.ttl_seconds / 2]
        keep = len(leased) >= KEEP_ALL_ABOVE and bool(expired) and len(late) * 2 > len(leased)
        if keep != self.keeping_expired:
            self.keeping_expired = keep
            self._log.warning("registry.keeping_expired", keeping=keep, expired=len(expired), leases=len(leased))
        for instance in expired if not keep else ():
            self._forget(instance, "expired")
        for instance in leased:
            if instance.draining and self.load(instance.service, instance.id) == 0:
                self._forget(instance, "removed")

    def report(self, instance: Registered, healthy: bool, error: str) -> None:
        """What an active health check found."""
        instance.last_error = error
        if instance.healthy != healthy:
            instance.healthy = healthy
            self._announce("up" if healthy else "down", instance)

    def ejected(self, name: str, instance_id: str, seconds: float, error: str) -> None:
        """The data plane sent an instance to rest."""
        instance = self.services.get(name, {}).get(instance_id)
        if instance is not None:
            instance.ejected_until = time.monotonic() + seconds
            instance.last_error = error
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

    def snapshot(self) -> Snapshot:
        """What the data plane goes by: every instance that is not draining, and the claims of each service."""
        names = (*self.services, *(name for name in self._expected if name not in self.services))
        return tuple(self._spec(name, self.services.get(name, {}).values()) for name in names)

    def _spec(self, name: str, instances: Iterable[Registered]) -> ServiceSpec:
        limit = CONTROL_IN_FLIGHT_MAX if name == CONTROL else self.settings.max_concurrent_requests
        policy, hedge_seconds = self._policies.get(name, "least_connections"), self._hedges.get(name, 0.0)
        claims, streams_max = self._expected.get(name, ()), self.settings.max_concurrent_streams
        return service_spec(name, instances, claims, limit, policy, hedge_seconds, streams_max)

    def _place(self, instance: Registered, kind: str, *, told: bool = False) -> None:
        self.services.setdefault(instance.service, {})[instance.id] = instance
        self._announce(kind, instance, told=told)

    def _forget(self, instance: Registered, kind: str, *, told: bool = False) -> None:
        service = self.services.get(instance.service, {})
        if service.get(instance.id) is instance:
            del service[instance.id]
            if not service:
                del self.services[instance.service]
        self._announce(kind, instance, told=told)

    def _announce(self, kind: str, instance: Registered, *, told: bool = False) -> None:
        """`told` when another gateway said so: the others know it already."""
        self.publish(self.snapshot())
        if not told and kind in SHARED_KINDS:
            self.on_change(kind, instance)
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
