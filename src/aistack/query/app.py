"""Wires the query service together."""

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from fastapi import FastAPI

from aistack.access.directory import Directory
from aistack.access.grants import AccessStore
from aistack.access.rules import show_rules
from aistack.chassis.app import create_service_app
from aistack.chassis.runtime.periodic import Periodic
from aistack.chassis.settings import ServiceSettings
from aistack.connection.client import ConnectionClient
from aistack.databases.pool.session_pool import Pools
from aistack.databases.sealing import sealer_of
from aistack.query.background import Background
from aistack.query.execution.runner import Runner
from aistack.query.execution.targets import Targets
from aistack.query.history import History
from aistack.query.jobs import Jobs
from aistack.query.routes import service_routes
from aistack.query.saved_queries import SavedQueries, before_transfer
from aistack.query.settings import QuerySettings
from aistack.query.tables import GRANTS, HEAD, THINGS, VERSION_TABLE
from aistack.stack.description import Stack
from aistack.stores.files import FileStore
from aistack.stores.records import service_records

MIGRATIONS = Path(__file__).with_name("migrations")
IDLE_CHECK_SECONDS = 15.0
RETENTION_CHECK_SECONDS = 3600.0
SCHEDULE_CHECK_SECONDS = 2.0
RIGHTS_CHECK_SECONDS = 0.25


def create_app(settings: QuerySettings) -> FastAPI:
    """The query service. Its records are opened at startup."""

    @asynccontextmanager
    async def resources(app: FastAPI) -> AsyncGenerator[None]:
        folder = settings.data_dir / "query"
        async with AsyncExitStack() as held:
            records = await held.enter_async_context(
                service_records(settings.database_url, folder, MIGRATIONS, HEAD, VERSION_TABLE)
            )
            history = History(records, settings.history_days)
            held.push_async_callback(history.flush)
            client = await held.enter_async_context(ConnectionClient(settings.gateway_url, settings.api_key))
            targets = Targets(client, sealer_of(settings.encryption_key, settings.data_dir))
            pools = Pools(settings.connect_seconds_max, settings.idle_seconds)
            held.push_async_callback(pools.close)
            runner = Runner(targets, pools, history, settings)
            held.push_async_callback(runner.close)
            access = AccessStore(records, GRANTS, THINGS, before_transfer)
            directory = Directory(settings.gateway_url, settings.api_key, identity=settings.identity)
            held.push_async_callback(directory.close)
            background = Background(directory)
            files = FileStore(settings.files_url, folder / "files")
            jobs = Jobs(records, files, runner, settings, folder / "scratch", access, background)
            await jobs.start()
            held.push_async_callback(jobs.close)
            saved = SavedQueries(records, runner, jobs, settings, access, background)
            for seconds, step, name in (
                (IDLE_CHECK_SECONDS, pools.close_idle, "query:idle"),
                (IDLE_CHECK_SECONDS, runner.exports.close_idle, "query:export"),
                (RETENTION_CHECK_SECONDS, history.delete_old, "query:retention"),
                (IDLE_CHECK_SECONDS, jobs.delete_expired, "query:expire"),
                (SCHEDULE_CHECK_SECONDS, saved.run_due, "query:schedule"),
                (RIGHTS_CHECK_SECONDS, runner.stop_without_rights, "query:rights"),
            ):
                held.push_async_callback(Periodic(seconds, step, name).stop)

            async def reload(changed: ServiceSettings, _described: Stack) -> None:
                assert isinstance(changed, QuerySettings)
                targets.sealer, runner.settings = sealer_of(changed.encryption_key, changed.data_dir), changed

            app.include_router(service_routes(runner, jobs, saved, history, settings, access, directory))
            show_rules(app)
            app.state.runner, app.state.directory, app.state.saved = runner, directory, saved
            app.state.lifecycle.checks["records"] = records.ping
            app.state.lifecycle.on_reload.append(reload)
            yield

    return create_service_app(settings, resources)
