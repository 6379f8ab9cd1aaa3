"""What is known of one registered instance, and of each change."""

from dataclasses import dataclass, field
from urllib.parse import urlsplit

from aistack.gateway.snapshot import Claim
from aistack.gateway.wire import BODY_BYTES_MAX
from aistack.stack.description import Upstream


@dataclass(slots=True, eq=False)
class Registered:
    """One instance as its lease describes it. Times are of `time.monotonic()`, in seconds."""

    service: str
    id: str
    host: str
    port: int
    claims: tuple[Claim, ...]
    unix_path: str = ""
    weight: int = 1
    version: str = ""
    metadata: dict[str, str] = field(default_factory=dict[str, str])
    health_path: str = "/health"
    ttl_seconds: float = 15.0
    expires_at: float = float("inf")
    static: bool = False
    draining: bool = False
    healthy: bool = True
    adopted: bool = False  # its heartbeats go to another gateway
    probe_failures: int = 0
    probe_successes: int = 0
    ejected_until: float = 0.0
    last_error: str = ""

    @property
    def url(self) -> str:
        if self.unix_path:
            return f"unix:{self.unix_path}"
        return f"http://[{self.host}]:{self.port}" if ":" in self.host else f"http://{self.host}:{self.port}"

    def says_the_same(self, other: "Registered") -> bool:
        """Whether a renewed lease changes nothing."""
        names = ("host", "port", "claims", "weight", "version", "metadata", "health_path", "ttl_seconds")
        return all(getattr(self, name) == getattr(other, name) for name in names)


@dataclass(frozen=True, slots=True)
class Change:
    """One event of the watch stream."""

    revision: int
    kind: str
    service: str
    instance: str


def static_instances(upstream: Upstream) -> list[Registered]:
    """The instances of a service that stands in `stack.toml`."""
    claims = tuple(Claim(route, BODY_BYTES_MAX) for route in upstream.routes)
    made: list[Registered] = []
    for url in upstream.urls:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or 80
        made.append(
            Registered(
                upstream.name, f"{host}:{port}", host, port, claims, health_path=upstream.health_path, static=True
            )
        )
    return made
