"""Request and response models of the gateway's own API."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator

from aistack.gateway.identity.authorization import checked_scope

NAME_PATTERN = r"^[a-z][a-z0-9-]{0,62}$"
BODY_BYTES_MAX = 10 * 1024 * 1024
INSTANCE_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$"
PREFIX_PATTERN = r"^(/|(/[A-Za-z0-9._~-]+)+)$"
SEGMENT_CHARACTERS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._~-")
METADATA_BYTES_MAX = 4096


def whole_segments(prefix: str) -> str:
    """Checks a prefix of whole path segments, as routing matches them. Raises ValueError."""
    if not prefix.startswith("/"):
        raise ValueError(f"{prefix!r} does not start with a slash")
    for segment in prefix[1:].split("/") if prefix != "/" else ():
        if not segment:
            raise ValueError(f"{prefix!r} has an empty segment; remove the slash at the end, or one of two in a row")
        if segment in (".", ".."):
            raise ValueError(f"{prefix!r} has a dot segment; requests with dot segments are rejected")
        odd = next((char for char in segment if char not in SEGMENT_CHARACTERS), None)
        if odd is not None:
            raise ValueError(f"{prefix!r} contains {odd!r}; a segment may contain A-Z, a-z, 0-9, '.', '_', '~' and '-'")
    return prefix


def printable(text: str) -> str:
    """Raises ValueError for text with control or other invisible characters."""
    odd = next((char for char in text if not char.isprintable()), None)
    if odd is not None:
        raise ValueError(f"it contains an unprintable character (U+{ord(odd):04X}); remove it")
    return text


Printable = Annotated[str, AfterValidator(printable)]


class RouteClaim(BaseModel):
    """A path prefix of a service, and the largest body that it accepts there."""

    model_config = ConfigDict(extra="forbid")

    prefix: Annotated[str, AfterValidator(whole_segments)] = Field(
        max_length=256, json_schema_extra={"pattern": PREFIX_PATTERN}
    )
    body_bytes_max: int = Field(default=BODY_BYTES_MAX, ge=0, le=1 << 40, strict=True)


class LeaseRequest(BaseModel):
    """A registration. `routes` are prefixes, as strings or with a body limit."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"url": "http://127.0.0.1:7001", "routes": ["/billing"], "health_path": "/health"}]
        },
    )

    url: str = Field(max_length=512)
    routes: list[RouteClaim] = Field(min_length=1, max_length=64)
    weight: int = Field(default=1, ge=1, le=1000, strict=True)
    version: Printable = Field(default="", max_length=64)
    metadata: dict[Printable, Printable] = Field(default_factory=dict, max_length=32)
    ttl_seconds: float | None = Field(default=None, gt=0.1, le=3600, allow_inf_nan=False, strict=True)
    health_path: str = Field(default="/health", pattern=r'^/[!"$-~]*$', max_length=256)

    @field_validator("routes", mode="before")
    @classmethod
    def plain_prefixes(cls, routes: object) -> object:
        if not isinstance(routes, list):
            return routes
        return [{"prefix": route} if isinstance(route, str) else route for route in routes]  # pyright: ignore[reportUnknownVariableType] -- not validated yet

    @field_validator("routes")
    @classmethod
    def each_once(cls, routes: list[RouteClaim]) -> list[RouteClaim]:
        seen: set[str] = set()
        for route in routes:
            if route.prefix in seen:
                raise ValueError(f"{route.prefix} is listed twice")
            seen.add(route.prefix)
        return routes

    @field_validator("metadata")
    @classmethod
    def small(cls, metadata: dict[str, str]) -> dict[str, str]:
        size = sum(len(name.encode()) + len(value.encode()) for name, value in metadata.items())
        if size > METADATA_BYTES_MAX:
            raise ValueError(f"it has {size} bytes; at most {METADATA_BYTES_MAX} are allowed")
        return metadata


class Lease(BaseModel):
    """A granted lease: renew it within `ttl_seconds`."""

    service: str
    instance: str
    ttl_seconds: float
    expires_at: datetime


class InstanceView(BaseModel):
    id: str
    url: str
    state: Literal["up", "down", "ejected", "draining"]
    weight: int
    version: str
    routes: list[RouteClaim]
    metadata: dict[str, str]
    in_flight: int
    static: bool
    expires_at: datetime | None
    last_error: str


class ServiceView(BaseModel):
    name: str
    owner: str = Field(description="the principal that registered it first; empty while identity is off")
    routes: list[str]
    in_flight: int
    breaker: Literal["closed", "half-open", "open"]
    instances: list[InstanceView]


class ServiceList(BaseModel):
    revision: int
    keeping_expired: bool = Field(description="most leases expired at once, so the last known set is kept")
    services: list[ServiceView]


class InstanceHealth(BaseModel):
    id: str
    url: str
    status: Literal["healthy", "unhealthy"]
    latency_ms: float | None
    error: str


class ServiceHealth(BaseModel):
    name: str
    title: str
    summary: str
    required: bool
    status: Literal["healthy", "degraded", "unhealthy"]
    instances: list[InstanceHealth]


class HealthOfAll(BaseModel):
    status: Literal["healthy", "degraded", "unhealthy"]
    version: str
    services: list[ServiceHealth]


class KeyRequest(BaseModel):
    """A key to create. `services` are the names of services that it may reach, null for all.

    For the gateway itself, `gateway` allows reading registry, health and metrics, `gateway:register` registering
    services under names that nobody else owns, and `gateway:register:NAME` only the service NAME.
    """

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"name": "web shop", "services": ["rag"], "rate": "5/s burst 10"}]},
    )

    name: str = Field(min_length=1, max_length=64, pattern=r"^[^:*]+$", description="without ':' and '*'")
    services: list[Annotated[str, AfterValidator(checked_scope)]] | None = Field(default=None, max_length=64)
    rate: str = Field(default="", max_length=64, description="its own rate limit, such as '5/s burst 10'")
    expires_at: datetime | None = None
    model_rules: "KeyModelRules | None" = None


class KeyModelRules(BaseModel):
    """What applies to a key's calls of models."""

    model_config = ConfigDict(extra="forbid")

    budget: str = Field(default="", max_length=64, description="such as '10 USD/month' or '200000 tokens/day'")
    budget_fallbacks: list[str] = Field(
        default_factory=list[str], max_length=8, description="models to use when the budget does not allow others"
    )
    models: list[str] | None = Field(default=None, max_length=256, description="models it may use; null for all")
    cache: bool = Field(default=False, description="whether identical requests may get an earlier answer")
    tokens_per_minute: int = Field(default=0, ge=0, le=10**12, description="0 for no limit")
    parallel: int = Field(default=0, ge=0, le=100_000, description="calls at the same time; 0 for no limit")
    reasoning_field: Literal["both", "reasoning_content", "reasoning"] = Field(
        default="both", description="the name under which answers have a model's reasoning"
    )


class KeyView(BaseModel):
    id: str
    name: str
    start: str = Field(description="the first characters of the key, to recognise it")
    state: Literal["valid", "revoked", "expired"]
    services: list[str] | None
    rate: str
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    model_rules: KeyModelRules | None = None


class KeyCreated(KeyView):
    key: str = Field(description="shown only once")


class KeyList(BaseModel):
    keys: list[KeyView]


class ModelUpstreamView(BaseModel):
    url: str
    model: str
    has_key: bool
    sidecar: str
    drain: bool
    structured_output: bool
    tool_choice: bool | Literal["schema"]
    tokenize: bool
    max_tokens_field: str
    reasoning_field: str


class ModelEntryView(BaseModel):
    """An entry of the model table, without its keys. Prices are dollars per million tokens; null is unknown."""

    name: str
    alias_of: str
    upstreams: list[ModelUpstreamView]
    fallbacks: list[str]
    first_token_seconds: float
    seconds: float
    repeatable: bool
    context_length: int
    defaults: dict[str, str | int | float | bool | list[str]]
    prices: dict[str, float | None]
    services: bool = Field(default=True, description="whether the services of the stack write answers with it")
    source: str = Field(description="'api', or the file or the variable that it comes from")
    replaces: str = Field(default="", description="the source of the entry that it replaces")


class ModelEntryList(BaseModel):
    models: list[ModelEntryView]
    prices_date: str = Field(description="when the prices that ship were last compared with a price list")


class UsageRow(BaseModel):
    """What one key used of one model at one upstream on one day. `cost_usd` does not include `unpriced` requests."""

    day: str
    key: str
    model: str
    upstream: str
    source: Literal["upstream", "drained", "estimated", "cache"]
    requests: int
    prompt_tokens: int
    completion_tokens: int
    cached_tokens: int
    cache_write_tokens: int
    reasoning_tokens: int
    cost_usd: float | None = Field(description="null if the price of none of the requests is known")
    unpriced: int


class UsageReport(BaseModel):
    rows: list[UsageRow]


class PullView(BaseModel):
    """How far a pull is, or how the last one ended. `total` is 0 while it is unknown."""

    state: Literal["pulling", "done", "failed", "cancelled"]
    file: str
    bytes: int
    total: int
    error: str


class LocalModelView(BaseModel):
    """A model of this machine, installed or not."""

    name: str
    state: Literal["absent", "partial", "pulling", "installed"]
    kind: str = Field(description="chat, embedding or rerank")
    about: str
    languages: str
    licence: str
    sources: str = Field(description="where it can be pulled from, in this order")
    bytes: int = Field(description="on the disk")
    download_bytes: int = Field(description="approximately; 0 for your own models")
    served: bool
    roles: list[str] = Field(description="such as default, if they were given to it with `use`")
    loaded: bool | None = Field(description="null while no worker answers")
    pull: PullView | None = Field(description="null if there was none since the gateway started")


class LocalModelList(BaseModel):
    models: list[LocalModelView]


class UseRequest(BaseModel):
    roles: list[str] = Field(default_factory=list[str], max_length=8)


class AuditView(BaseModel):
    id: int
    at: datetime
    actor: str
    action: str
    subject: str
    detail: str
    address: str
    request_id: str


class LimitsView(BaseModel):
    identity: bool
    rate_limits: list[str]
    requests_in_flight_max: int
    requests_in_flight_per_service_max: int
    streams_in_flight_per_service_max: int
    connections_max: int
    connections_per_client_max: int
    request_timeout_seconds: float
    head_bytes_max: int
    headers_max: int
