"""Runs candidates, or only checks them if the question is not to be executed."""

from aistack.ai.databases import Databases, is_service_failure
from aistack.ai.generation.candidates import Candidate
from aistack.ai.pipeline_run import PipelineRun
from aistack.ai.settings import AiSettings
from aistack.ai.statements.fan_out import fan_outs
from aistack.ai.text.step_summaries import fixed, number_of
from aistack.chassis.errors import Problem
from aistack.databases.target import PLANS

FAN_OUT = "sql-fan-out"
REFUSALS = ("sql-", "forbidden")  # codes of statements that the query service refuses


class Executor:
    def __init__(self, settings: AiSettings, databases: Databases) -> None:
        self.settings, self._databases = settings, databases

    async def execute(self, run: PipelineRun, candidate: Candidate) -> None:
        """Sets the candidate's result. Raises Problem if the statement is refused or fails, or counts rows twice."""
        connection, settings = run.database.connection, self.settings
        repeated = [] if candidate.chosen else fan_outs(candidate.sql, run.database.dialect, run.database.graph)
        if repeated:
            raise Problem(repeated[0].message(chinese=run.chinese), code=FAN_OUT, status=400)
        if not run.execute:
            validity = await self._databases.validate(connection.id, candidate.sql, run.who)
            if not validity.valid:
                raise Problem(validity.error, code=f"sql-{validity.kind}", status=400)
            if connection.engine in PLANS:
                await self._databases.explain(connection.id, candidate.sql, run.who)
            run.add_step("check", fixed("valid", chinese=run.chinese), source=candidate.source, sql=candidate.sql)
            return
        candidate.result = await self._databases.run(
            connection.id, candidate.sql, run.who, settings.rows_max, settings.seconds_max
        )
        count = candidate.result.row_count
        run.add_step("run", number_of(count, "row", chinese=run.chinese), source=candidate.source, sql=candidate.sql)

    async def try_execute(self, run: PipelineRun, candidate: Candidate) -> None:
        """The same, but keeps a failure as the candidate's error. Raises Problem if a service fails."""
        try:
            await self.execute(run, candidate)
        except Problem as problem:
            candidate.error = problem.detail
            step = "check" if problem.code.startswith(REFUSALS) else "run"
            run.add_step(step, problem.detail, sql=candidate.sql)
            if is_service_failure(problem):
                raise
