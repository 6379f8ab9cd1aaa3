"""The target of a connection: an engine, its address and credentials. It is sent to other services sealed only."""

import json
import re
import ssl
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Literal

Engine = Literal[
    "postgres", "mysql", "sqlite", "duckdb", "sqlserver", "oracle", "clickhouse", "snowflake", "bigquery", "redis",
    "mongodb",
]  # fmt: skip
FILES = ("sqlite", "duckdb")
STORES = ("redis", "mongodb")  # do not speak SQL
CLOUDS = ("snowflake", "bigquery")  # addressed by account or project over HTTPS, never through a tunnel
PORTS = {
    "postgres": 5432, "mysql": 3306, "redis": 6379, "mongodb": 27017, "sqlserver": 1433, "oracle": 1521,
    "clickhouse": 8123, "snowflake": 443, "bigquery": 443,
}  # fmt: skip
DIALECTS = {"sqlserver": "tsql"}  # where the SQL parser uses another name
PLANS = {  # the prefix that returns a plan, for engines where that changes nothing
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
HOST = re.compile(r"/[^\s?#@;=&\"'(){}]*|[^\s/?#@;=&\"'(){}]*")  # drivers parse other characters as options or files
DATA_FILES = (".parquet", ".csv", ".tsv", ".json", ".ndjson")
FILES_MAX = 100


class BadTarget(Exception):
    """A target is incomplete or contradictory; the message says what to change."""


@dataclass(frozen=True, slots=True)
class Target:
    """A server (`host`, `port`, `database`, `user`, `password`) or files (`path`).

    `path` is a SQLite or DuckDB file; for DuckDB also a Parquet, CSV or JSON file, or a folder of them, each of which
    is a table. `ssh_host` is a jump host and `ssh_host_key` its public key, as in known_hosts.
    `tls` is "off", "prefer" (encrypted if the server supports it), "require" or "verify" (checks the certificate). For
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
        """The engine's SQL dialect, as the parser names it."""
        return dialect_of(self.engine)

    @property
    def place(self) -> str:
        """Its location, without secrets."""
        via = f" via {self.ssh_host}" if self.ssh_host else ""
        return self.path or f"{self.host or self.engine}:{self.port}/{self.database}{via}"

    @property
    def local_places(self) -> list[str]:
        """Paths on this machine that connecting reads: the database file, a certificate, a Unix socket."""
        socket = [self.host] if self.host.startswith("/") else []
        return [one for one in (self.path, self.ca_file, *socket) if one]

    @property
    def requires_tls(self) -> bool:
        return self.tls in ("require", "verify")

    @property
    def verifies_tls(self) -> bool:
        """Whether the server's certificate and name are checked."""
        return self.tls == "verify"

    def tls_context(self) -> ssl.SSLContext:
        """For drivers that take an SSLContext. Certificate and name are checked only if `verifies_tls`."""
        context = ssl.create_default_context(cafile=self.ca_file or None)
        if not self.verifies_tls:
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        return context

    def encoded(self) -> bytes:
        return json.dumps(asdict(self), ensure_ascii=False).encode()


def dialect_of(engine: str) -> str:
    """The SQL parser's name for an engine's dialect."""
    return DIALECTS.get(engine, engine)


def decoded(data: bytes) -> Target:
    return Target(**json.loads(data))


def checked(target: Target) -> Target:
    """The target with its engine's default port. Raises BadTarget."""
    if target.engine == "redis":
        target = replace(target, database=target.database or "0")
        if not target.database.isdecimal() or int(target.database) > REDIS_DATABASES_MAX:
            raise BadTarget("the database of a redis connection must be a number; the default is 0")
    _check_options(target)
    if target.engine != "bigquery" and not HOST.fullmatch(target.host):  # its host is a URL
        raise BadTarget(f"{target.host!r} is not a valid host; give a name or an address, and the port in port")
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
        raise BadTarget(f"a {target.engine} connection is a local file and cannot use an SSH tunnel")
    if not target.path or target.host:
        raise BadTarget(f"a {target.engine} connection needs path, the path of its file, and no host")
    if not Path(target.path).is_absolute():
        raise BadTarget(f"{target.path} is not an absolute path")
    return target


def _port(target: Target) -> int:
    if target.engine == "clickhouse" and target.requires_tls:
        return 8443
    return PORTS[target.engine]


def _check_options(target: Target) -> None:
    known = OPTIONS.get(target.engine, ())
    for name, value in target.options.items():
        if name not in known:
            allowed = f"; allowed: {', '.join(known)}" if known else ""
            raise BadTarget(f"a {target.engine} connection has no option {name}{allowed}")
        if not value or len(value) > OPTION_CHARACTERS_MAX:
            raise BadTarget(f"the option {name} must have 1 to {OPTION_CHARACTERS_MAX} characters")
        if name in NUMBERS and not value.isdecimal():
            raise BadTarget(f"the option {name} must be a number, not {value}")


def _check_tunnel(target: Target) -> None:
    if target.engine in CLOUDS:
        raise BadTarget(f"{target.engine} is reached over HTTPS and cannot use an SSH tunnel")
    if not target.ssh_user or not (target.ssh_password or target.ssh_key):
        raise BadTarget("an SSH tunnel needs ssh_user and either ssh_key or ssh_password")
    if not target.ssh_host_key:
        raise BadTarget(
            f"an SSH tunnel needs ssh_host_key, the host's public key; `ssh-keyscan -t ed25519 {target.ssh_host}`"
            " prints it; compare it with the key that the host's administrator gives you"
        )
    if target.verifies_tls:
        raise BadTarget("the server's name cannot be verified through an SSH tunnel; set tls to require")


def data_files(path: str) -> list[Path]:
    """The files that a DuckDB target reads as tables; empty for a database file. Raises BadTarget."""
    given = Path(path)
    if given.is_dir():
        found = sorted(one for one in given.iterdir() if one.suffix.lower() in DATA_FILES and _is_inside(one, given))
        if not found:
            raise BadTarget(f"{path} contains no {', '.join(DATA_FILES)} files")
        if len(found) > FILES_MAX:
            raise BadTarget(f"{path} contains {len(found)} files; at most {FILES_MAX} are allowed")
        return found
    return [given] if given.suffix.lower() in DATA_FILES else []


def _is_inside(file: Path, folder: Path) -> bool:
    """Whether it is a file in the folder, and not a link to outside of it."""
    try:
        return file.is_file() and file.resolve().is_relative_to(folder.resolve())
    except (OSError, RuntimeError):
        return False
