"""How a server would run a statement. It is checked as if it ran; EXPLAIN is put before it here, not by whoever asks,
and without ANALYZE it runs nothing.
"""

from aistack.chassis.errors import InvalidInput
from aistack.chassis.identity import Principal
from aistack.databases.session import DatabaseFailed, Limits
from aistack.databases.target import PLANS
from aistack.query.execution.runner import Runner, problem, refusal
from aistack.query.guard.statement_check import Refused
from aistack.query.wire import Statement

SECONDS_MAX = 15.0
LINES_MAX = 2_000


async def explained(runner: Runner, statement: Statement, who: Principal) -> list[str]:
    """Lines of the plan. Raises Problem."""
    known, checked, sql, values = await runner.checked(statement, who)
    if checked.writes:
        raise refusal(Refused("statement", "only statements that read are explained"))
    words = PLANS.get(known.target.engine)
    if words is None:
        raise InvalidInput(
            f"{known.target.engine} shows no plan without a change, so {known.name} is not asked for one"
        )
    pool = await runner.pools.of(known.id, known.revision, known.target, known.max_connections)
    limits = Limits(SECONDS_MAX, LINES_MAX, 4 << 20)
    try:
        async with (
            pool.session(runner.settings.wait_seconds_max) as session,
            session.run(f"{words} {sql}", values, limits) as result,
        ):
            names = [column.name for column in result.columns]
            rows = [row async for batch in result.batches for row in batch]
    except DatabaseFailed as error:
        raise problem(error) from None
    if known.target.dialect == "mysql":
        return [", ".join(f"{name}: {cell}" for name, cell in zip(names, row, strict=True)) for row in rows]
    at = {"sqlite": 3, "duckdb": 1}.get(known.target.dialect, 0)
    return [line for row in rows for line in str(row[at]).split("\n")]
