"""SQL: the guard's cost, results beside COPY and ADBC, cancels, a schema of 500 tables, questions in words."""

import asyncio

from aistack.chassis.telemetry.logs import configure_logs
from benchmarks.report import Row
from benchmarks.sql import fetching, guarding, stopping, understanding
from benchmarks.sql.servers import servers


def run() -> list[Row]:
    configure_logs("error", "json")
    rows = guarding.rows() + asyncio.run(understanding.rows())
    with servers() as (postgres, mariadb):
        for part in (fetching, stopping):
            rows += asyncio.run(part.rows(postgres, mariadb))
    return rows
