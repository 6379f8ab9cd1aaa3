"""HTTP endpoints under `/api/query`: they parse a request, call the modules below, and shape the response."""

from fastapi import APIRouter

from aistack.access.belongings import belongings_routes
from aistack.access.grants import AccessStore
from aistack.access.routes import People
from aistack.query.execution.runner import Runner
from aistack.query.export import query_exports
from aistack.query.history import History
from aistack.query.jobs import Jobs
from aistack.query.routes.commands import command_routes
from aistack.query.routes.history import history_routes
from aistack.query.routes.jobs import job_routes
from aistack.query.routes.queries import query_routes
from aistack.query.routes.saved_queries import saved_query_routes
from aistack.query.saved_queries import SavedQueries
from aistack.query.settings import QuerySettings
from aistack.query.tables import JOB, SAVED


def service_routes(
    runner: Runner, jobs: Jobs, saved: SavedQueries, history: History, settings: QuerySettings, access: AccessStore,
    people: People,
) -> APIRouter:  # fmt: skip
    """Everything under `/api/query`."""
    router = APIRouter()
    router.include_router(job_routes(jobs))
    router.include_router(saved_query_routes(runner, saved, settings, access, people))
    deletions, exports = {SAVED: saved.remove, JOB: jobs.remove}, query_exports(jobs, history, access)
    router.include_router(belongings_routes("/api/query", access, deletions, exports))
    router.include_router(query_routes(runner, settings))
    router.include_router(command_routes(runner))
    router.include_router(history_routes(history))
    return router
