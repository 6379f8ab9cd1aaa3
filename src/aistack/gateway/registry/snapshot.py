"""The snapshot: all services and their instances, as the registry publishes them and the data plane applies them.

Immutable and picklable, so that it can be sent to worker processes.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Claim:
    """A path prefix of a service, and the largest body that it accepts there."""

    prefix: str
    body_bytes_max: int


@dataclass(frozen=True, slots=True)
class InstanceSpec:
    """Only `fallible` instances can be ejected; the gateway's own control app cannot, as nothing can replace it."""

    id: str
    host: str
    port: int
    unix_path: str = ""
    weight: int = 1
    healthy: bool = True
    fallible: bool = True

    @property
    def address(self) -> tuple[str, int, str]:
        return self.host, self.port, self.unix_path


@dataclass(frozen=True, slots=True)
class ServiceSpec:
    """One service. Circuit breakers, rate limits and the limit on all requests apply only if it is `guarded`."""

    name: str
    in_flight_max: int
    policy: str
    claims: tuple[Claim, ...]
    instances: tuple[InstanceSpec, ...]
    hedge_seconds: float = 0.0
    streams_max: int = 1_000
    guarded: bool = True


Snapshot = tuple[ServiceSpec, ...]
