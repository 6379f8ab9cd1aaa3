"""SQL: what the guard costs, results beside COPY and ADBC, how soon a cancel works, a schema of 500 tables."""

import asyncio

from aistack.chassis.logs import configure_logs
from benchmarks.report import Row
from benchmarks.sql import fetching, guarding, stopping
from benchmarks.sql.servers import servers


def run() -> list[Row]:
    configure_logs("error", "json")
    rows = guarding.rows()
    with servers() as (postgres, mariadb):
        for part in (fetching, stopping):
            rows += asyncio.run(part.rows(postgres, mariadb))
    return rows
