"""HTTP endpoints that run, validate, explain and cancel statements."""

from fastapi import APIRouter
from fastapi.responses import Response

from aistack.access.rules import needs
from aistack.chassis.identity import principal
from aistack.connection.rights import KIND as CONNECTION
from aistack.query.execution.plans import query_plan
from aistack.query.execution.result_formats import streaming_response
from aistack.query.execution.runner import Runner, RunRequest, limits_of
from aistack.query.guard.statement_check import Refused
from aistack.query.settings import QuerySettings
from aistack.query.wire import Plan, QueryAnswer, QueryRequest, Statement, Validity


def query_routes(runner: Runner, settings: QuerySettings) -> APIRouter:
    """`/api/query`, `/validate`, `/explain` and `/{query_id}`."""
    router = APIRouter(prefix="/api/query", tags=["query"])

    @router.post("", response_model=QueryAnswer, dependencies=[needs(CONNECTION, "use")])
    async def run(body: QueryRequest) -> Response:
        """Runs one statement and streams its rows as JSON, NDJSON, CSV, Arrow IPC or Parquet."""
        request = RunRequest(
            body, limits_of(body, settings), principal.get(), body.apply, body.query_id or "", body.format,
            csv=body.csv,
        )  # fmt: skip
        return await streaming_response(await runner.start(request), body.format, body.csv)

    @router.post("/validate", dependencies=[needs(CONNECTION, "use")])
    async def validate(statement: Statement) -> Validity:
        """Checks whether a statement may run and which tables it uses, without running it."""
        try:
            prepared = await runner.prepare(statement, principal.get())
        except Refused as error:
            return Validity(valid=False, error=str(error), kind=error.kind)
        return Validity(valid=True, writes=prepared.checked.writes, tables=list(prepared.checked.tables))

    @router.post("/explain", dependencies=[needs(CONNECTION, "use")])
    async def explain(statement: Statement) -> Plan:
        """The server's plan for a statement, without running it."""
        return Plan(plan=await query_plan(runner, statement, principal.get()))

    @router.delete("/{query_id}", status_code=204, dependencies=[needs("running-query", "use")])
    async def cancel(query_id: str) -> None:
        """Cancels a running query, also on the database server."""
        await runner.cancel(query_id, principal.get())

    return router
