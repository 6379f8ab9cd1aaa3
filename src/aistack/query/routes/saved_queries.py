"""HTTP endpoints for saved queries."""

from fastapi import APIRouter
from fastapi.responses import Response

from aistack.chassis.identity import principal
from aistack.query.execution.result_formats import streaming_response
from aistack.query.execution.runner import Runner, RunRequest, limits_of
from aistack.query.saved_queries import SavedQueries
from aistack.query.settings import QuerySettings
from aistack.query.wire import NewSaved, QueryAnswer, QueryRequest, SavedRun, SavedView
from aistack.stores.records import AnyRow


def saved_query_routes(runner: Runner, saved: SavedQueries, settings: QuerySettings) -> APIRouter:
    """`/api/query/saved`."""
    router = APIRouter(prefix="/api/query", tags=["query"])

    @router.get("/saved")
    async def list_saved() -> list[SavedView]:
        return [_saved(row) for row in await saved.all(principal.get())]

    @router.post("/saved", status_code=201)
    async def save(new: NewSaved) -> SavedView:
        """Saves a query under a name, replacing an earlier one with that name."""
        return _saved(await saved.save(new, principal.get()))

    @router.post("/saved/{saved_id}/run", response_model=QueryAnswer)
    async def run_saved(saved_id: str, body: SavedRun) -> Response:
        """Runs a saved query. `params` override its default parameters."""
        row = await saved.one(saved_id, principal.get())
        request = QueryRequest(
            connection_id=row.connection, sql=row.sql, params=row.parameters | body.params, limit=body.limit,
            format=body.format,
        )  # fmt: skip
        return await streaming_response(
            await runner.start(RunRequest(request, limits_of(request, settings), principal.get(), form=body.format)),
            body.format,
        )

    @router.delete("/saved/{saved_id}", status_code=204)
    async def remove_saved(saved_id: str) -> None:
        await saved.remove(saved_id, principal.get())

    return router


def _saved(row: AnyRow) -> SavedView:
    return SavedView(
        id=row.id, name=row.name, owner=row.owner, connection_id=row.connection, sql=row.sql,
        parameters=row.parameters, about=row.about, every_seconds=row.every_seconds, due_at=row.due_at,
        last_job=row.last_job, created_at=row.created_at, updated_at=row.updated_at,
    )  # fmt: skip
