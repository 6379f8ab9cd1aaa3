"""One stack, as described: which services run, where, with which settings. Made only by `loading`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from aistack.stack.catalogue import CATALOGUE, Service

SettingValue = str | int | float | bool | list[str]


@dataclass(frozen=True, slots=True)
class DescribedService:
    """A service of the stack. `settings` are the keys its table holds beyond `enabled` and `port`."""

    entry: Service
    enabled: bool
    port: int
    settings: Mapping[str, SettingValue] = field(default_factory=dict[str, SettingValue])


@dataclass(frozen=True, slots=True)
class Upstream:
    """A service of somebody else's that is always there: `[upstreams.NAME]`."""

    name: str
    urls: tuple[str, ...]
    routes: tuple[str, ...]
    health_path: str


@dataclass(frozen=True, slots=True)
class Stack:
    """The whole description. `source` is the file it was read from; `data_dir` is absolute.

    With `identity` on, every call needs a key, and services accept only what the gateway vouches for.
    """

    name: str
    source: Path
    data_dir: Path
    services: Mapping[str, DescribedService]
    upstreams: tuple[Upstream, ...] = ()
    identity: bool = False

    @property
    def enabled(self) -> tuple[DescribedService, ...]:
        """Services that run, in the catalogue's order: the gateway first."""
        return tuple(self.services[name] for name in CATALOGUE if self.services[name].enabled)

    @property
    def gateway_url(self) -> str:
        """Where services on this machine reach the gateway."""
        return f"http://127.0.0.1:{self.services['gateway'].port}"
