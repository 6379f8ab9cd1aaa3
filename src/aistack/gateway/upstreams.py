"""Services and their instances as the data plane sees them: who can take a request, over which connections."""

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aistack.gateway.upstream import UpstreamConnection

IDLE_CONNECTIONS_MAX = 256
IDLE_SECONDS_MAX = 3.0  # with the sweep's second, below the 5 s after which many servers close


@dataclass(slots=True, eq=False)
class Instance:
    """One running copy of a service. Times are of `time.monotonic()`, in seconds."""

    service: str
    id: str
    host: str
    port: int
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
    probe_failures: int = 0
    failures: int = 0
    ejected_until: float = 0.0
    in_flight: int = 0
    swept_at: float = 0.0
    last_error: str = ""
    idle: "deque[tuple[float, UpstreamConnection]]" = field(default_factory=lambda: deque())

    @property
    def url(self) -> str:
        if self.unix_path:
            return f"unix:{self.unix_path}"
        return f"http://[{self.host}]:{self.port}" if ":" in self.host else f"http://{self.host}:{self.port}"

    def take_idle(self) -> "UpstreamConnection | None":
        """The most recently used open connection, if there is one."""
        while self.idle:
            connection = self.idle.pop()[1]
            if connection.usable:
                return connection
            connection.close()
        return None

    def keep_idle(self, connection: "UpstreamConnection") -> None:
        if self.draining or len(self.idle) >= IDLE_CONNECTIONS_MAX:
            connection.close()
        else:
            self.idle.append((self.swept_at, connection))

    def close_stale(self, now: float) -> None:
        """Closes pooled connections that waited too long; the oldest are at the left. Called once a second."""
        self.swept_at = now
        while self.idle and (self.draining or self.idle[0][0] < now - IDLE_SECONDS_MAX):
            self.idle.popleft()[1].close()


@dataclass(slots=True, eq=False)
class UpstreamService:
    """A service and what the data plane needs to know of it. `usable` is remade when anything changes."""

    name: str
    in_flight_max: int
    instances: dict[str, Instance] = field(default_factory=dict[str, Instance])
    usable: tuple[Instance, ...] = ()
    in_flight: int = 0
    turn: int = 0

    def refresh(self, now: float) -> None:
        """Recomputes `usable`: healthy, not draining, not ejected (but never more than half ejected)."""
        candidates = [one for one in self.instances.values() if one.healthy and not one.draining]
        awake = [one for one in candidates if one.ejected_until <= now]
        self.usable = tuple(awake if len(awake) * 2 >= len(candidates) else candidates)
