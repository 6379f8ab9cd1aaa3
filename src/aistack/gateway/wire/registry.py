"""Requests and responses of the gateway's own API: leases, services, health."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator

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
