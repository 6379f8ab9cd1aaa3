"""What the registry tells the data plane: which services there are, where, and which paths are theirs."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Claim:
    """A path prefix of a service, and the largest body that it takes there."""

    prefix: str
    body_bytes_max: int


@dataclass(frozen=True, slots=True)
class InstanceSpec:
    """`fallible` instances can be ejected; our own control app, and what has no stand-in by design, can not."""

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
    name: str
    in_flight_max: int
    policy: str
    claims: tuple[Claim, ...]
    instances: tuple[InstanceSpec, ...]
    hedge_seconds: float = 0.0


Snapshot = tuple[ServiceSpec, ...]
