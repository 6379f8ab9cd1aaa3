"""What travels to and from the registry and the health pages."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

NAME_PATTERN = r"^[a-z][a-z0-9-]{0,62}$"
BODY_BYTES_MAX = 10 * 1024 * 1024
INSTANCE_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$"


class RouteClaim(BaseModel):
    """A path prefix that the service answers, and the largest body that it takes there."""

    model_config = ConfigDict(extra="forbid")

    prefix: str = Field(pattern=r"^/[A-Za-z0-9._~/-]*$", max_length=256)
    body_bytes_max: int = Field(default=BODY_BYTES_MAX, ge=0, le=1 << 40)


class LeaseRequest(BaseModel):
    """What an instance says of itself when it registers. `routes` are prefixes, plain or with a body limit."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"url": "http://127.0.0.1:7001", "routes": ["/billing"], "health_path": "/health"}]
        },
    )

    url: str = Field(max_length=512)
    routes: list[RouteClaim] = Field(min_length=1, max_length=64)
    weight: int = Field(default=1, ge=1, le=1000)
    version: str = Field(default="", max_length=64)
    metadata: dict[str, str] = Field(default_factory=dict, max_length=32)
    ttl_seconds: float | None = Field(default=None, gt=0.1, le=3600)
    health_path: str = Field(default="/health", pattern=r"^/[!-~]*$", max_length=256)

    @field_validator("routes", mode="before")
    @classmethod
    def plain_prefixes(cls, routes: object) -> object:
        if not isinstance(routes, list):
            return routes
        return [{"prefix": route} if isinstance(route, str) else route for route in routes]  # pyright: ignore[reportUnknownVariableType] -- not validated yet


class Lease(BaseModel):
    """A granted lease: renew it before `ttl_seconds` are over."""

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
    routes: list[str]
    in_flight: int
    breaker: Literal["closed", "half-open", "open"]
    instances: list[InstanceView]


class ServiceList(BaseModel):
    revision: int
    keeping_expired: bool = Field(description="most leases ran out at once, so the last known set is kept")
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
    """A key to be made. `services` are the names it may reach (`gateway` is the administration); null for all."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"name": "web shop", "services": ["rag"], "rate": "5/s burst 10"}]},
    )

    name: str = Field(min_length=1, max_length=64)
    services: list[Annotated[str, Field(pattern=NAME_PATTERN)]] | None = Field(default=None, max_length=64)
    rate: str = Field(default="", max_length=64, description="its own limit instead of the routes', as '5/s burst 10'")
    expires_at: datetime | None = None


class KeyView(BaseModel):
    id: str
    name: str
    start: str = Field(description="the first characters of the key, to recognise it by")
    state: Literal["valid", "revoked", "expired"]
    services: list[str] | None
    rate: str
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None


class KeyCreated(KeyView):
    key: str = Field(description="shown now and never again")


class KeyList(BaseModel):
    keys: list[KeyView]


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
    connections_max: int
    connections_per_client_max: int
    request_timeout_seconds: float
    head_bytes_max: int
    headers_max: int
