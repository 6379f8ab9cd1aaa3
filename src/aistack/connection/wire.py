"""What travels to and from the connection service."""

from datetime import datetime
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

from aistack.chassis.errors import Forbidden, NotFound
from aistack.chassis.identity import EVERYONE, Principal
from aistack.databases.target import Engine

NAME_PATTERN = r"^[\w][\w .()-]{0,99}$"
Right = Literal["see", "ask", "run", "write"]
RIGHTS: tuple[Right, ...] = ("see", "ask", "run", "write")
Tls = Literal["off", "prefer", "require", "verify"]


class Roles(BaseModel):
    """Who may see the connection, ask it in words, run SQL, and write; ids or names of keys, or "*" for everyone."""

    model_config = ConfigDict(extra="forbid")

    see: list[str] = Field(default=[EVERYONE], max_length=1000)
    ask: list[str] = Field(default=[EVERYONE], max_length=1000)
    run: list[str] = Field(default=[EVERYONE], max_length=1000)
    write: list[str] = Field(default=[], max_length=1000)

    def held_by(self, who: Principal) -> list[Right]:
        """What a principal may do. Whoever may ask, run or write may see, too."""
        held: list[Right] = [right for right in RIGHTS if who.is_among(getattr(self, right))]
        see: list[Right] = ["see"] if held and "see" not in held else []
        return [*see, *held]

    def require(self, right: Right, who: Principal, name: str) -> list[Right]:
        """All that a principal may do on the connection that was asked for as `name`.

        Raises NotFound for who may not even see it, Forbidden for who may do less.
        """
        held = self.held_by(who)
        if not held and not who.is_administrator:
            raise NotFound(f"there is no connection {name}")
        if right not in held and not (right == "see" and who.is_administrator):
            may = ", ".join(held) or "administer"
            raise Forbidden(f"you may {may} {name}, but not {right}; its administrator can add you to its roles")
        return held


class Mask(BaseModel):
    """What everyone but those in `except_for` sees of a column: a hash, its last characters, or nothing."""

    model_config = ConfigDict(extra="forbid")

    table: str = Field(min_length=1, max_length=200)
    column: str = Field(min_length=1, max_length=200)
    how: Literal["hash", "partial", "null"] = "null"
    except_for: list[str] = Field(default=[], max_length=1000)


class RowFilter(BaseModel):
    """A condition that every row of a table must meet for everyone but those in `except_for`."""

    model_config = ConfigDict(extra="forbid")

    table: str = Field(min_length=1, max_length=200)
    where: str = Field(min_length=1, max_length=2000)
    except_for: list[str] = Field(default=[], max_length=1000)


class Rules(BaseModel):
    model_config = ConfigDict(extra="forbid")

    masks: list[Mask] = Field(default=[], max_length=1000)
    filters: list[RowFilter] = Field(default=[], max_length=1000)

    def against(self, who: Principal) -> "Rules":
        """Those that hold for a principal."""
        return Rules(
            masks=[mask for mask in self.masks if not who.is_among(mask.except_for)],
            filters=[one for one in self.filters if not who.is_among(one.except_for)],
        )


class Described(BaseModel):
    """How to reach a database: a server, or the path of a file on the service's machine."""

    model_config = ConfigDict(extra="forbid")

    host: str = Field(default="", max_length=255)
    port: int = Field(default=0, ge=0, le=65_535)
    database: str = Field(default="", max_length=200)
    user: str = Field(default="", max_length=200)
    password: SecretStr = SecretStr("")
    path: str = Field(default="", max_length=1000)
    tls: Tls = "prefer"
    ca_file: str = Field(default="", max_length=1000)
    ssh_host: str = Field(default="", max_length=255, description="a machine that the database is reached over")
    ssh_port: int = Field(default=22, ge=1, le=65_535)
    ssh_user: str = Field(default="", max_length=200)
    ssh_password: SecretStr = SecretStr("")
    ssh_key: SecretStr = Field(default=SecretStr(""), description="a private key, as OpenSSH writes it")
    ssh_host_key: str = Field(default="", max_length=5000, description="that machine's public key, as in known_hosts")
    options: dict[str, str] = Field(default={}, max_length=20, description="what an engine needs besides")


class NewConnection(Described):
    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"name": "shop", "engine": "sqlite", "path": "/srv/data/shop.sqlite"}]},
    )

    name: str = Field(pattern=NAME_PATTERN)
    engine: Engine
    max_connections: int = Field(default=0, ge=0, le=1000, description="0: what the service is set to")
    samples: bool = Field(default=True, description="frequent values may be read, to understand questions by")
    roles: Roles = Roles()
    rules: Rules = Rules()
    test: bool = Field(default=True, description="connect now; false keeps it although it may not work")


class ConnectionChange(BaseModel):
    """What is given changes, the rest stays; a password that is not given stays as it is."""

    model_config = ConfigDict(extra="forbid")

    name: str | None = Field(default=None, pattern=NAME_PATTERN)
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

    @model_validator(mode="after")
    def says_something(self) -> Self:
        if not self.model_fields_set - {"test"}:
            raise ValueError("nothing is to be changed")
        return self


class TestView(BaseModel):
    """`refused` are rights for which the account is not accepted, `warnings` those that it does not need."""

    ok: bool
    error: str = ""
    server: str = ""
    latency_ms: float | None = None
    may_write: bool | None = None
    warnings: list[str] = []
    refused: list[str] = []
    tested_at: datetime


class ConnectionView(BaseModel):
    """A connection without its secrets; `rights` are those of whoever asks."""

    id: str
    name: str
    engine: Engine
    place: str
    max_connections: int
    samples: bool
    rights: list[Right]
    roles: Roles
    rules: Rules
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
    """A table that fits, or one of its columns."""

    table: str
    column: str
    comment: str
    score: float


class SealedTarget(BaseModel):
    """How to reach a database, for another service of the stack that holds the same key; nobody else can open it."""

    id: str
    name: str
    engine: Engine
    revision: int
    sealed: str
    max_connections: int
    roles: Roles
    rules: Rules


class Rotated(BaseModel):
    resealed: int
    locked_out: list[str] = Field(description="connections that no key of ENCRYPTION_KEY opens")


Document = dict[str, Any]
