"""Alert rules and their alerts: normal, alarm, acknowledged. An alarm is told once, and not again while it flaps."""

import secrets
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import delete, insert, select, update

from aistack.access.collections import Collections, thing_of
from aistack.access.directory import Directory
from aistack.access.levels import at_least
from aistack.chassis.errors import Forbidden, InvalidInput, NotFound, Problem
from aistack.chassis.identity import principal
from aistack.stores.job_leases import claim_first
from aistack.stores.records import AnyRow, Records
from aistack.trend.alerts.conditions import Breach, Breaches
from aistack.trend.alerts.tables import ALERT_RULE, ALERT_RULE_THINGS, Alert, AlertRule
from aistack.trend.alerts.wire import Condition, NewAlertRule, TopicLevel
from aistack.trend.delivery.composer import delivery_of
from aistack.trend.delivery.entries import words
from aistack.trend.delivery.messages import Entry, messages_of
from aistack.trend.delivery.schedules import after_quiet
from aistack.trend.delivery.senders import markup_of
from aistack.trend.delivery.subscribers import Subscribers
from aistack.trend.delivery.tables import Delivery, Subscriber
from aistack.trend.delivery.wire import Options
from aistack.trend.watches.matching import Matcher
from aistack.trend.watches.watches import check_own, is_own

CONDITIONS: TypeAdapter[Condition] = TypeAdapter(Condition)
CHECK = timedelta(seconds=60)  # between two checks of a rule
CLAIM = timedelta(minutes=5)
FLAPPING = timedelta(hours=6)  # an alarm that comes back within this time is not told again
LISTED_MAX = 500
OPEN = ("alarm", "acknowledged")


class Alerts:
    """`breaches` find what breaches a condition, by its kind."""

    def __init__(
        self, records: Records, collections: Collections, directory: Directory, subscribers: Subscribers,
        breaches: Mapping[str, Breaches[Any]],
    ) -> None:  # fmt: skip
        self._records = records
        self._collections = collections
        self._directory = directory
        self._subscribers = subscribers
        self._breaches_by_kind = breaches

    async def add(self, collection_id: int, new: NewAlertRule) -> AnyRow:
        """The caller's new rule, checked at once. Raises InvalidInput, and NotFound without the subscriber."""
        if isinstance(new.condition, TopicLevel) and new.condition.query is not None:
            try:
                Matcher(new.condition.query)
            except ValueError as error:
                raise InvalidInput(str(error)) from None
        if new.subscriber is not None:
            await self._subscribers.find(collection_id, new.subscriber)
        now, owner = datetime.now(UTC), principal.get().subject
        row = {
            "id": secrets.token_hex(6), "collection_id": collection_id, "owner": owner, "name": new.name,
            "condition": new.condition.model_dump(), "subscriber_id": new.subscriber, "error": "", "due_at": now,
            "created_at": now,
        }  # fmt: skip
        async with self._records.write() as connection:
            await ALERT_RULE_THINGS.check_quota(connection, owner)
            return (await connection.execute(insert(AlertRule).values(**row).returning(AlertRule))).one()

    async def rules(self, collection_id: int) -> Sequence[AnyRow]:
        query = select(AlertRule).where(AlertRule.collection_id == collection_id)
        async with self._records.read() as connection:
            return (await connection.execute(query.order_by(AlertRule.created_at, AlertRule.id))).all()

    async def find(self, collection_id: int, rule_id: str) -> AnyRow:
        """Raises NotFound, Forbidden unless it is the caller's."""
        query = select(AlertRule).where(AlertRule.id == rule_id, AlertRule.collection_id == collection_id)
        async with self._records.read() as connection:
            row = (await connection.execute(query)).one_or_none()
        if row is None:
            raise NotFound(f"there is no alert rule {rule_id} in this collection")
        check_own(row, "alert rule")
        return row

    async def remove_any(self, rule_id: str) -> None:
        """Removes a rule with its alerts, for any caller; one that is gone is no error."""
        async with self._records.write() as connection:
            await connection.execute(delete(AlertRule).where(AlertRule.id == rule_id))
            await self._collections.access.remove_thing(connection, ALERT_RULE, rule_id)

    async def listed(self, collection_id: int, *, only_open: bool) -> Sequence[AnyRow]:
        """Alerts with the names of their rules, newest first."""
        query = select(Alert, AlertRule.name.label("rule_name")).join(AlertRule, AlertRule.id == Alert.rule_id)
        query = query.where(AlertRule.collection_id == collection_id)
        if only_open:
            query = query.where(Alert.state.in_(OPEN))
        async with self._records.read() as connection:
            return (await connection.execute(query.order_by(Alert.changed_at.desc()).limit(LISTED_MAX))).all()

    async def acknowledge(self, collection_id: int, alert_id: str) -> None:
        """Raises NotFound unless it is an alert of the collection that is open."""
        its = select(AlertRule.id).where(AlertRule.collection_id == collection_id).scalar_subquery()
        values = {"state": "acknowledged", "acknowledged_by": principal.get().subject, "changed_at": datetime.now(UTC)}
        changed = update(Alert).where(Alert.id == alert_id, Alert.state.in_(OPEN), Alert.rule_id.in_(its))
        async with self._records.write() as connection:
            if not (await connection.execute(changed.values(**values))).rowcount:
                raise NotFound(f"there is no open alert {alert_id} in this collection")

    async def check_all(self) -> None:
        """Checks rules until none is due. Called periodically."""
        while await self.check_one():
            pass

    async def check_one(self) -> bool:
        now, table = datetime.now(UTC), AlertRule
        rule = await claim_first(self._records, table, table.due_at <= now, [table.due_at], {"due_at": now + CLAIM})
        if rule is None:
            return False
        values: dict[str, Any] = {"error": "", "due_at": now + CHECK, "checked_at": now}
        breaches: Sequence[Breach] | None = None
        try:
            await self._check_rights(rule)
            breaches = await self._breaches(rule)
        except (Problem, ValueError) as error:
            stops = isinstance(error, Forbidden | NotFound | ValueError)
            values |= {"error": str(error), "due_at": None if stops else now + CHECK}
        await self._keep(rule, values, breaches, now)
        return True

    async def _breaches(self, rule: AnyRow) -> Sequence[Breach]:
        condition = CONDITIONS.validate_python(rule.condition)
        return await self._breaches_by_kind[condition.kind](rule.collection_id, condition)

    async def _keep(
        self, rule: AnyRow, values: dict[str, Any], breaches: Sequence[Breach] | None, now: datetime
    ) -> None:
        """The states of its alerts and the messages about new ones, in one transaction."""
        async with self._records.write() as connection:
            await connection.execute(update(AlertRule).where(AlertRule.id == rule.id).values(**values))
            if breaches is None:
                return
            query = select(Alert).where(Alert.rule_id == rule.id).order_by(Alert.changed_at)
            known = {row.subject: row for row in (await connection.execute(query)).all()}
            is_open = {subject for subject, row in known.items() if row.state in OPEN}
            ended = is_open - {one.subject for one in breaches}
            if ended:
                over = update(Alert).where(Alert.rule_id == rule.id, Alert.subject.in_(ended), Alert.state.in_(OPEN))
                await connection.execute(over.values(state="normal", changed_at=now))
            told: list[Breach] = []
            for one in breaches:
                if one.subject in is_open:
                    continue
                last = known.get(one.subject)
                if last is not None and last.changed_at > now - FLAPPING:
                    again = update(Alert).where(Alert.id == last.id).values(state="alarm", changed_at=now)
                    await connection.execute(again)
                    continue
                row = {
                    "id": secrets.token_hex(6), "rule_id": rule.id, "subject": one.subject, "name": one.name[:512],
                    "state": "alarm", "value": one.value, "level": one.level, "began_at": now, "changed_at": now,
                }  # fmt: skip
                await connection.execute(insert(Alert).values(**row))
                told.append(one)
            if told and rule.subscriber_id is not None:
                query = select(Subscriber).where(Subscriber.id == rule.subscriber_id)
                subscriber = (await connection.execute(query)).one_or_none()
                if subscriber is not None:
                    await connection.execute(insert(Delivery), _messages(rule, subscriber, told, now))

    async def _check_rights(self, rule: AnyRow) -> None:
        who = await self._directory.principal_of(rule.owner)
        collection = await self._collections.row(rule.collection_id)
        if who is None or collection is None:
            raise Forbidden("stopped: the person it belongs to is gone or disabled")
        if not at_least(await self._collections.access.held_on(who, thing_of(collection)), "view"):
            raise Forbidden("stopped: its owner may no longer view this collection")


def _messages(rule: AnyRow, subscriber: AnyRow, told: Sequence[Breach], now: datetime) -> list[dict[str, Any]]:
    options = Options(**subscriber.options)
    kind = rule.condition["kind"]
    entries = [
        Entry(
            words(options, kind, name=one.name, value=f"{one.value:.4g}", level=f"{one.level:.4g}"),
            data={"rule": rule.id, "subject": one.subject, "value": one.value, "level": one.level},
        )
        for one in told
    ]  # fmt: skip
    messages = messages_of(words(options, "alarm", rule=rule.name), entries, markup_of(subscriber.channel))
    due = after_quiet(options, now)
    return [delivery_of(subscriber, message, now) | {"due_at": due} for message in messages]


def visible_rule(row: AnyRow) -> bool:
    """Whether the caller may see where a rule's messages go."""
    return is_own(row, principal.get())
