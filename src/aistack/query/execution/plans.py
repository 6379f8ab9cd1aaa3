"""Query plans. The statement passes the same checks as one that runs; EXPLAIN is prepended here.

EXPLAIN without ANALYZE does not execute the statement.
"""

from aistack.chassis.errors import InvalidInput
from aistack.chassis.identity import Principal
from aistack.databases.session import DatabaseFailed, Limits
from aistack.databases.target import PLANS
from aistack.query.execution.runner import Runner, database_problem, refused_problem
from aistack.query.execution.safe_errors import without_values
from aistack.query.guard.statement_check import Refused
from aistack.query.wire import Statement

SECONDS_MAX = 15.0
LINES_MAX = 2_000


async def query_plan(runner: Runner, statement: Statement, who: Principal) -> list[str]:
    """The lines of the server's plan. Raises Problem."""
    prepared = await runner.prepare_or_problem(statement, who)
    connection, engine, dialect = prepared.connection, prepared.connection.target.engine, prepared.checked.dialect
    if prepared.checked.writes:
        raise refused_problem(Refused("statement", "only read-only statements can be explained"))
    if not prepared.checked.is_query:
        raise refused_problem(Refused("statement", "only queries can be explained; leave out EXPLAIN, or run it"))
    explain = PLANS.get(engine)
    if explain is None:
        raise InvalidInput(f"{engine} cannot show a plan without changing data, so {connection.name} has no plans")
    pool = await runner.pools.of(connection.id, connection.revision, connection.target, connection.max_connections)
    limits = Limits(SECONDS_MAX, LINES_MAX, 4 << 20)
    try:
        async with (
            pool.session(runner.settings.wait_seconds_max) as session,
            session.run(f"{explain} {prepared.sql}", prepared.values, limits) as result,
        ):
            names = [column.name for column in result.columns]
            rows = [row async for batch in result.batches for row in batch]
    except DatabaseFailed as error:
        if prepared.ruled:
            error = without_values(error, statement.sql)
        raise database_problem(error) from None
    if prepared.ruled:  # estimates tell of hidden rows
        return [f"The plan is not shown, because rules apply to you on {', '.join(sorted(set(prepared.ruled)))}."]
    if dialect == "mysql":
        return [", ".join(f"{name}: {cell}" for name, cell in zip(names, row, strict=True)) for row in rows]
    at = {"sqlite": 3, "duckdb": 1}.get(dialect, 0)
    return [line for row in rows for line in str(row[at]).split("\n")]
