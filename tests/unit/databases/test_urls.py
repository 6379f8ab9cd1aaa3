"""Connection URLs give the fields that people mean, and refuse the rest without repeating a password."""

import pytest
from pydantic import ValidationError

from aistack.connection.wire import ConnectionChange, NewConnection
from aistack.databases.target import BadTarget
from aistack.databases.urls import engine_of, fields_of


@pytest.mark.parametrize(
    ("url", "fields"),
    [
        (
            "postgresql://user:pw@host:5432/db?sslmode=require",
            {"engine": "postgres", "host": "host", "port": 5432, "database": "db", "user": "user", "password": "pw",
             "tls": "require"},
        ),
        ("pg://host/db", {"engine": "postgres", "host": "host", "database": "db"}),
        ("postgresql+psycopg://h/db", {"engine": "postgres", "host": "h", "database": "db"}),
        ("mysql+pymysql://u:p%40%2F%3A@h/db?charset=utf8mb4",
         {"engine": "mysql", "host": "h", "database": "db", "user": "u", "password": "p@/:"}),
        ("mariadb://u@[fe80::1%25eth0]:3307/db",
         {"engine": "mysql", "host": "fe80::1%eth0", "port": 3307, "database": "db", "user": "u"}),
        ("postgres://[::1]/db", {"engine": "postgres", "host": "::1", "database": "db"}),
        ("postgresql:///db?host=/run/postgresql", {"engine": "postgres", "host": "/run/postgresql", "database": "db"}),
        ("sqlite:////srv/a.db", {"engine": "sqlite", "path": "/srv/a.db"}),
        ("sqlite:///srv/a%20b.db", {"engine": "sqlite", "path": "/srv/a b.db"}),
        ("duckdb:///srv/folder", {"engine": "duckdb", "path": "/srv/folder"}),
        ("redis://:secret@h:6379/2", {"engine": "redis", "host": "h", "port": 6379, "database": "2",
                                      "password": "secret"}),
        ("mongodb://h/db?authSource=admin",
         {"engine": "mongodb", "host": "h", "database": "db", "options": {"auth_source": "admin"}}),
    ],
)  # fmt: skip
def test_fields(url: str, fields: dict):
    assert fields_of(url) == fields


@pytest.mark.parametrize(
    "url",
    ["", "host/db", "ftp://u:hunter2@h/db", "postgres://u:hunter2@h:99999/db", "postgres://u:hunter2@h:x/db",
     "postgres://u:hunter2@h/db?sslmode=maybe", "postgres://u:hunter2@h/db?options=-c%20x", "sqlite://",
     "sqlite://host/a.db", "postgres://u:hunter2@[::1/db"],
)  # fmt: skip
def test_what_cannot_be_read_is_refused_without_the_password(url: str):
    with pytest.raises(BadTarget) as refused:
        fields_of(url)
    assert "hunter2" not in str(refused.value)


def test_names_of_engines():
    names = ("postgresql", "pg", "MariaDB", "mysql+pymysql", "mssql", "sqlite3", "oracle")
    assert [engine_of(one) for one in names] == [
        "postgres",
        "postgres",
        "mysql",
        "mysql",
        "sqlserver",
        "sqlite",
        "oracle",
    ]


def test_requests_take_a_url_beside_fields():
    made = NewConnection.model_validate({"name": "shop", "url": "pg://u:pw@h/db", "database": "other"})
    assert (made.engine, made.host, made.database, made.password.get_secret_value()) == ("postgres", "h", "other", "pw")
    changed = ConnectionChange.model_validate({"url": "pg://u:pw@h2/db"})
    assert changed.host == "h2" and "password" in changed.model_fields_set
    with pytest.raises(ValidationError):
        NewConnection.model_validate({"name": "shop"})
