"""The description of a stack: which services run, where, and with which settings. Created only by `loader`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from aistack.stack.catalogue import CATALOGUE, MODELS, PROGRAMS, SIDECAR, Service
from aistack.stack.environment import Environment
from aistack.stack.identity.settings import IdentitySettings

SettingValue = str | int | float | bool | list[str]
ALL = "all"
FIRST_TOKEN_SECONDS, LOCAL_FIRST_TOKEN_SECONDS = 60.0, 300.0  # a processor reads a long prompt for minutes


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of one instance: memory in MiB and processor cores; `reserved_mib` are reserved for it."""

    memory_mib: int
    reserved_mib: int
    cpus: float


@dataclass(frozen=True, slots=True)
class DescribedService:
    """A service of the stack. `settings` are the keys of its table that have no field here."""

    entry: Service
    enabled: bool
    port: int
    limits: Limits
    replicas: int = 1
    environment: Mapping[str, str] = field(default_factory=dict[str, str])
    settings: Mapping[str, SettingValue] = field(default_factory=dict[str, SettingValue])

    @property
    def name(self) -> str:
        return self.entry.name


@dataclass(frozen=True, slots=True)
class Upstream:
    """A third-party service at fixed addresses: `[upstreams.NAME]`."""

    name: str
    urls: tuple[str, ...]
    routes: tuple[str, ...]
    health_path: str


ToolChoice = bool | Literal["schema"]


@dataclass(frozen=True, slots=True)
class ModelUpstream:
    """Where a model runs: at an OpenAI-compatible `url`, or as the model `worker` behind an inference sidecar.

    An empty `sidecar` is the stack's own.

    `model` is its name there. `key` is `$VARIABLE`, which holds the API key. With `drain`, a response whose client left
    is read on until it says what it cost; without, the upstream is cancelled, because that stops its work.
    `structured_output` says that it enforces JSON schemas, `tool_choice` that it enforces the call of a tool where a
    request demands it, or does so by a `schema` of the call; `tokenize` that it counts tokens at /tokenize.
    `max_tokens_field` is the only name that it knows for the limit of an answer, `reasoning_field` the one for the
    reasoning of earlier answers; empty for both.
    """

    url: str = ""
    model: str = ""
    key: str = ""
    sidecar: str = ""
    worker: str = ""
    drain: bool = True
    structured_output: bool = True
    tool_choice: ToolChoice = True
    tokenize: bool = False
    max_tokens_field: str = ""
    reasoning_field: str = ""


@dataclass(frozen=True, slots=True)
class ModelPrices:
    """US dollars per million tokens. None is unknown, which is not free."""

    input: float | None = None
    cached_input: float | None = None
    cache_write: float | None = None
    output: float | None = None
    reasoning: float | None = None


@dataclass(frozen=True, slots=True)
class ModelEntry:
    """A model that `/v1` serves under `name`. With `alias_of`, it is another name for that model.

    Upstreams are tried in order, then the `fallbacks`. `defaults` are fields of requests that do not set them. With
    `repeatable`, a request that may have reached an upstream may be sent to the next one. `source` says who set it.
    `chats` is false for what is known to be a model of another kind, `services` for one that the services of the stack
    do not write their answers with.
    """

    name: str
    upstreams: tuple[ModelUpstream, ...] = ()
    fallbacks: tuple[str, ...] = ()
    alias_of: str = ""
    first_token_seconds: float = FIRST_TOKEN_SECONDS
    seconds: float = 600.0
    repeatable: bool = False
    context_length: int = 0
    prices: ModelPrices | None = None
    defaults: Mapping[str, SettingValue] = field(default_factory=dict[str, SettingValue])
    source: str = ""
    chats: bool = True
    services: bool = True


@dataclass(frozen=True, slots=True)
class Deployment:
    """What rendered files need beyond the services: `[deploy]`.

    `image` is the prefix of image names, `host` the name under which clients reach the stack, `replicas` the number of
    instances of each service in production.
    """

    image: str
    tag: str
    host: str
    replicas: int


@dataclass(frozen=True, slots=True)
class LocalModels:
    """The models that the stack's own worker runs, each NAME or NAME=PLACE, and the way to it.

    `socket` is the worker's. The gateway reaches the sidecar at `sidecar_address` (HOST:PORT or unix:/PATH), and its
    metrics and health at `sidecar_host` and `metrics_port`, unless that is 0. `served` are those of the models that
    `aistack models use` chose, `roles` the roles that it gave them, each with its model.
    `kinds` says what those of them are for that do not chat. `problem` says why that choice cannot be read.
    """

    models: tuple[str, ...] = ()
    socket: Path = Path()
    sidecar_address: str = "127.0.0.1:50051"
    sidecar_host: str = "127.0.0.1"
    metrics_port: int = 9090
    served: tuple[str, ...] = ()
    roles: Mapping[str, str] = field(default_factory=dict[str, str])
    kinds: Mapping[str, str] = field(default_factory=dict[str, str])
    problem: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """The public names of the models."""
        return tuple(one.partition("=")[0] for one in self.models)


@dataclass(frozen=True, slots=True)
class Stack:
    """The whole description. `source` is the file it was read from; `data_dir` is absolute.

    `environment` are the variables it was read with: those of the process, then those of `env_file`.

    With `identity` on, every call needs an API key, and services accept only principals that the gateway vouches for.
    With it off, they answer to loopback and to the `allowed_hosts`, each NAME or NAME:PORT.
    """

    name: str
    source: Path
    data_dir: Path
    services: Mapping[str, DescribedService]
    deploy: Deployment
    gateway_host: str = "127.0.0.1"
    upstreams: tuple[Upstream, ...] = ()
    models: tuple[ModelEntry, ...] = ()
    identity: bool = False
    allowed_hosts: tuple[str, ...] = ()
    profiles: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    environment: Environment = field(default_factory=Environment)
    env_file: Path | None = None
    programs: Mapping[str, DescribedService] = field(default_factory=dict[str, DescribedService])
    local_models: LocalModels = field(default_factory=LocalModels)
    sign_in: IdentitySettings = field(default_factory=IdentitySettings)

    def environment_of(self, service: DescribedService) -> Environment:
        """The variables that a service reads; those of its own table have the lowest precedence."""
        return self.environment.over(str(self.source), service.environment)

    @property
    def enabled(self) -> tuple[DescribedService, ...]:
        """Services that run, in the catalogue's order: the gateway first."""
        return tuple(self.services[name] for name in CATALOGUE if self.services[name].enabled)

    @property
    def enabled_programs(self) -> tuple[DescribedService, ...]:
        """The worker and the sidecar, when the description names models for the worker."""
        return tuple(self.programs[name] for name in PROGRAMS if name in self.programs and self.programs[name].enabled)

    @property
    def static_upstreams(self) -> tuple[Upstream, ...]:
        """The upstreams, and the sidecar, which the gateway checks like them; it has no routes."""
        local = self.local_models
        if not local.metrics_port or not self.enabled_programs:
            return self.upstreams
        url = f"http://{local.sidecar_host}:{local.metrics_port}"
        return (*self.upstreams, Upstream(SIDECAR, (url,), (), "/health/ready"))

    @property
    def sidecars(self) -> tuple[DescribedService, ...]:
        """The services behind the gateway; each of them is optional."""
        return tuple(service for service in self.enabled if service.name != "gateway")

    @property
    def gateway_url(self) -> str:
        """Where services on this machine reach the gateway."""
        return f"http://{self.gateway_host}:{self.services['gateway'].port}"

    def profiles_of(self, service: str) -> tuple[str, ...]:
        """The profiles that a service runs in: its own, `all`, those of `[profiles]` that list it, and `models`."""
        named = [name for name, members in self.profiles.items() if service in members]
        return (service, ALL, *named, *((MODELS,) if service in PROGRAMS else ()))

    def chosen(self, words: tuple[str, ...]) -> tuple[DescribedService, ...]:
        """Enabled services and programs with these names or profiles, in order; all for no words. Raises KeyError."""
        enabled = (*self.enabled, *self.enabled_programs)
        if not words:
            return enabled
        known = {one for service in enabled for one in self.profiles_of(service.name)}
        unknown = [word for word in words if word not in known]
        if unknown:
            raise KeyError(unknown[0])
        return tuple(one for one in enabled if set(words) & set(self.profiles_of(one.name)))
