"""HTTP endpoints for jobs: statements that run in the background."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import Response, StreamingResponse

from aistack.access.rules import needs, open_to
from aistack.chassis.identity import principal
from aistack.connection.rights import KIND as CONNECTION
from aistack.query.execution.result_formats import MEDIA_TYPES
from aistack.query.jobs import Jobs
from aistack.query.tables import JOB
from aistack.query.wire import JobView, QueryRequest
from aistack.stores.records import AnyRow


def job_routes(jobs: Jobs) -> APIRouter:
    """`/api/query/jobs`."""
    router = APIRouter(prefix="/api/query", tags=["query"])

    @router.post("/jobs", status_code=202, dependencies=[needs(CONNECTION, "use")])
    async def open_job(body: QueryRequest) -> JobView:
        """Runs a statement in the background. The result can be downloaded until it expires."""
        return _job(await jobs.open(body, principal.get()))

    @router.get("/jobs", dependencies=[open_to("everyone")])
    async def list_jobs(limit: Annotated[int, Query(ge=1, le=1000)] = 100) -> list[JobView]:
        """Your jobs, newest first."""
        return [_job(row) for row in await jobs.of(principal.get(), limit)]

    @router.get("/jobs/{job_id}", dependencies=[needs(JOB, "view")])
    async def show_job(job_id: str) -> JobView:
        return _job(await jobs.find(job_id, principal.get()))

    @router.get("/jobs/{job_id}/result", response_class=Response, dependencies=[needs(JOB, "view")])
    async def result(job_id: str) -> Response:
        """The rows, in the format that was requested."""
        who = principal.get()
        row = await jobs.find(job_id, who)
        chunks: AsyncIterator[bytes] = await jobs.result(row, who)
        return StreamingResponse(chunks, media_type=MEDIA_TYPES[row.request["format"]])

    @router.delete("/jobs/{job_id}", status_code=204, dependencies=[needs(JOB, "manage")])
    async def remove_job(job_id: str) -> None:
        """Cancels the job if it is running, and deletes its result."""
        row = await jobs.find(job_id, principal.get())
        await jobs.remove(row.id)

    return router


def _job(row: AnyRow) -> JobView:
    return JobView(
        id=row.id, owner=row.owner, connection_id=row.request["connection_id"], state=row.state, error=row.error,
        rows=row.rows, bytes=row.bytes, format=row.request["format"], created_at=row.created_at,
        finished_at=row.finished_at, expires_at=row.expires_at,
    )  # fmt: skip
