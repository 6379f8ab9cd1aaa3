"""A PostgreSQL and a MariaDB server with a wide table, for the time of a benchmark."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from aistack.databases.target import Target
from harness.servers.mariadb import mariadb
from harness.servers.postgres import postgres

POSTGRES_ROWS = """
CREATE TABLE wide AS SELECT i AS id, i % 1000 AS customer, 'product ' || (i % 5000) AS product,
  (i % 10000)::float8 / 7 AS price, i % 2 = 0 AS paid, date '2024-01-01' + i % 365 AS day,
  timestamp '2024-01-01' + i * interval '1 second' AS at, md5(i::text) AS token
FROM generate_series(1, {rows}) AS t(i); ANALYZE wide;"""
MARIADB_ROWS = """
CREATE DATABASE bench; USE bench;
CREATE TABLE wide AS SELECT seq AS id, seq % 1000 AS customer, concat('product ', seq % 5000) AS product,
  (seq % 10000) / 7e0 AS price, seq % 2 = 0 AS paid, date '2024-01-01' + interval (seq % 365) day AS day,
  timestamp '2024-01-01 00:00:00' + interval seq second AS at, md5(seq) AS token FROM seq_1_to_{rows};"""


@contextmanager
def filled_servers(rows: int) -> Iterator[tuple[Target, Target]]:
    """Both with a table `wide` of so many rows of eight columns. Raises NotInstalled."""
    with postgres() as url, mariadb() as other:
        subprocess.run(["psql", url, "-q", "-c", POSTGRES_ROWS.format(rows=rows)], check=True, capture_output=True)
        other.execute(MARIADB_ROWS.format(rows=rows))
        port = urlsplit(url).port
        assert port is not None
        yield (
            Target("postgres", "127.0.0.1", port, "postgres", "tester", tls="off"),
            Target("mysql", "127.0.0.1", other.port, "bench", "root", tls="off"),
        )
