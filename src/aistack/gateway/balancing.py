"""Which instance takes the next request: the one with the fewest in flight for its weight, ties in turn."""

from collections.abc import Container

from aistack.gateway.upstreams import Instance, UpstreamService


def least_connections(service: UpstreamService, tried: Container[Instance] = ()) -> Instance | None:
    """The least busy usable instance that was not `tried` yet; None when there is none."""
    usable = service.usable
    count = len(usable)
    if count == 1:
        return None if usable[0] in tried else usable[0]
    best: Instance | None = None
    best_load = 0.0
    service.turn = start = (service.turn + 1) % count if count else 0
    for step in range(count):
        instance = usable[(start + step) % count]
        if instance in tried:
            continue
        load = instance.in_flight / instance.weight
        if best is None or load < best_load:
            best, best_load = instance, load
    return best
