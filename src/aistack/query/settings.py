"""The settings of the query service."""

from typing import ClassVar

from pydantic import field_validator

from aistack.chassis import aliases
from aistack.chassis.settings import ServiceSettings, setting
from aistack.stack.secrets import check_encryption_keys


class QuerySettings(ServiceSettings):
    live: ClassVar[set[str]] = {
        "encryption_key", "wait_seconds_max", "rows_default", "rows_max", "seconds_default", "seconds_max",
        "json_bytes_max", "export_bytes_max",
    }  # fmt: skip

    database_url: str = setting(
        "",
        "database: empty = SQLite in the data folder, or postgresql://...",
        aliases=(aliases.POSTGRES_URL,),
        secret=True,
    )
    files_url: str = setting("", "store for results of jobs: empty = a folder in the data folder, or file://, s3://")
    encryption_key: str = setting(
        "",
        "the same as that of the connection service; empty uses the one in the data folder",
        env="ENCRYPTION_KEY",
        secret=True,
    )
    connect_seconds_max: float = setting(
        60.0, "time limit for opening a connection, s", env="CONNECT_TIMEOUT", gt=0, le=600
    )
    idle_seconds: float = setting(120.0, "an idle connection is closed after this time, s", gt=0, le=86_400)
    wait_seconds_max: float = setting(30.0, "how long a query waits for a free connection, s", gt=0, le=600)
    rows_default: int = setting(1_000, "rows of a result when no limit is given", ge=1)
    rows_max: int = setting(10_000_000, "maximum number of rows of a result", ge=1)
    seconds_default: float = setting(30.0, "time limit for a statement when none is given, s", gt=0)
    seconds_max: float = setting(600.0, "maximum time limit for a statement, s", gt=0, le=86_400)
    json_bytes_max: int = setting(
        64 * 1024 * 1024, "maximum size of a JSON answer, bytes; larger results need another format", ge=1024
    )
    export_bytes_max: int = setting(
        10 * 1024**3, "maximum size of an NDJSON, CSV, Arrow or Parquet result, bytes", ge=1024
    )
    result_ttl: int = setting(3600, "results of jobs are kept for this time, s", env="RESULT_TTL", ge=60)
    history_days: int = setting(90, "the history is kept for this time, days", ge=1, le=36_500)
    lease_seconds: float = setting(
        30.0, "another instance takes over a job that has not renewed its lease for this time, s", gt=1, le=3600
    )
    jobs_at_once: int = setting(4, "maximum number of jobs that run at the same time on one instance", ge=1, le=100)
    jobs_waiting_max: int = setting(1_000, "maximum number of jobs in the queue; further ones get status 503", ge=1)
    schedule_seconds_min: int = setting(60, "the shortest interval of a scheduled query, s", ge=10)

    @field_validator("encryption_key")
    @classmethod
    def are_strong(cls, keys: str) -> str:
        check_encryption_keys(keys)
        return keys
