"""Wires the trend service together."""

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncConnection

from aistack.access.access import Thing
from aistack.access.belongings import Delete, belongings_routes
from aistack.access.collections import COLLECTION, Collections
from aistack.access.directory import Directory
from aistack.access.grants import AccessStore
from aistack.access.namesakes import keep_apart
from aistack.access.routes import access_routes
from aistack.access.rules import show_rules
from aistack.chassis.app import create_service_app
from aistack.chassis.runtime.periodic import Periodic
from aistack.chassis.runtime.worker_processes import WorkerLimits, WorkerPool
from aistack.chassis.settings import ServiceSettings
from aistack.chassis.web.public_web import PublicWeb
from aistack.query.client import QueryClient
from aistack.rag.client import RagClient
from aistack.stack.description import Stack
from aistack.stores.records import service_records
from aistack.trend.alerts.tables import ALERT_RULE_THINGS
from aistack.trend.delivery.tables import SUBSCRIBER_THINGS
from aistack.trend.export import trend_exports
from aistack.trend.fetching.hosts import Hosts
from aistack.trend.fetching.intervals import Bounds
from aistack.trend.fetching.polite_fetcher import PoliteFetcher
from aistack.trend.follow_up import Ground, follow_up
from aistack.trend.intake.collection_removal import remove_collection
from aistack.trend.intake.documents import DocumentStore
from aistack.trend.intake.library import Library
from aistack.trend.intake.pushes import Pushes
from aistack.trend.intake.sources import Sources
from aistack.trend.reports.tables import REPORT_THINGS, SCHEDULE_THINGS
from aistack.trend.routes.calendars import calendar_routes
from aistack.trend.routes.collections import collection_routes
from aistack.trend.routes.documents import document_routes
from aistack.trend.routes.numbers import number_routes
from aistack.trend.routes.series import series_routes
from aistack.trend.routes.sources import source_routes
from aistack.trend.routes.topics import topic_routes
from aistack.trend.settings import TrendSettings
from aistack.trend.store.calendars import Calendars
from aistack.trend.store.computations import Computations
from aistack.trend.store.explanations import Explanations
from aistack.trend.store.indicators import Indicators
from aistack.trend.store.live_points import LivePoints
from aistack.trend.store.pushes import SeriesPushes
from aistack.trend.store.query_points import QueryPoints
from aistack.trend.store.series_store import SeriesStore
from aistack.trend.tables import (
    COLLECTION_THINGS,
    GRANTS,
    HEAD,
    SOURCE,
    SOURCE_THINGS,
    VERSION_TABLE,
    Collection,
)
from aistack.trend.topics.ranking import Ranking
from aistack.trend.topics.settling import Settling, Window, documents_max
from aistack.trend.topics.topic_store import TopicStore
from aistack.trend.trend_worker import MODULE
from aistack.trend.watches.tables import WATCH_THINGS

MIGRATIONS = Path(__file__).with_name("migrations")
POLL_SECONDS = 1.0
SETTLE_SECONDS = 1.0
IDLE_CHECK_SECONDS = 15.0
RETENTION_SECONDS = 3_600.0
NAMED = (COLLECTION_THINGS, WATCH_THINGS, SUBSCRIBER_THINGS)  # whose names are unique among what someone owns
THINGS = (*NAMED, SOURCE_THINGS, REPORT_THINGS, SCHEDULE_THINGS, ALERT_RULE_THINGS)
PROCESSES = 2  # one may settle while the other reads
SCORING_SECONDS_MAX = 30.0
SCORING_MEMORY_MIB = 512


def create_app(settings: TrendSettings) -> FastAPI:
    """The trend service; its records open when it starts."""

    @asynccontextmanager
    async def resources(app: FastAPI) -> AsyncGenerator[None]:
        async with AsyncExitStack() as held:
            opening = service_records(
                settings.database_url, settings.data_dir / "trend", MIGRATIONS, HEAD, VERSION_TABLE
            )
            records = await held.enter_async_context(opening)
            access = AccessStore(records, GRANTS, THINGS, _keep_apart)
            collections = Collections(records, Collection, access, "/v1/trend/collections")
            await collections.ensure_default()
            directory = Directory(settings.gateway_url, settings.api_key, identity=settings.identity)
            held.push_async_callback(directory.close)
            limits = WorkerLimits(
                PROCESSES, settings.worker_seconds_max, settings.worker_memory_mib, settings.worker_idle_seconds
            )
            workers = WorkerPool(MODULE, limits)
            held.push_async_callback(workers.close)
            scorers = WorkerPool(
                MODULE, WorkerLimits(1, SCORING_SECONDS_MAX, SCORING_MEMORY_MIB, settings.worker_idle_seconds)
            )
            held.push_async_callback(scorers.close)
            web = PublicWeb("TREND_FETCH_PRIVATE", allow_private=settings.fetch_private)
            fetcher = PoliteFetcher(
                web, Hosts(settings.host_delay_seconds), settings.contact, settings.source_bytes_max
            )
            documents = DocumentStore(records)
            bounds = Bounds(settings.interval_seconds_min, settings.interval_seconds_max)
            store, computations = SeriesStore(records, settings.series_points_max), Computations(workers)
            pushes = SeriesPushes(store, computations)
            queries = await held.enter_async_context(
                QueryClient(settings.gateway_url, settings.api_key, settings.worker_seconds_max)
            )
            secret = settings.secret if settings.identity else ""
            rows = QueryPoints(queries, directory, pushes, secret, settings.service)
            rag = await held.enter_async_context(
                RagClient(settings.gateway_url, settings.api_key, settings.worker_seconds_max)
            )
            library = Library(rag, directory, records, documents, workers, secret, settings.service)
            sources = Sources(records, collections, documents, fetcher, workers, directory, bounds, rows, library)
            topics = TopicStore(records)
            explanations = Explanations(records, computations, settings.topic_days)
            window = Window(settings.topic_days, documents_max(settings.worker_memory_mib))
            settling = Settling(records, workers, window, settings.data_dir / "trend" / "settling")
            indicators = Indicators(store, topics, documents)
            calendars = Calendars(records)
            app.include_router(collection_routes(collections))
            app.include_router(calendar_routes(calendars, computations, collections))
            app.include_router(source_routes(sources, collections, documents))
            app.include_router(document_routes(documents, Pushes(documents, workers), explanations, collections))
            ranking = Ranking(topics, documents)
            ground = Ground(
                records,
                access,
                collections,
                directory,
                sources,
                documents,
                topics,
                ranking,
                store,
                computations,
                calendars,
            )
            following = follow_up(settings, ground, held)
            app.include_router(topic_routes(ranking, topics, documents, collections))
            app.include_router(series_routes(store, pushes, LivePoints(store, scorers), collections))
            app.include_router(number_routes(indicators, calendars, computations, documents, collections))
            for router in following.routers:
                app.include_router(router)
            app.include_router(
                access_routes("/v1/trend/collections", COLLECTION, access, collections.find_thing, people=directory)
            )
            deletions: dict[str, Delete] = {SOURCE: sources.remove_any, **following.deletions}
            app.include_router(
                belongings_routes("/v1/trend", access, _deletions(collections, deletions), trend_exports(access))
            )

            if records.embedded:
                await settling.release()
                await following.composer.release()

            async def remove_old() -> None:
                await documents.remove_old(settings.retention_days)

            work = [(POLL_SECONDS, sources.poll_all, f"sources:{number}") for number in range(settings.sources_at_once)]
            work += [
                (SETTLE_SECONDS, settling.settle_all, "topics:settle"),
                (IDLE_CHECK_SECONDS, workers.end_idle, "workers:idle"),
                (IDLE_CHECK_SECONDS, scorers.end_idle, "scorers:idle"),
                (RETENTION_SECONDS, remove_old, "documents:retention"),
                *following.work,
            ]
            for seconds, step, name in work:
                held.push_async_callback(Periodic(seconds, step, name).stop)

            async def reload(changed: ServiceSettings, _described: Stack) -> None:
                assert isinstance(changed, TrendSettings)
                fetcher.hosts.delay_seconds = changed.host_delay_seconds
                fetcher.use_contact(changed.contact)
                following.reload(changed)

            app.state.collections, app.state.directory = collections, directory
            app.state.queries, app.state.rag = queries, rag
            app.state.lifecycle.checks["records"] = records.ping
            app.state.lifecycle.on_reload.append(reload)
            yield

    app = create_service_app(settings, resources)
    show_rules(app)
    return app


async def _keep_apart(connection: AsyncConnection, thing: Thing, heir: str, _taken_over: bool) -> None:
    named = next((one for one in NAMED if one.kind == thing.kind), None)
    if named is not None:
        await keep_apart(connection, named, named.name, thing, heir)


def _deletions(collections: Collections, others: dict[str, Delete]) -> dict[str, Delete]:
    async def delete_collection(public_id: str) -> None:
        row = await collections.with_id(public_id)
        if row is not None:
            await remove_collection(collections, row)

    return {COLLECTION: delete_collection, **others}
