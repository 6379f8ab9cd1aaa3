"""HTTP endpoints for saved queries."""

from fastapi import APIRouter
from fastapi.responses import Response

from aistack.access.access import Thing
from aistack.access.grants import AccessStore
from aistack.access.levels import Level
from aistack.access.routes import People, access_routes
from aistack.access.rules import needs, open_to
from aistack.chassis.identity import principal
from aistack.connection.rights import as_maker
from aistack.query.execution.result_formats import streaming_response
from aistack.query.execution.runner import Runner, RunRequest, limits_of
from aistack.query.saved_queries import SavedQueries, saved_query
from aistack.query.settings import QuerySettings
from aistack.query.tables import SAVED
from aistack.query.wire import NewSaved, QueryAnswer, QueryRequest, SavedRun, SavedView
from aistack.stores.records import AnyRow


def saved_query_routes(
    runner: Runner, saved: SavedQueries, settings: QuerySettings, access: AccessStore, people: People
) -> APIRouter:
    """`/api/query/saved`."""
    router = APIRouter(prefix="/api/query", tags=["query"])

    async def shared(asked: str) -> Thing:
        return saved_query(await saved.find(asked, principal.get()))

    async def shown(row: AnyRow) -> SavedView:
        return _saved(row, await saved.held_on(principal.get(), saved_query(row)))

    @router.get("/saved", dependencies=[open_to("everyone")])
    async def list_saved() -> list[SavedView]:
        """Your saved queries, and those that are shared with you."""
        return [_saved(row, level) for row, level in await saved.all(principal.get())]

    @router.post("/saved", status_code=201, dependencies=[open_to("members")])
    async def save(new: NewSaved) -> SavedView:
        """Saves a query of your own under a name, replacing an earlier one with that name."""
        return await shown(await saved.save(new, principal.get()))

    @router.get("/saved/{saved_id}", dependencies=[needs(SAVED, "view")])
    async def show_saved(saved_id: str) -> SavedView:
        return await shown(await saved.find(saved_id, principal.get()))

    @router.put("/saved/{saved_id}", dependencies=[needs(SAVED, "edit")])
    async def change_saved(saved_id: str, new: NewSaved) -> SavedView:
        """Replaces a saved query. A schedule stops until its owner saves it if someone else does this."""
        who = principal.get()
        return await shown(await saved.change(await saved.find(saved_id, who), new, who))

    @router.post("/saved/{saved_id}/run", response_model=QueryAnswer, dependencies=[needs(SAVED, "use")])
    async def run_saved(saved_id: str, body: SavedRun) -> Response:
        """Runs a saved query with your own rights. `params` override its default parameters."""
        row = await saved.find(saved_id, principal.get())
        request = QueryRequest(
            connection_id=row.connection, sql=row.sql, params=row.parameters | body.params, limit=body.limit,
            format=body.format,
        )  # fmt: skip
        return await streaming_response(
            await runner.start(RunRequest(request, limits_of(request, settings), principal.get(), form=body.format)),
            body.format,
        )

    @router.delete("/saved/{saved_id}", status_code=204, dependencies=[needs(SAVED, "manage")])
    async def remove_saved(saved_id: str) -> None:
        row = await saved.find(saved_id, principal.get())
        await saved.remove(row.id)

    whole = APIRouter()
    whole.include_router(router)
    whole.include_router(
        access_routes(
            "/api/query/saved", SAVED, access, shared, ["query"], saved.held_on,
            caller=lambda: as_maker(principal.get()), people=people,
        )
    )  # fmt: skip
    return whole


def _saved(row: AnyRow, yours: Level | None) -> SavedView:
    return SavedView(
        id=row.id, name=row.name, owner=row.owner, yours=yours or "view", connection_id=row.connection, sql=row.sql,
        parameters=row.parameters, about=row.about, every_seconds=row.every_seconds, due_at=row.due_at,
        stopped=row.stopped, last_job=row.last_job, created_at=row.created_at, updated_at=row.updated_at,
    )  # fmt: skip
