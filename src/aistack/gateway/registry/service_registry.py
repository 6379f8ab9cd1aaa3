"""The service registry: which instances exist, until when, who owns them; published as snapshots.

Leases work as in Consul and Eureka: an instance that stops renewing its lease expires. But if most leases would expire
at once, all are kept, as then a network failure is more likely than the failure of every instance.
"""

import time
from collections.abc import AsyncGenerator, Callable, Iterable
from typing import Literal

from aistack.chassis.errors import Conflict, NotFound
from aistack.chassis.telemetry.logs import get_log
from aistack.gateway.identity.authorization import CONTROL, Actor
from aistack.gateway.registry import leases
from aistack.gateway.registry.addresses import AddressRules
from aistack.gateway.registry.leases import Owner, Registered
from aistack.gateway.registry.ownership import Ownership
from aistack.gateway.registry.path_claims import Claims
from aistack.gateway.registry.publication import Publisher
from aistack.gateway.registry.snapshot import Claim, ServiceSpec, Snapshot
from aistack.gateway.registry.watch import Change, ChangeFeed
from aistack.gateway.settings import GatewaySettings
from aistack.gateway.wire.registry import LeaseRequest
from aistack.stack.description import Upstream

SHARED_KINDS = ("registered", "draining", "removed", "expired")
UNROUTED_KINDS = ("ejected",)  # the data plane knows of these already
CONTROL_IN_FLIGHT_MAX = 4096
Outcome = Literal["new", "changed", "renewed"]


class Registry:
    """Holds the leases. Belongs to one event loop. `expected` services keep their claims while they have no instance.

    `publish` is called with a snapshot soon after a change that affects routing; `load` returns the number of requests
    in flight to an instance.
    """

    def __init__(self, settings: GatewaySettings, addresses: AddressRules, expected: Claims | None = None) -> None:
        self.settings = settings
        self.services: dict[str, dict[str, Registered]] = {}
        self.keeping_expired = False
        self.publish: Callable[[Snapshot], None] = lambda snapshot: None
        self.on_change: Callable[[str, Registered], None] = lambda kind, instance: None
        self.cut_off = False  # from the other gateways, so their changes are missing
        self.recheck: Callable[[Registered], None] = lambda instance: None
        self.load: Callable[[str, str], int] = lambda service, instance: 0
        self.publisher = Publisher(lambda: self.publish(self.snapshot()))
        self.ownership = Ownership(self.services)
        self._addresses, self._expected = addresses, expected or {}
        self._specs: dict[str, ServiceSpec] = {}
        self._choose(settings)
        self._feed = ChangeFeed()
        self._log = get_log("gateway")

    @property
    def revision(self) -> int:
        return self._feed.revision

    def instances(self) -> list[Registered]:
        return [one for service in self.services.values() for one in service.values()]

    def add_control(self, unix_path: str) -> None:
        self._add(leases.control_instance(unix_path), "registered")

    def set_static(self, upstreams: Iterable[Upstream]) -> None:
        """Sets the instances of `stack.toml`, which never expire. Those that it no longer declares are removed."""
        wanted = {(one.service, one.id): one for upstream in upstreams for one in leases.static_instances(upstream)}
        for instance in self.instances():
            if instance.static and instance.service != CONTROL and (instance.service, instance.id) not in wanted:
                self._remove(instance, "removed")
        for instance in leases.displaced(self.instances(), wanted.values()):
            self._remove(instance, "removed")
        for (service, name), instance in wanted.items():
            known = self.services.get(service, {}).get(name)
            if known is None or not known.same_lease_as(instance):
                self._add(instance, "registered")
        self.publisher.now()

    def configure(self, settings: GatewaySettings) -> None:
        """Applies changed settings; leases stay as they are."""
        self.settings = settings
        self._choose(settings)
        self._specs.clear()
        self.publisher.now()

    def _choose(self, settings: GatewaySettings) -> None:
        self._policies = dict(entry.split() for entry in settings.balance)
        self._hedges = {name: float(ms) / 1000 for name, ms in (entry.split() for entry in settings.hedge)}

    def register(self, name: str, instance_id: str, lease: LeaseRequest, actor: Actor) -> tuple[Registered, Outcome]:
        """Adds, changes or renews an instance. Raises InvalidInput, Forbidden or Conflict."""
        owner = self.ownership.owner_for(name, actor)
        host, port = self._addresses.checked(lease.url)
        for claim in lease.routes:
            self.ownership.check_claim(name, claim.prefix, actor)
        self.ownership.check_capacity(name, instance_id, lease.weight)
        ttl_seconds = lease.ttl_seconds or self.settings.lease_ttl_seconds
        instance = Registered(
            name, instance_id, host, port, tuple(Claim(claim.prefix, claim.body_bytes_max) for claim in lease.routes),
            owner, weight=lease.weight, version=lease.version, metadata=lease.metadata, health_path=lease.health_path,
            ttl_seconds=ttl_seconds, expires_at=time.monotonic() + ttl_seconds,
        )  # fmt: skip
        known = self.services.get(name, {}).get(instance_id)
        same = known is not None and known.owner == owner and not known.draining and known.same_lease_as(instance)
        if known and same:
            self._renew(known)
            if not known.healthy:  # it may have restarted: a health check decides
                self.recheck(known)
            return known, "renewed"
        self._add(instance, "registered", actor=actor)
        return instance, "changed" if known else "new"

    def heartbeat(self, name: str, instance_id: str, actor: Actor) -> Registered:
        """Renews a lease. Raises NotFound if there is none (register again), Forbidden if it is somebody else's."""
        actor.check_name(name)
        instance = self.get(name, instance_id)
        actor.check_owner(name, instance.owner.id)
        if instance.draining:
            raise NotFound(f"instance {instance_id} of {name} is draining; register it again to use it")
        self._renew(instance)
        return instance

    def adopt(self, lease: Registered) -> None:
        """Adds or updates an instance that another gateway announced."""
        known = self.services.get(lease.service, {}).get(lease.id)
        lease.adopted = True
        if known is not None and known.static:
            return
        displaced = self.ownership.displaced_by(lease)
        if displaced is None:  # our registration takes precedence; announce it to the other gateway
            if known is not None:
                self.on_change("registered", known)
            return
        for loser in displaced:
            self._remove(loser, "removed", from_peer=loser is known)
        if known is not None and known.same_lease_as(lease) and known.draining == lease.draining:
            known.expires_at, known.adopted, known.owner = lease.expires_at, True, lease.owner
            self.ownership.set_owner(lease.service, lease.owner)
        elif self.ownership.has_room(lease.service, lease.id):
            self._add(lease, "draining" if lease.draining else "registered", from_peer=True)

    def drop(self, name: str, instance_id: str, owner: Owner | None = None) -> None:
        """Removes an instance that another gateway removed, unless it belongs to another owner here."""
        known = self.services.get(name, {}).get(instance_id)
        if known is None or known.static:
            return
        if owner is not None and owner.id != known.owner.id:
            self.on_change("registered", known)
        else:
            self._remove(known, "removed", from_peer=True)

    def _renew(self, instance: Registered) -> None:
        instance.expires_at = time.monotonic() + instance.ttl_seconds
        instance.adopted = False
        self.on_change("renewed", instance)

    def deregister(self, name: str, instance_id: str, actor: Actor) -> Registered:
        """Takes the instance out of routing; it is removed once no request to it is in flight."""
        actor.check_name(name, leaving=True)
        instance = self.get(name, instance_id)
        actor.check_owner(name, instance.owner.id)
        if instance.static:
            raise Conflict(f"instance {instance_id} of {name} comes from stack.toml; remove it there")
        instance.draining = True
        self._announce("draining", instance, actor=actor)
        if self.load(name, instance_id) == 0:
            self._remove(instance, "removed")
        return instance

    def get(self, name: str, instance_id: str) -> Registered:
        instance = self.services.get(name, {}).get(instance_id)
        if instance is None:
            raise NotFound(f"instance {instance_id} of {name} is not registered; PUT it first")
        return instance

    def sweep(self, now: float) -> None:
        """Expires leases and removes drained instances. Called about once a second."""
        leased = [one for one in self.instances() if not one.static]
        expired, keep = leases.expired_leases(leased, now, self.cut_off)
        if keep != self.keeping_expired:
            self.keeping_expired = keep
            self._log.warning("registry.keeping_expired", keeping=keep, expired=len(expired), leases=len(leased))
        for instance in expired if not keep else ():
            self._remove(instance, "expired")
        for instance in leased:
            if instance.draining and self.load(instance.service, instance.id) == 0:
                self._remove(instance, "removed")

    def report(self, instance: Registered, healthy: bool, error: str) -> None:
        """The result of an active health check."""
        instance.last_error = error
        if instance.healthy != healthy:
            instance.healthy = healthy
            self._announce("up" if healthy else "down", instance)

    def ejected(self, name: str, instance_id: str, seconds: float, error: str) -> None:
        """The data plane ejected an instance."""
        instance = self.services.get(name, {}).get(instance_id)
        if instance is not None:
            instance.ejected_until = time.monotonic() + seconds
            instance.last_error = error
            self._announce("ejected", instance)

    def watch(self, after: int | None, who: str = "") -> AsyncGenerator[Change]:
        """Every change after a revision, without end. Raises Unavailable at the limit of watchers."""
        self._feed.check_watcher(who)
        return self._feed.follow(after, who)

    def snapshot(self) -> Snapshot:
        """The snapshot for the data plane: every instance that is not draining, and the claims of each service."""
        names = (*self.services, *(name for name in self._expected if name not in self.services))
        for name in names:
            if name not in self._specs:
                self._specs[name] = self._spec(name, self.services.get(name, {}).values())
        return tuple(self._specs[name] for name in names)

    def _spec(self, name: str, instances: Iterable[Registered]) -> ServiceSpec:
        limit = CONTROL_IN_FLIGHT_MAX if name == CONTROL else self.settings.max_concurrent_requests
        policy, hedge_seconds = self._policies.get(name, "least_connections"), self._hedges.get(name, 0.0)
        claims, streams = self._expected.get(name, ()), self.settings.max_concurrent_streams
        return leases.service_spec(name, instances, claims, limit, policy, hedge_seconds, streams)

    def _add(self, instance: Registered, kind: str, *, from_peer: bool = False, actor: Actor | None = None) -> None:
        held = self.services.setdefault(instance.service, {})
        self.ownership.added(instance, held.get(instance.id))
        held[instance.id] = instance
        self._announce(kind, instance, from_peer=from_peer, actor=actor)

    def _remove(self, instance: Registered, kind: str, *, from_peer: bool = False) -> None:
        service = self.services.get(instance.service, {})
        if service.get(instance.id) is instance:
            del service[instance.id]
            self.ownership.removed(instance, last=not service)
            if not service:
                del self.services[instance.service]
        self._announce(kind, instance, from_peer=from_peer)

    def _announce(
        self, kind: str, instance: Registered, *, from_peer: bool = False, actor: Actor | None = None
    ) -> None:
        """`from_peer` if another gateway announced the change: then the others know it already."""
        if kind not in UNROUTED_KINDS:
            self._specs.pop(instance.service, None)
            self.publisher.changed()
        if not from_peer and kind in SHARED_KINDS:
            self.on_change(kind, instance)
        self._feed.add(kind, instance.service, instance.id)
        log = self._log.warning if kind in ("down", "ejected", "expired") else self._log.info
        by = {"by": actor.who.id, "address": actor.address} if actor else {}
        about = {"upstream": instance.service, "instance": instance.id, "url": instance.url}
        log(f"upstream.{kind}", **about, error=instance.last_error, **by)
