"""The export of somebody's saved queries, jobs with their results, and history of statements."""

from collections.abc import AsyncGenerator
from typing import Any

from sqlalchemy import select

from aistack.access.access import Thing
from aistack.access.exporting.exports import (
    Export,
    ExportedFile,
    Omission,
    columns_of,
    grants_of,
    json_file,
    json_pages,
    numbered,
    row_pages,
)
from aistack.access.grants import AccessStore
from aistack.chassis.errors import Problem
from aistack.query.history import History
from aistack.query.jobs import Jobs
from aistack.query.tables import JOB, SAVED, Job, Run, Saved
from aistack.stores.records import AnyRow

HISTORY = "history"  # not a kind of things: it stays when its owner leaves


def query_exports(jobs: Jobs, history: History, access: AccessStore) -> dict[str, Export]:
    """By kind of thing."""
    records = access.records

    async def saved_queries(subject: str) -> AsyncGenerator[ExportedFile]:
        mine = select(Saved).where(Saved.owner == subject)
        async for number, rows in row_pages(records, mine, [Saved.id]):
            shown = [
                columns_of(row, "owner", "principal")
                | {"shared_with": grants_of(await access.of(Thing(SAVED, row.id, subject)))}
                for row in rows
            ]
            yield json_file(numbered("saved-queries", number), shown)

    async def own_jobs(subject: str) -> AsyncGenerator[ExportedFile | Omission]:
        mine = select(Job).where(Job.owner == subject)
        async for number, rows in row_pages(records, mine, [Job.id]):
            yield json_file(numbered("jobs", number), [_job(row) for row in rows])
            for row in rows:
                if row.state == "done":
                    async for entry in _result(jobs, row):
                        yield entry

    async def statements(subject: str) -> AsyncGenerator[ExportedFile]:
        await history.flush()
        mine = select(Run).where(Run.owner == subject)
        async for file in json_pages(records, mine, [Run.number], HISTORY, lambda row: columns_of(row, "owner")):
            yield file

    return {SAVED: saved_queries, JOB: own_jobs, HISTORY: statements}


async def _result(jobs: Jobs, row: AnyRow) -> AsyncGenerator[ExportedFile | Omission]:
    """With the rights that the owner has now: the result of a connection that was taken back is not exported."""
    path = _result_path(row)
    try:
        async with jobs.result_file(row, await jobs.owner_of(row)) as file:
            yield ExportedFile(path, file)
    except Problem as problem:
        yield Omission(path, problem.detail)


def _job(row: AnyRow) -> dict[str, Any]:
    hidden = ("owner", "principal", "instance", "lease_until")
    return columns_of(row, *hidden) | {"result": _result_path(row) if row.state == "done" else None}


def _result_path(row: AnyRow) -> str:
    return f"results/{row.id}.{row.request['format']}"
