"""Whose the registered services are, which prefixes they claim, and what may stand beside what.

The principal that registers a service first owns it while it has instances. Nothing of this is kept on disk: a gateway
that restarts learns it again from the next registrations, or from Redis.
"""

import time
from collections.abc import Mapping

from aistack.chassis.errors import Conflict
from aistack.gateway.identity.authorization import CONTROL, UNOWNED, Actor
from aistack.gateway.registry.leases import Owner, Registered
from aistack.gateway.registry.path_claims import ClaimIndex, plain
from aistack.stack.catalogue import CATALOGUE

SERVICES_MAX = 256
INSTANCES_MAX = 1024
INSTANCES_IN_ALL_MAX = 8192
WEIGHT_RATIO_MAX = 100


class Ownership:
    """Sees the registry's instances; is told when one comes or goes."""

    def __init__(self, services: Mapping[str, Mapping[str, Registered]]) -> None:
        self._services = services
        self._owners: dict[str, Owner] = {}
        self._claims = ClaimIndex()
        self._count = 0

    def owner(self, name: str) -> Owner | None:
        """Who has a service that is registered now."""
        return self._owners.get(name)

    def owner_id(self, name: str) -> str:
        """The id of who may decide for a service, also for one of the stack that is not there; empty for nobody's."""
        held = self._owners.get(name)
        return f"service:{name}" if name in CATALOGUE and name != CONTROL else held.id if held else ""

    def owner_for(self, name: str, actor: Actor) -> Owner:
        """Who owns the service once this one has registered an instance. Raises Conflict or Forbidden."""
        actor.refuse_name(name)
        held = self._owners.get(name)
        mine = Owner(actor.who.id, time.time())
        if held is None or (actor.identified and held.id in UNOWNED):
            return mine
        if name in CATALOGUE and actor.identified:
            return held if held.id == mine.id else mine
        actor.refuse_owner(name, held.id)
        return held

    def refuse_claim(self, name: str, prefix: str, actor: Actor) -> None:
        """Raises Conflict or Forbidden when the service may not claim the prefix."""
        self._claims.refuse(name, plain(prefix), actor, self.owner_id)

    def refuse_place(self, name: str, instance_id: str, weight: int) -> None:
        """Raises Conflict when there is no room for the instance, or it would outweigh the others.

        Weights differ by a factor of 100 at most, whichever instance comes first, so that one slip of a digit does
        not move all requests to the newcomer, and a canary of one percent still goes.
        """
        service = self._services.get(name, {})
        known = service.get(instance_id)
        if known is not None and known.static:
            raise Conflict(f"instance {instance_id} of {name} comes from stack.toml; register under another id")
        if known is None:
            if not service and len(self._services) >= SERVICES_MAX and name not in CATALOGUE:
                raise Conflict(f"the registry holds {SERVICES_MAX} services already; deregister some first")
            if len(service) >= INSTANCES_MAX:
                raise Conflict(f"{name} has {INSTANCES_MAX} instances already; deregister some first")
            if self._count >= INSTANCES_IN_ALL_MAX and name not in CATALOGUE:
                raise Conflict(f"the registry holds {INSTANCES_IN_ALL_MAX} instances already; deregister some first")
        if known is None or known.weight != weight:
            self._refuse_weight(name, instance_id, weight)

    def _refuse_weight(self, name: str, instance_id: str, weight: int) -> None:
        for other in self._services.get(name, {}).values():
            low, high = sorted((weight, other.weight))
            if other.id != instance_id and not other.draining and high > low * WEIGHT_RATIO_MAX:
                raise Conflict(
                    f"weight {weight} beside {other.weight} of instance {other.id}: the weights of a service may "
                    f"differ by a factor of {WEIGHT_RATIO_MAX} at most"
                )

    def has_room(self, name: str, instance_id: str) -> bool:
        """Whether an instance that another gateway tells of can be taken up."""
        service = self._services.get(name, {})
        room = len(service) < INSTANCES_MAX and self._count < INSTANCES_IN_ALL_MAX
        return instance_id in service or (room and (bool(service) or len(self._services) < SERVICES_MAX))

    def outranked(self, lease: Registered) -> list[Registered] | None:
        """The instances that must make way for one that another gateway tells of; None when it must not come in.

        Two gateways that did not hear of each other in time may have given one name or prefix to two principals. All
        of them decide alike: the services of the stack come first, then what was registered earlier.
        """
        losers: list[Registered] = []
        held = self._owners.get(lease.service)
        if held is not None and held.id != lease.owner.id:
            if held.outranks(lease.owner):
                return None
            losers += self._leased(lease.service)
        for prefix in lease.prefixes:
            for other in self._claims.holders(prefix) - {lease.service}:
                if self._goes_first(other, lease):
                    return None
                losers += [one for one in self._leased(other) if plain(prefix) in map(plain, one.prefixes)]
        return losers

    def _goes_first(self, service: str, lease: Registered) -> bool:
        if service in CATALOGUE or lease.service in CATALOGUE:
            return service in CATALOGUE
        held = self._owners.get(service, lease.owner)
        return held.outranks(lease.owner) or (held == lease.owner and service < lease.service)

    def _leased(self, name: str) -> list[Registered]:
        return [one for one in self._services.get(name, {}).values() if not one.static]

    def settle(self, name: str, owner: Owner) -> None:
        """Notes whose a service is, where that is not settled better already."""
        held = self._owners.get(name)
        if held is None or owner.outranks(held):
            self._owners[name] = owner

    def placed(self, instance: Registered, before: Registered | None) -> None:
        """An instance came, or took the place of what was said of it before."""
        self.settle(instance.service, instance.owner)
        self._count += before is None
        if instance.service != CONTROL:
            self._claims.add(instance.service, instance.prefixes)
            if before is not None:
                self._claims.remove(instance.service, before.prefixes)

    def left(self, instance: Registered, *, last: bool) -> None:
        """An instance went; `last` when the service has none any more."""
        self._count -= 1
        if instance.service != CONTROL:
            self._claims.remove(instance.service, instance.prefixes)
        if last:
            self._owners.pop(instance.service, None)
