"""The registry: which instances exist, for how long, whose they are, and what the data plane is told of them.

Leases follow Consul and Eureka: an instance that falls silent expires, but when most leases would run out
at once the last known set is kept, for then the network is likelier to have failed than everything.
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
from aistack.gateway.wire import LeaseRequest
from aistack.stack.description import Upstream

SHARED_KINDS = ("registered", "draining", "removed", "expired")
UNROUTED_KINDS = ("ejected",)  # the data plane knows already
CONTROL_IN_FLIGHT_MAX = 4096
Outcome = Literal["new", "changed", "renewed"]


class Registry:
    """Holds the leases. Lives on one event loop. What is `expected` keeps its claims while no instance is there.

    `publish` is called with a snapshot soon after something that routing goes by has changed; `load` tells how
    many requests are in flight to an instance.
    """

    def __init__(self, settings: GatewaySettings, addresses: AddressRules, expected: Claims | None = None) -> None:
        self.settings = settings
        self.services: dict[str, dict[str, Registered]] = {}
        self.keeping_expired = False
        self.publish: Callable[[Snapshot], None] = lambda snapshot: None
        self.on_change: Callable[[str, Registered], None] = lambda kind, instance: None
        self.cut_off = False  # from the other gateways: what they would tell us is missing
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
        self._place(leases.control_instance(unix_path), "registered")

    def set_static(self, upstreams: Iterable[Upstream]) -> None:
        """The instances from `stack.toml`: no lease, no expiry. Those that are not there any more are forgotten."""
        wanted = {(one.service, one.id): one for upstream in upstreams for one in leases.static_instances(upstream)}
        for instance in self.instances():
            if instance.static and instance.service != CONTROL and (instance.service, instance.id) not in wanted:
                self._forget(instance, "removed")
        for instance in leases.displaced(self.instances(), wanted.values()):
            self._forget(instance, "removed")
        for (service, name), instance in wanted.items():
            known = self.services.get(service, {}).get(name)
            if known is None or not known.says_the_same(instance):
                self._place(instance, "registered")
        self.publisher.now()

    def configure(self, settings: GatewaySettings) -> None:
        """Goes on with other settings; leases stay as they are."""
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
            self.ownership.refuse_claim(name, claim.prefix, actor)
        self.ownership.refuse_place(name, instance_id, lease.weight)
        ttl_seconds = lease.ttl_seconds or self.settings.lease_ttl_seconds
        instance = Registered(
            name, instance_id, host, port, tuple(Claim(claim.prefix, claim.body_bytes_max) for claim in lease.routes),
            owner, weight=lease.weight, version=lease.version, metadata=lease.metadata, health_path=lease.health_path,
            ttl_seconds=ttl_seconds, expires_at=time.monotonic() + ttl_seconds,
        )  # fmt: skip
        known = self.services.get(name, {}).get(instance_id)
        same = known is not None and known.owner == owner and not known.draining and known.says_the_same(instance)
        if known and same:
            self._renew(known)
            if not known.healthy:  # it may have started again; a check tells, not its word
                self.recheck(known)
            return known, "renewed"
        self._place(instance, "registered", actor=actor)
        return instance, "changed" if known else "new"

    def heartbeat(self, name: str, instance_id: str, actor: Actor) -> Registered:
        """Renews a lease. Raises NotFound when there is none: register again; Forbidden when it is somebody else's."""
        actor.refuse_name(name)
        instance = self.get(name, instance_id)
        actor.refuse_owner(name, instance.owner.id)
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
        losers = self.ownership.outranked(lease)
        if losers is None:  # what we hold goes first; whoever tells must hear of it
            if known is not None:
                self.on_change("registered", known)
            return
        for loser in losers:
            self._forget(loser, "removed", told=loser is known)
        if known is not None and known.says_the_same(lease) and known.draining == lease.draining:
            known.expires_at, known.adopted, known.owner = lease.expires_at, True, lease.owner
            self.ownership.settle(lease.service, lease.owner)
        elif self.ownership.has_room(lease.service, lease.id):
            self._place(lease, "draining" if lease.draining else "registered", told=True)

    def drop(self, name: str, instance_id: str, owner: Owner | None = None) -> None:
        """Forgets an instance that another gateway says is gone, unless it speaks of somebody else's."""
        known = self.services.get(name, {}).get(instance_id)
        if known is None or known.static:
            return
        if owner is not None and owner.id != known.owner.id:
            self.on_change("registered", known)
        else:
            self._forget(known, "removed", told=True)

    def _renew(self, instance: Registered) -> None:
        instance.expires_at = time.monotonic() + instance.ttl_seconds
        instance.adopted = False
        self.on_change("renewed", instance)

    def deregister(self, name: str, instance_id: str, actor: Actor) -> Registered:
        """Takes the instance out of routing; it is forgotten when nothing is in flight to it."""
        actor.refuse_name(name, leaving=True)
        instance = self.get(name, instance_id)
        actor.refuse_owner(name, instance.owner.id)
        if instance.static:
            raise Conflict(f"instance {instance_id} of {name} comes from stack.toml; remove it there")
        instance.draining = True
        self._announce("draining", instance, actor=actor)
        if self.load(name, instance_id) == 0:
            self._forget(instance, "removed")
        return instance

    def get(self, name: str, instance_id: str) -> Registered:
        instance = self.services.get(name, {}).get(instance_id)
        if instance is None:
            raise NotFound(f"no instance {instance_id} of {name} is registered; PUT it first")
        return instance

    def sweep(self, now: float) -> None:
        """Expires leases and forgets drained instances. Called about once a second."""
        leased = [one for one in self.instances() if not one.static]
        expired, keep = leases.lapsed(leased, now, self.cut_off)
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

    def watch(self, after: int | None, who: str = "") -> AsyncGenerator[Change]:
        """Every change after a revision, for ever. Raises Unavailable when as many watch as may."""
        self._feed.refuse_watcher(who)
        return self._feed.follow(after, who)

    def snapshot(self) -> Snapshot:
        """What the data plane goes by: every instance that is not draining, and the claims of each service."""
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

    def _place(self, instance: Registered, kind: str, *, told: bool = False, actor: Actor | None = None) -> None:
        held = self.services.setdefault(instance.service, {})
        self.ownership.placed(instance, held.get(instance.id))
        held[instance.id] = instance
        self._announce(kind, instance, told=told, actor=actor)

    def _forget(self, instance: Registered, kind: str, *, told: bool = False) -> None:
        service = self.services.get(instance.service, {})
        if service.get(instance.id) is instance:
            del service[instance.id]
            self.ownership.left(instance, last=not service)
            if not service:
                del self.services[instance.service]
        self._announce(kind, instance, told=told)

    def _announce(self, kind: str, instance: Registered, *, told: bool = False, actor: Actor | None = None) -> None:
        """`told` when another gateway said so: the others know it already."""
        if kind not in UNROUTED_KINDS:
            self._specs.pop(instance.service, None)
            self.publisher.changed()
        if not told and kind in SHARED_KINDS:
            self.on_change(kind, instance)
        self._feed.add(kind, instance.service, instance.id)
        log = self._log.warning if kind in ("down", "ejected", "expired") else self._log.info
        by = {"by": actor.who.id, "address": actor.address} if actor else {}
        about = {"upstream": instance.service, "instance": instance.id, "url": instance.url}
        log(f"upstream.{kind}", **about, error=instance.last_error, **by)
