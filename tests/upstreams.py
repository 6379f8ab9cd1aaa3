"""Services and instances made up for tests of the data plane's decisions."""

from dataclasses import replace

from aistack.gateway.policy.circuit_breaker import BreakerRules
from aistack.gateway.upstream.cluster import Instance, UpstreamService
from aistack.gateway.upstream.route_table import InstanceSpec

RULES = BreakerRules(requests_min=20, share=0.5, open_seconds=5)


def service(*in_flight: int, weights: tuple[int, ...] = ()) -> UpstreamService:
    """A service with one instance for each number, which is how many requests are in flight to it."""
    held = UpstreamService("s", RULES)
    for number, busy in enumerate(in_flight):
        spec = InstanceSpec(str(number), "127.0.0.1", number)
        if weights:
            spec = replace(spec, weight=weights[number])
        held.instances[spec.id] = Instance(held, spec, in_flight=busy)
    held.refresh(0.0, 0.0)
    return held
