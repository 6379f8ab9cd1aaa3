"""Request and response models of the connection service."""

from datetime import datetime
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

from aistack.access.access import Grant, Thing
from aistack.access.levels import Level
from aistack.chassis.identity import OWNER, Principal
from aistack.connection.rights import KIND, Right, Rights, Roles, rights_on
from aistack.connection.rules.model import Mask, Relation, RowFilter, Rules
from aistack.databases.target import BadTarget, Engine
from aistack.databases.urls import engine_of, fields_of

__all__ = ["Mask", "Relation", "RowFilter", "Rules"]

NAME_PATTERN = r"^[\w][\w .()-]{0,99}$"
Tls = Literal["off", "prefer", "require", "verify"]


class ConnectionDetails(BaseModel):
    """Address and credentials of a database: a server, or the path of a file on the service's machine."""

    model_config = ConfigDict(extra="forbid")

    host: str = Field(default="", max_length=255)
    port: int = Field(default=0, ge=0, le=65_535)
    database: str = Field(default="", max_length=200)
    user: str = Field(default="", max_length=200)
    password: SecretStr = SecretStr("")
    path: str = Field(default="", max_length=1000)
    tls: Tls = "prefer"
    ca_file: str = Field(default="", max_length=1000)
    ssh_host: str = Field(default="", max_length=255, description="an SSH jump host")
    ssh_port: int = Field(default=22, ge=1, le=65_535)
    ssh_user: str = Field(default="", max_length=200)
    ssh_password: SecretStr = SecretStr("")
    ssh_key: SecretStr = Field(default=SecretStr(""), description="a private key in OpenSSH format")
    ssh_host_key: str = Field(default="", max_length=5000, description="the jump host's public key, as in known_hosts")
    options: dict[str, str] = Field(default={}, max_length=20, description="further options of the engine")


URL_FIELD = "the address and the account as one URL instead of fields: postgresql://user:password@host:5432/db"


def with_url(body: Any) -> Any:
    """A request's fields, with those of its `url`; fields that are given as well win. Raises ValueError."""
    if not isinstance(body, dict):
        return body
    given: dict[str, Any] = dict(body)  # pyright: ignore[reportUnknownArgumentType]
    url = given.pop("url", None)
    if url:
        if not isinstance(url, str):
            raise ValueError("url must be text")
        try:
            given = fields_of(url) | given
        except BadTarget as error:
            raise ValueError(str(error)) from None
    if isinstance(given.get("engine"), str):
        given["engine"] = engine_of(given["engine"])
    return given


class NewConnection(ConnectionDetails):
    """A connection by its fields, or by `url`. Names such as `postgresql`, `pg` and `mariadb` are engines too."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"name": "shop", "engine": "sqlite", "path": "/srv/data/shop.sqlite"}]},
    )

    name: str = Field(pattern=NAME_PATTERN)
    engine: Engine
    url: SecretStr | None = Field(default=None, max_length=4000, description=URL_FIELD)
    max_connections: int = Field(default=0, ge=0, le=1000, description="0: the service's default")
    samples: bool = Field(default=True, description="read frequent values, which help to understand questions")
    roles: Roles = Roles()
    rules: Rules = Rules()
    test: bool = Field(default=True, description="test the connection first; false stores it untested")

    @model_validator(mode="before")
    @classmethod
    def reads_url(cls, body: Any) -> Any:
        return with_url(body)


class ConnectionChange(BaseModel):
    """Fields that are given are changed; the others, passwords included, stay as they are."""

    model_config = ConfigDict(extra="forbid")

    name: str | None = Field(default=None, pattern=NAME_PATTERN)
    url: SecretStr | None = Field(default=None, max_length=4000, description=URL_FIELD)
    host: str | None = Field(default=None, max_length=255)
    port: int | None = Field(default=None, ge=0, le=65_535)
    database: str | None = Field(default=None, max_length=200)
    user: str | None = Field(default=None, max_length=200)
    password: SecretStr | None = None
    path: str | None = Field(default=None, max_length=1000)
    tls: Tls | None = None
    ca_file: str | None = Field(default=None, max_length=1000)
    ssh_host: str | None = Field(default=None, max_length=255)
    ssh_port: int | None = Field(default=None, ge=1, le=65_535)
    ssh_user: str | None = Field(default=None, max_length=200)
    ssh_password: SecretStr | None = None
    ssh_key: SecretStr | None = None
    ssh_host_key: str | None = Field(default=None, max_length=5000)
    options: dict[str, str] | None = Field(default=None, max_length=20)
    max_connections: int | None = Field(default=None, ge=0, le=1000)
    samples: bool | None = None
    roles: Roles | None = None
    rules: Rules | None = None
    test: bool = True

    @model_validator(mode="before")
    @classmethod
    def reads_url(cls, body: Any) -> Any:
        found = with_url(body)
        if isinstance(body, dict) and isinstance(found, dict) and "engine" not in body:
            found.pop("engine", None)  # pyright: ignore[reportUnknownMemberType] -- a connection keeps its engine
        return found  # pyright: ignore[reportUnknownVariableType]

    @model_validator(mode="after")
    def has_changes(self) -> Self:
        if not self.model_fields_set - {"test"}:
            raise ValueError("the request changes nothing; give at least one field")
        return self


class TestView(BaseModel):
    """`refused` are privileges for which the account is not accepted, `warnings` those that it does not need."""

    ok: bool
    error: str = ""
    server: str = ""
    latency_ms: float | None = None
    may_write: bool | None = None
    warnings: list[str] = []
    refused: list[str] = []
    tested_at: datetime


class ConnectionView(BaseModel):
    """A connection without its secrets. `yours` and `rights` are the caller's.

    Only those who may edit it see its `roles` and all of its `rules`; others see the rules that apply to them.
    `rule_problems` are rules that no longer match the schema, for those who may edit it.
    """

    id: str
    name: str
    owner: str = OWNER
    yours: Level = "view"
    engine: Engine
    place: str
    max_connections: int
    samples: bool
    rights: list[Right]
    roles: Roles
    rules: Rules
    rule_problems: list[str] = []
    tested: TestView | None
    created_at: datetime
    updated_at: datetime


class ColumnView(BaseModel):
    name: str
    type: str
    nullable: bool
    default: str
    comment: str
    samples: list[str]


class ForeignKeyView(BaseModel):
    columns: list[str]
    table: str
    table_columns: list[str]


class IndexView(BaseModel):
    name: str
    columns: list[str]
    unique: bool


class TableView(BaseModel):
    name: str
    kind: Literal["table", "view"]
    comment: str
    rows: int | None = Field(description="an estimate")
    columns: list[ColumnView]
    primary_key: list[str]
    foreign_keys: list[ForeignKeyView]
    indexes: list[IndexView]


class SchemaView(BaseModel):
    connection: str
    engine: Engine
    read_at: datetime
    tables: list[TableView]


class SchemaHit(BaseModel):
    """A matching table or column."""

    table: str
    column: str
    comment: str
    score: float


class Candidate(BaseModel):
    """A connection that an id or a name may mean, and who may use it. For services, which decide for their callers."""

    id: str
    name: str
    owner: str
    grants: list[Grant]
    roles: Roles

    def rights_of(self, who: Principal) -> Rights:
        return rights_on(who, Thing(KIND, self.id, self.owner), self.grants, self.roles)


class SealedTarget(Candidate):
    """Address and credentials, encrypted for other services of the stack, which share the key."""

    engine: Engine
    revision: int
    sealed: str
    max_connections: int
    rules: Rules


class Rotated(BaseModel):
    resealed: int
    locked_out: list[str] = Field(description="connections that no key of ENCRYPTION_KEY decrypts")


Document = dict[str, Any]
