"""A PostgreSQL and a MariaDB server for the time of a benchmark."""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from aistack.databases.target import Target
from tests import conftest

ROWS = 1_000_000
POSTGRES_ROWS = f"""
CREATE TABLE wide AS SELECT i AS id, i % 1000 AS customer, 'product ' || (i % 5000) AS product,
  (i % 10000)::float8 / 7 AS price, i % 2 = 0 AS paid, date '2024-01-01' + i % 365 AS day,
  timestamp '2024-01-01' + i * interval '1 second' AS at, md5(i::text) AS token
FROM generate_series(1, {ROWS}) AS t(i); ANALYZE wide;"""
MARIADB_ROWS = f"""
CREATE DATABASE bench; USE bench;
CREATE TABLE wide AS SELECT seq AS id, seq % 1000 AS customer, concat('product ', seq % 5000) AS product,
  (seq % 10000) / 7e0 AS price, seq % 2 = 0 AS paid, date '2024-01-01' + interval (seq % 365) day AS day,
  timestamp '2024-01-01 00:00:00' + interval seq second AS at, md5(seq) AS token FROM seq_1_to_{ROWS};"""


@contextmanager
def servers() -> Generator[tuple[Target, Target]]:
    """Both with a table of a million rows of eight columns."""
    import subprocess

    with TemporaryDirectory() as folder:
        factory = _Factory(Path(folder))
        postgres = conftest.postgres.__wrapped__(factory)
        mariadb = conftest.mariadb.__wrapped__(factory)
        url, port = next(postgres), next(mariadb)
        try:
            subprocess.run(["psql", url, "-q", "-c", POSTGRES_ROWS], check=True, capture_output=True)
            mysql = ["mariadb", "--no-defaults", "-h127.0.0.1", f"-P{port}", "-uroot", "-e", MARIADB_ROWS]
            subprocess.run(mysql, check=True, capture_output=True)
            place = int(url.rpartition(":")[2].partition("/")[0])
            yield (
                Target("postgres", "127.0.0.1", place, "postgres", "tester", tls="off"),
                Target("mysql", "127.0.0.1", port, "bench", "root", tls="off"),
            )
        finally:
            for one in (postgres, mariadb):
                next(one, None)


class _Factory:
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def mktemp(self, name: str) -> Path:
        made = self._folder / name
        made.mkdir()
        return made
