"""HTTP in and out of jobs and saved queries."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import Response, StreamingResponse

from aistack.chassis.identity import principal
from aistack.query.execution.result_formats import MEDIA_TYPES, streamed
from aistack.query.execution.runner import Runner, Wanted, limits_of
from aistack.query.jobs import Jobs
from aistack.query.saved_queries import SavedQueries
from aistack.query.settings import QuerySettings
from aistack.query.wire import JobView, NewSaved, QueryAnswer, QueryRequest, SavedRun, SavedView
from aistack.stores.records import AnyRow


def kept_routes(runner: Runner, jobs: Jobs, saved: SavedQueries, settings: QuerySettings) -> APIRouter:
    """`/api/query/jobs` and `/api/query/saved`."""
    router = APIRouter(prefix="/api/query", tags=["query"])

    @router.post("/jobs", status_code=202)
    async def open_job(asked: QueryRequest) -> JobView:
        """Runs a statement by itself; its result can be fetched until it expires."""
        return _job(await jobs.open(asked, principal.get()))

    @router.get("/jobs")
    async def list_jobs(limit: Annotated[int, Query(ge=1, le=1000)] = 100) -> list[JobView]:
        return [_job(row) for row in await jobs.of(principal.get(), limit)]

    @router.get("/jobs/{job_id}")
    async def show_job(job_id: str) -> JobView:
        return _job(await jobs.one(job_id, principal.get()))

    @router.get("/jobs/{job_id}/result", response_class=Response)
    async def result(job_id: str) -> Response:
        """The rows, in the format that was asked for."""
        row = await jobs.one(job_id, principal.get())
        pieces: AsyncIterator[bytes] = await jobs.result(row)
        return StreamingResponse(pieces, media_type=MEDIA_TYPES[row.request["format"]])

    @router.delete("/jobs/{job_id}", status_code=204)
    async def remove_job(job_id: str) -> None:
        """Stops it where it runs, and removes its result."""
        await jobs.remove(job_id, principal.get())

    @router.get("/saved")
    async def list_saved() -> list[SavedView]:
        return [_saved(row) for row in await saved.all(principal.get())]

    @router.post("/saved", status_code=201)
    async def save(new: NewSaved) -> SavedView:
        """Keeps a query under a name, in the place of an older one that is called so."""
        return _saved(await saved.save(new, principal.get()))

    @router.post("/saved/{saved_id}/run", response_model=QueryAnswer)
    async def run_saved(saved_id: str, asked: SavedRun) -> Response:
        """Runs it, with other values for its parameters where some are given."""
        row = await saved.one(saved_id, principal.get())
        request = QueryRequest(
            connection_id=row.connection, sql=row.sql, params=row.parameters | asked.params, limit=asked.limit,
            format=asked.format,
        )  # fmt: skip
        return await streamed(
            await runner.start(Wanted(request, limits_of(request, settings), principal.get(), form=asked.format)),
            asked.format,
        )

    @router.delete("/saved/{saved_id}", status_code=204)
    async def remove_saved(saved_id: str) -> None:
        await saved.remove(saved_id, principal.get())

    return router


def _job(row: AnyRow) -> JobView:
    return JobView(
        id=row.id, connection_id=row.request["connection_id"], state=row.state, error=row.error, rows=row.rows,
        bytes=row.bytes, format=row.request["format"], created_at=row.created_at, finished_at=row.finished_at,
        expires_at=row.expires_at,
    )  # fmt: skip


def _saved(row: AnyRow) -> SavedView:
    return SavedView(
        id=row.id, name=row.name, owner=row.owner, connection_id=row.connection, sql=row.sql,
        parameters=row.parameters, about=row.about, every_seconds=row.every_seconds, due_at=row.due_at,
        last_job=row.last_job, created_at=row.created_at, updated_at=row.updated_at,
    )  # fmt: skip
