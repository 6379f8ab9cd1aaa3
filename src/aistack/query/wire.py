"""Request and response models of the query service."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from aistack.access.levels import Level

Format = Literal["json", "ndjson", "csv", "arrow", "parquet"]
State = Literal["done", "failed", "refused", "cancelled"]
Scalar = str | int | float | bool | None
Value = Scalar | list[Scalar]
SQL_CHARACTERS_MAX = 1_000_000


class Statement(BaseModel):
    model_config = ConfigDict(extra="forbid")

    connection_id: str = Field(min_length=1, max_length=100, description="id or name")
    sql: str = Field(max_length=SQL_CHARACTERS_MAX)
    params: dict[str, Value] = Field(
        default_factory=dict[str, Value], description="values for :name in the statement; a list for IN (:name)"
    )


class CsvOptions(BaseModel):
    """How CSV is written. The defaults are RFC 4180; `bom` is what Excel needs to read UTF-8."""

    model_config = ConfigDict(extra="forbid")

    delimiter: Literal[",", ";", "\t", "|"] = ","
    header: bool = True
    bom: bool = Field(default=False, description="begin with a byte order mark")
    null: str = Field(default="", max_length=20, pattern=r'^[^",;|\t\r\n]*$', description="what stands for NULL")
    defuse_formulas: bool = Field(
        default=False, description="put ' before texts that a spreadsheet would run: those that begin with = + - @"
    )

    @property
    def are_default(self) -> bool:
        return self == CsvOptions()


class QueryRequest(Statement):
    """A statement to run. One that writes is rolled back after showing what it changes, unless `apply` is set."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "connection_id": "shop",
                    "sql": "SELECT name FROM customers WHERE city = :city",
                    "params": {"city": "Kiel"},
                }
            ]
        },
    )

    limit: int | None = Field(
        default=None, ge=1, description="rows at most; the default is 1000 for json, and no limit for the other formats"
    )
    timeout_seconds: float | None = Field(default=None, gt=0, le=86_400)
    format: Format = "json"
    csv: CsvOptions = Field(default=CsvOptions(), description="options of the format csv")
    apply: bool = Field(default=False, description="commit what a writing statement changes")
    query_id: str | None = Field(
        default=None, pattern=r"^[0-9a-f]{32}$", description="an id for cancelling; generated if not given"
    )


class ColumnView(BaseModel):
    name: str
    type: str


class QueryAnswer(BaseModel):
    """Values: decimals, dates and times are text, binary is base64, integers beyond 2^53 are text."""

    query_id: str
    columns: list[ColumnView]
    rows: list[list[Any]]
    row_count: int
    truncated: Literal["", "rows", "bytes"] = Field(description="the limit at which the rows were cut off")
    changed: int | None = Field(default=None, description="rows that a writing statement changed, or would change")
    applied: bool = False
    elapsed_ms: int
    error: str = Field(default="", description="why the rows are incomplete")


class Validity(BaseModel):
    valid: bool
    error: str = ""
    kind: str = ""
    writes: bool = False
    tables: list[str] = []


class Plan(BaseModel):
    """The server's query plan. The statement is not executed."""

    plan: list[str]


class RunView(BaseModel):
    id: str
    connection_id: str
    connection: str
    principal: str
    sql: str
    tables: list[str]
    mode: str
    state: State
    error: str
    rows: int
    elapsed_ms: int
    begun_at: datetime


class RunList(BaseModel):
    total: int
    runs: list[RunView]


class JobView(BaseModel):
    id: str
    owner: str
    connection_id: str
    state: Literal["queued", "running", "done", "failed", "cancelled"]
    error: str
    rows: int
    bytes: int
    format: Format
    created_at: datetime
    finished_at: datetime | None
    expires_at: datetime | None


class NewSaved(BaseModel):
    """A query to save. `parameters` are defaults; with `every_seconds` it runs periodically as a job."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"name": "orders a day", "connection_id": "shop", "sql": "SELECT count(*) FROM orders"}]
        },
    )

    name: str = Field(min_length=1, max_length=100)
    connection_id: str = Field(min_length=1, max_length=100)
    sql: str = Field(max_length=SQL_CHARACTERS_MAX)
    parameters: dict[str, Value] = Field(default_factory=dict[str, Value])
    about: str = Field(default="", max_length=2000)
    every_seconds: int | None = Field(default=None, ge=10, le=366 * 86_400)


class SavedView(NewSaved):
    """`stopped` is why its schedule no longer runs."""

    id: str
    owner: str
    yours: Level
    due_at: datetime | None
    stopped: str
    last_job: str | None
    created_at: datetime
    updated_at: datetime


class SavedRun(BaseModel):
    model_config = ConfigDict(extra="forbid")

    params: dict[str, Value] = Field(default_factory=dict[str, Value])
    limit: int | None = Field(default=None, ge=1)
    format: Format = "json"


class CommandRequest(BaseModel):
    """A command for a database without SQL.

    For Redis, a list of words, or a line that is split as a shell would; for MongoDB a document as extended JSON, such
    as `{"find": "orders", "filter": {"status": "paid"}, "limit": 10}`.
    """

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"connection_id": "cache", "command": "HGETALL user:1"}]}
    )

    connection_id: str = Field(min_length=1, max_length=100)
    command: str | list[str] = Field(max_length=SQL_CHARACTERS_MAX)


class CommandAnswer(BaseModel):
    """`value` is text, a number, a list or a map. Binary values are hexadecimal with the prefix 0x."""

    query_id: str
    value: Any
    elapsed_ms: int


class KeyView(BaseModel):
    key: str
    type: str
    ttl_seconds: int = Field(description="-1: does not expire")


class KeyPage(BaseModel):
    """`cursor` leads to the next page; 0 if this is the last one."""

    cursor: int
    keys: list[KeyView]
