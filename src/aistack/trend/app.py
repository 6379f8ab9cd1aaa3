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
from aistack.chassis.identity import on_callers_behalf
from aistack.chassis.runtime.periodic import Periodic
from aistack.chassis.runtime.worker_processes import WorkerLimits, WorkerPool
from aistack.chassis.settings import ServiceSettings
from aistack.chassis.web.public_web import PublicWeb
from aistack.databases.sealing import sealer_of
from aistack.llm.stack_model import StackModel
from aistack.stack.description import Stack
from aistack.stores.records import service_records
from aistack.trend.alerts.alerts import Alerts
from aistack.trend.alerts.conditions import SilentSources, TopicLevels
from aistack.trend.alerts.tables import ALERT_RULE, ALERT_RULE_THINGS
from aistack.trend.delivery.composer import Composer
from aistack.trend.delivery.mail import Mail
from aistack.trend.delivery.outbox import Outbox
from aistack.trend.delivery.senders import Senders
from aistack.trend.delivery.subscribers import Subscribers
from aistack.trend.delivery.tables import SUBSCRIBER, SUBSCRIBER_THINGS
from aistack.trend.fetching.hosts import Hosts
from aistack.trend.fetching.intervals import Bounds
from aistack.trend.fetching.polite_fetcher import PoliteFetcher
from aistack.trend.intake.collection_removal import remove_collection
from aistack.trend.intake.documents import DocumentStore
from aistack.trend.intake.pushes import Pushes
from aistack.trend.intake.sources import Sources
from aistack.trend.reports.gathering import Gathering
from aistack.trend.reports.report_schedules import ReportSchedules
from aistack.trend.reports.reports import Reports
from aistack.trend.reports.tables import REPORT, REPORT_THINGS, SCHEDULE, SCHEDULE_THINGS
from aistack.trend.routes.alerts import alert_routes, dashboard_routes
from aistack.trend.routes.collections import collection_routes
from aistack.trend.routes.documents import document_routes
from aistack.trend.routes.reports import report_routes
from aistack.trend.routes.sources import source_routes
from aistack.trend.routes.subscribers import subscriber_routes
from aistack.trend.routes.topics import topic_routes
from aistack.trend.routes.watches import watch_routes
from aistack.trend.settings import TrendSettings
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
from aistack.trend.topics.topic_store import TopicStore
from aistack.trend.trend_worker import MODULE
from aistack.trend.watches.stories import Stories
from aistack.trend.watches.tables import WATCH, WATCH_THINGS
from aistack.trend.watches.watches import Watches

MIGRATIONS = Path(__file__).with_name("migrations")
POLL_SECONDS = 1.0
SETTLE_SECONDS = 1.0
IDLE_CHECK_SECONDS = 15.0
DELIVERY_SECONDS = 1.0
MODEL_SECONDS_MAX = 60.0
SENDERS = 4
LEASES = 3  # a message that is sent for as many time limits was left by an instance that died
RETENTION_SECONDS = 3_600.0
NAMED = (COLLECTION_THINGS, WATCH_THINGS, SUBSCRIBER_THINGS)  # whose names are unique among what someone owns
THINGS = (*NAMED, SOURCE_THINGS, REPORT_THINGS, SCHEDULE_THINGS, ALERT_RULE_THINGS)
PROCESSES = 2  # one may settle while the other reads


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
            web = PublicWeb("TREND_FETCH_PRIVATE", allow_private=settings.fetch_private)
            fetcher = PoliteFetcher(
                web, Hosts(settings.host_delay_seconds), settings.contact, settings.source_bytes_max
            )
            documents = DocumentStore(records)
            bounds = Bounds(settings.interval_seconds_min, settings.interval_seconds_max)
            sources = Sources(records, collections, documents, fetcher, workers, directory, bounds)
            topics = TopicStore(records, workers, settings.topic_days)
            app.include_router(collection_routes(collections))
            app.include_router(source_routes(sources, collections, documents))
            app.include_router(document_routes(documents, Pushes(documents, workers), collections))
            ranking = Ranking(topics, documents)
            watches, stories = Watches(records, access), Stories(records, ranking)
            app.include_router(topic_routes(ranking, topics, documents, collections))
            sealing = {"sealer": sealer_of(settings.encryption_key, settings.data_dir)}
            subscribers = Subscribers(records, access, watches, lambda: sealing["sealer"])
            messages_web = PublicWeb("TREND_DELIVER_PRIVATE", allow_private=settings.deliver_private)
            mail = Mail(settings.smtp_url, settings.smtp_from)
            senders = Senders(messages_web, mail, settings.delivery_seconds_max)
            composer = Composer(records, collections, directory, stories, ranking)
            outbox = Outbox(records, subscribers, senders, LEASES * settings.delivery_seconds_max)
            model = _model(settings)
            if model is not None:
                held.push_async_callback(model.close)
            reports = Reports(records, access, Gathering(records, ranking, topics, documents, stories), model)
            schedules = ReportSchedules(records, collections, directory, reports, subscribers)
            levels, silence = TopicLevels(ranking, stories), SilentSources(records)
            alerts = Alerts(records, collections, directory, subscribers, levels, silence)
            app.include_router(alert_routes(alerts, collections))
            app.include_router(dashboard_routes(ranking, documents, sources, alerts, outbox, reports, collections))
            app.include_router(report_routes(reports, schedules, collections))
            app.include_router(watch_routes(watches, stories, collections))
            app.include_router(subscriber_routes(subscribers, watches, composer, collections))
            app.include_router(
                access_routes("/v1/trend/collections", COLLECTION, access, collections.find_thing, people=directory)
            )
            deletions: dict[str, Delete] = {
                SOURCE: sources.remove_any, WATCH: watches.remove_any, SUBSCRIBER: subscribers.remove_any,
                REPORT: reports.remove_any, SCHEDULE: schedules.remove_any, ALERT_RULE: alerts.remove_any,
            }  # fmt: skip
            app.include_router(belongings_routes("/v1/trend", access, _deletions(collections, deletions)))

            if records.embedded:
                await topics.release()
                await composer.release()

            async def remove_old() -> None:
                await documents.remove_old(settings.retention_days)

            work = [(POLL_SECONDS, sources.poll_all, f"sources:{number}") for number in range(settings.sources_at_once)]
            work += [
                (SETTLE_SECONDS, topics.settle_all, "topics:settle"),
                (IDLE_CHECK_SECONDS, workers.end_idle, "workers:idle"),
                (RETENTION_SECONDS, remove_old, "documents:retention"),
                (RETENTION_SECONDS, composer.forget_old, "messages:retention"),
                (DELIVERY_SECONDS, composer.compose_all, "messages:compose"),
                (DELIVERY_SECONDS, schedules.poll_all, "reports:schedules"),
                (DELIVERY_SECONDS, alerts.check_all, "alerts:check"),
            ]
            work += [(DELIVERY_SECONDS, outbox.send_all, f"messages:send:{number}") for number in range(SENDERS)]
            for seconds, step, name in work:
                held.push_async_callback(Periodic(seconds, step, name).stop)

            async def reload(changed: ServiceSettings, _described: Stack) -> None:
                assert isinstance(changed, TrendSettings)
                fetcher.hosts.delay_seconds = changed.host_delay_seconds
                fetcher.use_contact(changed.contact)
                sealing["sealer"] = sealer_of(changed.encryption_key, changed.data_dir)
                mail.url, mail.sender = changed.smtp_url, changed.smtp_from

            app.state.collections, app.state.directory = collections, directory
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


def _model(settings: TrendSettings) -> StackModel | None:
    """The default of the model table, for the caller at hand."""
    if not settings.gateway_url:
        return None
    secret = settings.secret if settings.identity else ""
    return StackModel(
        settings.gateway_url, "default", settings.api_key, MODEL_SECONDS_MAX,
        lambda: on_callers_behalf(secret, settings.service, "models"),
    )  # fmt: skip
