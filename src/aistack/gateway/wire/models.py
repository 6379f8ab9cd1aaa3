"""Responses of the gateway's own API: the model table, usage, local models."""

from typing import Literal

from pydantic import BaseModel, Field


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
    own_prices: dict[str, float] | None = Field(default=None, description="the prices that the entry itself sets")
    services: bool = Field(default=True, description="whether the services of the stack write answers with it")
    source: str = Field(description="'api', or the file or the variable that it comes from")
    replaces: str = Field(default="", description="the source of the entry that it replaces")
    owner: str = Field(default="owner", description="whose it is: 'owner' is the stack's owners")


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
