"""What follows topics: watches, subscribers and their messages, reports and alerts."""

from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass

from fastapi import APIRouter

from aistack.access.belongings import Delete
from aistack.access.collections import Collections
from aistack.access.directory import Directory
from aistack.access.grants import AccessStore
from aistack.chassis.identity import on_callers_behalf
from aistack.chassis.web.public_web import PublicWeb
from aistack.databases.sealing import sealer_of
from aistack.llm.stack_model import StackModel
from aistack.stores.records import Records
from aistack.trend.alerts.alerts import Alerts
from aistack.trend.alerts.conditions import SeriesAlarms, SeriesChanges, SilentSources, TopicLevels
from aistack.trend.alerts.tables import ALERT_RULE
from aistack.trend.delivery.composer import Composer
from aistack.trend.delivery.mail import Mail
from aistack.trend.delivery.outbox import Outbox
from aistack.trend.delivery.senders import Senders
from aistack.trend.delivery.subscribers import Subscribers
from aistack.trend.delivery.tables import SUBSCRIBER
from aistack.trend.intake.documents import DocumentStore
from aistack.trend.intake.sources import Sources
from aistack.trend.reports.gathering import Gathering
from aistack.trend.reports.report_schedules import ReportSchedules
from aistack.trend.reports.reports import Reports
from aistack.trend.reports.tables import REPORT, SCHEDULE
from aistack.trend.routes.alerts import alert_routes, dashboard_routes
from aistack.trend.routes.reports import report_routes
from aistack.trend.routes.subscribers import subscriber_routes
from aistack.trend.routes.watches import watch_routes
from aistack.trend.settings import TrendSettings
from aistack.trend.store.calendars import Calendars
from aistack.trend.store.computations import Computations
from aistack.trend.store.series_store import SeriesStore
from aistack.trend.topics.ranking import Ranking
from aistack.trend.topics.topic_store import TopicStore
from aistack.trend.watches.stories import Stories
from aistack.trend.watches.tables import WATCH
from aistack.trend.watches.watches import Watches

STEP_SECONDS = 1.0
RETENTION_SECONDS = 3_600.0
MODEL_SECONDS_MAX = 60.0
SENDERS = 4
LEASES = 3  # a message that is sent for as many time limits was left by an instance that died


@dataclass(frozen=True, slots=True)
class FollowUp:
    """`work` is of seconds between two steps, the step, and its name."""

    routers: list[APIRouter]
    deletions: dict[str, Delete]
    work: list[tuple[float, Callable[[], Awaitable[None]], str]]
    composer: Composer
    reload: Callable[[TrendSettings], None]


@dataclass(frozen=True, slots=True)
class Ground:
    """What the service keeps, as far as watches and reports look at it."""

    records: Records
    access: AccessStore
    collections: Collections
    directory: Directory
    sources: Sources
    documents: DocumentStore
    topics: TopicStore
    ranking: Ranking
    series: SeriesStore
    computations: Computations
    calendars: Calendars


def follow_up(settings: TrendSettings, ground: Ground, held: AsyncExitStack) -> FollowUp:
    """The rooms over `ground`; `held` closes the client of the model."""
    records, access, collections, directory = ground.records, ground.access, ground.collections, ground.directory
    ranking, documents = ground.ranking, ground.documents
    watches, stories = Watches(records, access), Stories(records, ranking)
    sealing = {"sealer": sealer_of(settings.encryption_key, settings.data_dir)}
    subscribers = Subscribers(records, access, watches, lambda: sealing["sealer"])
    mail = Mail(settings.smtp_url, settings.smtp_from)
    web = PublicWeb("TREND_DELIVER_PRIVATE", allow_private=settings.deliver_private)
    senders = Senders(web, mail, settings.delivery_seconds_max)
    composer = Composer(records, collections, directory, stories, ranking)
    outbox = Outbox(records, subscribers, senders, LEASES * settings.delivery_seconds_max)
    model = _model(settings)
    if model is not None:
        held.push_async_callback(model.close)
    gathering = Gathering(records, ranking, ground.topics, documents, stories, ground.calendars, ground.computations)
    reports = Reports(records, access, gathering, model)
    schedules = ReportSchedules(records, collections, directory, reports, subscribers)
    breaches = {
        "topic_level": TopicLevels(ranking, stories), "source_silent": SilentSources(records),
        "series_alarm": SeriesAlarms(records), "series_change": SeriesChanges(ground.series, ground.computations),
    }  # fmt: skip
    alerts = Alerts(records, collections, directory, subscribers, breaches)

    def reload(changed: TrendSettings) -> None:
        sealing["sealer"] = sealer_of(changed.encryption_key, changed.data_dir)
        mail.url, mail.sender = changed.smtp_url, changed.smtp_from

    return FollowUp(
        routers=[
            alert_routes(alerts, collections),
            dashboard_routes(ranking, documents, ground.sources, alerts, outbox, reports, collections),
            report_routes(reports, schedules, collections),
            watch_routes(watches, stories, collections),
            subscriber_routes(subscribers, watches, composer, collections),
        ],
        deletions={
            WATCH: watches.remove_any, SUBSCRIBER: subscribers.remove_any, REPORT: reports.remove_any,
            SCHEDULE: schedules.remove_any, ALERT_RULE: alerts.remove_any,
        },
        work=[
            (RETENTION_SECONDS, composer.forget_old, "messages:retention"),
            (STEP_SECONDS, composer.compose_all, "messages:compose"),
            (STEP_SECONDS, schedules.poll_all, "reports:schedules"),
            (STEP_SECONDS, alerts.check_all, "alerts:check"),
            *((STEP_SECONDS, outbox.send_all, f"messages:send:{number}") for number in range(SENDERS)),
        ],
        composer=composer, reload=reload,
    )  # fmt: skip


def _model(settings: TrendSettings) -> StackModel | None:
    """The default of the model table, for the caller at hand."""
    if not settings.gateway_url:
        return None
    secret = settings.secret if settings.identity else ""
    return StackModel(
        settings.gateway_url, "default", settings.api_key, MODEL_SECONDS_MAX,
        lambda: on_callers_behalf(secret, settings.service, "models"),
    )  # fmt: skip
