"""Connection URLs, as SQLAlchemy, libpq and hosting providers write them: `postgresql://user:pw@host/db?sslmode=require`.

A URL fills the same fields that a request can give one by one. IPv6 addresses are in brackets, with or without a zone.
"""

import re
from typing import Any
from urllib.parse import parse_qsl, unquote

from aistack.databases.target import CLOUDS, FILES, OPTIONS, BadTarget

ENGINE_NAMES = {
    name: engine
    for engine, names in {
        "postgres": "postgres postgresql pg psql pgsql",
        "mysql": "mysql mariadb maria",
        "sqlite": "sqlite sqlite3",
        "duckdb": "duckdb duck",
        "sqlserver": "sqlserver mssql tsql",
        "oracle": "oracle oracledb",
        "clickhouse": "clickhouse clickhousedb",
        "snowflake": "snowflake",
        "bigquery": "bigquery bq",
        "redis": "redis rediss",
        "mongodb": "mongodb mongo",
    }.items()
    for name in names.split()
}
URL = re.compile(
    r"(?P<scheme>[a-z][a-z0-9+._-]*)://(?:(?P<account>[^/?#]*)@)?(?P<address>\[[^\]]*\]|[^/?#:\[\]]*)"
    r"(?::(?P<port>[0-9]*))?(?P<path>/[^?#]*)?(?:\?(?P<query>[^#]*))?(?:#.*)?",
    re.I | re.S,
)
TLS_WORDS = {
    "disable": "off", "allow": "prefer", "prefer": "prefer", "preferred": "prefer", "require": "require",
    "required": "require", "verify-ca": "verify", "verify_ca": "verify", "verify-full": "verify",
    "verify_identity": "verify", "disabled": "off", "false": "off", "true": "require", "0": "off", "1": "require",
    "no": "off", "yes": "require", "off": "off", "verify": "verify",
}  # fmt: skip
TLS_KEYS = ("sslmode", "ssl-mode", "ssl_mode", "ssl", "tls", "encrypt", "secure")
FIELD_KEYS = {
    "host": "host", "hostaddr": "host", "port": "port", "user": "user", "username": "user", "password": "password",
    "dbname": "database", "database": "database", "sslrootcert": "ca_file", "ssl_ca": "ca_file", "ssl-ca": "ca_file",
    "unix_socket": "host", "authsource": "options.auth_source", "replicaset": "options.replica_set",
}  # fmt: skip
IGNORED_KEYS = frozenset(("charset", "application_name", "connect_timeout", "client_encoding", "driver", "mode"))
PORT_MAX = 65_535


def engine_of(name: str) -> str:
    """The engine that people call by this name, such as `postgresql`, `pg` or `mysql+pymysql`; else the name itself."""
    return ENGINE_NAMES.get(name.strip().lower().partition("+")[0], name)


def fields_of(url: str) -> dict[str, Any]:
    """The fields of a connection that a URL gives. Raises BadTarget; no message repeats the password."""
    found = URL.fullmatch(url.strip())
    if found is None:
        raise BadTarget("the URL cannot be read; write it as engine://user:password@host:port/database")
    engine = ENGINE_NAMES.get(found["scheme"].lower().partition("+")[0])
    if engine is None:
        raise BadTarget(f"{found['scheme']}:// is not a known engine; use one of {', '.join(sorted(ENGINE_NAMES))}")
    if engine in FILES:
        return {"engine": engine, "path": _file(found)}
    user, _, password = (found["account"] or "").partition(":")
    port = int(found["port"] or 0)
    if port > PORT_MAX:
        raise BadTarget(f"the URL's port {port} is not between 1 and {PORT_MAX}")
    fields: dict[str, Any] = {
        "engine": engine, "host": unquote(found["address"].strip("[]")), "port": port,
        "database": unquote((found["path"] or "").lstrip("/")), "user": unquote(user), "password": unquote(password),
    }  # fmt: skip
    if found["scheme"].lower().startswith("rediss"):
        fields["tls"] = "require"
    if engine == "bigquery":  # bigquery://project/dataset
        fields |= {"host": "", "database": ".".join(one for one in (fields["host"], fields["database"]) if one)}
    if engine in CLOUDS:
        fields.pop("port")
    _read_options(found["query"] or "", engine, fields)
    return {name: value for name, value in fields.items() if value not in ("", 0, {})}


def _file(found: re.Match[str]) -> str:
    """`sqlite:////srv/shop.sqlite` and `sqlite:///srv/shop.sqlite` are both /srv/shop.sqlite."""
    path = unquote(found["path"] or "")
    if found["address"] not in ("", "localhost") or not path.strip("/"):
        raise BadTarget(f"the URL of a file is {found['scheme']}:///absolute/path")
    return "/" + path.lstrip("/")


def _read_options(query: str, engine: str, fields: dict[str, Any]) -> None:
    options = fields["options"] = dict[str, str]()
    for key, value in parse_qsl(query, keep_blank_values=True):
        low = key.lower()
        if low in TLS_KEYS:
            tls = TLS_WORDS.get(value.lower())
            if tls is None:
                raise BadTarget(f"{key}={value} is not known; use disable, prefer, require or verify-full")
            fields["tls"] = tls
        elif low in FIELD_KEYS and (low != "database" or not fields["database"]):
            field = FIELD_KEYS[low]
            if field.startswith("options."):
                options[field.removeprefix("options.")] = value
            elif field == "port":
                if not value.isdecimal() or not 0 < int(value) <= PORT_MAX:
                    raise BadTarget(f"the URL's port {value} is not between 1 and {PORT_MAX}")
                fields["port"] = int(value)
            else:
                fields[field] = value
        elif low in OPTIONS.get(engine, ()):
            options[low] = value
        elif low not in IGNORED_KEYS:
            raise BadTarget(f"the URL's option {key} is not supported; leave it out, or give a field of the connection")
