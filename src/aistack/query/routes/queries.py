"""HTTP in and out of queries."""

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import Response

from aistack.chassis.identity import principal
from aistack.query.execution.plans import explained
from aistack.query.execution.result_formats import streamed
from aistack.query.execution.runner import Runner, Wanted, limits_of
from aistack.query.execution.store_commands import Stores
from aistack.query.guard.statement_check import Refused
from aistack.query.history import History
from aistack.query.settings import QuerySettings
from aistack.query.wire import (
    CommandAnswer,
    CommandRequest,
    KeyPage,
    Plan,
    QueryAnswer,
    QueryRequest,
    RunList,
    RunView,
    Statement,
    Validity,
)


def query_routes(runner: Runner, history: History, settings: QuerySettings) -> APIRouter:
    """`/api/query`."""
    router = APIRouter(prefix="/api/query", tags=["query"])
    stores = Stores(runner)

    @router.post("", response_model=QueryAnswer)
    async def run(asked: QueryRequest) -> Response:
        """Runs one statement; its rows as JSON, NDJSON, CSV, Arrow IPC or Parquet, streamed."""
        wanted = Wanted(
            asked, limits_of(asked, settings), principal.get(), asked.apply, asked.query_id or "", asked.format,
        )  # fmt: skip
        return await streamed(await runner.start(wanted), asked.format)

    @router.post("/validate")
    async def validate(statement: Statement) -> Validity:
        """Whether a statement may run, and what it touches; nothing is run."""
        try:
            _, checked, _, _ = await runner.check(statement, principal.get())
        except Refused as error:
            return Validity(valid=False, error=str(error), kind=error.kind)
        return Validity(valid=True, writes=checked.writes, tables=list(checked.tables))

    @router.post("/explain")
    async def explain(statement: Statement) -> Plan:
        """The server's plan for a statement, which is not run."""
        return Plan(plan=await explained(runner, statement, principal.get()))

    @router.post("/command")
    async def command(asked: CommandRequest) -> CommandAnswer:
        """A command that only reads, on a store that speaks no SQL."""
        return await stores.command(asked, principal.get())

    @router.get("/keys")
    async def keys(
        connection_id: str,
        pattern: Annotated[str, Query(max_length=500)] = "",
        cursor: Annotated[int, Query(ge=0)] = 0,
        count: Annotated[int, Query(ge=1, le=1000)] = 100,
    ) -> KeyPage:
        """About so many keys of such a store, from a cursor on."""
        return await stores.keys(connection_id, pattern, cursor, count, principal.get())

    @router.get("/history")
    async def list_runs(
        connection_id: str = "",
        everyone: bool = False,
        offset: Annotated[int, Query(ge=0)] = 0,
        limit: Annotated[int, Query(ge=1, le=1000)] = 50,
    ) -> RunList:
        """What you ran, the newest first; an administrator may see everyone's."""
        total, rows = await history.of(principal.get(), everyone, connection_id, offset, limit)
        return RunList(
            total=total,
            runs=[
                RunView(
                    id=row.id, connection_id=row.connection, connection=row.connection_name, principal=row.principal,
                    sql=row.sql, tables=row.tables, mode=row.mode, state=row.state, error=row.error, rows=row.rows,
                    elapsed_ms=row.elapsed_ms, begun_at=row.begun_at,
                )
                for row in rows
            ],
        )  # fmt: skip

    @router.delete("/{query_id}", status_code=204)
    async def cancel(query_id: str) -> None:
        """Stops a running query, on the server itself."""
        await runner.cancel(query_id, principal.get())

    return router
