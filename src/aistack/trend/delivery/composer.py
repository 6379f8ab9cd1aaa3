"""Writes what subscribers are to be told into the ledger, before anything is sent."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import delete, insert, select, update

from aistack.access.collections import Collections, thing_of
from aistack.access.directory import Directory
from aistack.access.levels import at_least
from aistack.chassis.errors import Forbidden, NotFound, Problem
from aistack.chassis.telemetry.logs import get_log
from aistack.stores.job_leases import claim_first
from aistack.stores.records import AnyRow, Records
from aistack.trend.delivery.entries import story_entry, update_entry, words
from aistack.trend.delivery.messages import Entry, Message, messages_of
from aistack.trend.delivery.schedules import after_quiet, next_due
from aistack.trend.delivery.senders import markup_of
from aistack.trend.delivery.tables import Delivery, Subscriber, Told
from aistack.trend.delivery.wire import Options
from aistack.trend.topics.ranking import Ranking, window_before
from aistack.trend.watches.stories import WINDOW, Stories, Story
from aistack.trend.watches.tables import Watch
from aistack.trend.watches.wire import WatchQuery

CLAIM_SECONDS = 600.0
LOOK_BACK = timedelta(days=3)  # documents of a story that count
ARRIVAL_MARGIN = timedelta(minutes=15)  # between a document's arrival and its being in a story
REMEMBERED = timedelta(days=60)
STORIES_MAX = 200  # of one run; the rest follows in the next
RETRY_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class News:
    """What a subscriber is to be told: entries, and the rows of Told that go with each."""

    entries: list[Entry]
    told: list[dict[str, Any]]
    has_more: bool


@dataclass(frozen=True, slots=True)
class Trial:
    stories: int
    messages: list[Message]


class Composer:
    def __init__(
        self, records: Records, collections: Collections, directory: Directory, stories: Stories, ranking: Ranking
    ) -> None:
        self._records = records
        self._collections = collections
        self._directory = directory
        self._stories = stories
        self._ranking = ranking
        self._log = get_log("trend")

    async def dry_run(self, collection_id: int, watch: AnyRow, options: Options, channel: str) -> Trial:
        """The messages about the last 24 hours, which are not kept. Raises ValueError for a watch that cannot be."""
        now = datetime.now(UTC)
        found = await self._stories.matching(collection_id, WatchQuery(**watch.query), now - WINDOW)
        entries = [story_entry(one, options) for one in found.stories[:STORIES_MAX]]
        return Trial(len(found.stories), _messages(watch.name, entries, options, channel))

    async def test(self, row: AnyRow) -> None:
        """Queues a message that says that the channel works."""
        options = Options(**row.options)
        entry = Entry(words(options, "works"))
        message = messages_of(words(options, "test"), [entry], markup_of(row.channel))[0]
        async with self._records.write() as connection:
            await connection.execute(insert(Delivery), [delivery_of(row, message, datetime.now(UTC))])

    async def release(self) -> None:
        """Ends the claims of an instance that died. For databases that only one instance uses."""
        async with self._records.write() as connection:
            await connection.execute(update(Subscriber).values(claimed_until=0.0))

    async def compose_all(self) -> None:
        """Composes until no subscriber is due. Called periodically."""
        while await self.compose_one():
            pass

    async def compose_one(self) -> bool:
        """Composes for the subscriber that has been due for the longest time. False if none is."""
        now = datetime.now(UTC)
        claim = {"claimed_until": now.timestamp() + CLAIM_SECONDS}
        due = (Subscriber.due_at <= now) & (Subscriber.claimed_until < now.timestamp())
        row = await claim_first(self._records, Subscriber, due, [Subscriber.due_at], claim)
        if row is None:
            return False
        try:
            await self._compose(row, now)
        except Problem as error:
            is_final = isinstance(error, Forbidden | NotFound)
            values: dict[str, Any] = {
                "error": str(error),
                "due_at": None if is_final else now + timedelta(seconds=RETRY_SECONDS),
            }
            values["claimed_until"] = 0.0
            self._log.warning("subscriber.failed", subscriber=row.id, error=str(error))
            async with self._records.write() as connection:
                await connection.execute(update(Subscriber).where(Subscriber.id == row.id).values(**values))
        return True

    async def _compose(self, row: AnyRow, now: datetime) -> None:
        options = Options(**row.options)
        collection = await self._checked(row)
        due = next_due(options, now)
        quiet_until = after_quiet(options, now)
        if quiet_until > now:
            await self._keep(row, {"due_at": quiet_until}, [], [])
            return
        if options.schedule.mode == "immediate" and collection.settled_at == row.seen_at:
            await self._keep(row, {"due_at": due}, [], [])
            return
        async with self._records.read() as connection:
            watch = (await connection.execute(select(Watch).where(Watch.id == row.watch_id))).one()
        news = await self._news(row, WatchQuery(**watch.query), options, now)
        messages = _messages(watch.name, news.entries, options, row.channel)
        values = {"due_at": now} if news.has_more else {"due_at": due, "seen_at": collection.settled_at}
        await self._keep(row, values, messages, news.told)

    async def _news(self, row: AnyRow, query: WatchQuery, options: Options, now: datetime) -> News:
        """New stories, and changes of state of those that were told."""
        seen = datetime.fromtimestamp(row.seen_at, UTC) - ARRIVAL_MARGIN
        arrived = max(row.since, seen)
        told = await self._told(row.id, now)
        states: dict[str, set[str]] = {}
        known: set[int] = set()
        for one in told:
            states.setdefault(one.topic_id, set()).add(one.state)
            known.update(one.documents)
        try:
            found = await self._stories.matching(row.collection_id, query, now - LOOK_BACK, arrived=arrived)
        except ValueError as error:  # the language of watches became stricter
            raise Forbidden(f"the watch cannot be used any more: {error}") from None
        entries: list[Entry] = []
        rows: list[dict[str, Any]] = []
        fresh = [story for story in found.stories if story.ranked.row.id not in states]
        for story in fresh[:STORIES_MAX]:
            rows.append(_told(row, story.ranked.row.id, story.ranked.growth.state, now, story))
            documents = [one.id for one in story.documents]
            if 2 * len(known.intersection(documents)) < len(documents):  # otherwise it is part of one that was told
                entries.append(story_entry(story, options))
        if options.updates:
            recent = sorted({one.topic_id for one in told if one.at >= now - LOOK_BACK})
            for ranked in await self._ranking.of(row.collection_id, recent, window_before(WINDOW)):
                state = ranked.growth.state
                if state != "steady" and state not in states[ranked.row.id]:
                    entries.append(update_entry(ranked, options))
                    rows.append(_told(row, ranked.row.id, state, now, None))
        return News(entries, rows, len(fresh) > STORIES_MAX)

    async def _told(self, subscriber_id: str, now: datetime) -> Sequence[AnyRow]:
        query = select(Told.topic_id, Told.state, Told.documents, Told.at).where(Told.subscriber_id == subscriber_id)
        async with self._records.read() as connection:
            return (await connection.execute(query.order_by(Told.at))).all()

    async def _keep(
        self, row: AnyRow, values: dict[str, Any], messages: Sequence[Message], told: Sequence[dict[str, Any]]
    ) -> None:
        """Stories that are told, the messages that tell them, and the next time, in one transaction."""
        deliveries = [delivery_of(row, message, datetime.now(UTC)) for message in messages]
        first = deliveries[0]["key"] if deliveries else None
        async with self._records.write() as connection:
            same = update(Subscriber).where(Subscriber.id == row.id, Subscriber.due_at.is_not(None))
            if not (await connection.execute(same.values(**values, claimed_until=0.0))).rowcount:
                return  # it was removed or paused meanwhile
            if told:
                await connection.execute(insert(Told), [one | {"delivery_id": first} for one in told])
            if deliveries:
                await connection.execute(insert(Delivery), deliveries)

    async def forget_old(self) -> None:
        """Deletes what was told and sent long ago. Called periodically."""
        oldest = datetime.now(UTC) - REMEMBERED
        async with self._records.write() as connection:
            await connection.execute(delete(Told).where(Told.at < oldest))
            ended = Delivery.state.in_(("sent", "failed", "unknown"))
            await connection.execute(delete(Delivery).where(Delivery.created_at < oldest, ended))

    async def _checked(self, row: AnyRow) -> AnyRow:
        """The collection. Raises Forbidden with the reason if the subscriber's owner may not see it now."""
        who = await self._directory.principal_of(row.owner)
        if who is None:
            raise Forbidden("stopped: the person it belongs to is gone or disabled")
        collection = await self._collections.row(row.collection_id)
        if collection is None:
            raise NotFound("the collection was deleted")
        if not at_least(await self._collections.access.held_on(who, thing_of(collection)), "view"):
            raise Forbidden("stopped: its owner may no longer view this collection")
        return collection


def _messages(watch: str, entries: Sequence[Entry], options: Options, channel: str) -> list[Message]:
    if not entries:
        return []
    markup = markup_of(channel)
    if options.form == "digest":
        return messages_of(words(options, "digest", watch=watch, count=len(entries)), entries, markup)
    titled = [(words(options, "one", watch=watch, title=entry.title), entry) for entry in entries]
    return [message for title, entry in titled for message in messages_of(title, [entry], markup)]


def delivery_of(row: AnyRow, message: Message, now: datetime) -> dict[str, Any]:
    """A message to a subscriber as a row of the ledger."""
    return {
        "key": secrets.token_hex(8), "subscriber_id": row.id, "lane": row.lane, "subject": message.heading[:256],
        "body": message.kept(), "state": "queued", "attempts": 0, "error": "", "due_at": now, "created_at": now,
    }  # fmt: skip


def _told(row: AnyRow, topic_id: str, state: str, now: datetime, story: Story | None) -> dict[str, Any]:
    documents = [one.id for one in story.documents] if story is not None else []
    return {"subscriber_id": row.id, "topic_id": topic_id, "state": state, "documents": documents, "at": now}
