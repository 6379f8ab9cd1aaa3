"""Who owns the registered services and the prefixes they claim, and the limits of the registry.

The principal that registers a service first owns it as long as it has instances. Ownership is not stored on disk: after
a restart, the gateway learns it from the next registrations, or from Redis.
"""

import time
from collections.abc import Mapping

from aistack.chassis.errors import Conflict
from aistack.gateway.identity.authorization import CONTROL, UNOWNED, Actor
from aistack.gateway.registry.leases import Owner, Registered
from aistack.gateway.registry.path_claims import ClaimIndex, normalized
from aistack.stack.catalogue import CATALOGUE

SERVICES_MAX = 256
INSTANCES_MAX = 1024
INSTANCES_IN_ALL_MAX = 8192
WEIGHT_RATIO_MAX = 100


class Ownership:
    """Reads the registry's instances; `added` and `removed` are called for each change."""

    def __init__(self, services: Mapping[str, Mapping[str, Registered]]) -> None:
        self._services = services
        self._owners: dict[str, Owner] = {}
        self._claims = ClaimIndex()
        self._count = 0

    def owner(self, name: str) -> Owner | None:
        """The owner of a registered service."""
        return self._owners.get(name)

    def owner_id(self, name: str) -> str:
        """The owner's id, also for a service of the stack that is not registered; empty if nobody owns the service."""
        held = self._owners.get(name)
        return f"service:{name}" if name in CATALOGUE and name != CONTROL else held.id if held else ""

    def owner_for(self, name: str, actor: Actor) -> Owner:
        """The owner of the service once this caller has registered an instance. Raises Conflict or Forbidden."""
        actor.check_name(name)
        held = self._owners.get(name)
        mine = Owner(actor.who.id, time.time())
        if held is None or (actor.identified and held.id in UNOWNED):
            return mine
        if name in CATALOGUE and actor.identified:
            return held if held.id == mine.id else mine
        actor.check_owner(name, held.id)
        return held

    def check_claim(self, name: str, prefix: str, actor: Actor) -> None:
        """Raises Conflict or Forbidden if the service may not claim the prefix."""
        self._claims.check(name, normalized(prefix), actor, self.owner_id)

    def check_capacity(self, name: str, instance_id: str, weight: int) -> None:
        """Raises Conflict if the registry is full, or if the instance's weight is too far from the others'.

        Weights may differ by a factor of 100, in both directions, so that a typo does not move all requests to a new
        instance, but a canary of one percent is possible.
        """
        service = self._services.get(name, {})
        known = service.get(instance_id)
        if known is not None and known.static:
            raise Conflict(f"instance {instance_id} of {name} comes from stack.toml; register under another id")
        if known is None:
            if not service and len(self._services) >= SERVICES_MAX and name not in CATALOGUE:
                raise Conflict(f"the registry already holds {SERVICES_MAX} services, its limit; deregister some first")
            if len(service) >= INSTANCES_MAX:
                raise Conflict(f"{name} already has {INSTANCES_MAX} instances, its limit; deregister some first")
            if self._count >= INSTANCES_IN_ALL_MAX and name not in CATALOGUE:
                raise Conflict(
                    f"the registry already holds {INSTANCES_IN_ALL_MAX} instances, its limit; deregister some"
                )
        if known is None or known.weight != weight:
            self._check_weight(name, instance_id, weight)

    def _check_weight(self, name: str, instance_id: str, weight: int) -> None:
        for other in self._services.get(name, {}).values():
            low, high = sorted((weight, other.weight))
            if other.id != instance_id and not other.draining and high > low * WEIGHT_RATIO_MAX:
                raise Conflict(
                    f"weight {weight} is too far from instance {other.id}'s {other.weight}: the weights of a service "
                    f"may differ by a factor of {WEIGHT_RATIO_MAX} at most"
                )

    def has_room(self, name: str, instance_id: str) -> bool:
        """Whether there is room for an instance that another gateway announced."""
        service = self._services.get(name, {})
        room = len(service) < INSTANCES_MAX and self._count < INSTANCES_IN_ALL_MAX
        return instance_id in service or (room and (bool(service) or len(self._services) < SERVICES_MAX))

    def displaced_by(self, lease: Registered) -> list[Registered] | None:
        """The instances that an instance announced by another gateway displaces; None if it has to be rejected.

        Two gateways may have given one name or prefix to two principals at the same moment. All gateways resolve this
        alike: the services of the stack come first, then the earlier registration.
        """
        outranked: list[Registered] = []
        held = self._owners.get(lease.service)
        if held is not None and held.id != lease.owner.id:
            if held.outranks(lease.owner):
                return None
            outranked += self._leased(lease.service)
        for prefix in lease.prefixes:
            for other in self._claims.holders(prefix) - {lease.service}:
                if self._takes_precedence(other, lease):
                    return None
                outranked += [one for one in self._leased(other) if normalized(prefix) in map(normalized, one.prefixes)]
        return outranked

    def _takes_precedence(self, service: str, lease: Registered) -> bool:
        if service in CATALOGUE or lease.service in CATALOGUE:
            return service in CATALOGUE
        held = self._owners.get(service, lease.owner)
        return held.outranks(lease.owner) or (held == lease.owner and service < lease.service)

    def _leased(self, name: str) -> list[Registered]:
        return [one for one in self._services.get(name, {}).values() if not one.static]

    def set_owner(self, name: str, owner: Owner) -> None:
        """Sets the owner of a service, unless its current owner outranks this one."""
        held = self._owners.get(name)
        if held is None or owner.outranks(held):
            self._owners[name] = owner

    def added(self, instance: Registered, before: Registered | None) -> None:
        """An instance was added, or replaced an earlier registration."""
        self.set_owner(instance.service, instance.owner)
        self._count += before is None
        if instance.service != CONTROL:
            self._claims.add(instance.service, instance.prefixes)
            if before is not None:
                self._claims.remove(instance.service, before.prefixes)

    def removed(self, instance: Registered, *, last: bool) -> None:
        """An instance was removed; `last` if it was the service's last one."""
        self._count -= 1
        if instance.service != CONTROL:
            self._claims.remove(instance.service, instance.prefixes)
        if last:
            self._owners.pop(instance.service, None)
