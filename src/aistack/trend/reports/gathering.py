"""The documents and topics that a report is about."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select

from aistack.chassis.errors import InvalidInput
from aistack.stores.records import AnyRow, Records
from aistack.trend.intake.documents import DocumentStore, bucketed
from aistack.trend.reports.wire import ReportRequest
from aistack.trend.store.calendars import Calendars
from aistack.trend.store.computations import Computations
from aistack.trend.tables import Document
from aistack.trend.topics.ranking import PAST_WINDOWS, RankedTopic, Ranking, Window, window_before
from aistack.trend.topics.topic_store import TopicStore
from aistack.trend.watches.stories import Stories
from aistack.trend.wire import window_of

DOCUMENTS_MAX = 50_000


@dataclass(frozen=True, slots=True)
class Gathered:
    """`documents` are those of the window, oldest first; `past` counts those in the four windows before.

    `is_young`: the collection began within that past. `known_days` are holidays and events in
    the window, as day and name.
    """

    window: Window
    topics: Sequence[RankedTopic]
    documents: Sequence[AnyRow]
    past: int
    is_young: bool
    volume: Sequence[int]
    known_days: Sequence[tuple[str, str]] = ()

    @property
    def before(self) -> float:
        """Documents in an average window before."""
        return self.past / PAST_WINDOWS

    @property
    def originals(self) -> Sequence[AnyRow]:
        return [one for one in self.documents if one.copy_of is None]

    def of_topic(self, topic_id: str) -> list[AnyRow]:
        return [one for one in self.documents if one.topic_id == topic_id]

    def firsts(self) -> Counter[str]:
        """For each source, how many of the topics it was the first to have."""
        first: dict[str, str] = {}
        for one in self.documents:
            if one.topic_id:
                first.setdefault(one.topic_id, one.source_name)
        shown = {one.row.id for one in self.topics}
        return Counter(source for topic, source in first.items() if topic in shown)


class Gathering:
    def __init__(
        self, records: Records, ranking: Ranking, topics: TopicStore, documents: DocumentStore, stories: Stories,
        calendars: Calendars, computations: Computations,
    ) -> None:  # fmt: skip
        self._records = records
        self._ranking = ranking
        self._topics = topics
        self._documents = documents
        self._stories = stories
        self._calendars = calendars
        self._computations = computations

    async def gathered(self, collection_id: int, request: ReportRequest) -> Gathered:
        """Raises NotFound for a topic that is not there, InvalidInput for a query that cannot be."""
        window = window_before(window_of(request.window))
        wanted: set[str] | None = None
        if request.topic is not None:
            ranked = [await self._ranking.one(await self._topics.find(collection_id, request.topic), window)]
            wanted = {request.topic}
        else:
            ranked, _ = await self._ranking.hot(collection_id, window, request.category, 1)
        keys: set[int] | None = None
        if request.query is not None:
            try:
                found = await self._stories.matching(collection_id, request.query, window.past)
            except ValueError as error:
                raise InvalidInput(str(error)) from None
            ids = {one.ranked.row.id for one in found.stories}
            ranked = [one for one in ranked if one.row.id in ids]
            keys = {row.id for one in found.stories for row in one.documents}
        rows = await self._rows(collection_id, window, request.category, wanted, keys)
        recent = [row for row in rows if row.at >= window.since]
        past = sum(row.copy_of is None for row in rows) - sum(row.copy_of is None for row in recent)
        volume = bucketed((row.at for row in recent if row.copy_of is None), window.since, window.bucket_seconds)
        oldest = await self._oldest(collection_id)
        is_young = oldest is None or oldest > window.past + timedelta(seconds=window.bucket_seconds)
        known = await self._known_days(collection_id, window, request.language)
        return Gathered(window, ranked, recent, past, is_young, volume, known)

    async def _known_days(self, collection_id: int, window: Window, language: str) -> list[tuple[str, str]]:
        calendar = await self._calendars.to_wire(collection_id)
        if calendar is None:
            return []
        zone = ZoneInfo(calendar["zone"] or "UTC")
        since, until = (at.astimezone(zone).date().isoformat() for at in (window.since, datetime.now(UTC)))
        request = {"calendar": calendar, "since": since, "until": until, "language": language}
        found = (await self._computations.ask("days", request))["days"]
        return [(one["day"], one["name"]) for one in found if one["kind"] != "work_day"]

    async def _rows(
        self, collection_id: int, window: Window, category: str, topics: set[str] | None, keys: set[int] | None
    ) -> list[AnyRow]:
        table = Document
        query = select(
            table.id, table.public_id, table.title, table.url, table.source_name, table.at, table.topic_id,
            table.copy_of, table.is_date_guess,
        ).where(table.collection_id == collection_id, table.at >= window.past)  # fmt: skip
        if category:
            query = query.where(table.category == category)
        if topics is not None:
            query = query.where(table.topic_id.in_(topics))
        async with self._records.read() as connection:
            newest = (await connection.execute(query.order_by(table.at.desc(), table.id).limit(DOCUMENTS_MAX))).all()
        return [row for row in reversed(newest) if keys is None or row.id in keys]

    async def _oldest(self, collection_id: int) -> datetime | None:
        query = select(Document.at).where(Document.collection_id == collection_id).order_by(Document.at).limit(1)
        async with self._records.read() as connection:
            return await connection.scalar(query)
