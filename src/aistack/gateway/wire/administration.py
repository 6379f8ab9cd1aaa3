"""Requests and responses of the gateway's own API: keys, the audit log, limits."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from aistack.gateway.identity.authorization import checked_scope

THING = r"^((collection|connection):[^\s:]{1,128}|model:\S{1,128})$"


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
    subject: str = Field(
        default="",
        pattern=r"^(|owner|(user|service-account):[0-9a-f]{12})$",
        description="whom it belongs to: user:ID, service-account:ID or owner; by default, the caller",
    )
    read_only: bool = Field(default=False, description="whether it may only view and use things, not change them")
    things: list[Annotated[str, Field(pattern=THING)]] | None = Field(
        default=None, max_length=64, description="all that it may reach, such as collection:ID; null for all"
    )


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
    subject: str = Field(default="owner", description="whom it belongs to")
    read_only: bool = False
    things: list[str] | None = None


class KeyCreated(KeyView):
    key: str = Field(description="shown only once")


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
    streams_in_flight_per_service_max: int
    connections_max: int
    connections_per_client_max: int
    request_timeout_seconds: float
    head_bytes_max: int
    headers_max: int
