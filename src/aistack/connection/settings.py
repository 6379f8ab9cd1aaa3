"""The settings of the connection service."""

from typing import ClassVar

from pydantic import field_validator

from aistack.chassis import aliases
from aistack.chassis.settings import ServiceSettings, setting
from aistack.stack.secrets import check_encryption_keys


class ConnectionSettings(ServiceSettings):
    live: ClassVar[set[str]] = {
        "encryption_key", "max_connections", "schema_seconds_max", "allow_privileged", "file_folders",
    }  # fmt: skip

    database_url: str = setting(
        "",
        "database: empty = SQLite in the data folder, or postgresql://...",
        aliases=(aliases.POSTGRES_URL,),
        secret=True,
    )
    encryption_key: str = setting(
        "",
        "encrypts passwords at rest; empty generates one. Several, comma-separated: the first encrypts, all decrypt",
        env="ENCRYPTION_KEY",
        secret=True,
    )
    max_connections: int = setting(
        20,
        "maximum number of connections to a database, unless it has its own limit",
        env="MAX_CONNECTIONS",
        ge=1,
        le=1000,
    )
    connect_seconds_max: float = setting(
        60.0, "time limit for opening a connection, s", env="CONNECT_TIMEOUT", gt=0, le=600
    )
    idle_seconds: float = setting(120.0, "an idle connection is closed after this time, s", gt=0, le=86_400)
    schema_seconds_max: float = setting(3600.0, "a schema is refreshed after this time, s", gt=0)
    allow_privileged: bool = setting(False, "accept accounts with excessive privileges (superusers, FILE)")
    members_connect: bool = setting(
        False, "members may connect databases, which makes the service open connections to addresses that they choose"
    )
    file_folders: list[str] = setting(
        [],
        "folders whose files may be connected, comma-separated; empty = no file, or any with identity on",
    )

    @field_validator("file_folders")
    @classmethod
    def are_absolute(cls, folders: list[str]) -> list[str]:
        for folder in folders:
            if not folder.startswith(("/", "~")):
                raise ValueError(f"{folder!r} must be an absolute path, or begin with ~")
        return folders

    @field_validator("encryption_key")
    @classmethod
    def are_strong(cls, keys: str) -> str:
        check_encryption_keys(keys)
        return keys
