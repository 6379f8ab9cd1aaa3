"""A small shop on each engine, with the same tables, some with names that are hard to write."""

import re
import sqlite3
import subprocess
from pathlib import Path
from urllib.parse import urlsplit

from harness.servers.postgres import new_database

TABLES = """
CREATE TABLE customers (id INTEGER PRIMARY KEY, name VARCHAR(100) NOT NULL, city VARCHAR(100), since TIMESTAMP);
CREATE TABLE orders (
  id INTEGER PRIMARY KEY, customer_id INTEGER REFERENCES customers (id), status VARCHAR(20), total DECIMAL(10, 2),
  note VARCHAR(200), created_at TIMESTAMP);
CREATE TABLE canary (id INTEGER PRIMARY KEY, word VARCHAR(20));
CREATE TABLE "Order Details" (id INTEGER PRIMARY KEY, "Unit Price" DECIMAL(10, 2), "数量" INTEGER);
CREATE TABLE reserved_words ("grant" INTEGER, "select" INTEGER, "order" INTEGER, "insert into" INTEGER);
CREATE TABLE reserved ("update" INTEGER);
CREATE INDEX orders_by_status ON orders (status);
INSERT INTO customers VALUES (1, 'Ada Lovelace', 'London', '2020-01-01 00:00:00'), (2, '李雷', '北京', '2021-06-01 00:00:00'),
  (3, 'Grace Hopper', 'New York', '2022-03-01 00:00:00');
INSERT INTO orders VALUES (1, 1, 'paid', 120.50, 'please update the address; delete the old one', '2024-01-05 10:00:00'),
  (2, 1, 'new', 9.99, NULL, '2024-02-01 11:30:00'), (3, 2, 'paid', 55.00, 'DROP it at the door', '2024-02-10 08:15:00'),
  (4, 3, 'shipped', 300.00, NULL, '2024-03-01 00:00:00'), (5, NULL, 'deleted', 1.00, 'x', '2024-03-02 00:00:00');
INSERT INTO canary VALUES (1, 'alive');
INSERT INTO "Order Details" VALUES (1, 2.50, 4);
INSERT INTO reserved_words VALUES (1, 2, 3, 4);
INSERT INTO reserved VALUES (1);
"""
CANARY = "SELECT id, word FROM canary"
UNTOUCHED = [(1, "alive")]


def statements_for(tables: str, engine: str) -> list[str]:
    """In the engine's own words. MariaDB would ignore REFERENCES; its foreign keys are added by themselves."""
    text = tables
    if engine == "mysql":
        text = re.sub(r" REFERENCES \w+ \(id\)", "", text.replace('"', "`").replace("TIMESTAMP", "DATETIME"))
    return [one.strip() for one in text.split(";\n") if one.strip()]


def statements(engine: str) -> list[str]:
    more = ["ALTER TABLE orders ADD FOREIGN KEY (customer_id) REFERENCES customers (id)"] if engine == "mysql" else []
    return [*statements_for(TABLES, engine), *more]


def make_sqlite(path: Path) -> Path:
    connection = sqlite3.connect(path)
    connection.executescript(TABLES)
    connection.close()
    return path


def make_duckdb(path: Path) -> Path:
    import duckdb

    connection = duckdb.connect(str(path))
    for statement in statements("duckdb"):
        connection.execute(statement)
    connection.execute("CREATE SEQUENCE canary_seq")
    connection.close()
    return path


async def make_postgres(server: str) -> tuple[int, str]:
    """In a database of its own; with an account `reader` that may only read. The server's port, the database's name."""
    import asyncpg

    url = urlsplit(await new_database(server))
    connection = await asyncpg.connect(url.geturl())
    for statement in (*statements("postgres"), "CREATE SEQUENCE canary_seq"):
        await connection.execute(statement)
    name = await connection.fetchval("SELECT current_database()")
    if not await connection.fetchval("SELECT 1 FROM pg_roles WHERE rolname = 'reader'"):
        await connection.execute("CREATE ROLE reader LOGIN PASSWORD 'only-reads'")
    for grant in (
        f"GRANT CONNECT ON DATABASE {name} TO reader",
        "GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader",
    ):
        await connection.execute(grant)
    await connection.close()
    assert url.port is not None
    return url.port, name


def make_mariadb(port: int, name: str) -> None:
    """A database of that name; with an account `reader` that may only read."""
    script = f"CREATE DATABASE {name} CHARACTER SET utf8mb4; USE {name};" + ";\n".join(statements("mysql")) + ";"
    script += (
        f"CREATE USER IF NOT EXISTS reader@'%' IDENTIFIED BY 'only-reads'; GRANT SELECT ON {name}.* TO reader@'%';"
    )
    subprocess.run(
        ["mariadb", "--no-defaults", "-h127.0.0.1", f"-P{port}", "-uroot", "--default-character-set=utf8mb4"],
        input=script.encode(), check=True, capture_output=True,
    )  # fmt: skip
