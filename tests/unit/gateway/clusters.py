"""Clusters and endpoints for tests of the data plane's decisions."""

from dataclasses import replace

from aistack.gateway.policy.circuit_breaker import BreakerRules
from aistack.gateway.registry.snapshot import InstanceSpec
from aistack.gateway.upstream.cluster import Cluster, Endpoint

RULES = BreakerRules(requests_min=20, share=0.5, open_seconds=5)


def cluster(*in_flight: int, weights: tuple[int, ...] = ()) -> Cluster:
    """A cluster with one endpoint for each number, which is how many requests are in flight to it."""
    made = Cluster("s", RULES)
    for number, busy in enumerate(in_flight):
        spec = InstanceSpec(str(number), "127.0.0.1", number)
        if weights:
            spec = replace(spec, weight=weights[number])
        made.endpoints[spec.id] = Endpoint(made, spec, in_flight=busy)
    made.refresh(0.0, 0.0)
    return made
