"""HTTP endpoint for the history of statements."""

from typing import Annotated

from fastapi import APIRouter, Query

from aistack.access.rules import open_to
from aistack.chassis.identity import principal
from aistack.query.history import History
from aistack.query.wire import RunList, RunView

OFFSET_MAX = 2**31 - 1


def history_routes(history: History) -> APIRouter:
    """`/api/query/history`."""
    router = APIRouter(prefix="/api/query", tags=["query"])

    @router.get("/history", dependencies=[open_to("everyone")])
    async def list_runs(
        connection_id: str = "",
        everyone: bool = False,
        offset: Annotated[int, Query(ge=0, le=OFFSET_MAX)] = 0,
        limit: Annotated[int, Query(ge=1, le=1000)] = 50,
    ) -> RunList:
        """Your statements, newest first. Owners of the stack can list everyone's."""
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

    return router
