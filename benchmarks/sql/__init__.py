"""SQL: the guard's cost, results beside COPY and ADBC, cancels, a schema of many tables, questions in words."""

import asyncio

from aistack.chassis.telemetry.logs import configure_logs
from benchmarks.report import Row
from benchmarks.sql import cancellation, guard, questions, results
from benchmarks.sql.tables import filled_servers


def run(quick: bool) -> list[Row]:
    configure_logs("error", "json")
    rows = guard.rows(quick) + asyncio.run(questions.rows(quick))
    size = results.QUICK_ROWS if quick else results.ROWS
    with filled_servers(size) as (postgres, mariadb):
        rows += asyncio.run(results.rows(postgres, mariadb, size, quick))
        rows += asyncio.run(cancellation.rows(postgres, mariadb, quick))
    return rows
