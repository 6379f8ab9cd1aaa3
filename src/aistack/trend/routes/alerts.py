"""HTTP endpoints for alert rules and alerts, and for the dashboard."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel

from aistack.access.collections import COLLECTION, Collections
from aistack.access.rules import needs
from aistack.stores.records import AnyRow
from aistack.trend.alerts.alerts import CONDITIONS, Alerts, visible_rule
from aistack.trend.alerts.wire import AlertRuleView, AlertState, AlertView, NewAlertRule
from aistack.trend.delivery.outbox import Outbox
from aistack.trend.intake.documents import DocumentStore
from aistack.trend.intake.sources import Sources
from aistack.trend.reports.reports import Reports
from aistack.trend.reports.wire import ReportView
from aistack.trend.routes.reports import report_view
from aistack.trend.routes.sources import Reference
from aistack.trend.routes.topics import WindowText, topic_view, window_named
from aistack.trend.topics.ranking import Ranking
from aistack.trend.wire import TopicView

TOPICS_SHOWN = 10
ALERTS_SHOWN = 20
REPORTS_SHOWN = 5


class Dashboard(BaseModel):
    """What the console's first page on trends shows. `messages` counts messages to subscribers by their state."""

    window: str
    since: datetime
    bucket_seconds: int
    documents: int
    volume: list[int]
    sources: int
    sources_failing: int
    topics: list[TopicView]
    alerts: list[AlertView]
    messages: dict[str, int]
    reports: list[ReportView]


def alert_routes(alerts: Alerts, collections: Collections) -> APIRouter:
    """`/v1/trend/alert-rules` and `/v1/trend/alerts`."""
    router = APIRouter(prefix="/v1/trend", tags=["trend"])

    @router.get("/alert-rules", dependencies=[needs(COLLECTION, "view")])
    async def list_rules(collection: Reference = "default") -> list[AlertRuleView]:
        row = await collections.find(collection)
        states = _worst(await alerts.listed(row.id, only_open=True))
        return [_rule(one, states.get(one.id, "normal")) for one in await alerts.rules(row.id)]

    @router.post("/alert-rules", status_code=201, dependencies=[needs(COLLECTION, "view")])
    async def add_rule(new: NewAlertRule, collection: Reference = "default") -> AlertRuleView:
        """A rule of your own, checked every minute with the rights that you have then."""
        return _rule(await alerts.add((await collections.find(collection)).id, new), "normal")

    @router.delete("/alert-rules/{rule_id}", status_code=204, dependencies=[needs(COLLECTION, "view")])
    async def delete_rule(rule_id: str, collection: Reference = "default") -> None:
        """Deletes a rule of yours, with its alerts."""
        row = await alerts.find((await collections.find(collection)).id, rule_id)
        await alerts.remove_any(row.id)

    @router.get("/alerts", dependencies=[needs(COLLECTION, "view")])
    async def list_alerts(
        collection: Reference = "default",
        only_open: Annotated[bool, Query(alias="open", description="only alarms and acknowledged ones")] = False,
    ) -> list[AlertView]:
        """The newest 500 alerts, the latest change first."""
        row = await collections.find(collection)
        return [_alert(one) for one in await alerts.listed(row.id, only_open=only_open)]

    @router.post("/alerts/{alert_id}/acknowledge", status_code=204, dependencies=[needs(COLLECTION, "edit")])
    async def acknowledge_alert(alert_id: str, collection: Reference = "default") -> None:
        """Says that someone looks after an alarm."""
        await alerts.acknowledge((await collections.find(collection)).id, alert_id)

    return router


def dashboard_routes(
    ranking: Ranking, documents: DocumentStore, sources: Sources, alerts: Alerts, outbox: Outbox, reports: Reports,
    collections: Collections,
) -> APIRouter:  # fmt: skip
    """`/v1/trend/dashboard`."""
    router = APIRouter(prefix="/v1/trend", tags=["trend"])

    @router.get("/dashboard", dependencies=[needs(COLLECTION, "view")])
    async def show_dashboard(window: WindowText = "24h", collection: Reference = "default") -> Dashboard:
        """Volume, what grows, open alerts, messages and reports, in one answer."""
        row = await collections.find(collection)
        span = window_named(window)
        ranked, total = await ranking.hot(row.id, span, "", 2)
        known = await sources.of(row.id)
        listed = await reports.of(row.id)
        return Dashboard(
            window=window, since=span.since, bucket_seconds=span.bucket_seconds, documents=total,
            volume=await documents.counts(row.id, span.since, span.bucket_seconds), sources=len(known),
            sources_failing=sum(bool(one.error) for one in known),
            topics=[topic_view(one) for one in ranked[:TOPICS_SHOWN]],
            alerts=[_alert(one) for one in (await alerts.listed(row.id, only_open=True))[:ALERTS_SHOWN]],
            messages=await outbox.counts(row.id), reports=[report_view(one) for one in listed[:REPORTS_SHOWN]],
        )  # fmt: skip

    return router


def _worst(rows: Sequence[AnyRow]) -> dict[str, AlertState]:
    states: dict[str, AlertState] = {}
    for row in rows:
        if states.get(row.rule_id) != "alarm":
            states[row.rule_id] = row.state
    return states


def _rule(row: AnyRow, state: AlertState) -> AlertRuleView:
    return AlertRuleView(
        id=row.id, name=row.name, owner=row.owner, condition=CONDITIONS.validate_python(row.condition),
        subscriber=row.subscriber_id if visible_rule(row) else None, state=state, error=row.error,
        checked_at=row.checked_at,
    )  # fmt: skip


def _alert(row: AnyRow) -> AlertView:
    return AlertView(
        id=row.id, rule=row.rule_id, rule_name=row.rule_name, subject=row.subject, name=row.name, state=row.state,
        value=round(row.value, 3), level=row.level, began_at=row.began_at, changed_at=row.changed_at,
        acknowledged_by=row.acknowledged_by,
    )  # fmt: skip
