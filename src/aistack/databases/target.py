"""What is connected: an engine and how to reach it. It travels only sealed (`sealing.py`): it holds the password."""

import json
import re
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Literal

Engine = Literal[
    "postgres", "mysql", "sqlite", "duckdb", "sqlserver", "oracle", "clickhouse", "snowflake", "bigquery", "redis",
    "mongodb",
]  # fmt: skip
FILES = ("sqlite", "duckdb")
STORES = ("redis", "mongodb")  # speak no SQL
CLOUDS = ("snowflake", "bigquery")  # reached by name over HTTPS, never through a tunnel
PORTS = {
    "postgres": 5432, "mysql": 3306, "redis": 6379, "mongodb": 27017, "sqlserver": 1433, "oracle": 1521,
    "clickhouse": 8123, "snowflake": 443, "bigquery": 443,
}  # fmt: skip
DIALECTS = {"sqlserver": "tsql"}  # where the parser calls it differently
PLANS = {  # what asks for a plan, where that changes nothing
    "postgres": "EXPLAIN", "mysql": "EXPLAIN", "sqlite": "EXPLAIN QUERY PLAN", "duckdb": "EXPLAIN",
    "clickhouse": "EXPLAIN", "snowflake": "EXPLAIN USING TEXT",
}  # fmt: skip
OPTIONS = {
    "sqlserver": ("schemas",),
    "oracle": ("schemas",),
    "snowflake": ("warehouse", "role", "schema"),
    "bigquery": ("location", "bytes_billed_max"),
    "mongodb": ("auth_source", "replica_set"),
}
OPTION_CHARACTERS_MAX = 200
NUMBERS = ("bytes_billed_max",)
REDIS_DATABASES_MAX = 1_000_000
HOST = re.compile(r"/[^\s?#@;=&\"'(){}]*|[^\s/?#@;=&\"'(){}]*")  # with more, drivers read options and files from it
DATA_FILES = (".parquet", ".csv", ".tsv", ".json", ".ndjson")
FILES_MAX = 100


class BadTarget(Exception):
    """The description of a database does not hold together; the message says what is missing."""


@dataclass(frozen=True, slots=True)
class Target:
    """A server (`host`, `port`, `database`, `user`, `password`) or files (`path`).

    `path` is a SQLite or DuckDB file, or for DuckDB a Parquet, CSV or JSON file, or a folder of them; each is a table
    then. With `ssh_host` a server is reached over that machine; `ssh_host_key` is its public key, as in known_hosts.
    `tls` is "off", "prefer" (encrypted where the server can), "require" or "verify" (its certificate too). For
    Snowflake `host` is the account, for BigQuery `database` is "project.dataset" and `password` a service account's
    key. `options` are those of `OPTIONS`.
    """

    engine: Engine
    host: str = ""
    port: int = 0
    database: str = ""
    user: str = ""
    password: str = field(default="", repr=False)
    path: str = ""
    tls: Literal["off", "prefer", "require", "verify"] = "prefer"
    ca_file: str = ""
    ssh_host: str = ""
    ssh_port: int = 22
    ssh_user: str = ""
    ssh_password: str = field(default="", repr=False)
    ssh_key: str = field(default="", repr=False)
    ssh_host_key: str = ""
    options: dict[str, str] = field(default_factory=dict[str, str])

    @property
    def dialect(self) -> str:
        """The engine's SQL, as the guard names it."""
        return dialect_of(self.engine)

    @property
    def place(self) -> str:
        """Where it is, without secrets."""
        over = f" over {self.ssh_host}" if self.ssh_host else ""
        return self.path or f"{self.host or self.engine}:{self.port}/{self.database}{over}"

    @property
    def local_places(self) -> list[str]:
        """What opening it reads on this machine: its file, a certificate, the socket of a server."""
        socket = [self.host] if self.host.startswith("/") else []
        return [one for one in (self.path, self.ca_file, *socket) if one]

    def encoded(self) -> bytes:
        return json.dumps(asdict(self), ensure_ascii=False).encode()


def dialect_of(engine: str) -> str:
    """What the parser calls the SQL of an engine."""
    return DIALECTS.get(engine, engine)


def decoded(data: bytes) -> Target:
    return Target(**json.loads(data))


def checked(target: Target) -> Target:
    """The target with its engine's default port. Raises BadTarget."""
    if target.engine == "redis":
        target = replace(target, database=target.database or "0")
        if not target.database.isdecimal() or int(target.database) > REDIS_DATABASES_MAX:
            raise BadTarget("the database of a redis connection is its number, 0 when nothing is said")
    _check_options(target)
    if target.engine != "bigquery" and not HOST.fullmatch(target.host):  # its host is a URL
        raise BadTarget(f"{target.host!r} is no host; write a name or an address, and the port in port")
    if target.engine not in FILES:
        needs = ("database", "password") if target.engine == "bigquery" and not target.host else ("host", "database")
        if not all(getattr(target, name) for name in needs):
            raise BadTarget(f"a {target.engine} connection needs {' and '.join(needs)}")
        if target.path:
            raise BadTarget(f"a {target.engine} connection has no path; give host and database")
        if target.ssh_host:
            _check_tunnel(target)
        return replace(target, port=target.port or _port(target))
    if target.ssh_host:
        raise BadTarget(f"a {target.engine} connection is a file here; SSH tunnels lead to servers")
    if not target.path or target.host:
        raise BadTarget(f"a {target.engine} connection needs the path of its file, and no host")
    if not Path(target.path).is_absolute():
        raise BadTarget(f"{target.path} is not an absolute path")
    return target


def _port(target: Target) -> int:
    if target.engine == "clickhouse" and target.tls in ("require", "verify"):
        return 8443
    return PORTS[target.engine]


def _check_options(target: Target) -> None:
    known = OPTIONS.get(target.engine, ())
    for name, value in target.options.items():
        if name not in known:
            has = f"; it has {', '.join(known)}" if known else ""
            raise BadTarget(f"a {target.engine} connection has no option {name}{has}")
        if not value or len(value) > OPTION_CHARACTERS_MAX:
            raise BadTarget(f"the option {name} needs from 1 to {OPTION_CHARACTERS_MAX} characters")
        if name in NUMBERS and not value.isdecimal():
            raise BadTarget(f"the option {name} is a number, and {value} is none")


def _check_tunnel(target: Target) -> None:
    if target.engine in CLOUDS:
        raise BadTarget(f"{target.engine} is reached over HTTPS by its name, and not through an SSH tunnel")
    if not target.ssh_user or not (target.ssh_password or target.ssh_key):
        raise BadTarget("an SSH tunnel needs ssh_user, and ssh_key or ssh_password")
    if not target.ssh_host_key:
        raise BadTarget(
            f"an SSH tunnel needs ssh_host_key, the machine's public key; `ssh-keyscan -t ed25519 {target.ssh_host}`"
            " shows it, and who runs that machine can say whether it is right"
        )
    if target.tls == "verify":
        raise BadTarget("through an SSH tunnel the server's name cannot be verified; set tls to require")


def data_files(path: str) -> list[Path]:
    """The files that a DuckDB target reads as tables; none when it is a database file. Raises BadTarget."""
    given = Path(path)
    if given.is_dir():
        found = sorted(one for one in given.iterdir() if one.suffix.lower() in DATA_FILES and _is_inside(one, given))
        if not found:
            raise BadTarget(f"{path} holds no {', '.join(DATA_FILES)} files")
        if len(found) > FILES_MAX:
            raise BadTarget(f"{path} holds {len(found)} files; {FILES_MAX} are allowed")
        return found
    return [given] if given.suffix.lower() in DATA_FILES else []


def _is_inside(file: Path, folder: Path) -> bool:
    """Whether it is a file of the folder, and no link that leads out of it."""
    try:
        return file.is_file() and file.resolve().is_relative_to(folder.resolve())
    except (OSError, RuntimeError):
        return False
